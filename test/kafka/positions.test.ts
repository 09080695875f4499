// Positions, subscriptions and committed offsets against a real Apache Kafka.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { committed } from "../client/committed.ts";
import type { Consumer } from "../../src/consumer/consumer.ts";
import type { ConsumerOptions } from "../../src/consumer/options.ts";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import { Kafka } from "../../src/node.ts";
import { type KafkaCluster, startKafka } from "./kafka-cluster.ts";

let cluster: KafkaCluster;
let kafka: Kafka;

before(async () => {
  cluster = await startKafka({
    properties: {
      "group.consumer.heartbeat.interval.ms": "500",
      "group.consumer.min.heartbeat.interval.ms": "500",
      "group.consumer.assignment.interval.ms": "0",
      "group.consumer.regex.refresh.interval.ms": "10000",
    },
  });
  kafka = new Kafka({ bootstrapServers: cluster.bootstrapServers, metadataMaxAgeMs: 500 });
});

after(async () => {
  await kafka.close();
  await cluster.stop();
});

async function topic(name: string, numPartitions = 1): Promise<string> {
  (await kafka.admin().createTopics([{ topic: name, numPartitions }])).orThrow();
  return name;
}

async function write(name: string, values: readonly string[], timestamp?: (i: number) => number): Promise<void> {
  const producer = kafka.producer();
  for (const [i, value] of values.entries())
    await producer.send({ topic: name, value, ...(timestamp === undefined ? {} : { timestamp: timestamp(i) }) });
  await producer.close();
}

/** The first `count` values of a new consumer, which is closed then. */
async function read(
  options: ConsumerOptions,
  count: number,
  use: (consumer: Consumer) => void = () => undefined,
): Promise<string[]> {
  const consumer = kafka.consumer(options);
  use(consumer);
  const values: string[] = [];
  for await (const record of consumer) {
    values.push(Buffer.from(record.value ?? new Uint8Array()).toString());
    consumer.markProcessed(record);
    if (values.length === count) break;
  }
  await consumer.close();
  return values;
}

test("reading begins at a time, or so long ago: assign, seek, autoOffsetReset, also as Java writes it", async () => {
  const t = await topic("times");
  const first = Date.now() - 9 * 60_000;
  await write(
    t,
    Array.from({ length: 10 }, (_, i) => String(i)),
    (i) => first + i * 60_000,
  );
  const partition = { topic: t, partition: 0 };
  assert.deepEqual(await read({ assign: [{ ...partition, offset: { timestamp: first + 4 * 60_000 } }] }, 1), ["4"]);
  assert.deepEqual(await read({ assign: [{ ...partition, offset: { durationMs: 150_000 } }] }, 1), ["7"]);
  assert.deepEqual(
    await read({ assign: [{ ...partition, offset: "latest" }] }, 1, (consumer) =>
      consumer.seek(partition, { timestamp: first + 1 }),
    ),
    ["1"],
  );
  assert.deepEqual(await read({ topics: [t], autoOffsetReset: "by_duration:PT2M30S" }, 1), ["7"]);
  assert.deepEqual(await read({ topics: [t], groupId: "by-duration", autoOffsetReset: { durationMs: 330_000 } }, 5), [
    "4",
    "5",
    "6",
    "7",
    "8",
  ]);
  let reader: Consumer | undefined;
  const late = read({ assign: [{ ...partition, offset: { timestamp: Date.now() + 3_600_000 } }] }, 1, (consumer) => {
    reader = consumer;
  });
  // Else it would begin behind the record, if it began late.
  while ((reader?.position(partition) ?? -1) < 0) await new Promise((resolve) => setTimeout(resolve, 20));
  await write(t, ["late"]);
  assert.deepEqual(await late, ["late"]);
});

