// Logs that are cut off (KIP-320) at brokers whose Fetch cannot say so: their consumers ask with OffsetForLeaderEpoch.
// In virtual time.
import { test } from "node:test";
import assert from "node:assert/strict";
import type { ConsumerOptions } from "../../src/consumer/options.ts";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import { type World, inWorld, text } from "./world.ts";

const FETCH = 1;
const OFFSET_FOR_LEADER_EPOCH = 23;

/** The brokers say that they serve these APIs up to a version, or not at all. */
function lower({ cluster }: World, ceilings: Readonly<Record<number, number | undefined>>): void {
  cluster.intercept("ApiVersions", {
    respond: (response) => ({
      ...response,
      apiKeys: response.apiKeys.flatMap((one) =>
        one.apiKey in ceilings
          ? ceilings[one.apiKey] === undefined
            ? []
            : [{ ...one, maxVersion: ceilings[one.apiKey] ?? 0 }]
          : [one],
      ),
    }),
  });
}

const THREE = { brokers: 3, topics: { t: { partitions: 1, replicationFactor: 3 } }, latencyMs: 1 } as const;

/** Reads five records, of which the last three are cut off then; afterwards others stand in their place, and more. */
async function cutOff(
  world: World,
  options: Partial<ConsumerOptions>,
  count: number,
  isUnclean = true,
): Promise<{
  readonly values: readonly (string | null)[];
  readonly resets: readonly unknown[];
  readonly asked: number;
  readonly error: KafkaError | undefined;
}> {
  const { kafka, cluster, platform } = world;
  const producer = kafka.producer({ enableIdempotence: false });
  const partition = (): { leaderId: number; replicas: readonly number[] } =>
    cluster.snapshot().topics[0]!.partitions[0]!;
  for (const value of ["0", "1"]) await producer.send({ topic: "t", value });
  const follower = partition().replicas.find((id) => id !== partition().leaderId)!;
  if (isUnclean) {
    cluster.pauseReplication(follower);
    cluster.shrinkIsr(follower);
  }
  for (const value of ["2", "3", "4"]) await producer.send({ topic: "t", value });
  const asks = cluster.intercept("OffsetForLeaderEpoch", () => undefined);
  const resets: unknown[] = [];
  const values: (string | null)[] = [];
  const consumer = kafka.consumer({
    assign: [{ topic: "t", partition: 0, offset: 0 }],
    onPositionReset: (reset) => resets.push(reset),
    ...options,
  });
  let error: KafkaError | undefined;
  const reading = (async () => {
    for await (const record of consumer) if (values.push(text(record.value)) === count) break;
  })().catch((thrown: unknown) => {
    error = KafkaError.from(thrown);
  });
  await sleep(platform, 1000);
  assert.ifError(error);
  assert.deepEqual(values, ["0", "1", "2", "3", "4"]);
  assert.equal(asks.calls, 0, "a leader that has not changed need not be asked");
  consumer.pause([{ topic: "t", partition: 0 }]); // until the new log reaches beyond the position
  cluster.electLeader("t", 0, follower, { unclean: isUnclean });
  for (let i = 0; i < 8; i++) await producer.send({ topic: "t", value: `new ${i}` });
  consumer.resume([{ topic: "t", partition: 0 }]);
  await reading;
  await producer.close();
  return { values, resets, asked: asks.calls, error };
}

const NEW = Array.from({ length: 8 }, (_, i) => `new ${i}`);

for (const version of [11, 9, 4]) {
  test(`Fetch ${version}: what was cut off below the position is noticed, told, and what stands there is read`, () =>
    inWorld(THREE, async (world) => {
      lower(world, { [FETCH]: version });
      const { values, resets, asked } = await cutOff(world, {}, 13);
      assert.deepEqual(values, ["0", "1", "2", "3", "4", ...NEW]);
      assert.deepEqual(resets, [{ topic: "t", partition: 0, from: 5, to: 2 }]);
      assert.equal(asked, 1);
    }));
}

test("Fetch 17 says by itself where the logs part: nothing is asked", () =>
  inWorld(THREE, async (world) => {
    const { values, resets, asked } = await cutOff(world, {}, 13);
    assert.deepEqual(values, ["0", "1", "2", "3", "4", ...NEW]);
    assert.deepEqual(resets, [{ topic: "t", partition: 0, from: 5, to: 2 }]);
    assert.equal(asked, 0);
  }));

