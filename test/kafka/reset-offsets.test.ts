// admin.resetOffsets and admin.groupLag beside Kafka's own tool, and waitForTopics, on a real Kafka of three brokers.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import type { Admin } from "../../src/admin/admin.ts";
import type { GroupLag } from "../../src/admin/offsets/group-lag.ts";
import type { ResetOffsetsOptions } from "../../src/admin/offsets/reset-offsets.ts";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import { Kafka } from "../../src/node.ts";
import { runJava } from "./jars.ts";
import { type KafkaCluster, startKafka } from "./kafka-cluster.ts";

let cluster: KafkaCluster;
let kafka: Kafka;
let admin: Admin;
/** Records of the last hour: brokers delete old ones. */
const bornMs = Math.floor(Date.now() / 1000) * 1000 - 3_600_000;
const dateTime = (ms: number): string => new Date(ms).toISOString().slice(0, -1);

before(async () => {
  cluster = await startKafka({ brokers: 3 });
  kafka = new Kafka({ bootstrapServers: cluster.bootstrapServers, onLog: () => undefined });
  admin = kafka.admin();
  await filled("orders");
});
after(async () => {
  await kafka.close();
  await cluster.stop();
});

/** Two partitions with ten records each, one a second. The first partition begins with offset 3. */
async function filled(topic: string): Promise<void> {
  (await admin.createTopics([{ topic, numPartitions: 2, replicationFactor: 3 }])).orThrow();
  const producer = kafka.producer();
  for (let i = 0; i < 10; i++)
    for (const partition of [0, 1])
      await producer.send({ topic, partition, value: `${i}`, timestamp: bornMs + i * 1000 });
  await producer.close();
  (await admin.deleteRecords([{ topic, partition: 0, beforeOffset: 3 }])).orThrow();
}

async function committed(groupId: string, offsets: readonly number[], topic = "orders"): Promise<void> {
  const list = offsets.map((offset, partition) => ({ topic, partition, offset }));
  (await admin.alterConsumerGroupOffsets(groupId, list)).orThrow();
}

async function rejection(call: Promise<unknown>): Promise<KafkaError> {
  try {
    await call;
  } catch (error) {
    if (KafkaError.is(error)) return error;
    throw error;
  }
  return assert.fail("it resolved");
}

/** The lines of Kafka's tool about this group, each as its words. */
async function tool(groupId: string, ...args: readonly string[]): Promise<readonly (readonly string[])[]> {
  const { stdout, stderr } = await runJava("org.apache.kafka.tools.consumer.group.ConsumerGroupCommand", [
    ...["--bootstrap-server", cluster.bootstrapServers, "--group", groupId],
    ...args,
  ]);
  const lines = stdout.split("\n").map((line) => line.trim().split(/\s+/));
  const found = lines.filter(([first]) => first === groupId);
  return found.length > 0 ? found : [[`${stdout}${stderr}`.trim()]];
}

const kinds: readonly (readonly [name: string, options: ResetOffsetsOptions, args: readonly string[]])[] = [
  ["to the beginning", { to: "earliest" }, ["--all-topics", "--to-earliest"]],
  ["to the end", { to: "latest", topics: ["orders"] }, ["--topic", "orders", "--to-latest"]],
  ["to a time", { to: { timestamp: bornMs + 4500 } }, ["--all-topics", "--to-datetime", dateTime(bornMs + 4500)]],
  [
    "to a time after all records",
    { to: { timestamp: bornMs + 1_800_000 } },
    ["--all-topics", "--to-datetime", dateTime(bornMs + 1_800_000)],
  ],
  ["to an offset that one partition lacks", { to: { offset: 2 } }, ["--all-topics", "--to-offset", "2"]],
  ["to an offset beyond the end", { to: { offset: 200 } }, ["--all-topics", "--to-offset", "200"]],
  ["by a shift", { to: { shift: -2 } }, ["--all-topics", "--shift-by", "-2"]],
  ["by a shift beyond the end", { to: { shift: 6 } }, ["--all-topics", "--shift-by", "6"]],
  [
    "one partition",
    { to: "latest", topics: [{ topic: "orders", partitions: [1] }] },
    ["--topic", "orders:1", "--to-latest"],
  ],
];

