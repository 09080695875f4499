// Consumers of other clients in groups of the embedded cluster, over TCP: beside ours where both speak of one assignor,
// else among themselves.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { ConsumerOptions } from "../../src/consumer/options.ts";
import { EmbeddedCluster } from "../../src/embedded.ts";
import { Kafka } from "../../src/node.ts";
import { Reader } from "../kafka/groups/reader.ts";
import { startKafka } from "../kafka/kafka-cluster.ts";
import { type Peer, PeerProgram } from "./peers.ts";

let cluster: EmbeddedCluster;
let kafka: Kafka;

before(async () => {
  cluster = await EmbeddedCluster.start({
    brokers: 3,
    ports: [0, 0, 0],
    groups: { initialRebalanceDelayMs: 100, consumerAssignmentIntervalMs: 0, consumerHeartbeatIntervalMs: 300 },
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
  for (let i = from; i < to; i++) producer.enqueue({ topic, partition: i % 4, value: String(i) });
  await producer.close();
}

/** The values that a program has read. */
const read = (lines: readonly string[]): number[] =>
  lines.filter((line) => line.startsWith("record ")).map((line) => Number(line.split(" ")[3]));

const ways: readonly (readonly [peer: Peer, protocol: string, ours: Partial<ConsumerOptions>])[] = [
  [
    "librdkafka",
    "range",
    { groupProtocol: "classic", partitionAssignmentStrategy: ["range"], heartbeatIntervalMs: 300 },
  ],
  [
    "librdkafka",
    "cooperative-sticky",
    { groupProtocol: "classic", partitionAssignmentStrategy: ["cooperative-sticky"], heartbeatIntervalMs: 300 },
  ],
  ["librdkafka", "consumer", { groupProtocol: "consumer" }],
  ["franz-go", "range", { groupProtocol: "classic", partitionAssignmentStrategy: ["range"], heartbeatIntervalMs: 300 }],
  [
    "franz-go",
    "cooperative-sticky",
    { groupProtocol: "classic", partitionAssignmentStrategy: ["cooperative-sticky"], heartbeatIntervalMs: 300 },
  ],
  ["franz-go", "consumer", { groupProtocol: "consumer" }],
];

for (const [peer, protocol, options] of ways) {
  test(`${peer} (${protocol}) joins our member's group, both read their part, ours goes on with all when it left`, async () => {
    const topic = `${peer}-${protocol}`;
    (await kafka.admin().createTopics([{ topic, numPartitions: 4 }])).orThrow();
    await write(topic, 0, 200);
    const ours = new Reader(cluster.bootstrapServers, {
      groupId: topic,
      topics: [topic],
      autoCommitIntervalMs: 100,
      ...options,
    });
    await ours.until((reader) => reader.held.size === 4 && reader.values.length === 200);
    const theirs = new PeerProgram(peer, ["consume", cluster.bootstrapServers, topic, topic, protocol]);
    await theirs.until((lines) => lines.some((line) => /^assigned [1-9]/.test(line)));
    await ours.until((reader) => reader.held.size === 2);
    await write(topic, 200, 600);
    await ours.until((reader) => reader.values.length >= 400);
    await theirs.until((lines) => read(lines).length >= 200);
    await theirs.stop();
    await ours.until((reader) => reader.held.size === 4);
    await write(topic, 600, 640);
    await ours.until((reader) => reader.values.includes(639) && reader.values.length >= 440);
    await ours.close();
    ours.checkHooks();
    assert.deepEqual(
      [...ours.values, ...read(theirs.lines)].sort((a, b) => a - b),
      numbers(0, 640),
      "each once",
    );
  });
}

test("two members of kafkajs share, one is killed, the other goes on with all", async () => {
  const topic = "kafkajs";
  (await kafka.admin().createTopics([{ topic, numPartitions: 4 }])).orThrow();
  await write(topic, 0, 200);
  const make = (): PeerProgram =>
    new PeerProgram("kafkajs", ["consume", cluster.bootstrapServers, topic, topic, "range"]);
  const first = make();
  await first.until((lines) => read(lines).length === 200);
  const second = make();
  await second.until((lines) => lines.includes("assigned 2"));
  await first.until((lines) => lines.includes("assigned 2"));
  await write(topic, 200, 400);
  const all = (): Set<number> => new Set([...read(first.lines), ...read(second.lines)]);
  await Promise.all([
    first.until((lines) => read(lines).length >= 300),
    second.until((lines) => read(lines).length >= 100),
  ]);
  await second.kill();
  await first.until((lines) => lines.lastIndexOf("assigned 4") > lines.indexOf("assigned 2"));
  await write(topic, 400, 440);
  await first.until(() => all().size === 440);
  await first.stop();
});

for (const where of ["the embedded cluster", "a real Kafka"] as const) {
  test(
    `a group of kafkajs on ${where} takes in a consumer with default options: first kafkajs leads, then ours does, ` +
      "and ours goes on when the last of kafkajs left",
    async () => {
      const real = where === "a real Kafka" ? await startKafka() : undefined;
      const { bootstrapServers } = real ?? cluster;
      const client = new Kafka({ bootstrapServers });
      try {
        const topic = "from-kafkajs";
        (await client.admin().createTopics([{ topic, numPartitions: 4 }])).orThrow();
        const producer = client.producer();
        const send = async (from: number, to: number): Promise<void> => {
          await Promise.all(numbers(from, to).map((i) => producer.send({ topic, partition: i % 4, value: String(i) })));
        };
        await send(0, 200);
        const theirs = (): PeerProgram =>
          new PeerProgram("kafkajs", ["consume", bootstrapServers, topic, topic, "range"]);
        const first = theirs();
        await first.until((lines) => read(lines).length === 200);
        const ours = new Reader(bootstrapServers, { groupId: topic, topics: [topic], autoCommitIntervalMs: 100 });
        await ours.until(({ held }) => held.size === 2);
        await first.until((lines) => lines.at(-1) === "assigned 2");
        assert.equal(first.lines.at(-2), "leads", "the member that was there leads on");
        await send(200, 400);
        await ours.until(({ values }) => values.length >= 100);
        await first.until((lines) => read(lines).length >= 300);
        await first.stop();
        await ours.until(({ held }) => held.size === 4);
        const second = theirs();
        await second.until((lines) => lines.includes("assigned 2"));
        assert.ok(!second.lines.includes("leads"), "ours leads");
        await ours.until(({ held }) => held.size === 2);
        await send(400, 600);
        await second.until((lines) => read(lines).length >= 100);
        await ours.until(({ values }) => values.length >= 200);
        await second.stop();
        await ours.until(({ held }) => held.size === 4);
        await send(600, 640);
        await ours.until(({ values }) => values.length >= 240);
        await ours.close();
        ours.checkHooks();
        await producer.close();
        assert.deepEqual(
          [...ours.values, ...read(first.lines), ...read(second.lines)].sort((a, b) => a - b),
          numbers(0, 640),
          "each once",
        );
      } finally {
        await client.close();
        await real?.stop();
      }
    },
  );
}