test("offsetsForTimes, beginningOffsets, endOffsets, watermarks and currentLag", async () => {
  const t = await topic("questions", 2);
  const first = Date.now() - 100_000;
  const producer = kafka.producer();
  for (let i = 0; i < 5; i++)
    await producer.send({ topic: t, partition: 0, value: String(i), timestamp: first + i * 1000 });
  await producer.close();
  const tx = kafka.producer({ transactionalId: "undecided" });
  await tx.begin();
  await tx.send({ topic: t, partition: 0, value: "undecided" });
  const p0 = { topic: t, partition: 0 };
  const p1 = { topic: t, partition: 1 };
  for (const [isolationLevel, end] of [
    ["read_uncommitted", 6],
    ["read_committed", 5],
  ] as const) {
    const consumer = kafka.consumer({ assign: [p0], isolationLevel });
    const found = await consumer.offsetsForTimes([
      { ...p0, timestamp: first + 1500 },
      { ...p1, timestamp: 0 },
      { ...p0, timestamp: first },
      { ...p0, timestamp: Date.now() + 3_600_000 },
    ]);
    assert.deepEqual(found, [
      { ...p0, offset: 2, timestamp: first + 2000, leaderEpoch: 0 },
      null,
      { ...p0, offset: 0, timestamp: first, leaderEpoch: 0 },
      null,
    ]);
    assert.deepEqual(await consumer.beginningOffsets([p0, p1]), [0, 0]);
    assert.deepEqual(await consumer.endOffsets([p0, p1]), [end, 0]);
    assert.deepEqual(await consumer.watermarks(p0), { low: 0, high: 6, lastStable: 5 });
    for await (const record of consumer) {
      if (record.offset < 4) continue;
      consumer.markProcessed(record); // else it comes again, and counts
      break;
    }
    assert.equal(consumer.currentLag(p0), end - 5);
    await assert.rejects(
      consumer.endOffsets([{ topic: "nowhere-to-be-found", partition: 0 }], { timeoutMs: 1500 }),
      (e: unknown) => KafkaError.is(e) && e.kind === "timeout" && e.message.includes("nowhere-to-be-found-0"),
    );
    await consumer.close();
  }
  await tx.abort();
  await tx.close();
});