for (const [name, options, args] of kinds)
  test(`resetOffsets ${name}: the offsets that Kafka's tool sets`, async () => {
    const groupId = `reset-${name.replaceAll(" ", "-")}`;
    await committed(groupId, [4, 5]);
    const planned = await admin.resetOffsets(groupId, { ...options, dryRun: true });
    const ours = planned.entries
      .map(([{ topic, partition }, plan]) => [
        groupId,
        topic,
        `${partition}`,
        `${KafkaError.is(plan) ? plan.message : plan.after}`,
      ])
      .sort();
    const theirs = [...(await tool(groupId, "--reset-offsets", "--dry-run", ...args))].sort();
    assert.deepEqual(ours, theirs);
    const done = await admin.resetOffsets(groupId, options);
    assert.deepEqual(done.orThrow(), planned.orThrow());
    const after = (await admin.listConsumerGroupOffsets([groupId])).orThrow()[0];
    for (const [place, reset] of done)
      assert.equal((after?.get(place) as { offset?: number }).offset, KafkaError.is(reset) ? -1 : reset.after);
  });

test("resetOffsets: a new group, a group that does not exist, an unknown topic and partition", async () => {
  const made = await admin.resetOffsets("made", { to: { offset: 6 }, topics: ["orders"] });
  assert.deepEqual(
    made.orThrow().map(({ before, after }) => [before, after]),
    [
      [undefined, 6],
      [undefined, 6],
    ],
  );
  assert.equal((await rejection(admin.resetOffsets("nobody", { to: "latest" }))).codeName, "GROUP_ID_NOT_FOUND");
  const unknown = await rejection(admin.resetOffsets("made", { to: "latest", topics: ["nope"] }));
  assert.equal(unknown.codeName, "UNKNOWN_TOPIC_OR_PARTITION");
  const some = await admin.resetOffsets("made", { to: "latest", topics: [{ topic: "orders", partitions: [0, 7] }] });
  const [good, bad] = some.entries.map(([, result]) => result);
  assert.deepEqual(good, { before: 6, after: 10, clampedFrom: undefined });
  assert.equal(KafkaError.is(bad) ? bad.codeName : bad, "UNKNOWN_TOPIC_OR_PARTITION");
  const shifted = await admin.resetOffsets("half", { to: { shift: 1 }, topics: ["orders"] });
  for (const [, result] of shifted)
    assert.match(KafkaError.is(result) ? result.message : "", /has committed none there/);
});

for (const groupProtocol of ["classic", "consumer"] as const)
  test(`an active group (${groupProtocol}): resetOffsets is refused as by the tool, groupLag shows what the tool does`, async () => {
    const groupId = `active-${groupProtocol}`;
    await committed(groupId, [4, 10]);
    const consumer = kafka.consumer({ topics: ["orders"], groupId, groupProtocol, enableAutoCommit: false });
    const reading = consumer[Symbol.asyncIterator]();
    await reading.next();
    const refused = await rejection(admin.resetOffsets(groupId, { to: "latest" }));
    assert.equal(refused.codeName, "NON_EMPTY_GROUP");
    assert.match(refused.message, /it is active \(state Stable, 1 member\)/);
    const [[says = ""] = []] = await tool(groupId, "--reset-offsets", "--dry-run", "--all-topics", "--to-latest");
    assert.match(says, /is inactive, but the current state is Stable/);
    const lag = await admin.groupLag(groupId, { inTime: true });
    const ours = lag.partitions.entries.map(([{ topic, partition }, one]) =>
      KafkaError.is(one)
        ? [one.message]
        : [groupId, topic, `${partition}`, `${one.committed}`, `${one.end}`, `${one.lag}`, one.member?.memberId],
    );
    const theirs = (await tool(groupId, "--describe")).map((words) => words.slice(0, 7));
    assert.deepEqual(ours.sort(), [...theirs].sort());
    assert.deepEqual([lag.type, lag.state, lag.total], [groupProtocol, "Stable", 6]);
    const [first, second] = lag.partitions.orThrow();
    const bornOfNextMs = Date.now() - (first?.lagMs ?? 0);
    assert.ok(Math.abs(bornOfNextMs - (bornMs + 4000)) < 60_000, String(bornOfNextMs));
    assert.deepEqual([second?.lagMs, lag.maxLagMs], [0, first?.lagMs]);
    await consumer.close({ timeoutMs: 0 });
    (await admin.resetOffsets(groupId, { to: "latest" })).orThrow();
  });

