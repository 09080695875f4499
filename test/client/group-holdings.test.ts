// The partitions that a member owns, and their changes: the real fetcher on the embedded cluster in virtual time, with
// a group coordinator that is simulated by the test.
import { test } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { Cluster } from "../../src/cluster/cluster.ts";
import { ClusterClient } from "../../src/cluster/cluster-client.ts";
import { Loop } from "../../src/consumer/reading/loop.ts";
import { Fetcher } from "../../src/consumer/fetching/fetcher.ts";
import { Holdings } from "../../src/consumer/group/holdings.ts";
import { Positions } from "../../src/consumer/group/positions.ts";
import type { GroupOffset } from "../../src/cluster/group-offsets.ts";
import type { Offsets } from "../../src/consumer/group/offsets.ts";
import { consumerSettings, type ConsumerOptions } from "../../src/consumer/options.ts";
import { RecordStream } from "../../src/consumer/reading/record-stream.ts";
import type { TopicPartition } from "../../src/cluster/topic-partition.ts";
import type { KafkaRecord } from "../../src/records/record.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import { type World, inWorld } from "./world.ts";

const NO_SERDES = { key: undefined, value: undefined };

type Bytes = Uint8Array | null;

/** A member's inside without its membership. */
interface Inside {
  readonly fetcher: Fetcher<Bytes, Bytes>;
  readonly holdings: Holdings<Bytes, Bytes>;
  readonly committed: Map<string, number>;
  readonly client: ClusterClient;
  records(): RecordStream<Bytes, Bytes>;
  wait(ms: number): Promise<void>;
}

const PARTITIONS = 4;
const at = (partition: number): TopicPartition => ({ topic: "t", partition });

async function inside(
  options: Partial<ConsumerOptions>,
  body: (parts: Inside & { readonly world: World }) => Promise<void>,
  commitMs = 5,
): Promise<void> {
  await inWorld({}, async (world) => {
    const { platform, cluster, kafka } = world;
    (await kafka.admin().createTopics([{ topic: "t", numPartitions: PARTITIONS }])).orThrow();
    const producer = kafka.producer();
    for (let i = 0; i < 400; i++) producer.enqueue({ topic: "t", partition: i % PARTITIONS, value: String(i) });
    await producer.close();
    const { runtime, clock, entropy, connector, codecs, utf8 } = platform;
    const client = new ClusterClient(
      new Cluster({ bootstrapServers: cluster.bootstrapServers, runtime, clock, entropy, connector, codecs, utf8 }),
      "consumer",
    );
    const settings = consumerSettings({ groupId: "g", topics: ["t"], ...options } as ConsumerOptions<never, never>);
    const { group } = settings;
    assert.ok(group);
    const fetcher = new Fetcher<Bytes, Bytes>(client, settings, NO_SERDES);
    const committed = new Map<string, number>();
    const wait = (ms: number): Promise<void> => sleep({ runtime, clock }, ms);
    const offsets = {
      fetch: async (list: readonly TopicPartition[]) => {
        await wait(commitMs);
        return list.map(({ topic, partition }) => {
          const offset = committed.get(`t-${partition}`);
          return offset === undefined ? null : { topic, partition, offset, leaderEpoch: undefined, metadata: "" };
        });
      },
      commit: async (list: readonly GroupOffset[]) => {
        if (list.length > 0) await wait(commitMs);
        for (const { partition, offset } of list) committed.set(`t-${partition}`, offset);
      },
    } as unknown as Offsets;
    const holdings = new Holdings(fetcher, group, offsets, new Positions(fetcher, offsets), () =>
      holdings.lose("stalled"),
    );
    fetcher.handOut.onAsked(() => holdings.asked());
    const records = (): RecordStream<Bytes, Bytes> =>
      new RecordStream(new Loop(fetcher.handOut, undefined, () => undefined), undefined);
    await body({ fetcher, holdings, committed, client, records, wait, world });
    await holdings.close(true, clock.monotonic() + 1000);
    const closed = client.close();
    fetcher.close();
    await closed;
  });
}

/** The next record of a loop that has one. */
async function one(stream: RecordStream<Bytes, Bytes>): Promise<KafkaRecord<Bytes, Bytes>> {
  const result = await stream.next();
  if (result.done === true) throw new Error("the loop has ended");
  return result.value;
}

const step = fc.record({
  what: fc.constantFrom("move", "move", "move", "lose"),
  target: fc.subarray([0, 1, 2, 3]),
  pauseMs: fc.integer({ min: 0, max: 40 }),
});

