// Consumer groups in virtual time, on the embedded cluster: the scenarios that test/kafka/groups.test.ts runs on a real
// Kafka.
import assert from "node:assert/strict";
import { test } from "node:test";
import { committed } from "./committed.ts";
import type { ConsumerOptions } from "../../src/consumer/options.ts";
import type { TopicPartition } from "../../src/cluster/topic-partition.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import { GroupReader } from "./group-reader.ts";
import { type World, inWorld } from "./world.ts";

const numbers = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);
const distinct = (readers: readonly GroupReader[]): number[] =>
  [...new Set(readers.flatMap(({ values }) => values))].sort((a, b) => a - b);

async function write({ kafka }: World, from: number, to: number, partitions = 3): Promise<void> {
  const producer = kafka.producer();
  for (let i = from; i < to; i++) producer.enqueue({ topic: "t", partition: i % partitions, value: String(i) });
  await producer.close();
}

const pause = ({ platform }: World, ms: number): Promise<void> => sleep(platform, ms);

/** The ways to be a member. */
const ways: readonly (readonly [name: string, options: Partial<ConsumerOptions>])[] = [
  ["the protocol of KIP-848", { groupProtocol: "consumer" }],
  ["classic, eager (range)", { groupProtocol: "classic", partitionAssignmentStrategy: ["range"] }],
  ["classic, cooperative-sticky", { groupProtocol: "classic", partitionAssignmentStrategy: ["cooperative-sticky"] }],
];