test("groupLag in time: batches that are larger than a partition's part of a response, compressed, and markers", async () => {
  const topic = "large";
  (await admin.createTopics([{ topic, numPartitions: 4, replicationFactor: 3 }])).orThrow();
  const producer = kafka.producer({ compressionType: "zstd", transactionalId: "large" });
  const value = Array.from({ length: 9000 }, (_, i) => (i * 7919) % 10_007).join();
  for (let i = 0; i < 3; i++)
    await producer.transaction(async (tx) => {
      for (const partition of [0, 1, 2, 3])
        await tx.send({ topic, partition, value: `${i}${value}${i}`, timestamp: bornMs + i * 1000 });
    });
  // Each transaction is a record and a marker: offsets 0 and 1, 2 and 3, 4 and 5.
  await committed("large", [0, 1, 2, 5], topic);
  const look = (): Promise<GroupLag> => admin.groupLag("large", { inTime: true, isolationLevel: "read_committed" });
  let lag = await look();
  // The coordinator answers a commit before it has written the markers.
  while (lag.total < 16) lag = await look();
  const nowMs = Date.now();
  const partitions = lag.partitions.orThrow();
  assert.deepEqual(
    partitions.map((one) => one.lag),
    [6, 5, 4, 1],
  );
  const born = partitions.map(({ lagMs = 0 }) => (lagMs === 0 ? 0 : Math.round((nowMs - lagMs - bornMs) / 1000)));
  assert.deepEqual(born, [0, 1, 1, 0], "the last partition has only a marker left");
  assert.equal(partitions[3]?.lagMs, 0);
  const from = await admin.resetOffsets("large", { to: "earliest" });
  assert.equal(from.orThrow().length, 4);
});

test("groupLag in time after records were deleted: the age of the first record that is left", async () => {
  await committed("behind", [0, 0]);
  const [first, second] = (await admin.groupLag("behind", { inTime: true })).partitions.orThrow();
  assert.equal(Math.round(((second?.lagMs ?? 0) - (first?.lagMs ?? 0)) / 100), 30);
});

test("waitForTopics: a topic that another client creates, partitions that are added, and the deadline", async () => {
  const other = kafka.admin();
  const waited = admin.waitForTopics(["awaited"]);
  (await other.createTopics([{ topic: "awaited", numPartitions: 12, replicationFactor: 3 }])).orThrow();
  await waited;
  const more = admin.waitForTopics(["awaited"], { partitions: 30 });
  (await other.createPartitions([{ topic: "awaited", totalCount: 30 }])).orThrow();
  await more;
  const late = await rejection(admin.waitForTopics(["orders", "never"], { timeoutMs: 1500 }));
  assert.equal(late.kind, "timeout");
  assert.match(late.message, /each of brokers 1, 2, 3 does not know topic never/);
  assert.ok(!(await admin.listTopics()).includes("never"), "it creates no topic");
  const bad = await rejection(admin.waitForTopics(["no such name"]));
  assert.equal(bad.codeName, "INVALID_TOPIC_EXCEPTION");
});

test("a share group is no group of consumers: resetOffsets changes nothing of it, and groupLag says so", async () => {
  const offset = { topic: "orders", partition: 0, startOffset: 5 };
  (await admin.alterShareGroupOffsets("shared", [offset])).orThrow();
  const results = await admin.resetOffsets("shared", { to: "latest", topics: ["orders"] });
  assert.deepEqual(
    results.entries.map(([, result]) => (KafkaError.is(result) ? result.codeName : result)),
    ["GROUP_ID_NOT_FOUND", "GROUP_ID_NOT_FOUND"],
  );
  assert.equal((await rejection(admin.groupLag("shared"))).codeName, "GROUP_ID_NOT_FOUND");
  assert.equal((await rejection(admin.resetOffsets("shared", { to: "latest" }))).codeName, "GROUP_ID_NOT_FOUND");
});
