// Consumer groups against a real Apache Kafka: members share, leave, crash, come back; both protocols, and Java's
// members beside ours.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { committed } from "../client/committed.ts";
import { Kafka } from "../../src/node.ts";
import type { TopicPartition } from "../../src/cluster/topic-partition.ts";
import type { ConsumerOptions } from "../../src/consumer/options.ts";
import { Reader } from "./groups/reader.ts";
import { type KafkaCluster, startKafka } from "./kafka-cluster.ts";

let cluster: KafkaCluster;
let kafka: Kafka;

before(async () => {
  cluster = await startKafka({
    properties: {
      "group.min.session.timeout.ms": "1000",
      "group.consumer.heartbeat.interval.ms": "500",
      "group.consumer.min.heartbeat.interval.ms": "500",
      "group.consumer.session.timeout.ms": "3000",
      "group.consumer.min.session.timeout.ms": "3000",
      "group.consumer.assignment.interval.ms": "0",
    },
  });
  kafka = new Kafka({ bootstrapServers: cluster.bootstrapServers });
});

after(async () => {
  await kafka.close();
  await cluster.stop();
});

/** A topic of three partitions, with records in it. */
async function topic(name: string, count = 0, numPartitions = 3): Promise<string> {
  (await kafka.admin().createTopics([{ topic: name, numPartitions }])).orThrow();
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
  [
    "classic, eager (range)",
    {
      groupProtocol: "classic",
      partitionAssignmentStrategy: ["range"],
      sessionTimeoutMs: 3000,
      heartbeatIntervalMs: 300,
    },
  ],
  [
    "classic, cooperative-sticky",
    {
      groupProtocol: "classic",
      partitionAssignmentStrategy: ["cooperative-sticky"],
      sessionTimeoutMs: 3000,
      heartbeatIntervalMs: 300,
    },
  ],
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
    const members = [0, 1, 2].map(
      () =>
        new Reader(cluster.bootstrapServers, { groupId: name, topics: [name], autoCommitIntervalMs: 100, ...options }),
    );
    const [a, b, c] = members as [Reader, Reader, Reader];
    await Promise.all(members.map((member) => member.until((r) => r.held.size === 1)));
    assert.deepEqual(
      members.flatMap((m) => [...m.held]).sort(),
      [0, 1, 2].map((p) => `${name}-${p}`),
    );
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
    assert.deepEqual(
      [...new Set(members.flatMap((m) => m.values))].sort((x, y) => x - y),
      numbers(0, 360),
    );
    for (const member of members) member.checkHooks();
    await b.close();
  });
}

