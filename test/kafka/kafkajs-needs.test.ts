// Features that a drop-in for kafkajs needs, on a real Kafka: assignors of one's own, settings by call, negative
// committed offsets, consumers that create topics, partitionsFor, alterConfigs, bootstrap servers as a function.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Assignor, AssignorInput, ReceivedAssignment } from "../../src/consumer/group/assignors/assignor.ts";
import { Kafka, type KafkaRecord } from "../../src/node.ts";
import { take, text } from "../client/world.ts";
import { eventually } from "./eventually.ts";
import { Reader } from "./groups/reader.ts";
import { type KafkaCluster, startKafka } from "./kafka-cluster.ts";

let cluster: KafkaCluster;
let kafka: Kafka;
let calls = 0;

before(async () => {
  cluster = await startKafka({ brokers: 1 });
  kafka = new Kafka({
    bootstrapServers: () => {
      calls++;
      return Promise.resolve([cluster.bootstrapServers]);
    },
    onLog: () => undefined,
  });
});

after(async () => {
  await kafka.close();
  await cluster.stop();
});

async function topic(name: string, numPartitions: number): Promise<void> {
  const admin = kafka.admin();
  (await admin.createTopics([{ topic: name, numPartitions, replicationFactor: 1 }])).orThrow();
  await admin.waitForTopics([name]);
  await admin.close();
}

test("bootstrap servers as a function: asked once for all clients of a Kafka", async () => {
  await kafka.admin().listTopics();
  assert.ok(calls >= 1);
});

test("an assignor that takes its time sees fresh metadata, and its user data reaches the members", async () => {
  await topic("assigned", 2);
  await topic("other", 3);
  const inputs: AssignorInput[] = [];
  const received: ReceivedAssignment[] = [];
  const own: Assignor = {
    name: "mine",
    rebalanceProtocol: "eager",
    userData: (_previous, _generation, { topics }) => new TextEncoder().encode(topics.join()),
    assign: async (input) => {
      inputs.push(input);
      await new Promise((resolve) => setTimeout(resolve, 50));
      return new Map(
        input.members.map(({ memberId, topics }) => [
          memberId,
          {
            partitions: topics.flatMap((name) =>
              (input.partitionInfo.get(name) ?? []).map(({ partition }) => ({ topic: name, partition })),
            ),
            userData: new TextEncoder().encode(`for ${topics.join()}`),
          },
        ]),
      );
    },
    onAssignment: (assignment) => received.push(assignment),
  };
  const options = { groupId: "own", partitionAssignmentStrategy: [own], heartbeatIntervalMs: 300 };
  const first = new Reader(cluster.bootstrapServers, { ...options, topics: ["assigned"] });
  await first.until(({ held }) => held.size === 2);
  const second = new Reader(cluster.bootstrapServers, { ...options, topics: ["other"] });
  await second.until(({ held }) => held.size === 3);
  await first.until(({ held }) => held.size === 2);
  const last = inputs.at(-1);
  assert.deepEqual([...(last?.partitionInfo.keys() ?? [])].sort(), ["assigned", "other"]);
  assert.deepEqual(last?.members.map(({ userData }) => text(userData)).sort(), ["assigned", "other"]);
  assert.deepEqual(last.partitionInfo.get("other")?.[2], {
    partition: 2,
    leader: 1,
    replicas: [1],
    isr: [1],
    offlineReplicas: [],
    errorCode: 0,
  });
  assert.ok(received.some(({ userData }) => text(userData) === "for other"));
  for (const reader of [second, first]) await reader.close();
});