test(
  "whatever the group says, and when: hooks never overlap and alternate for every partition, nothing is delivered " +
    "that is not held, the last word counts",
  async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 0, max: 30 }),
        fc.integer({ min: 0, max: 20 }),
        async (steps, hookMs, recordMs) => {
          const held = new Set<number>();
          let isInHook = false;
          let waitFor: (ms: number) => Promise<void> = () => Promise.resolve();
          let inHand = -1;
          const hook =
            (isComing: boolean, mayBeInHand = true) =>
            async (partitions: readonly TopicPartition[]): Promise<void> => {
              assert.ok(!isInHook, "one hook at a time");
              isInHook = true;
              for (const { partition } of partitions)
                assert.equal(held.has(partition), !isComing, `t-${partition} alternates`);
              if (!mayBeInHand)
                assert.ok(!partitions.some(({ partition }) => partition === inHand), "the application is done with it");
              if (!isComing) for (const { partition } of partitions) held.delete(partition);
              await waitFor(hookMs);
              if (isComing) for (const { partition } of partitions) held.add(partition);
              isInHook = false;
            };
          await inside(
            { onAssigned: hook(true), onRevoked: hook(false, false), onLost: hook(false) },
            async ({ fetcher, holdings, records, wait }) => {
              waitFor = wait;
              const stream = records();
              let count = 0;
              const reading = (async () => {
                for await (const record of stream) {
                  assert.ok(held.has(record.partition), `t-${record.partition} is delivered and not held`);
                  count++;
                  inHand = record.partition;
                  if (recordMs > 0) await wait(recordMs);
                  inHand = -1;
                }
              })();
              reading.catch(() => undefined); // awaited below
              let last: readonly number[] = [];
              let ended = false;
              for (const { what, target, pauseMs } of steps) {
                if (what === "lose") {
                  holdings.lose("a test");
                  last = [];
                  ended = true;
                } else {
                  last = target;
                  ended = false;
                  holdings.move(target.map(at), () => (ended = true));
                }
                await wait(pauseMs);
              }
              await wait(1000); // by the virtual clock
              assert.ok(ended);
              assert.deepEqual([...held].sort(), last);
              assert.deepEqual([...fetcher.partitions].map((cursor) => cursor.partition).sort(), last);
              assert.ok(
                [...fetcher.partitions].every((cursor) => !cursor.isPaused),
                "what stays is delivered",
              );
              const before = count;
              await wait(500);
              if (last.some((partition) => fetcher.partitions.get(at(partition)).position < 100))
                assert.ok(count > before, "reading goes on");
              fetcher.handOut.wake();
              await stream.return();
              fetcher.handOut.wake();
              await reading;
            },
          );
        },
      ),
      { numRuns: 100 },
    );
  },
);

test("a record that waits for the host's turn when its partition is lost is not delivered while onLost runs", async () => {
  let isLost = false;
  let release: () => void = () => undefined;
  const hook = new Promise<void>((resolve) => (release = resolve));
  await inside({ onLost: () => ((isLost = true), hook) }, async ({ holdings, records, wait }) => {
    holdings.move([at(0)], () => undefined);
    const stream = records();
    for (let i = 0; i < 32; i++) await one(stream);
    await wait(10); // so that the next looks at the clock, and finds that a turn is due
    let delivered = 0;
    const next = stream.next().then(() => delivered++);
    holdings.lose("a test");
    await wait(100);
    assert.ok(isLost);
    assert.equal(delivered, 0);
    release();
    const left = stream.return();
    holdings.move([], () => undefined);
    await left;
    await next;
  });
});

test(
  "a revoke commits what is done, not what is in hand when the loop was left, and a partition that comes back goes " +
    "on there",
  () =>
    inside({}, async ({ fetcher, holdings, committed, records, wait }) => {
      holdings.move([at(0)], () => undefined);
      const stream = records();
      for (let i = 0; i < 7; i++) assert.equal((await one(stream)).offset, i);
      await stream.return();
      holdings.move([], () => undefined);
      await wait(100);
      assert.equal(committed.get("t-0"), 6, "the seventh was in hand");
      holdings.move([at(0)], () => undefined);
      const again = records();
      assert.equal((await one(again)).offset, 6);
      await again.return();
      fetcher.handOut.wake();
    }),
);

test(
  "an application that keeps a record for longer than maxPollIntervalMs: the revoke does not wait for ever, and is " +
    "a loss",
  async () => {
    const hooks: string[] = [];
    await inside(
      { maxPollIntervalMs: 2000, onRevoked: () => void hooks.push("revoked"), onLost: () => void hooks.push("lost") },
      async ({ holdings, committed, records, wait }) => {
        holdings.move([at(0), at(1)], () => undefined);
        const stream = records();
        const record = await one(stream);
        holdings.move([at(1 - record.partition)], () => undefined);
        await wait(1900);
        assert.deepEqual(hooks, []);
        await wait(200);
        assert.deepEqual(hooks, ["lost"]);
        assert.equal(committed.size, 0);
        await stream.return();
      },
    );
  },
);

test("after a stall longer than the session nothing is delivered until a heartbeat succeeded", () =>
  inside({}, async ({ fetcher, holdings, records, wait, client }) => {
    holdings.move([at(0)], () => undefined);
    const stream = records();
    assert.equal((await one(stream)).offset, 0);
    fetcher.handOut.trust(client.clock.monotonic() - 1);
    await stream.return(); // a new loop asks for a batch
    const again = records();
    let delivered = 0;
    const next = one(again).then((result) => {
      delivered++;
      return result;
    });
    await wait(5000);
    assert.equal(delivered, 0);
    fetcher.handOut.trust(client.clock.monotonic() + 1000);
    fetcher.handOut.wake();
    assert.equal((await next).offset, 0);
    await again.return();
  }));
