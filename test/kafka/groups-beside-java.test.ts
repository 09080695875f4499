// Our members and Java's in one group, and groups of both protocols, as `groupProtocol: "auto"` chooses them.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { Kafka } from "../../src/node.ts";
import type { ConsumerOptions } from "../../src/consumer/options.ts";
import { Reader } from "./groups/reader.ts";
import { type ToolResult, runJava } from "./jars.ts";
import { type KafkaCluster, startKafka } from "./kafka-cluster.ts";

let cluster: KafkaCluster;
let kafka: Kafka;

before(async () => {
  cluster = await startKafka({
    properties: {
      "group.min.session.timeout.ms": "1000",
      "group.consumer.heartbeat.interval.ms": "500",
      "group.consumer.min.heartbeat.interval.ms": "500",
      "group.consumer.assignment.interval.ms": "0",
    },
  });
  kafka = new Kafka({ bootstrapServers: cluster.bootstrapServers });
});

after(async () => {
  await kafka.close();
  await cluster.stop();
});

async function write(topic: string, from: number, to: number): Promise<void> {
  const producer = kafka.producer();
  for (let i = from; i < to; i++) producer.enqueue({ topic, partition: i % 3, value: String(i) });
  await producer.close();
}

const numbers = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

/** Java's console consumer as a member, until it has seen no record for the given time. */
function javaMember(group: string, properties: readonly string[]): Promise<ToolResult> {
  const args = [
    "--bootstrap-server",
    cluster.bootstrapServers,
    "--topic",
    group,
    "--group",
    group,
    "--from-beginning",
    "--timeout-ms",
    "10000",
  ];
  return runJava("org.apache.kafka.tools.consumer.ConsoleConsumer", [
    ...args,
    ...properties.flatMap((property) => ["--command-property", property]),
  ]);
}

const JAVA = "org.apache.kafka.clients.consumer";
const ways: readonly (readonly [name: string, options: Partial<ConsumerOptions>, java: readonly string[]])[] = [
  ["the protocol of KIP-848", { groupProtocol: "consumer" }, ["group.protocol=consumer"]],
  [
    "classic, the defaults of both",
    { groupProtocol: "classic", heartbeatIntervalMs: 300 },
    ["heartbeat.interval.ms=300"],
  ],
  [
    "classic, cooperative-sticky",
    { groupProtocol: "classic", heartbeatIntervalMs: 300, partitionAssignmentStrategy: ["cooperative-sticky"] },
    ["heartbeat.interval.ms=300", `partition.assignment.strategy=${JAVA}.CooperativeStickyAssignor`],
  ],
  [
    "classic, sticky",
    { groupProtocol: "classic", heartbeatIntervalMs: 300, partitionAssignmentStrategy: ["sticky"] },
    ["heartbeat.interval.ms=300", `partition.assignment.strategy=${JAVA}.StickyAssignor`],
  ],
];

for (const [way, options, properties] of ways) {
  test(`${way}: Java's console consumer joins ours, both read their part, ours goes on with all when it left`, async () => {
    const name = `java-${way.replace(/\W+/g, "-")}`;
    (await kafka.admin().createTopics([{ topic: name, numPartitions: 3 }])).orThrow();
    const ours = new Reader(cluster.bootstrapServers, {
      groupId: name,
      topics: [name],
      autoCommitIntervalMs: 200,
      ...options,
    });
    await ours.until((reader) => reader.held.size === 3);
    const java = javaMember(name, properties);
    await ours.until((reader) => reader.held.size > 0 && reader.held.size < 3);
    await write(name, 0, 300);
    await ours.until((reader) => reader.values.length >= reader.held.size * 100);
    const theirs = await java;
    const read = theirs.stdout
      .trim()
      .split("\n")
      .filter((line) => line !== "")
      .map(Number);
    assert.ok(read.length > 0, theirs.stderr);
    await ours.until((reader) => reader.held.size === 3);
    assert.deepEqual(
      [...ours.values, ...read].sort((a, b) => a - b),
      numbers(0, 300),
      "each record once: what Java committed is not read again",
    );
    await write(name, 300, 330);
    await ours.until(
      (reader) => reader.values.includes(329) && reader.values.filter((value) => value >= 300).length === 30,
    );
    await ours.close();
    ours.checkHooks();
  });
}

test(
  "auto: the protocol of KIP-848 in a new group, the classic one beside live classic members, and with an option " +
    "of it",
  async () => {
    (await kafka.admin().createTopics([{ topic: "auto", numPartitions: 2 }])).orThrow();
    const joins = (reader: Reader): string | undefined =>
      reader.logs.find((message) => message.includes("joins with the"));
    const make = (groupId: string, options: Partial<ConsumerOptions> = {}): Reader =>
      new Reader(cluster.bootstrapServers, { groupId, topics: ["auto"], ...options });
    const fresh = make("auto-fresh");
    const classic = make("auto-classic", { groupProtocol: "classic", heartbeatIntervalMs: 200 });
    const option = make("auto-option", { partitionAssignmentStrategy: ["roundrobin"] });
    for (const reader of [fresh, classic, option]) await reader.until((r) => r.held.size === 2);
    const beside = make("auto-classic");
    await Reader.untilAll([beside, classic], () => beside.held.size === 1 && classic.held.size === 1);
    assert.match(joins(fresh) ?? "", /the consumer protocol/);
    for (const reader of [option, beside]) assert.match(joins(reader) ?? "", /the classic protocol/);
    for (const reader of [fresh, classic, option, beside]) {
      await reader.close();
      reader.checkHooks();
    }
  },
);

test("a live group goes from the classic protocol to that of KIP-848 and back, member by member, and misses nothing", async () => {
  const name = "upgrade";
  (await kafka.admin().createTopics([{ topic: name, numPartitions: 3 }])).orThrow();
  const readers: Reader[] = [];
  const make = (groupProtocol: "classic" | "consumer"): Reader => {
    const reader = new Reader(cluster.bootstrapServers, {
      groupId: name,
      topics: [name],
      groupProtocol,
      autoCommitIntervalMs: 100,
      ...(groupProtocol === "classic" ? { heartbeatIntervalMs: 300 } : {}),
    });
    readers.push(reader);
    return reader;
  };
  let written = 0;
  const settle = async (...live: readonly Reader[]): Promise<void> => {
    await Reader.untilAll(
      live,
      () =>
        live.every((reader) => reader.held.size > 0) && live.reduce((sum, reader) => sum + reader.held.size, 0) === 3,
    );
    await write(name, written, (written += 30));
    await Reader.untilAll(live, () => new Set(readers.flatMap((reader) => reader.values)).size === written);
  };
  const [a, b] = [make("classic"), make("classic")];
  await settle(a, b);
  const c = make("consumer");
  await settle(a, b, c);
  await a.close();
  await settle(b, c);
  await b.close();
  await settle(c);
  const d = make("classic");
  await settle(c, d);
  await c.close();
  await settle(d);
  await d.close();
  assert.deepEqual(
    [...new Set(readers.flatMap((reader) => reader.values))].sort((x, y) => x - y),
    numbers(0, written),
  );
  for (const reader of readers) reader.checkHooks();
});