/** A loop that collects values until it is ended. */
function collect(options: ConsumerOptions): {
  readonly consumer: Consumer;
  readonly values: string[];
  until(count: number): Promise<void>;
  close(): Promise<void>;
} {
  const consumer = kafka.consumer(options);
  const values: string[] = [];
  let failure: unknown;
  const reading = (async () => {
    for await (const record of consumer)
      values.push(
        `${record.topic.split(".").at(-1) ?? ""}:${Buffer.from(record.value ?? new Uint8Array()).toString()}`,
      );
  })().catch((error: unknown) => {
    failure = error;
  });
  return {
    consumer,
    values,
    until: async (count) => {
      while (values.length < count) {
        if (failure !== undefined) throw failure as Error;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    close: async () => {
      await consumer.close();
      await reading;
    },
  };
}

const ways: readonly (readonly [name: string, options: (prefix: string) => ConsumerOptions])[] = [
  ["no group, a JavaScript expression", (prefix) => ({ topics: new RegExp(`^${prefix}\\.`) })],
  [
    "classic, a JavaScript expression",
    (prefix) => ({
      topics: new RegExp(`^${prefix}\\.`),
      groupId: prefix,
      groupProtocol: "classic",
      heartbeatIntervalMs: 300,
    }),
  ],
  [
    "classic cooperative, a JavaScript expression",
    (prefix) => ({
      topics: [new RegExp(`^${prefix}\\.`)],
      groupId: prefix,
      groupProtocol: "classic",
      partitionAssignmentStrategy: ["cooperative-sticky"],
      heartbeatIntervalMs: 300,
    }),
  ],
  [
    "KIP-848, a JavaScript expression",
    (prefix) => ({ topics: new RegExp(`^${prefix}\\.`), groupId: prefix, groupProtocol: "consumer" }),
  ],
  [
    "KIP-848, the broker's expression",
    (prefix) => ({ topicsPattern: `${prefix}\\..*`, groupId: prefix, groupProtocol: "consumer" }),
  ],
  [
    "KIP-848, the broker's expression beside a name",
    (prefix) => ({ topicsPattern: `${prefix}\\..*`, topics: [`${prefix}.one`], groupId: prefix }),
  ],
];

for (const [n, [way, options]] of ways.entries()) {
  test(`topics by pattern: ${way}: topics come and go`, async () => {
    const prefix = `way${n}`;
    const names = ["one", "two", "three"].map((name) => `${prefix}.${name}`);
    await topic(names[0] ?? "", 2);
    await topic(names[1] ?? "");
    await topic(`other-${prefix}.one`);
    await write(names[0] ?? "", ["a"]);
    await write(names[1] ?? "", ["b"]);
    await write(`other-${prefix}.one`, ["never"]);
    const reader = collect(options(prefix));
    await reader.until(2);
    assert.deepEqual([...reader.values].sort(), ["one:a", "two:b"]);
    await topic(names[2] ?? "", 2);
    await write(names[2] ?? "", ["c"]);
    await reader.until(3);
    (await kafka.admin().deleteTopics([names[1] ?? ""])).orThrow();
    while (reader.consumer.assignment().some((one) => one.topic === names[1]))
      // it is read no more
      await new Promise((resolve) => setTimeout(resolve, 100));
    await write(names[0] ?? "", ["d"]);
    await reader.until(4);
    assert.deepEqual(reader.values.slice(2), ["three:c", "one:d"]);
    assert.equal(reader.consumer.assignment().length, 4);
    await reader.close();
  });
}

test("an expression that the broker cannot read ends the loop with its reason", async () => {
  const consumer = kafka.consumer({ topicsPattern: "a(", groupId: "wrong-pattern", groupProtocol: "consumer" });
  await assert.rejects(
    (async () => {
      for await (const record of consumer) assert.fail(record.topic);
    })(),
    (e: unknown) => KafkaError.is(e) && e.codeName === "INVALID_REGULAR_EXPRESSION",
  );
  await consumer.close();
});

for (const groupProtocol of ["classic", "consumer"] as const) {
  test(
    `a topic is deleted and made anew while a ${groupProtocol} member reads it: the old offset is not the new ` +
      "topic's, everything new is read",
    async () => {
      const t = await topic(`anew.${groupProtocol}`);
      await write(t, ["0", "1", "2", "3"]);
      const reader = collect({ topics: [t], groupId: t, groupProtocol, autoCommitIntervalMs: 200 });
      await reader.until(4);
      while ((await committed(reader.consumer, [{ topic: t, partition: 0 }]))[0] !== 4)
        await new Promise((resolve) => setTimeout(resolve, 50));
      (await kafka.admin().deleteTopics([t])).orThrow();
      await new Promise((resolve) => setTimeout(resolve, 1500));
      await topic(t);
      await write(t, ["a", "b", "c", "d", "e", "f"]);
      await reader.until(10);
      assert.deepEqual(
        reader.values.slice(4).map((value) => value.split(":")[1]),
        ["a", "b", "c", "d", "e", "f"],
      );
      await reader.close();
      await write(t, ["g"]);
      const next = collect({ topics: [t], groupId: t, groupProtocol });
      await next.until(1);
      assert.deepEqual(
        next.values.map((value) => value.split(":")[1]),
        ["g"],
      );
      await next.close();
    },
  );
}

test("without a group: a topic that is made anew is read from its beginning, though the position lies within it", async () => {
  const t = await topic("anew.alone");
  await write(t, ["0", "1"]);
  const resets: unknown[] = [];
  const reader = collect({ topics: [t], autoOffsetReset: "earliest", onPositionReset: (reset) => resets.push(reset) });
  await reader.until(2);
  (await kafka.admin().deleteTopics([t])).orThrow();
  await new Promise((resolve) => setTimeout(resolve, 500));
  await topic(t);
  await write(t, ["a", "b", "c", "d"]);
  await reader.until(6);
  assert.deepEqual(
    reader.values.map((value) => value.split(":")[1]),
    ["0", "1", "a", "b", "c", "d"],
  );
  assert.deepEqual(resets, [{ topic: t, partition: 0, from: 2, to: 0 }]);
  await reader.close();
});

test(
  "assign with groupId: nobody joins, what was read is committed, the next begins there; while members live a " +
    "commit by hand is refused",
  async () => {
    const name = await topic("by-hand");
    await write(name, ["a", "b", "c", "d"]);
    const group = { groupId: "by-hand", assign: [{ topic: name, partition: 0 }] };
    assert.deepEqual(await read(group, 2), ["a", "b"]);
    assert.deepEqual(await committed(kafka.consumer(group), group.assign), [2]);
    const tool = kafka.consumer({ groupId: "by-hand", assign: [] });
    await tool.commit([{ topic: name, partition: 0, offset: 3 }]);
    assert.deepEqual(await read(group, 1), ["d"]);
    await write(name, ["e"]);
    const member = kafka.consumer({ groupId: "by-hand", topics: [name] });
    const records = member.records();
    await records.next();
    await assert.rejects(
      tool.commit([{ topic: name, partition: 0, offset: 0 }]),
      (error: unknown) =>
        KafkaError.is(error) && error.codeName === "UNKNOWN_MEMBER_ID" && /only they may commit/.test(error.message),
    );
    await member.close({ timeoutMs: 0 }); // its loop has stopped for good
  },
);