for (const [way, options] of ways) {
  const id = way.replace(/\W+/g, "-");

  test(
    `${way}: a partition that goes to another waits for the record in hand, commits what is done, and is delivered ` +
      "no more",
    async () => {
      const name = await topic(`hand-${id}`, 3000);
      const events: string[] = [];
      let release: () => void = () => undefined;
      const inHand = new Promise<void>((resolve) => (release = resolve));
      let partitionInHand = -1;
      const onRevoked = (partitions: readonly TopicPartition[]): void => {
        if (partitions.some(({ partition }) => partition === partitionInHand)) events.push("revoked");
      };
      const first = new Reader(
        cluster.bootstrapServers,
        { groupId: name, topics: [name], enableAutoCommit: true, autoCommitIntervalMs: 60_000, ...options, onRevoked },
        async (value, reader) => {
          if (reader.values.length !== 10) return;
          partitionInHand = value % 3;
          events.push("in hand");
          await inHand;
          events.push("done");
        },
      );
      await first.until((r) => r.values.length === 10);
      const second = new Reader(cluster.bootstrapServers, {
        groupId: name,
        topics: [name],
        autoCommitIntervalMs: 60_000,
        ...options,
      });
      const third = new Reader(cluster.bootstrapServers, {
        groupId: name,
        topics: [name],
        autoCommitIntervalMs: 60_000,
        ...options,
      });
      await new Promise((resolve) => setTimeout(resolve, 1500)); // long enough for the rebalance to begin
      assert.deepEqual(events, ["in hand"], "the group waits for the application");
      release();
      await Reader.untilAll([first, second, third], () => [first, second, third].every((r) => r.held.size === 1));
      assert.deepEqual(events.slice(0, 2), ["in hand", "done"]); // then it is revoked, or stays
      await Reader.untilAll(
        [first, second, third],
        () => first.values.length + second.values.length + third.values.length >= 3000,
      );
      for (const reader of [first, second, third]) await reader.close();
      assert.deepEqual(
        [first, second, third].flatMap((r) => r.values).sort((x, y) => x - y),
        numbers(0, 3000),
        "nothing twice, nothing left out",
      );
      for (const reader of [first, second, third]) reader.checkHooks();
    },
  );

  test(`${way}: a static member comes back within its session, without a rebalance of the others`, async () => {
    const name = await topic(`static-${id}`, 60);
    const make = (groupInstanceId: string): Reader =>
      new Reader(cluster.bootstrapServers, { groupId: name, topics: [name], groupInstanceId, ...options });
    const [a, b] = [make("a"), make("b")];
    await Reader.untilAll(
      [a, b],
      () =>
        a.held.size + b.held.size === 3 &&
        a.held.size > 0 &&
        b.held.size > 0 &&
        a.values.length + b.values.length >= 60,
    );
    const had = [...a.held].sort();
    const hooksOfB = b.hooks.length;
    await a.close();
    const again = make("a");
    await again.until((r) => r.held.size === had.length);
    assert.deepEqual([...again.held].sort(), had);
    assert.equal(b.hooks.length, hooksOfB, "the other one noticed nothing");
    await write(name, 60, 90);
    await Reader.untilAll([again, b], () => again.values.length + b.values.length + a.values.length >= 90);
    assert.deepEqual(
      [...a.values, ...again.values, ...b.values].sort((x, y) => x - y),
      numbers(0, 90),
    );
    for (const reader of [again, b]) await reader.close();
    for (const reader of [a, again, b]) reader.checkHooks();
  });

  test(
    `${way}: commits: what the loop has moved past, given offsets, what is marked; break leaves the record in hand ` +
      "undone",
    async () => {
      const name = await topic(`commit-${id}`, 30, 1);
      const partition = { topic: name, partition: 0 };
      const consumer = kafka.consumer({ groupId: name, topics: [name], enableAutoCommit: false, ...options });
      let count = 0;
      for await (const record of consumer) {
        assert.equal(record.offset, count);
        consumer.markProcessed({ ...partition, offset: 3 }); // what is done already: nothing
        if (++count === 12) {
          consumer.markProcessed(record);
          break;
        }
        if (count !== 10) continue;
        await consumer.commit();
        assert.deepEqual(await committed(consumer, [partition]), [9], "the tenth is in hand");
        consumer.markProcessed(record);
        await consumer.commit();
        assert.deepEqual(await committed(consumer, [partition]), [10]);
        await consumer.commit([{ ...partition, offset: 4, metadata: "note" }]);
        assert.deepEqual(await committed(consumer, [partition]), [4]);
      }
      await consumer.commit();
      assert.deepEqual(await committed(consumer, [partition]), [12], "marked, and then left");
      for await (const record of consumer) {
        assert.equal(record.offset, 12);
        break;
      }
      await consumer.commit();
      assert.deepEqual(await committed(consumer, [partition]), [12], "left, and not marked");
      for await (const record of consumer) {
        assert.equal(record.offset, 12, "so it comes again");
        break;
      }
      await consumer.close();
      await assert.rejects(
        async () => {
          for await (const _ of consumer) break;
        },
        { kind: "closed" },
      );
    },
  );

  test(
    `${way}: an application that is stuck: its member leaves by itself and says so, the other takes over; when it ` +
      "goes on it joins again",
    async () => {
      const name = await topic(`stuck-${id}`, 30);
      let isStuck = true;
      let release: () => void = () => undefined;
      const stuck = new Promise<void>((resolve) => (release = resolve));
      const a = new Reader(
        cluster.bootstrapServers,
        { groupId: name, topics: [name], maxPollIntervalMs: 1500, ...options },
        async () => {
          if (isStuck) await stuck;
        },
      );
      await a.until((r) => r.held.size === 3);
      const b = new Reader(cluster.bootstrapServers, { groupId: name, topics: [name], ...options });
      await b.until((r) => r.held.size === 3 && r.values.length >= 30);
      assert.ok(
        a.hooks.some((hook) => hook.startsWith("lost")),
        a.hooks.join(", "),
      );
      isStuck = false;
      release();
      await Reader.untilAll([a, b], () => a.held.size > 0 && a.held.size + b.held.size === 3);
      for (const reader of [a, b]) await reader.close();
      assert.deepEqual(
        [...new Set([...a.values, ...b.values])].sort((x, y) => x - y),
        numbers(0, 30),
      );
      for (const reader of [a, b]) reader.checkHooks();
    },
  );
}
