// Members of groups where things end, fail and move: closing in every state, hooks that fail, fencing, topics that
// grow, coordinators that die.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import type { Consumer } from "../../src/consumer/consumer.ts";
import type { ConsumerOptions } from "../../src/consumer/options.ts";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import { Kafka } from "../../src/node.ts";
import { take } from "../client/world.ts";
import { Reader } from "./groups/reader.ts";
import { runJava } from "./jars.ts";
import { type KafkaCluster, startKafka } from "./kafka-cluster.ts";

let cluster: KafkaCluster;
let kafka: Kafka;

before(async () => {
  cluster = await startKafka({
    brokers: 3,
    properties: {
      "group.min.session.timeout.ms": "1000",
      "group.consumer.heartbeat.interval.ms": "500",
      "group.consumer.min.heartbeat.interval.ms": "500",
      "group.consumer.assignment.interval.ms": "0",
    },
  });
  kafka = new Kafka({ bootstrapServers: cluster.bootstrapServers, metadataMaxAgeMs: 1000, onLog: () => undefined });
});

after(async () => {
  await kafka.close();
  await cluster.stop();
});

async function topic(name: string, count: number): Promise<string> {
  (await kafka.admin().createTopics([{ topic: name, numPartitions: 3, replicationFactor: 3 }])).orThrow();
  await write(name, 0, count);
  return name;
}

async function write(name: string, from: number, to: number): Promise<void> {
  const producer = kafka.producer();
  for (let i = from; i < to; i++) producer.enqueue({ topic: name, partition: i % 3, value: String(i) });
  await producer.close();
}

/**
 * The leader of the partition in which a group's offsets are: Java's hash of its id, of the four that our test brokers
 * have.
 */
async function coordinatorOf(groupId: string): Promise<number | undefined> {
  let hash = 0;
  for (const character of groupId) hash = (Math.imul(31, hash) + character.charCodeAt(0)) | 0;
  const [offsets] = (await kafka.admin().describeTopics(["__consumer_offsets"])).orThrow();
  return offsets?.partitions[(hash & 0x7fffffff) % 4]?.leader;
}

const numbers = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

const ways: readonly (readonly [name: string, options: Partial<ConsumerOptions>])[] = [
  ["KIP-848", { groupProtocol: "consumer" }],
  ["classic", { groupProtocol: "classic", heartbeatIntervalMs: 300 }],
];

