// Quotas of an embedded cluster, as clients feel them, in virtual time.
import assert from "node:assert/strict";
import { test } from "node:test";
import { inWorld, take, type World } from "./world.ts";

const MIB = 1024 * 1024;

/** Sends some MiB, without waiting for single records, and returns how long that took, in seconds. */
async function produceMib({ kafka, platform }: World, mib: number): Promise<number> {
  const from = platform.clock.monotonic();
  const producer = kafka.producer({ bufferMemory: 4 * MIB, batchSize: 64 * 1024 });
  const record = { topic: "t", partition: 0, value: new Uint8Array(16 * 1024 - 64) };
  for (let i = 0; i < mib * 64; i++) while (!producer.enqueue(record)) await producer.ready();
  await producer.close();
  return (platform.clock.monotonic() - from) / 1000;
}

test("a producer with 1 MiB/s: the first 10 MiB are a burst, the next 20 MiB take 20 to 25 s, as on a real Kafka", () =>
  inWorld({ topics: { t: 1 } }, async (world) => {
    world.cluster.setQuotas({ user: "ANONYMOUS" }, { producer_byte_rate: MIB });
    const burst = await produceMib(world, 10);
    assert.ok(burst < 5, `the burst took ${burst} s`);
    const rest = await produceMib(world, 20);
    assert.ok(rest >= 20 && rest <= 25, `20 MiB took ${rest} s`);
  }));

test("a consumer with a quota reads a burst of ten seconds, and then no faster than its quota", () =>
  inWorld({ topics: { t: 1 } }, async (world) => {
    const { kafka, platform, cluster } = world;
    await produceMib(world, 4);
    cluster.setQuotas({ user: "ANONYMOUS" }, { consumer_byte_rate: MIB / 8 });
    const consumer = kafka.consumer({ assign: [{ topic: "t", partition: 0, offset: 0 }], fetchMaxBytes: MIB / 8 });
    const from = platform.clock.monotonic();
    const seconds = async (records: number): Promise<number> => {
      assert.equal((await take(consumer, records)).length, records);
      return (platform.clock.monotonic() - from) / 1000;
    };
    // 10 seconds' worth are 1.25 MiB, which are 80 records.
    const burst = await seconds(64);
    assert.ok(burst < 1, `the burst took ${burst} s`);
    const all = await seconds(4 * 64 - 64);
    assert.ok(all > 15 && all < 35, `all took ${all} s`);
    await consumer.close();
  }));

test("createTopics above the quota of changes: the throttled topics are sent again, and the others only once", () =>
  inWorld({}, async ({ kafka, cluster, platform }) => {
    cluster.setQuotas({ user: null }, { controller_mutation_rate: 1 });
    const log = cluster.recordRequests({ api: "CreateTopics" });
    const admin = kafka.admin();
    const topic = (name: string) => ({ topic: name, numPartitions: 12, replicationFactor: 1 });
    const created = await admin.createTopics([topic("a"), topic("b"), topic("c")]);
    assert.deepEqual(
      created.orThrow().map(({ topic: name, numPartitions }) => [name, numPartitions]),
      [
        ["a", 12],
        ["b", 12],
        ["c", 12],
      ],
    );
    assert.deepEqual(
      log.entries.map(({ request }) => request.topics.map(({ name }) => name)),
      [["a", "b", "c"], ["b", "c"], ["c"]],
    );
    const seconds = platform.clock.monotonic() / 1000;
    assert.ok(seconds >= 1 + 12, `${seconds} s`); // a: 12 of 11 tokens; b waits for one, c for twelve more
  }));
