// consumer.health in virtual time: a consumer that is stuck or cut off looks unhealthy after the limit, and not before.
// One that is paused, idle or only slow never does.
import { test } from "node:test";
import assert from "node:assert/strict";
import type { Consumer } from "../../src/consumer/consumer.ts";
import type { ConsumerHealth, HealthOptions } from "../../src/consumer/health/health.ts";
import type { ConsumerOptions } from "../../src/consumer/options.ts";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import { consumeTransformProduce } from "../../src/exactly-once/consume-transform-produce.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import { inWorld, type World } from "./world.ts";

const TOPICS = { topics: { t: 2 } } as const;
const MINUTE_MS = 60_000;

type Group = Partial<ConsumerOptions>;
const WAYS: readonly (readonly [name: string, options: Group])[] = [
  ["no group", {}],
  ["a classic group", { groupId: "g", groupProtocol: "classic" }],
  ["a group of KIP-848", { groupId: "g", groupProtocol: "consumer" }],
  ["a group of either protocol", { groupId: "g" }],
];

async function fill({ kafka }: World, count = 20): Promise<void> {
  const producer = kafka.producer();
  for (let i = 0; i < count; i++) await producer.send({ topic: "t", partition: i % 2, value: `${i}` });
}

/** Virtual time. */
const pass = ({ platform }: World, ms: number): Promise<void> => sleep(platform, ms);

/** A promise that is never settled before `end` is called: a callback that is stuck. */
class Stuck {
  readonly #now: (() => number) | undefined;
  /** When it was reached (monotonic ms). */
  reachedMs = 0;
  readonly reached: Promise<void>;
  readonly ended: Promise<void>;
  end: () => void = () => undefined;
  #reach: () => void = () => undefined;

