// The same programs with kafkajs and with the drop-in, against the same cluster: what a user sees must be the same.
import { test } from "node:test";
import assert from "node:assert/strict";
import type { Consumer, ConsumerConfig, ConsumerRunConfig, Kafka } from "kafkajs";
import { factsOf } from "./real-kafkajs.ts";
import { MODULES, onTcp, type TcpWorld, until } from "./tcp-cluster.ts";

const topic = "orders";
/** Events that come with time, and those of requests. */
const NOISE = /^(HEARTBEAT|FETCH|FETCH_START|REQUEST.*)$/;

/** Runs a program with both, and compares what it has collected. */
async function same(
  program: (trace: unknown[], kafka: Kafka, world: TcpWorld) => Promise<void>,
  check: (trace: unknown[]) => void = () => undefined,
  leave: (one: unknown) => boolean = () => false,
): Promise<void> {
  const traces = [];
  for (const [, module] of MODULES)
    traces.push(
      await onTcp(1, async (world) => {
        const trace: unknown[] = [];
        await program(trace, world.kafka(module), world);
        return trace.filter((one) => !leave(one));
      }),
    );
  const [theirs, ours] = traces.map(comparable);
  assert.deepEqual(ours, theirs);
  check(traces[1] ?? []);
}

/** Without what differs from run to run: ids of members, times. */
function comparable(trace: unknown[]): unknown {
  const text = JSON.stringify(trace, (key, value: unknown) => {
    if (value === undefined) return "undefined";
    if (["duration", "retryTime"].includes(key)) return "a time";
    return value instanceof Error ? value.message : value;
  });
  return JSON.parse(text.replaceAll(/kafkajs-[0-9a-f-]{36}/g, "a member"));
}

async function failure(call: () => unknown): Promise<unknown> {
  try {
    return ["returned", await call()];
  } catch (error) {
    const { chain, message, members } = factsOf(error) as Record<string, unknown>;
    return [chain, message, Object.keys(members as object)];
  }
}

/** A consumer whose events are collected. */
function traced(trace: unknown[], kafka: Kafka, options: Partial<ConsumerConfig> = {}): Consumer {
  const consumer = kafka.consumer({ groupId: "g", maxWaitTimeInMs: 50, ...options });
  for (const [key, name] of Object.entries(consumer.events))
    if (!NOISE.test(key)) consumer.on(name, ({ payload }) => void trace.push([key, payload]));
  return consumer;
}

test("texts and classes of wrong arguments", () =>
  same(
    async (trace, kafka) => {
      for (const config of [{}, { groupId: "" }, { groupId: "g", heartbeatInterval: 9, sessionTimeout: 9 }])
        trace.push(await failure(() => kafka.consumer(config as never)));
      const consumer = kafka.consumer({ groupId: "g" });
      for (const given of [{}, { topics: 5 }, { topics: "x" }, { topic: 5 }, { topics: [5] }, { topics: [null] }])
        trace.push(["subscribe", given, await failure(() => consumer.subscribe(given as never))]);
      for (const given of [
        ...[{}, { topic }, { topic, partition: "x" }, { topic, partition: 0 }],
        ...["x", "-1", -3, null, "1.5", "", "5", 5].map((offset) => ({ topic, partition: 0, offset })),
        { topic, partition: 0, offset: "5", metadata: 5 },
      ]) {
        trace.push(["commit", given, await failure(() => consumer.commitOffsets([given as never]))]);
        trace.push(["seek", given, await failure(() => consumer.seek(given as never))]);
      }
      trace.push(await failure(() => consumer.commitOffsets(undefined as never)));
      for (const given of [
        ...[undefined, [], [{}], [null], [{ topic: "" }], [{ topic, partitions: 5 }], [{ topic, partitions: ["x"] }]],
        ...[[{ topic, partitions: [0] }], [{ topic }]],
      ]) {
        trace.push(["pause", given, await failure(() => consumer.pause(given as never))]);
        trace.push(["resume", given, await failure(() => consumer.resume(given as never))]);
      }
      trace.push(consumer.paused());
      trace.push(await failure(() => consumer.on("nope" as never, () => undefined)));
      for (const call of [consumer.stop, consumer.stop, consumer.disconnect, consumer.disconnect])
        trace.push(await failure(call));
      trace.push(Object.keys(consumer));
    },
    (trace) => assert.ok(trace.length > 50),
  ));