test("a new leader with the same log: asked once, and nothing is read twice", () =>
  inWorld(THREE, async (world) => {
    lower(world, { [FETCH]: 11 });
    const { values, resets, asked } = await cutOff(world, {}, 13, false);
    assert.deepEqual(values, ["0", "1", "2", "3", "4", ...NEW]);
    assert.deepEqual(resets, []);
    assert.equal(asked, 1);
  }));

test('with autoOffsetReset "none" the loop throws, and names both offsets', () =>
  inWorld(THREE, async (world) => {
    lower(world, { [FETCH]: 11 });
    const { error } = await cutOff(world, { autoOffsetReset: "none" }, 13);
    assert.ok(
      error !== undefined && /truncated at offset 2, below position 5.*seek/.test(error.message),
      error?.message,
    );
  }));

test("a leader that cannot answer yet is asked again before anything is fetched from it", () =>
  inWorld(THREE, async (world) => {
    lower(world, { [FETCH]: 11 });
    let left = 3;
    world.cluster.intercept("OffsetForLeaderEpoch", {
      respond: (response) =>
        left-- <= 0
          ? response
          : {
              ...response,
              topics: response.topics.map((topic) => ({
                ...topic,
                partitions: topic.partitions.map((one) => ({ ...one, errorCode: 75, endOffset: -1 })),
              })),
            },
    });
    const { values, resets, asked } = await cutOff(world, {}, 13);
    assert.deepEqual(values, ["0", "1", "2", "3", "4", ...NEW]);
    assert.deepEqual(resets, [{ topic: "t", partition: 0, from: 5, to: 2 }]);
    assert.equal(asked, 4);
  }));

test("an end that the leader does not know, and a broker that cannot be asked, are no loss: reading goes on", () =>
  inWorld(THREE, async (world) => {
    lower(world, { [FETCH]: 11 });
    world.cluster.intercept("OffsetForLeaderEpoch", {
      respond: (response) => ({
        ...response,
        topics: response.topics.map((topic) => ({
          ...topic,
          partitions: topic.partitions.map((one) => ({ ...one, leaderEpoch: -1, endOffset: -1 })),
        })),
      }),
    });
    const { values, resets } = await cutOff(world, {}, 10);
    assert.deepEqual(values, ["0", "1", "2", "3", "4", ...NEW.slice(3)]);
    assert.deepEqual(resets, []);
  }));

test("a broker without OffsetForLeaderEpoch: reading goes on", () =>
  inWorld(THREE, async (world) => {
    lower(world, { [FETCH]: 11, [OFFSET_FOR_LEADER_EPOCH]: undefined });
    const { values, asked } = await cutOff(world, {}, 10);
    assert.deepEqual(values, ["0", "1", "2", "3", "4", ...NEW.slice(3)]);
    assert.equal(asked, 0);
  }));

test(
  "a copy of the log that comes back with more of an old epoch than was read before the next one: reading goes " +
    "back to where the next one began, not to where the old one ends",
  () =>
    inWorld(THREE, async ({ kafka, cluster, platform }) => {
      const producer = kafka.producer({ enableIdempotence: false });
      const { leaderId, replicas } = cluster.snapshot().topics[0]!.partitions[0]!;
      const [behind = -1, whole = -1] = replicas.filter((id) => id !== leaderId);
      const lag = (nodeId: number): void => {
        cluster.pauseReplication(nodeId);
        cluster.shrinkIsr(nodeId);
      };
      for (const value of ["0", "1"]) await producer.send({ topic: "t", value });
      lag(behind);
      for (const value of ["2", "3", "4"]) await producer.send({ topic: "t", value });
      lag(whole); // it has all five, and keeps them
      cluster.electLeader("t", 0, behind, { unclean: true });
      for (const value of ["2a", "3a", "4a", "5a"]) await producer.send({ topic: "t", value });
      const resets: unknown[] = [];
      const values: (string | null)[] = [];
      const consumer = kafka.consumer({
        assign: [{ topic: "t", partition: 0 }],
        onPositionReset: ({ from, to }) => resets.push([from, to]),
      });
      const reading = (async () => {
        for await (const { value } of consumer) if (values.push(text(value)) === 10) break;
      })();
      await sleep(platform, 1000);
      cluster.electLeader("t", 0, whole, { unclean: true });
      await producer.send({ topic: "t", value: "5b" });
      await reading;
      assert.deepEqual(values, ["0", "1", "2a", "3a", "4a", "5a", "2", "3", "4", "5b"]);
      assert.deepEqual(resets, [[6, 2]]);
      await producer.close();
    }),
);

