// Java's console consumer in groups of the embedded cluster, over TCP, in both protocols: alone, and beside our
// members.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { EmbeddedCluster } from "../../src/embedded.ts";
import { Kafka } from "../../src/node.ts";
import type { ConsumerOptions } from "../../src/consumer/options.ts";
import { Reader } from "./groups/reader.ts";
import { type ToolResult, runJava } from "./jars.ts";

let cluster: EmbeddedCluster;
let kafka: Kafka;

before(async () => {
  cluster = await EmbeddedCluster.start({
    brokers: 3,
    ports: [0, 0, 0],
    groups: {
      initialRebalanceDelayMs: 0,
      consumerAssignmentIntervalMs: 0,
      consumerHeartbeatIntervalMs: 300,
      minSessionTimeoutMs: 1000,
    },
  });
  kafka = new Kafka({ bootstrapServers: cluster.bootstrapServers });
});

after(async () => {
  await kafka.close();
  await cluster.close();
});

const numbers = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

async function write(topic: string, from: number, to: number): Promise<void> {
  const producer = kafka.producer();
  for (let i = from; i < to; i++) producer.enqueue({ topic, partition: i % 3, value: String(i) });
  await producer.close();
}

/** Java's console consumer as a member, until it has seen no record for the given time. */
function java(group: string, properties: readonly string[]): Promise<ToolResult> {
  const args = [
    "--bootstrap-server",
    cluster.bootstrapServers,
    "--topic",
    group,
    "--group",
    group,
    "--from-beginning",
    "--timeout-ms",
    "8000",
  ];
  return runJava("org.apache.kafka.tools.consumer.ConsoleConsumer", [
    ...args,
    ...properties.flatMap((property) => ["--command-property", property]),
  ]);
}

const readBy = ({ stdout }: ToolResult): number[] =>
  stdout
    .trim()
    .split("\n")
    .filter((line) => line !== "")
    .map(Number);

const ways: readonly (readonly [name: string, options: Partial<ConsumerOptions>, java: readonly string[]])[] = [
  ["the protocol of KIP-848", { groupProtocol: "consumer" }, ["group.protocol=consumer"]],
  [
    "classic",
    { groupProtocol: "classic", heartbeatIntervalMs: 300 },
    ["group.protocol=classic", "heartbeat.interval.ms=300"],
  ],
];

for (const [way, options, properties] of ways) {
  const name = `java-${way.replace(/\W+/g, "-")}`;

  test(`${way}: Java's console consumer reads in a group of the embedded cluster, and goes on where it stopped`, async () => {
    const topic = `${name}-alone`;
    (await kafka.admin().createTopics([{ topic, numPartitions: 3 }])).orThrow();
    await write(topic, 0, 300);
    assert.deepEqual(
      readBy(await java(topic, properties)).sort((a, b) => a - b),
      numbers(0, 300),
    );
    await write(topic, 300, 330);
    assert.deepEqual(
      readBy(await java(topic, properties)).sort((a, b) => a - b),
      numbers(300, 330),
      "what it committed it does not read again",
    );
  });

  test(`${way}: Java's console consumer shares a group of the embedded cluster with ours, while its coordinator moves`, async () => {
    (await kafka.admin().createTopics([{ topic: name, numPartitions: 3 }])).orThrow();
    const ours = new Reader(cluster.bootstrapServers, {
      groupId: name,
      topics: [name],
      autoCommitIntervalMs: 200,
      ...options,
    });
    await ours.until((reader) => reader.held.size === 3);
    const running = java(name, properties);
    await ours.until((reader) => reader.held.size > 0 && reader.held.size < 3);
    await write(name, 0, 150);
    for (const nodeId of [0, 1, 2]) cluster.moveCoordinator("group", name, nodeId);
    await write(name, 150, 300);
    const read = readBy(await running);
    assert.ok(read.length > 0);
    await ours.until((reader) => reader.held.size === 3);
    await ours.until(() => new Set([...ours.values, ...read]).size === 300);
    await ours.close();
    assert.deepEqual(
      [...new Set([...ours.values, ...read])].sort((a, b) => a - b),
      numbers(0, 300),
    );
    ours.checkHooks();
  });
}
