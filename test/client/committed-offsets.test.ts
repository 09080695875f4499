// An offset is committed with a text of the application, and with the leader epoch. A consumer that resumes there uses
// the epoch to detect a truncation (KIP-320). In virtual time.
import assert from "node:assert/strict";
import { test } from "node:test";
import { consumeTransformProduce } from "../../src/index.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import { type World, inWorld, text } from "./world.ts";

const FETCH = 1;
const OFFSET_COMMIT = 8;
const OFFSET_FETCH = 9;
const P0 = { topic: "t", partition: 0 };
const THREE = { brokers: 3, topics: { t: { partitions: 1, replicationFactor: 3 } } } as const;

/** The brokers say that they serve these APIs up to a version. */
function lower({ cluster }: World, ceilings: Readonly<Record<number, number>>): void {
  cluster.intercept("ApiVersions", {
    respond: (response) => ({
      ...response,
      apiKeys: response.apiKeys.map((one) => ({
        ...one,
        maxVersion: Math.min(one.maxVersion, ceilings[one.apiKey] ?? one.maxVersion),
      })),
    }),
  });
}

for (const [name, ceilings, leaderEpoch] of [
  ["of today", {}, 3],
  ["that know no leader epochs", { [OFFSET_COMMIT]: 5, [OFFSET_FETCH]: 4 }, undefined],
] as const) {
  test(`offsets are committed with a text and a leader epoch, and are there for others, by versions ${name}`, () =>
    inWorld({ topics: { t: 3 } }, async (world) => {
      lower(world, ceilings);
      const partitions = [0, 1, 2].map((partition) => ({ topic: "t", partition }));
      const options = { groupId: "g", topics: ["t"], enableAutoCommit: false, groupProtocol: "classic" } as const;
      const consumer = world.kafka.consumer(options);
      const reading = (async () => {
        for await (const _ of consumer) break;
      })();
      const producer = world.kafka.producer();
      await producer.send({ topic: "t", partition: 0, value: "x" });
      await reading;
      await consumer.commit([
        { ...partitions[0]!, offset: 1, metadata: "one", leaderEpoch: 3 },
        { ...partitions[1]!, offset: 0, metadata: "ä 🎈" },
      ]);
      const expected = [
        { topic: "t", partition: 0, offset: 1, leaderEpoch, metadata: "one" },
        { topic: "t", partition: 1, offset: 0, leaderEpoch: undefined, metadata: "ä 🎈" },
        null,
      ];
      assert.deepEqual(await consumer.committed(partitions), expected);
      assert.deepEqual(await world.client().consumer(options).committed(partitions), expected);
      const [first] = await consumer.committed(partitions);
      await consumer.commit(first === null || first === undefined ? [] : [first]);
      assert.deepEqual(await consumer.committed(partitions), expected, "as it is read it can be committed");
      await producer.close();
    }));
}

test("what is no offset to commit is refused by name", () =>
  inWorld({ topics: { t: 1 } }, async ({ kafka }) => {
    const consumer = kafka.consumer({ groupId: "g", topics: ["t"] });
    await assert.rejects(consumer.commit([{ ...P0, offset: -1 }]), {
      kind: "config",
      message: /commit: t-0 has offset -1/,
    });
    await assert.rejects(consumer.commit([{ ...P0, offset: 1, leaderEpoch: -2 }]), {
      kind: "config",
      message: /commit: t-0 has leaderEpoch -2/,
    });
    await assert.rejects(consumer.commit([{ ...P0, offset: 1, metadata: { at: 3 } as never }]), {
      kind: "config",
      message: /commit: t-0 has metadata an object/,
    });
    await assert.rejects(consumer.commit([{ topic: "t", partition: -1, offset: 1 }]), {
      kind: "config",
      message: /t--1 is no partition/,
    });
    await assert.rejects(consumer.commit([{ ...P0, offset: 1, metadata: "x".repeat(5000) }]), { kind: "broker" });
  }));

test("a loop commits the leader epoch of the last record that is done, not of the last that was fetched", () =>
  inWorld(THREE, async ({ kafka, cluster, platform }) => {
    const producer = kafka.producer();
    for (const value of ["0", "1"]) await producer.send({ ...P0, value });
    const { leaderId, replicas, leaderEpoch: before } = cluster.snapshot().topics[0]!.partitions[0]!;
    cluster.moveLeader(
      "t",
      0,
      replicas.find((id) => id !== leaderId)!,
    );
    for (const value of ["2", "3"]) await producer.send({ ...P0, value });
    const after = cluster.snapshot().topics[0]!.partitions[0]!.leaderEpoch;
    assert.ok(after > before);
    const consumer = kafka.consumer({ groupId: "g", topics: ["t"], enableAutoCommit: false });
    const seen: unknown[] = [];
    for await (const record of consumer) {
      await sleep(platform, 100); // all is fetched meanwhile
      await consumer.commit();
      const [committed] = await consumer.committed([P0]);
      if (record.offset > 0) seen.push([text(record.value), committed?.offset, committed?.leaderEpoch]);
      if (record.offset === 3) break;
    }
    await consumer.commit();
    const [last] = await consumer.committed([P0]);
    // The current record is not processed: its own offset is committed, after the previous record.
    assert.deepEqual(seen, [
      ["1", 1, before],
      ["2", 2, before],
      ["3", 3, after],
    ]);
    assert.deepEqual([last?.offset, last?.leaderEpoch], [3, after]);
    await producer.close();
  }));