/**
 * Two replicas lead in turns, each elected uncleanly while the other keeps what it alone has: one has more of epoch 0,
 * and of 2, where the other has epoch 1 and 3.
 */
async function inTurns(
  world: World,
  options: Partial<ConsumerOptions>,
): Promise<{
  readonly values: readonly (string | null)[];
  readonly resets: readonly unknown[];
  readonly errors: readonly KafkaError[];
  readonly position: number;
}> {
  const { kafka, cluster, platform } = world;
  const producer = kafka.producer({ enableIdempotence: false });
  const send = async (...values: readonly string[]): Promise<void> => {
    for (const value of values) await producer.send({ topic: "t", value });
  };
  const { leaderId: first, replicas } = cluster.snapshot().topics[0]!.partitions[0]!;
  const [second = -1, third = -1] = replicas.filter((id) => id !== first);
  const elect = (id: number): void => {
    cluster.electLeader("t", 0, id, { unclean: true });
    for (const other of replicas) if (other !== id) cluster.shrinkIsr(other);
  };
  await send("0", "1");
  for (const id of [first, second, third]) cluster.pauseReplication(id);
  for (const id of [second, third]) cluster.shrinkIsr(id);
  await send("a2", "a3", "a4", "a5");
  elect(second);
  await send("b2", "b3", "b4");
  elect(first);
  await send("a6", "a7");

  const values: (string | null)[] = [];
  const resets: unknown[] = [];
  const errors: KafkaError[] = [];
  const partition = { topic: "t", partition: 0 };
  const consumer = kafka.consumer({
    assign: [{ ...partition, offset: 0 }],
    onPositionReset: (reset) => resets.push(reset),
    ...options,
  });
  const read = async (): Promise<void> => {
    for await (const record of consumer) {
      values.push(text(record.value));
      consumer.markProcessed(record);
    }
  };
  const reading = read().catch((error: unknown) => errors.push(KafkaError.from(error)));
  await sleep(platform, 1000);
  assert.deepEqual(values, ["0", "1", "a2", "a3", "a4", "a5", "a6", "a7"]);
  consumer.pause([partition]); // until the other log reaches beyond the position
  elect(second);
  await send("b5", "b6", "b7", "b8", "b9");
  consumer.resume([partition]);
  await sleep(platform, 3000);
  const position = consumer.position(partition) ?? -1;
  await consumer.close();
  await reading;
  await producer.close();
  return { values: values.slice(8), resets, errors, position };
}

for (const version of [17, 11]) {
  test(
    `Fetch ${version}: leaders that parted twice: what lies below the end of the last epoch that they share was ` +
      "passed over",
    () =>
      inWorld(THREE, async (world) => {
        lower(world, { [FETCH]: version });
        const { values, resets, errors } = await inTurns(world, {});
        assert.deepEqual(values, ["b2", "b3", "b4", "b5", "b6", "b7", "b8", "b9"]);
        assert.deepEqual(resets, [{ topic: "t", partition: 0, from: 8, to: 2 }]);
        assert.deepEqual(errors, []);
      }),
  );

  test(
    `Fetch ${version}: leaders that parted twice, without a policy: the error names where the logs part, and the ` +
      "position stays",
    () =>
      inWorld(THREE, async (world) => {
        lower(world, { [FETCH]: version });
        const { values, resets, errors, position } = await inTurns(world, { autoOffsetReset: "none" });
        assert.deepEqual([values, resets, position], [[], [], 8]);
        assert.equal(errors.length, 1);
        assert.match(
          errors[0]?.message ?? "",
          /t-0: the log was truncated at offset 2, below position 8, and has other records there; autoOffsetReset is "none": seek/,
        );
      }),
  );
}