/** Sends five messages, reads until `isOver`, and disconnects. */
function reading(
  run: (trace: unknown[], count: () => number, consumer: Consumer) => ConsumerRunConfig,
  isOver: (count: number, trace: readonly unknown[]) => boolean,
  options: Partial<ConsumerConfig> = {},
) {
  return async (trace: unknown[], kafka: Kafka, { send }: TcpWorld): Promise<void> => {
    await send(0, 5);
    const consumer = traced(trace, kafka, options);
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    let calls = 0;
    await consumer.run(run(trace, () => ++calls, consumer));
    trace.push("run has resolved");
    await until(() => isOver(calls, trace));
    const commits = (): number => trace.filter((one) => Array.isArray(one) && one[0] === "COMMIT_OFFSETS").length;
    await until(() => commits() > 0);
    await consumer.disconnect();
  };
}

test("eachMessage: events with their payloads, and what a handler gets", () =>
  same(
    reading(
      (trace, count) => ({
        eachMessage: async (payload) => {
          if (count() === 1) trace.push(Object.keys(payload), Object.keys(payload.message), payload.message);
          else trace.push(payload.message.offset);
          await payload.heartbeat();
        },
      }),
      (calls) => calls === 5,
    ),
    (trace) => assert.ok(trace.some((one) => Array.isArray(one) && one[0] === "END_BATCH_PROCESS")),
  ));

test("eachBatch without auto-resolve: the payload, resolving, what is uncommitted", () =>
  same(
    reading(
      (trace, count) => ({
        eachBatchAutoResolve: false,
        eachBatch: async (payload) => {
          const { batch, uncommittedOffsets, resolveOffset, heartbeat } = payload;
          trace.push(Object.keys(payload), Object.keys(batch), batch.constructor.name, uncommittedOffsets());
          trace.push(batch.isEmpty(), batch.firstOffset(), batch.lastOffset(), batch.offsetLag(), batch.offsetLagLow());
          const isFirst = count() === 1;
          for (const { offset } of isFirst ? batch.messages.slice(0, 2) : batch.messages) {
            resolveOffset(offset);
            trace.push(uncommittedOffsets());
            await heartbeat();
          }
          trace.push(await payload.commitOffsetsIfNecessary(), payload.isRunning(), payload.isStale());
          await payload.commitOffsetsIfNecessary(uncommittedOffsets());
        },
      }),
      (calls) => calls === 2,
    ),
  ));

test("autoCommitThreshold", () =>
  same(
    reading(
      (_, count) => ({ autoCommitThreshold: 2, eachMessage: async () => void count() }),
      (calls) => calls === 5,
    ),
  ));

test("a handler that throws once, and one that throws a TypeError", async () => {
  const retry = { retries: 3, initialRetryTime: 20 };
  await same(
    reading(
      (trace, count) => ({
        eachMessage: async ({ message }) => {
          trace.push(message.offset);
          if (count() === 2) throw new Error("boom");
        },
      }),
      (calls) => calls === 6,
      { retry },
    ),
  );
  await same(
    reading(
      (trace, count) => ({
        eachMessage: async ({ message }) => {
          trace.push(message.offset);
          if (count() === 2) throw new TypeError("bad");
        },
      }),
      (_, trace) => trace.some((one) => Array.isArray(one) && one[0] === "CRASH"),
      { retry },
    ),
    (trace) => assert.ok(trace.some((one) => Array.isArray(one) && one[0] === "CRASH")),
  );
});

/** After a seek in a handler kafkajs commits the message of that handler, and then the place that was sought. */
const isCommit = (one: unknown): boolean => Array.isArray(one) && one[0] === "COMMIT_OFFSETS";

test("seek and pause in a handler", () =>
  same(
    reading(
      (trace, count, consumer) => ({
        eachMessage: async ({ message, pause }) => {
          trace.push(message.offset);
          const calls = count();
          if (calls === 2) consumer.seek({ topic, partition: 0, offset: "3" });
          if (calls !== 3) return;
          const resume = pause();
          trace.push(consumer.paused());
          setTimeout(resume, 50);
        },
      }),
      (calls) => calls === 4,
    ),
    (trace) => assert.ok(trace.includes("3")),
    isCommit,
  ));

test("describeGroup of a group with a member, and of one that does not exist", () =>
  same(async (trace, kafka, { send }) => {
    await send(0, 1);
    const consumer = kafka.consumer({ groupId: "g", maxWaitTimeInMs: 50 });
    await consumer.connect();
    trace.push(await consumer.describeGroup());
    let count = 0;
    await consumer.subscribe({ topics: [/^ord/], fromBeginning: true });
    await consumer.run({ eachMessage: async () => void count++ });
    await until(() => count === 1);
    trace.push(await consumer.describeGroup());
    await consumer.disconnect();
  }));