for (const [way, options] of ways) {
  test(
    `${way}: close in every state: before a loop, while it joins, inside each hook, in the loop, twice; the next ` +
      "member has all at once",
    async () => {
      const name = await topic(`close-${way}`, 30);
      const make = (more: Partial<ConsumerOptions> = {}): Consumer =>
        kafka.consumer({ groupId: name, topics: [name], ...options, ...more });
      await make().close();

      const joining = make();
      const ended = take(joining, 1_000_000);
      await joining.close();
      assert.deepEqual(await ended, [], "the loop ends");

      const order: string[] = [];
      const inside: Consumer = make({
        onAssigned: async () => {
          order.push("assigned");
          await inside.close();
          order.push("closed");
        },
        onRevoked: () => void order.push("revoked"),
      });
      assert.deepEqual(await take(inside, 1), []);
      await inside.close();
      assert.deepEqual(order.slice(0, 2), ["assigned", "revoked"]);

      const inLoop = make();
      // It waits for the loop's body, which waits for it: the default is 30 seconds.
      for await (const _ of inLoop) await Promise.all([inLoop.close({ timeoutMs: 1000 }), inLoop.close()]);

      const begun = process.hrtime.bigint();
      const next = new Reader(cluster.bootstrapServers, { groupId: name, topics: [name], ...options });
      await next.until((r) => r.held.size === 3);
      const tookMs = Number(process.hrtime.bigint() - begun) / 1e6;
      assert.ok(tookMs < 20_000, `the group waited ${tookMs} ms for a member that had left`); // a session is 45 s
      await next.close();
    },
  );

  test(`${way}: a hook that throws: the loop throws it; a hook that takes its time: heartbeats go on`, async () => {
    const name = await topic(`hook-${way}`, 30);
    const failing = kafka.consumer({
      groupId: `${name}-1`,
      topics: [name],
      ...options,
      onAssigned: () => {
        throw new Error("no room");
      },
    });
    await assert.rejects(
      take(failing, 30),
      (error: unknown) => KafkaError.is(error) && error.message.includes("no room"),
    );
    assert.equal((await take(failing, 30)).length, 30, "and the next loop reads");
    await failing.close();
    const slow = new Reader(cluster.bootstrapServers, {
      groupId: `${name}-2`,
      topics: [name],
      ...options,
      ...(options.groupProtocol === "classic" ? { sessionTimeoutMs: 1000 } : {}),
      onAssigned: () => new Promise((resolve) => setTimeout(resolve, 2500)),
    });
    await slow.until((r) => r.values.length === 30);
    assert.equal(slow.hooks.filter((hook) => hook.startsWith("lost")).length, 0);
    await slow.close();
    slow.checkHooks();
  });

  test(`${way}: a topic that grows: the group reads the new partitions`, async () => {
    const name = await topic(`grow-${way}`, 30);
    const reader = new Reader(cluster.bootstrapServers, { groupId: name, topics: [name], ...options }, undefined, {
      metadataMaxAgeMs: 500,
    });
    await reader.until((r) => r.values.length === 30);
    const altered = await runJava("org.apache.kafka.tools.TopicCommand", [
      "--bootstrap-server",
      cluster.bootstrapServers,
      "--alter",
      "--topic",
      name,
      "--partitions",
      "5",
    ]);
    assert.equal(altered.code, 0, altered.stderr);
    await reader.until((r) => r.held.size === 5);
    await reader.close();
    reader.checkHooks();
  });

  test(`${way}: a second live member of one instance id: one of the two ends, fenced, and says so`, async () => {
    const name = await topic(`fence-${way}`, 30);
    const make = (): Reader =>
      new Reader(cluster.bootstrapServers, { groupId: name, topics: [name], groupInstanceId: "the one", ...options });
    const first = make();
    await first.until((r) => r.held.size === 3);
    const second = make();
    while (first.error === undefined && second.error === undefined)
      await new Promise((resolve) => setTimeout(resolve, 50));
    const error = first.error ?? second.error;
    assert.ok(
      KafkaError.is(error) && ["FENCED_INSTANCE_ID", "UNRELEASED_INSTANCE_ID"].includes(error.codeName ?? ""),
      String(error),
    );
    const winner = first.error === undefined ? first : second;
    await winner.until((r) => r.held.size === 3);
    await winner.close();
    await (winner === first ? second : first).close().catch(() => undefined);
  });

  test(`${way}: the coordinator is killed: members go on with another, and nothing is missing`, async () => {
    const name = await topic(`coordinator-${way}`, 90);
    const readers = [0, 1].map(
      () =>
        new Reader(cluster.bootstrapServers, { groupId: name, topics: [name], autoCommitIntervalMs: 100, ...options }),
    );
    await Reader.untilAll(
      readers,
      () => readers.every((r) => r.held.size > 0) && new Set(readers.flatMap((r) => r.values)).size === 90,
    );
    const coordinator = await coordinatorOf(name);
    const victim = cluster.brokers.find(({ id }) => id === coordinator);
    assert.ok(victim);
    await victim.kill();
    await write(name, 90, 180);
    await Reader.untilAll(readers, () => new Set(readers.flatMap((r) => r.values)).size === 180);
    await victim.restart();
    await write(name, 180, 270);
    await Reader.untilAll(readers, () => new Set(readers.flatMap((r) => r.values)).size === 270);
    for (const reader of readers) await reader.close();
    assert.deepEqual(
      [...new Set(readers.flatMap((r) => r.values))].sort((a, b) => a - b),
      numbers(0, 270),
    );
    for (const reader of readers) reader.checkHooks();
  });
}