for (const [way, options] of ways.slice(Number(process.env["WAY"] ?? 0))) {
  const member = { groupId: "g", topics: ["t"], ...options };

  test(`${way}: one member reads everything; another one goes on where it stopped`, () =>
    inWorld({ topics: { t: 3 } }, async (world) => {
      await write(world, 0, 300);
      const first = new GroupReader(world, member);
      await first.until((r) => r.values.length === 300);
      await first.close();
      assert.deepEqual(first.sorted(), numbers(0, 300));
      await write(world, 300, 330);
      const second = new GroupReader(world, member);
      await second.until((r) => r.values.length >= 30);
      await second.close();
      assert.deepEqual(second.sorted(), numbers(300, 330), "what was done is not read again");
      first.checkHooks();
      second.checkHooks();
    }));

  test(`${way}: three members share, one leaves, one crashes, the others take over; nothing is missing`, () =>
    inWorld({ topics: { t: 3 }, brokers: 3 }, async (world) => {
      await write(world, 0, 90);
      const members = [0, 1, 2].map(() => new GroupReader(world, { ...member, autoCommitIntervalMs: 100 }));
      const [a, b, c] = members as [GroupReader, GroupReader, GroupReader];
      await GroupReader.untilAll(members, () => members.every((r) => r.held.size === 1));
      assert.deepEqual(members.flatMap((m) => [...m.held]).sort(), ["t-0", "t-1", "t-2"]);
      await write(world, 90, 180);
      await GroupReader.untilAll(members, () => distinct(members).length === 180);
      await a.close();
      await GroupReader.untilAll([b, c], () => b.held.size + c.held.size === 3);
      await write(world, 180, 270);
      await GroupReader.untilAll(members, () => distinct(members).length === 270);
      b.crash();
      await c.until((r) => r.held.size === 3);
      await write(world, 270, 360);
      await GroupReader.untilAll(members, () => distinct(members).length === 360);
      await c.close();
      assert.deepEqual(distinct(members), numbers(0, 360));
      for (const one of members) one.checkHooks();
      await b.close();
    }));

  test(
    `${way}: a partition that goes to another waits for the record in hand, commits what is done, and is delivered ` +
      "no more",
    () =>
      inWorld({ topics: { t: 3 } }, async (world) => {
        await write(world, 0, 3000);
        const events: string[] = [];
        let release: () => void = () => undefined;
        const inHand = new Promise<void>((resolve) => (release = resolve));
        let partitionInHand = -1;
        const onRevoked = (partitions: readonly TopicPartition[]): void => {
          if (partitions.some(({ partition }) => partition === partitionInHand)) events.push("revoked");
        };
        const first = new GroupReader(
          world,
          { ...member, autoCommitIntervalMs: 60_000, onRevoked },
          async (value, reader) => {
            if (reader.values.length !== 10) return;
            partitionInHand = value % 3;
            events.push("in hand");
            await inHand;
            events.push("done");
          },
        );
        await first.until((r) => r.values.length === 10);
        const second = new GroupReader(world, { ...member, autoCommitIntervalMs: 60_000 });
        const third = new GroupReader(world, { ...member, autoCommitIntervalMs: 60_000 });
        await pause(world, 30_000); // long enough for the rebalance to begin
        assert.deepEqual(events, ["in hand"], "the group waits for the application");
        release();
        const all = [first, second, third];
        await GroupReader.untilAll(all, () => all.every((r) => r.held.size === 1));
        assert.deepEqual(events.slice(0, 2), ["in hand", "done"]); // then it is revoked, or stays
        await GroupReader.untilAll(all, () => all.flatMap((r) => r.values).length >= 3000);
        for (const reader of all) await reader.close();
        assert.deepEqual(
          all.flatMap((r) => r.values).sort((x, y) => x - y),
          numbers(0, 3000),
          "nothing twice, nothing left out",
        );
        for (const reader of all) reader.checkHooks();
      }),
  );

  test(`${way}: a static member comes back within its session, without a rebalance of the others`, () =>
    inWorld({ topics: { t: 3 } }, async (world) => {
      await write(world, 0, 60);
      const make = (groupInstanceId: string): GroupReader => new GroupReader(world, { ...member, groupInstanceId });
      const [a, b] = [make("a"), make("b")];
      await GroupReader.untilAll(
        [a, b],
        () => a.held.size + b.held.size === 3 && a.held.size > 0 && b.held.size > 0 && distinct([a, b]).length >= 60,
      );
      const had = [...a.held].sort();
      const hooksOfB = b.hooks.length;
      await a.close();
      const again = make("a");
      await again.until((r) => r.held.size === had.length);
      assert.deepEqual([...again.held].sort(), had);
      assert.equal(b.hooks.length, hooksOfB, "the other one noticed nothing");
      await write(world, 60, 90);
      await GroupReader.untilAll([again, b], () => distinct([a, again, b]).length >= 90);
      for (const reader of [again, b]) await reader.close();
      assert.deepEqual(distinct([a, again, b]), numbers(0, 90));
      for (const reader of [a, again, b]) reader.checkHooks();
    }));

  test(
    `${way}: commits: what the loop has moved past, given offsets, what is marked; break leaves the record in hand ` +
      "undone",
    () =>
      inWorld({ topics: { t: 1 } }, async (world) => {
        await write(world, 0, 30, 1);
        const partition = { topic: "t", partition: 0 };
        const consumer = world.kafka.consumer({ ...member, enableAutoCommit: false });
        let count = 0;
        for await (const record of consumer) {
          assert.equal(record.offset, count);
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
        await consumer.close();
      }),
  );

  test(
    `${way}: an application that is stuck: its member leaves by itself and says so, the other takes over; when it ` +
      "goes on it joins again",
    () =>
      inWorld({ topics: { t: 3 } }, async (world) => {
        await write(world, 0, 30);
        let isStuck = true;
        let release: () => void = () => undefined;
        const stuck = new Promise<void>((resolve) => (release = resolve));
        const a = new GroupReader(world, { ...member, maxPollIntervalMs: 60_000 }, async () => {
          if (isStuck) await stuck;
        });
        await a.until((r) => r.held.size === 3);
        const b = new GroupReader(world, member);
        await b.until((r) => r.held.size === 3 && r.values.length >= 30);
        assert.ok(
          a.hooks.some((hook) => hook.startsWith("lost")),
          a.hooks.join(", "),
        );
        isStuck = false;
        release();
        await GroupReader.untilAll([a, b], () => a.held.size > 0 && a.held.size + b.held.size === 3);
        for (const reader of [a, b]) await reader.close();
        assert.deepEqual(distinct([a, b]), numbers(0, 30));
        for (const reader of [a, b]) reader.checkHooks();
      }),
  );
}
