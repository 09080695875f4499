// Consumer groups against a real Apache Kafka: members share, leave, crash, come back; both protocols, and Java's members beside ours.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { Kafka } from "../../src/node.ts";
import type { ConsumerOptions } from "../../src/consumer/options.ts";
import { Reader } from "./groups/reader.ts";
import { type KafkaCluster, startKafka } from "./kafka-cluster.ts";

let cluster: KafkaCluster;
let kafka: Kafka;

before(async () => {
  cluster = await startKafka({ properties: { "group.min.session.timeout.ms": "1000", "group.consumer.heartbeat.interval.ms": "500", "group.consumer.min.heartbeat.interval.ms": "500", "group.consumer.session.timeout.ms": "3000", "group.consumer.min.session.timeout.ms": "3000", "group.consumer.assignment.interval.ms": "0" } });
  kafka = new Kafka({ bootstrapServers: cluster.bootstrapServers });
});

after(async () => {
  await kafka.close();
  await cluster.stop();
});

/** A topic of three partitions, with records in it. */
async function topic(name: string, count = 0, numPartitions = 3): Promise<string> {
  await kafka.admin().createTopics([{ topic: name, numPartitions }]);
  await write(name, 0, count, numPartitions);
  return name;
}

async function write(name: string, from: number, to: number, numPartitions = 3): Promise<void> {
  const producer = kafka.producer();
  for (let i = from; i < to; i++) producer.enqueue({ topic: name, partition: i % numPartitions, value: String(i) });
  await producer.close();
}

const numbers = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

/** The ways to be a member. */
const ways: readonly (readonly [name: string, options: Partial<ConsumerOptions>])[] = [
  ["the protocol of KIP-848", { groupProtocol: "consumer" }],
  ["classic, eager (range)", { groupProtocol: "classic", partitionAssignmentStrategy: ["range"], sessionTimeoutMs: 3000, heartbeatIntervalMs: 300 }],
  ["classic, cooperative-sticky", { groupProtocol: "classic", partitionAssignmentStrategy: ["cooperative-sticky"], sessionTimeoutMs: 3000, heartbeatIntervalMs: 300 }],
];

for (const [way, options] of ways) {
  const id = way.replace(/\W+/g, "-");

  test(`${way}: one member reads everything; another one goes on where it stopped`, async () => {
    const name = await topic(`one-${id}`, 300);
    const first = new Reader(cluster.bootstrapServers, { groupId: name, topics: [name], ...options });
    await first.until((r) => r.values.length === 300);
    await first.close();
    assert.deepEqual(first.sorted(), numbers(0, 300));
    await write(name, 300, 330);
    const second = new Reader(cluster.bootstrapServers, { groupId: name, topics: [name], ...options });
    await second.until((r) => r.values.length >= 30);
    await second.close();
    assert.deepEqual(second.sorted(), numbers(300, 330), "what was done is not read again");
    first.checkHooks();
    second.checkHooks();
  });

  test(`${way}: three members share, one leaves, one crashes, the others take over; nothing is missing`, async () => {
    const name = await topic(`share-${id}`, 90);
    const members = [0, 1, 2].map(() => new Reader(cluster.bootstrapServers, { groupId: name, topics: [name], autoCommitIntervalMs: 100, ...options }));
    const [a, b, c] = members as [Reader, Reader, Reader];
    await Promise.all(members.map((member) => member.until((r) => r.held.size === 1)));
    assert.deepEqual(members.flatMap((m) => [...m.held]).sort(), [0, 1, 2].map((p) => `${name}-${p}`));
    await write(name, 90, 180);
    await Reader.untilAll(members, () => new Set(members.flatMap((m) => m.values)).size === 180);
    await a.close();
    await Reader.untilAll([b, c], () => b.held.size + c.held.size === 3);
    await write(name, 180, 270);
    await Reader.untilAll(members, () => new Set(members.flatMap((m) => m.values)).size === 270);
    b.crash();
    await c.until((r) => r.held.size === 3);
    await write(name, 270, 360);
    await Reader.untilAll(members, () => new Set(members.flatMap((m) => m.values)).size === 360);
    await c.close();
    assert.deepEqual([...new Set(members.flatMap((m) => m.values))].sort((x, y) => x - y), numbers(0, 360));
    for (const member of members) member.checkHooks();
    await b.close();
  });
}