  constructor(world?: World) {
    this.#now = world && (() => world.platform.clock.monotonic());
    this.reached = new Promise((resolve) => (this.#reach = resolve));
    this.ended = new Promise((resolve) => (this.end = resolve));
  }

  /** Called by the callback. */
  async wait(): Promise<void> {
    this.reachedMs = this.#now?.() ?? 0;
    this.#reach();
    await this.ended;
  }
}

/** Looks every `everyMs`, until the consumer looks unhealthy; at most an hour. Returns when that was, and how. */
async function untilUnhealthy(
  world: World,
  consumer: Pick<Consumer, "health">,
  options: HealthOptions,
  everyMs = 1000,
): Promise<{ readonly afterMs: number; readonly health: ConsumerHealth }> {
  const fromMs = world.platform.clock.monotonic();
  for (let looks = 0; looks < 3_600_000 / everyMs; looks++) {
    const health = consumer.health(options);
    if (!health.healthy) return { afterMs: world.platform.clock.monotonic() - fromMs, health };
    assert.deepEqual([health.reasons, health.isStuck], [[], false]);
    await pass(world, everyMs);
  }
  return assert.fail("it looked healthy for an hour");
}

/** Looks every ten seconds for twenty minutes, four times the default limit: it must look healthy. */
async function staysHealthy(world: World, consumer: Consumer, options: HealthOptions = {}): Promise<ConsumerHealth> {
  let health = consumer.health(options);
  for (let looks = 0; looks < 120; looks++) {
    health = consumer.health(options);
    assert.deepEqual([health.healthy, health.reasons, health.isStuck], [true, [], false]);
    await pass(world, 10_000);
  }
  return health;
}

/** Reads until the loop ends; its errors are those of the test. */
function readAll(consumer: Consumer, body: () => Promise<void> = () => Promise.resolve()): Promise<void> {
  return (async () => {
    for await (const _ of consumer) await body();
  })();
}

for (const [name, group] of WAYS) {
  test(`${name}: not begun, idle for twenty minutes, and closed`, () =>
    inWorld(TOPICS, async (world) => {
      const consumer = world.kafka.consumer({ topics: ["t"], ...group });
      const before = await staysHealthy(world, consumer);
      assert.deepEqual(
        [before.state, before.partitions, before.group?.state],
        ["idle", [], group.groupId === undefined ? undefined : "unjoined"],
      );
      const reading = readAll(consumer);
      const idle = await staysHealthy(world, consumer);
      assert.equal(idle.state, "reading");
      const joined = { classic: "stable", consumer: "joined", auto: "joined" }[group.groupProtocol ?? "auto"];
      assert.equal(idle.group?.state, group.groupId === undefined ? undefined : joined);
      if (idle.group !== undefined) assert.ok(idle.group.memberId !== "" && idle.group.generationId > 0);
      assert.deepEqual(idle.partitions, [
        { topic: "t", partition: 0, sinceAskedMs: 0, lag: 0, isPaused: false },
        { topic: "t", partition: 1, sinceAskedMs: 0, lag: 0, isPaused: false },
      ]);
      await consumer.close();
      await reading;
      const closed = consumer.health();
      assert.deepEqual([closed.healthy, closed.isStuck, closed.state], [false, false, "closed"]);
      assert.deepEqual(closed.reasons, ["the consumer was closed"]);
    }));

  test(`${name}: a loop's body that never asks for its next record is stuck after the limit, and well again after it`, () =>
    inWorld(TOPICS, async (world) => {
      await fill(world);
      const consumer = world.kafka.consumer({ topics: ["t"], startOffset: "earliest", ...group });
      const stuck = new Stuck();
      const reading = readAll(consumer, () => stuck.wait());
      await stuck.reached;
      const { afterMs, health } = await untilUnhealthy(world, consumer, { stuckAfterMs: MINUTE_MS });
      assert.ok(afterMs >= MINUTE_MS - 1000 && afterMs <= MINUTE_MS + 1000, String(afterMs));
      assert.equal(health.isStuck, true);
      assert.match(
        health.reasons.join(),
        /^the loop has not asked for its next record, in progress: t-\d \(offset 0\), for 6\d{4} ms \(limit 60000 ms\)$/,
      );
      for (const { sinceAskedMs = 0 } of health.partitions) assert.ok(sinceAskedMs >= MINUTE_MS, String(sinceAskedMs));
      stuck.end();
      await pass(world, 1000);
      const after = consumer.health({ stuckAfterMs: MINUTE_MS });
      assert.deepEqual([after.healthy, after.reasons], [true, []]);
      await consumer.close();
      await reading;
    }));

  test(`${name}: all partitions paused for twenty minutes, with records waiting, is healthy`, () =>
    inWorld(TOPICS, async (world) => {
      const consumer = world.kafka.consumer({ topics: ["t"], startOffset: "earliest", ...group });
      const reading = readAll(consumer);
      consumer.pauseAll();
      await fill(world);
      const health = await staysHealthy(world, consumer);
      assert.deepEqual(
        health.partitions.map(({ isPaused, sinceAskedMs }) => [isPaused, sinceAskedMs]),
        [
          [true, 0],
          [true, 0],
        ],
      );
      await consumer.close();
      await reading;
    }));

  test(`${name}: records that take less than the limit each are no stall, however many there are`, () =>
    inWorld(TOPICS, async (world) => {
      await fill(world, 200);
      const consumer = world.kafka.consumer({ topics: ["t"], startOffset: "earliest", ...group });
      const reading = readAll(consumer, () => pass(world, 40_000));
      await staysHealthy(world, consumer, { stuckAfterMs: MINUTE_MS });
      await consumer.close({ timeoutMs: 0 });
      await reading;
    }));

  test(`${name}: brokers that are gone for longer than the limit make it unhealthy, not stuck; it heals`, () =>
    inWorld(TOPICS, async (world) => {
      await fill(world);
      const consumer = world.kafka.consumer({ topics: ["t"], startOffset: "earliest", ...group });
      const reading = readAll(consumer);
      await pass(world, 10_000);
      await world.cluster.stopBroker(0);
      const { afterMs, health } = await untilUnhealthy(world, consumer, {});
      assert.ok(afterMs >= MINUTE_MS - 1000 && afterMs <= MINUTE_MS + 4000, String(afterMs));
      assert.equal(health.isStuck, false);
      assert.match(
        health.reasons.join("; "),
        /broker 0 cannot be fetched from for 6\d{4} ms \(limit 60000 ms\): .*refused/,
      );
      await world.cluster.startBroker(0);
      await pass(world, 30_000);
      assert.deepEqual(consumer.health().reasons, []);
      await consumer.close();
      await reading;
    }));

  test(`${name}: brokers that cannot be reached from the beginning, seen by a single look`, () =>
    inWorld(TOPICS, async (world) => {
      await world.cluster.stopBroker(0);
      const consumer = world.kafka.consumer({
        topics: ["t"],
        startOffset: "earliest",
        defaultApiTimeoutMs: 600_000,
        ...group,
      });
      const reading = readAll(consumer);
      await pass(world, 59_000);
      assert.deepEqual(consumer.health({ unreachableAfterMs: MINUTE_MS }).reasons, []);
      await pass(world, 1500);
      const { healthy, isStuck, reasons } = consumer.health({ unreachableAfterMs: MINUTE_MS });
      assert.deepEqual([healthy, isStuck], [false, false]);
      assert.match(reasons.join("; "), /metadata cannot be fetched for 60500 ms \(limit 60000 ms\): no broker answers/);
      if (group.groupId !== undefined)
        assert.match(
          reasons.join("; "),
          group.groupProtocol === undefined
            ? /the coordinator of group g was not found for 60\d{3} ms/
            : /requests of group g have failed for 60\d{3} ms/,
        );
      await world.cluster.startBroker(0);
      await pass(world, 20_000);
      assert.deepEqual(consumer.health({ unreachableAfterMs: MINUTE_MS }).reasons, []);
      await consumer.close();
      await reading;
    }));

  test(`${name}: a broker that takes requests and never answers`, () =>
    inWorld(TOPICS, async (world) => {
      const consumer = world.kafka.consumer({ topics: ["t"], ...group });
      const reading = readAll(consumer);
      await pass(world, 10_000);
      world.cluster.intercept("Fetch", "hang");
      const { afterMs, health } = await untilUnhealthy(world, consumer, {});
      assert.ok(afterMs >= MINUTE_MS - 1000 && afterMs <= MINUTE_MS + 3000, String(afterMs));
      assert.match(health.reasons.join("; "), /^broker 0 cannot be fetched from for 6\d{4} ms/);
      world.cluster.clearIntercepts();
      await pass(world, 40_000);
      assert.deepEqual(consumer.health().reasons, []);
      await consumer.close();
      await reading;
    }));

  test(`${name}: a loop that has ended, and that no other follows, is stuck after the limit; a new loop is not`, () =>
    inWorld(TOPICS, async (world) => {
      await fill(world);
      const consumer = world.kafka.consumer({ topics: ["t"], startOffset: "earliest", ...group });
      for await (const _ of consumer) break;
      const { afterMs, health } = await untilUnhealthy(world, consumer, { stuckAfterMs: MINUTE_MS });
      assert.ok(Math.abs(afterMs - MINUTE_MS) < 1, String(afterMs));
      assert.deepEqual([health.state, health.isStuck], ["idle", true]);
      assert.match(health.reasons.join(), /^the last loop has ended, and no other has begun, for 60000 ms/);
      assert.deepEqual(new Set(health.partitions.map(({ sinceAskedMs }) => sinceAskedMs)), new Set([undefined]));
      const reading = readAll(consumer);
      await pass(world, 1000);
      assert.deepEqual(consumer.health().reasons, []);
      await consumer.close();
      await reading;
    }));
}

for (const groupProtocol of ["classic", "consumer"] as const)
  test(`a single look after maxPollIntervalMs: the member of a ${groupProtocol} group has left it`, () =>
    inWorld(TOPICS, async (world) => {
      await fill(world);
      const consumer = world.kafka.consumer({ topics: ["t"], startOffset: "earliest", groupId: "g", groupProtocol });
      const stuck = new Stuck();
      const reading = readAll(consumer, () => stuck.wait());
      await stuck.reached;
      await pass(world, 200_000);
      const half = consumer.health({ stuckAfterMs: 190_000 });
      assert.deepEqual([half.isStuck, half.reasons.length], [true, 1], "the group's own watch has seen it");
      assert.equal(consumer.health().healthy, true);
      await pass(world, 110_000);
      const health = consumer.health();
      assert.deepEqual([health.healthy, health.isStuck, health.group?.state], [false, true, "away"]);
      assert.match(health.reasons.join("; "), /the member has left its group, because the application did not ask/);
      stuck.end();
      await pass(world, 20_000);
      assert.deepEqual(consumer.health().reasons, []);
      await consumer.close();
      await reading;
    }));

const RUNS = [
  ["eachRecord", (consumer: Consumer, call: () => Promise<void>) => consumer.run({ eachRecord: call })],
  [
    "eachRecord, two at once",
    (consumer: Consumer, call: () => Promise<void>) => consumer.run({ eachRecord: call, concurrency: 2 }),
  ],
  [
    "eachRecord by key",
    (consumer: Consumer, call: () => Promise<void>) =>
      consumer.run({ eachRecord: call, concurrency: 4, orderBy: "key" }),
  ],
  ["eachBatch", (consumer: Consumer, call: () => Promise<void>) => consumer.run({ eachBatch: call })],
  ["eachBatches", (consumer: Consumer, call: () => Promise<void>) => consumer.run({ eachBatches: call })],
] as const;

for (const [name, run] of RUNS)
  test(`run with ${name}: a callback that does not end is stuck after the limit, also while others go on`, () =>
    inWorld(TOPICS, async (world) => {
      await fill(world);
      const consumer = world.kafka.consumer({ topics: ["t"], startOffset: "earliest" });
      const stuck = new Stuck();
      let calls = 0;
      const running = run(consumer, async () => {
        if (calls++ === 0) await stuck.wait();
      });
      await stuck.reached;
      const producer = world.kafka.producer();
      const fromMs = world.platform.clock.monotonic();
      let health = consumer.health({ stuckAfterMs: MINUTE_MS });
      while (health.healthy) {
        await pass(world, 5000);
        for (const partition of [0, 1]) await producer.send({ topic: "t", partition, value: "more" });
        health = consumer.health({ stuckAfterMs: MINUTE_MS });
        assert.ok(world.platform.clock.monotonic() - fromMs < 2 * MINUTE_MS, "it looks healthy for too long");
      }
      assert.ok(world.platform.clock.monotonic() - fromMs >= MINUTE_MS);
      assert.equal(health.isStuck, true);
      assert.match(health.reasons.join("; "), /^a callback of run has not ended, in progress: t-0 \(offset 0\)/);
      if (name.includes("two")) {
        const since = new Map(health.partitions.map(({ partition, sinceAskedMs }) => [partition, sinceAskedMs]));
        assert.ok((since.get(0) ?? 0) >= MINUTE_MS && since.get(1) === 0, "the other partition goes on");
      }
      stuck.end();
      await pass(world, 1000);
      assert.deepEqual(consumer.health({ stuckAfterMs: MINUTE_MS }).reasons, []);
      await consumer.close();
      await running;
    }));

test("run: a record that waits for its retry in a paused partition is no stall", () =>
  inWorld(TOPICS, async (world) => {
    await fill(world, 2);
    const consumer = world.kafka.consumer({ topics: ["t"], startOffset: "earliest" });
    let failures = 0;
    const running = consumer.run({
      retries: 3,
      eachRecord: ({ topic, partition }) => {
        if (failures > 0) return;
        failures++;
        consumer.pause([{ topic, partition }]);
        throw new Error("not yet");
      },
    });
    await pass(world, 1000);
    assert.equal(failures, 1);
    await staysHealthy(world, consumer);
    await consumer.close();
    await running;
  }));

test("batches, and the stream of a partition that is stuck while the consumer's own loop goes on", () =>
  inWorld(TOPICS, async (world) => {
    await fill(world);
    const batches = world.kafka.consumer({ topics: ["t"], startOffset: "earliest" });
    const one = batches.batches();
    await one.next();
    const { health } = await untilUnhealthy(world, batches, { stuckAfterMs: MINUTE_MS });
    assert.match(health.reasons.join(), /^the loop has not asked for its next record, in progress: t-\d/);
    await batches.close({ timeoutMs: 0 });

    const consumer = world.kafka.consumer({
      assign: [0, 1].map((partition) => ({ topic: "t", partition, offset: 0 })),
    });
    const stream = consumer.partition("t", 1)[Symbol.asyncIterator]();
    const first = await stream.next();
    assert.equal(first.done, false);
    const producer = world.kafka.producer();
    const reading = readAll(consumer, async () => {
      await producer.send({ topic: "t", partition: 0, value: "more" });
      await pass(world, 100);
    });
    const split = await untilUnhealthy(world, consumer, { stuckAfterMs: MINUTE_MS });
    assert.ok(split.afterMs >= MINUTE_MS - 1000 && split.afterMs <= MINUTE_MS + 1000, String(split.afterMs));
    assert.match(split.health.reasons.join(), /in progress: t-1 \(offset 0\), for 6\d{4} ms/);
    const since = split.health.partitions.map(({ sinceAskedMs = -1 }) => sinceAskedMs);
    assert.ok((since[0] ?? -1) < 2000 && (since[1] ?? -1) >= MINUTE_MS, String(since));
    await consumer.close({ timeoutMs: 0 });
    await reading;
  }));

for (const hook of ["onAssigned", "onRevoked", "onLost"] as const)
  test(`a hook that does not end: ${hook}`, () =>
    inWorld(TOPICS, async (world) => {
      const stuck = new Stuck(world);
      const consumer = world.kafka.consumer({
        ...{ topics: ["t"], groupId: "g", groupProtocol: "classic", partitionAssignmentStrategy: ["range"] },
        [hook]: () => stuck.wait(),
      });
      const reading = readAll(consumer);
      await pass(world, 10_000);
      const second = world.kafka.consumer({ topics: ["t"], groupId: "g", groupProtocol: "classic" });
      const other = hook === "onRevoked" ? readAll(second) : undefined;
      if (hook === "onLost") world.cluster.intercept("Heartbeat", { answer: { errorCode: 25 } });
      await stuck.reached;
      world.cluster.clearIntercepts();
      await pass(world, stuck.reachedMs + 59_999 - world.platform.clock.monotonic());
      assert.deepEqual(consumer.health({ stuckAfterMs: MINUTE_MS }).reasons, []);
      await pass(world, 2);
      const health = consumer.health({ stuckAfterMs: MINUTE_MS });
      assert.equal(health.isStuck, true);
      assert.match(
        health.reasons.join("; "),
        new RegExp(`^${hook} has not ended for 6000\\d ms \\(limit 60000 ms\\)$`),
      );
      stuck.end();
      await pass(world, 10_000);
      assert.deepEqual(consumer.health({ stuckAfterMs: MINUTE_MS }).reasons, []);
      await Promise.all([consumer.close(), second.close()]);
      await Promise.all([reading, other]);
    }));

test("onPoison, the serdes' prepareRead, and the function of consumeTransformProduce", () =>
  inWorld({ topics: { t: 2, out: 1 } }, async (world) => {
    await fill(world);
    const refusing = { serialize: () => new Uint8Array(), deserialize: (): never => assert.fail("unreadable") };
    const poisoned = new Stuck();
    const onPoison = (): Promise<void> => poisoned.wait();
    const run = world.kafka.consumer({ topics: ["t"], startOffset: "earliest", value: refusing, onPoison });
    const running = run.run({ eachRecord: () => undefined });
    await poisoned.reached;
    const poison = await untilUnhealthy(world, run, { stuckAfterMs: MINUTE_MS });
    assert.deepEqual([poison.health.isStuck, poison.afterMs >= MINUTE_MS - 1000], [true, true]);
    poisoned.end();
    await run.close({ timeoutMs: 0 });
    await running;

    const preparing = new Stuck();
    const slow = {
      serialize: () => new Uint8Array(),
      deserialize: (bytes: Uint8Array | null) => bytes,
      prepareRead: () => preparing.wait(),
    };
    const prepares = world.kafka.consumer({ topics: ["t"], startOffset: "earliest", value: slow as never });
    const reading = readAll(prepares);
    await preparing.reached;
    const prepared = await untilUnhealthy(world, prepares, { stuckAfterMs: MINUTE_MS });
    assert.equal(prepared.health.isStuck, true);
    assert.match(prepared.health.reasons.join(), /prepareRead of a serde has not ended for t-\d, for 6\d{4} ms/);
    preparing.end();
    await prepares.close({ timeoutMs: 0 });
    await reading;

    const stuck = new Stuck();
    const pipe = consumeTransformProduce(world.kafka, {
      ...{ topics: ["t"], groupId: "eos", transactionalId: "eos", consumer: { startOffset: "earliest" } },
      transform: async () => {
        await stuck.wait();
        return [];
      },
    });
    await stuck.reached;
    const eos = await untilUnhealthy(world, pipe, { stuckAfterMs: MINUTE_MS });
    assert.equal(eos.health.isStuck, true);
    stuck.end();
    await pipe.stop();
    assert.equal(pipe.health().state, "closed");
  }));

test("run: an onPoison that does not end makes the member leave its group after maxPollIntervalMs, as in other loops", () =>
  inWorld(TOPICS, async (world) => {
    await fill(world);
    const stuck = new Stuck();
    const consumer = world.kafka.consumer({
      ...{ topics: ["t"], startOffset: "earliest", groupId: "g", maxPollIntervalMs: 10_000 },
      value: { serialize: () => new Uint8Array(), deserialize: (): never => assert.fail("unreadable") },
      onPoison: () => stuck.wait(),
    });
    const running = consumer.run({ eachRecord: () => undefined });
    await stuck.reached;
    await pass(world, 8000);
    assert.equal(consumer.health().group?.state, "joined");
    await pass(world, 4000);
    const { group, isStuck } = consumer.health();
    assert.deepEqual([group?.state, isStuck], ["away", true]);
    stuck.end();
    await pass(world, 20_000);
    assert.deepEqual([consumer.health().group?.state, consumer.health().reasons], ["joined", []]);
    await consumer.close();
    await running;
  }));

test("a member that is fenced cannot go on, and says why", () =>
  inWorld(TOPICS, async (world) => {
    const options = { topics: ["t"], groupId: "g", groupInstanceId: "one", groupProtocol: "classic" } as const;
    const first = world.kafka.consumer(options);
    const reading = readAll(first).catch((error: unknown) => KafkaError.from(error));
    await pass(world, 10_000);
    const second = world.kafka.consumer(options);
    const other = readAll(second);
    const error = await reading;
    assert.ok(KafkaError.is(error) && error.kind === "fenced");
    const health = first.health();
    assert.deepEqual([health.healthy, health.isStuck, health.group?.state], [false, true, "failed"]);
    assert.equal(health.reasons[0], `the consumer cannot go on: ${error.message}`);
    assert.deepEqual(second.health().reasons, []);
    await second.close();
    await other;
  }));

test("closing: a close that waits for a callback; and a partition without a leader", () =>
  inWorld({ topics: { t: 2 }, brokers: 2 }, async (world) => {
    await fill(world);
    const consumer = world.kafka.consumer({ topics: ["t"], startOffset: "earliest" });
    const stuck = new Stuck();
    const running = consumer.run({ eachRecord: () => stuck.wait() });
    await stuck.reached;
    const closed = consumer.close();
    const health = consumer.health();
    assert.deepEqual([health.state, health.healthy, health.isStuck], ["closing", false, false]);
    stuck.end();
    await Promise.all([closed, running]);
  }));

test("wrong options of health are refused by name, also after close", () =>
  inWorld(TOPICS, async ({ kafka }) => {
    const consumer = kafka.consumer({ topics: ["t"] });
    const wrong = (value: unknown): never => value as never;
    const calls: readonly (readonly [unknown, RegExp])[] = [
      [null, /^health takes an object with stuckAfterMs, unreachableAfterMs, not null/],
      [5, /^health takes an object/],
      [{ stuckAfterMs: 0 }, /^health: stuckAfterMs takes a whole number from 1/],
      [{ stuckAfterMs: "5" }, /^health: stuckAfterMs takes .* not "5"/],
      [{ unreachableAfterMs: Infinity }, /^health: unreachableAfterMs takes/],
      [{ stuckAfter: 5 }, /^health has no option "stuckAfter"; did you mean stuckAfterMs/],
    ];
    const refuse = (): void => {
      for (const [options, message] of calls)
        assert.throws(
          () => consumer.health(wrong(options)),
          (error) => KafkaError.is(error) && error.kind === "config" && message.test(error.message),
        );
    };
    refuse();
    await consumer.close();
    refuse();
    assert.equal(consumer.health().state, "closed");
  }));
