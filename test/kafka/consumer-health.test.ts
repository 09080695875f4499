// consumer.lag and consumer.health on a real Kafka of three brokers.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import type { Admin } from "../../src/admin/admin.ts";
import type { Consumer } from "../../src/consumer/consumer.ts";
import type { ConsumerHealth } from "../../src/consumer/health/health.ts";
import { Kafka } from "../../src/node.ts";
import { type KafkaCluster, startKafka } from "./kafka-cluster.ts";

let cluster: KafkaCluster;
let kafka: Kafka;
let admin: Admin;

before(async () => {
  cluster = await startKafka({ brokers: 3 });
  kafka = new Kafka({ bootstrapServers: cluster.bootstrapServers, onLog: () => undefined });
  admin = kafka.admin();
});
after(async () => {
  await kafka.close();
  await cluster.stop();
});

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function topic(name: string, numPartitions: number): Promise<void> {
  (await admin.createTopics([{ topic: name, numPartitions, replicationFactor: 3 }])).orThrow();
}

/** Looks until the consumer looks as expected; the limit of the test ends it. */
async function until(consumer: Consumer, isExpected: (health: ConsumerHealth) => boolean): Promise<ConsumerHealth> {
  for (;;) {
    const health = consumer.health({ stuckAfterMs: 3000, unreachableAfterMs: 3000 });
    if (isExpected(health)) return health;
    await pause(100);
  }
}

for (const groupProtocol of ["classic", "consumer"] as const)
  test(`the lag of a member (${groupProtocol}) is that of its group, in records and in time`, async () => {
    const name = `lag-${groupProtocol}`;
    await topic(name, 3);
    const bornMs = Date.now() - 600_000;
    const producer = kafka.producer();
    for (let i = 0; i < 30; i++)
      await producer.send({ topic: name, partition: i % 3, value: `${i}`, timestamp: bornMs + i * 1000 });
    const consumer = kafka.consumer({ topics: [name], groupId: name, groupProtocol, enableAutoCommit: false });
    let count = 0;
    for await (const _ of consumer) if (++count === 15) break;
    // A commit covers the partitions whose positions are known, also those of which nothing was read yet.
    while (consumer.assignment().some((one) => consumer.position(one) < 0)) await pause(20);
    await consumer.commit();
    const ours = await consumer.lag({ inTime: true });
    const theirs = await admin.groupLag(name, { inTime: true });
    const listed = theirs.partitions.orThrow();
    assert.deepEqual([ours.total, theirs.total], [16, 16], "the record in progress of the loop that was left counts");
    for (const [i, { partition, offset, end, lag, lagMs = -1 }] of ours.partitions.entries()) {
      const same = theirs.partitions.get({ topic: name, partition });
      assert.ok(same !== undefined && "committed" in same);
      assert.deepEqual([same.committed ?? 0, same.end, same.lag ?? 10], [offset, end, lag]);
      // The timestamp of record `offset` of this partition. Nothing is committed where nothing was read.
      const bornOfNextMs = bornMs + ((offset ?? 0) * 3 + partition) * 1000;
      if (lag !== 0) assert.ok(Math.abs(Date.now() - lagMs - bornOfNextMs) < 60_000, `${i}: ${lagMs}`);
      else assert.equal(lagMs, 0);
    }
    assert.equal(listed.length, 3);
    await consumer.close();
    await producer.close();
  });

test("health: idle, stuck in a body, and well again", async () => {
  await topic("health", 2);
  const consumer = kafka.consumer({ topics: ["health"], groupId: "health" });
  let end: () => void = () => undefined;
  const stuck = new Promise<void>((resolve) => (end = resolve));
  const reading = (async () => {
    for await (const _ of consumer) await stuck;
  })();
  const joined = await until(consumer, ({ partitions }) => partitions.length === 2);
  assert.deepEqual([joined.healthy, joined.state, joined.group?.state], [true, "reading", "joined"]);
  await pause(4000);
  assert.deepEqual((await until(consumer, () => true)).reasons, []);
  await kafka.producer().send({ topic: "health", partition: 0, value: "x" });
  const unhealthy = await until(consumer, ({ healthy }) => !healthy);
  assert.equal(unhealthy.isStuck, true);
  assert.match(
    unhealthy.reasons.join("; "),
    /^the loop has not asked for its next record, in progress: health-0 \(offset 0\)/,
  );
  end();
  await until(consumer, ({ healthy }) => healthy);
  await consumer.close();
  await reading;
});

test("health: all brokers are gone, and come back", async () => {
  await topic("gone", 2);
  const consumer = kafka.consumer({ topics: ["gone"] });
  const reading = (async () => {
    for await (const _ of consumer) assert.fail("there is no record");
  })();
  await until(consumer, ({ partitions }) => partitions.length === 2 && partitions.every(({ lag }) => lag === 0));
  await Promise.all(cluster.brokers.map((broker) => broker.kill()));
  const unhealthy = await until(consumer, ({ healthy }) => !healthy);
  assert.equal(unhealthy.isStuck, false);
  assert.match(unhealthy.reasons.join("; "), /broker \d cannot be fetched from for \d+ ms \(limit 3000 ms\)/);
  await Promise.all(cluster.brokers.map((broker) => broker.restart()));
  await until(consumer, ({ healthy }) => healthy);
  await consumer.close();
  await reading;
});