for (const version of [17, 11]) {
  test(
    "the log is cut off between a commit and whoever goes on there: noticed at once, told, and nothing is passed " +
      `over (Fetch ${version})`,
    () =>
      inWorld(THREE, async (world) => {
        const { kafka, cluster } = world;
        lower(world, { [FETCH]: version });
        const producer = kafka.producer({ enableIdempotence: false });
        for (const value of ["0", "1"]) await producer.send({ ...P0, value });
        const { leaderId, replicas } = cluster.snapshot().topics[0]!.partitions[0]!;
        const follower = replicas.find((id) => id !== leaderId)!;
        cluster.pauseReplication(follower);
        cluster.shrinkIsr(follower);
        for (const value of ["2", "3", "4"]) await producer.send({ ...P0, value });
        const read = async (
          count: number,
        ): Promise<{ readonly values: readonly (string | null)[]; readonly resets: readonly unknown[] }> => {
          const resets: unknown[] = [];
          const values: (string | null)[] = [];
          const consumer = world
            .client()
            .consumer({ groupId: "g", topics: ["t"], onPositionReset: (reset) => resets.push(reset) });
          for await (const record of consumer) {
            consumer.markProcessed(record);
            if (values.push(text(record.value)) === count) break;
          }
          await consumer.close();
          return { values, resets };
        };
        assert.deepEqual((await read(5)).values, ["0", "1", "2", "3", "4"]);
        cluster.electLeader("t", 0, follower, { unclean: true });
        const after = Array.from({ length: 8 }, (_, i) => `new ${i}`);
        for (const value of after) await producer.send({ ...P0, value });
        assert.deepEqual(await read(8), { values: after, resets: [{ topic: "t", partition: 0, from: 5, to: 2 }] });
        await producer.close();
      }),
  );
}

test(
  "who goes on after an epoch that its broker does not know asks again, until that has heard of it: nothing is " +
    "reset",
  () =>
    inWorld(THREE, async (world) => {
      const { kafka, cluster, platform } = world;
      const producer = kafka.producer();
      for (const value of ["0", "1"]) await producer.send({ ...P0, value });
      const { leaderId, leaderEpoch, replicas } = cluster.snapshot().topics[0]!.partitions[0]!;
      const options = { groupId: "g", topics: ["t"], autoOffsetReset: "latest" } as const;
      const member = kafka.consumer({ ...options, autoOffsetReset: "earliest", enableAutoCommit: false });
      for await (const _ of member) break;
      // As one that has read from the next leader.
      await member.commit([{ ...P0, offset: 1, leaderEpoch: leaderEpoch + 1 }]);
      await member.close();
      const resets: unknown[] = [];
      const consumer = world.client().consumer({ ...options, onPositionReset: (reset) => resets.push(reset) });
      const reading = (async () => {
        for await (const { value } of consumer) return text(value);
        return undefined;
      })();
      await sleep(platform, 3000);
      cluster.moveLeader(
        "t",
        0,
        replicas.find((id) => id !== leaderId)!,
      );
      await producer.send({ ...P0, value: "2" });
      assert.equal(await reading, "1");
      assert.deepEqual(resets, []);
      await producer.close();
      await consumer.close();
    }),
);

test("exactly once, positions go into the transaction with their leader epoch", () =>
  inWorld({ topics: { t: 1, out: 1 } }, async ({ kafka, cluster, platform }) => {
    const producer = kafka.producer();
    await producer.send({ ...P0, value: "0" });
    const pipe = consumeTransformProduce(kafka, {
      groupId: "g",
      topics: ["t"],
      transactionalId: "x",
      transform: (records) => records.map(({ value }) => ({ topic: "out", value })),
    });
    while (pipe.counters.committed === 0) await sleep(platform, 10);
    const [committed] = cluster.snapshot().groups.find(({ groupId }) => groupId === "g")?.offsets ?? [];
    assert.deepEqual([committed?.offset, committed?.leaderEpoch], [1, 0]);
    await pipe.close();
    await producer.close();
  }));