test("settings by call: the log has the codecs, and the order and sequences of one producer", async () => {
  await topic("settings", 1);
  const producer = kafka.producer();
  const types = ["gzip", "none", "zstd", "lz4", "snappy"] as const;
  await Promise.all(
    types.map((compressionType) =>
      producer.send({ topic: "settings", value: compressionType.repeat(100) }, { compressionType }),
    ),
  );
  const loose = kafka.producer({ enableIdempotence: false });
  assert.equal((await loose.send({ topic: "settings", value: "0" }, { acks: 0 })).offset, -1);
  assert.equal((await loose.send({ topic: "settings", value: "1" }, { acks: 1, requestTimeoutMs: 5000 })).offset, 6);
  const records: KafkaRecord[] = await take(kafka.consumer({ topics: ["settings"] }), 7);
  const contexts = records.map(({ batchContext }) => batchContext);
  assert.deepEqual(
    contexts.map((context) => context?.codec),
    [...types, "none", "none"],
  );
  assert.deepEqual(
    contexts.map((context) => context?.baseSequence),
    [0, 1, 2, 3, 4, -1, -1],
  );
  assert.equal(new Set(contexts.slice(0, 5).map((context) => context?.producerId)).size, 1);
});

test("a committed -2 is the first record, -1 with metadata the end", async () => {
  await topic("places", 1);
  const producer = kafka.producer();
  await producer.send({ topic: "places", value: "early" });
  for (const [offset, metadata, startOffset, expected] of [
    [-2, "", "latest", "early"],
    [-1, "end", "earliest", "late"],
  ] as const) {
    const groupId = `places${offset}`;
    const { topics } = await kafka.request(
      "OffsetCommit",
      {
        groupId,
        generationIdOrMemberEpoch: -1,
        memberId: "",
        topics: [
          { name: "places", partitions: [{ partitionIndex: 0, committedOffset: offset, committedMetadata: metadata }] },
        ],
      },
      { version: 8, to: { coordinator: { group: groupId } } },
    );
    assert.equal(topics[0]?.partitions[0]?.errorCode, 0);
    const assigned = Promise.race([
      new Promise<void>((resolve) => {
        const consumer = kafka.consumer({ groupId, topics: ["places"], startOffset, onAssigned: () => resolve() });
        const next = consumer[Symbol.asyncIterator]().next();
        reading.push({ consumer, next });
      }),
    ]);
    await assigned;
    const { consumer, next } = reading.at(-1) ?? assert.fail();
    if (offset === -1) {
      while (consumer.position({ topic: "places", partition: 0 }) < 0)
        await new Promise((resolve) => setImmediate(resolve));
      await producer.send({ topic: "places", value: "late" });
    }
    const { value } = (await next) as IteratorResult<KafkaRecord, never>;
    assert.equal(text(value.value), expected);
    await consumer.close();
  }
});
const reading: { readonly consumer: ReturnType<Kafka["consumer"]>; readonly next: Promise<unknown> }[] = [];

test("a consumer creates its topic, partitionsFor lists it, and alterConfigs replaces its configs", async () => {
  const consumer = kafka.consumer({ topics: ["made"], allowAutoCreateTopics: true });
  const next = consumer[Symbol.asyncIterator]().next();
  const admin = kafka.admin();
  await admin.waitForTopics(["made"]);
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  const [info] = await producer.partitionsFor("made");
  assert.deepEqual([info?.leader, info?.replicas, info?.isr], [1, [1], [1]]);
  await producer.send({ topic: "made", value: "x" });
  const { value } = (await next) as IteratorResult<KafkaRecord, never>;
  assert.equal(text(value.value), "x");
  await consumer.close();
  const made = { resourceType: "TOPIC", name: "made" } as const;
  (await admin.incrementalAlterConfigs([{ ...made, set: { "cleanup.policy": "compact" } }])).orThrow();
  (await admin.alterConfigs([{ ...made, configs: { "retention.ms": "7" } }])).orThrow();
  const replaced = await eventually(
    async () =>
      (await admin.describeConfigs([made]))
        .orThrow()
        .flat()
        .filter(({ source }) => source === "DYNAMIC_TOPIC_CONFIG")
        .map(({ name, value: text }) => [name, text]),
    (changed) => changed.length === 1 && changed[0]?.[0] === "retention.ms",
  );
  assert.deepEqual(replaced, [["retention.ms", "7"]]);
});
