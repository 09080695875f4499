// Topics that are subscribed to while the consumer runs, given up and taken again; partitions that are paused all at
// once; a rebalance by hand. In virtual time.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Consumer } from "../../src/consumer/consumer.ts";
import type { ConsumerOptions } from "../../src/consumer/options.ts";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import type { KafkaBaseOptions } from "../../src/kafka.ts";
import { sleep as sleepOn } from "../../src/runtime/sleep.ts";
import { committed } from "./committed.ts";
import { GroupReader } from "./group-reader.ts";
import { type World, inWorld, text } from "./world.ts";

const FAST = { consumerAssignmentIntervalMs: 0, consumerHeartbeatIntervalMs: 200 };

const groups: readonly (readonly [name: string, options: ConsumerOptions])[] = [
  [
    "eager",
    { groupId: "g", groupProtocol: "classic", partitionAssignmentStrategy: ["range"], heartbeatIntervalMs: 200 },
  ],
  [
    "cooperative",
    {
      groupId: "g",
      groupProtocol: "classic",
      partitionAssignmentStrategy: ["cooperative-sticky"],
      heartbeatIntervalMs: 200,
    },
  ],
  ["KIP-848", { groupId: "g", groupProtocol: "consumer" }],
];
const ways = [...groups, ["no group", {}]] as const;

/** Reads until the consumer is closed; returns what was read, and how to wait for its end. */
function reading(consumer: Consumer): { readonly values: (string | null)[]; readonly ended: Promise<void> } {
  const values: (string | null)[] = [];
  const ended = (async () => {
    for await (const { value } of consumer) values.push(text(value));
  })();
  return { values, ended };
}

function tools({ kafka, platform }: World): {
  send(topic: string, value: string): Promise<unknown>;
  sleep(ms: number): Promise<void>;
  close(): Promise<void>;
} {
  const producer = kafka.producer();
  return {
    send: (topic, value) => producer.send({ topic, partition: 0, value }),
    sleep: (ms) => sleepOn({ runtime: platform.runtime, clock: platform.clock }, ms),
    close: () => producer.close(),
  };
}

const isConfig =
  (message: RegExp) =>
  (error: unknown): boolean => {
    assert.ok(KafkaError.is(error) && error.kind === "config", String(error));
    assert.match(error.message, message);
    return true;
  };

for (const [name, options] of ways) {
  test(`topics are added, changed and given up in the middle of a loop (${name})`, () =>
    inWorld({ topics: { a: 1, b: 1, c: 1 }, groups: FAST }, async (world) => {
      const { send, sleep, close } = tools(world);
      const consumer = world.kafka.consumer({ ...options, topics: [] });
      const { values, ended } = reading(consumer);
      for (const topic of ["a", "b", "c"]) await send(topic, `${topic}0`);
      await sleep(5000);
      assert.deepEqual([values, consumer.subscription(), consumer.assignment()], [[], [], []]);

      consumer.subscribe("a");
      await sleep(8000);
      assert.deepEqual([values, consumer.subscription()], [["a0"], ["a"]]);
      consumer.subscribe([...consumer.subscription(), "b"]);
      await sleep(8000);
      assert.deepEqual(
        [values, consumer.subscription()],
        [
          ["a0", "b0"],
          ["a", "b"],
        ],
      );
      consumer.subscribe(["b"]);
      await sleep(8000);
      await send("a", "a1");
      await send("b", "b1");
      await sleep(2000);
      assert.deepEqual([values, consumer.assignment()], [["a0", "b0", "b1"], [{ topic: "b", partition: 0 }]]);
      consumer.subscribe(/^[bc]$/);
      await sleep(8000);
      assert.deepEqual(values, ["a0", "b0", "b1", "c0"]);

      await consumer.unsubscribe();
      assert.deepEqual([consumer.subscription(), consumer.assignment()], [[], []]);
      await consumer.unsubscribe();
      await send("b", "b2");
      await sleep(8000);
      assert.equal(values.length, 4, "nothing is read");
      consumer.subscribe(["b"]);
      await sleep(8000);
      // A group knows how far it has come.
      assert.deepEqual(values.slice(4), name === "no group" ? ["b0", "b1", "b2"] : ["b2"]);
      await consumer.close();
      await ended;
      await close();
    }));

  test(`all is paused, also what comes later, and goes on (${name})`, () =>
    inWorld({ topics: { a: 1, b: 1 }, groups: FAST }, async (world) => {
      const { send, sleep, close } = tools(world);
      const consumer = world.kafka.consumer({ ...options, topics: ["a"] });
      const { values, ended } = reading(consumer);
      await sleep(8000);
      assert.deepEqual(consumer.paused(), []);
      consumer.pauseAll();
      consumer.subscribe(["a", "b"]);
      await sleep(8000);
      await send("a", "a0");
      await send("b", "b0");
      await sleep(2000);
      assert.deepEqual(
        [values, [...consumer.paused()].sort((x, y) => (x.topic < y.topic ? -1 : 1))],
        [
          [],
          [
            { topic: "a", partition: 0 },
            { topic: "b", partition: 0 },
          ],
        ],
      );
      consumer.resume([{ topic: "b", partition: 0 }]);
      await sleep(2000);
      assert.deepEqual([values, consumer.paused()], [["b0"], [{ topic: "a", partition: 0 }]]);
      consumer.resumeAll();
      await sleep(2000);
      assert.deepEqual([values, consumer.paused()], [["b0", "a0"], []]);
      await consumer.close();
      await ended;
      await close();
    }));
}

for (const [name, options] of groups) {
  test(`a signal ends the wait of unsubscribe, which had ignored it; the member leaves all the same (${name})`, () =>
    inWorld({ topics: { t: 1 }, groups: FAST }, async (world) => {
      const { sleep, close } = tools(world);
      let letGo = (): void => undefined;
      const onRevoked = (): Promise<void> => new Promise((resolve) => (letGo = resolve));
      const reader = new GroupReader(world, { ...options, topics: ["t"], onRevoked });
      await reader.until(({ held }) => held.size === 1);
      const cancelled = new AbortController();
      const ended = assert.rejects(reader.consumer.unsubscribe({ signal: cancelled.signal }), { kind: "cancelled" });
      await sleep(100);
      cancelled.abort();
      await ended;
      await assert.rejects(reader.consumer.unsubscribe({ signal: cancelled.signal }), { kind: "cancelled" });
      letGo();
      await reader.consumer.unsubscribe();
      assert.equal(reader.consumer.groupMetadata().memberId, "");
      await reader.close();
      await close();
    }));

  test(`a member that unsubscribes commits what is done, leaves, and comes back (${name})`, () =>
    inWorld({ topics: { t: 2 }, groups: FAST }, async (world) => {
      const { send, sleep, close } = tools(world);
      const group: ConsumerOptions = { ...options, topics: ["t"], autoCommitIntervalMs: 3_600_000 };
      const readers = [new GroupReader(world, group), new GroupReader(world, group)];
      const [first, second] = readers as [GroupReader, GroupReader];
      await GroupReader.untilAll(readers, () => readers.every(({ held }) => held.size === 1));
      for (let i = 0; i < 10; i++)
        await world.kafka.producer().send({ topic: "t", partition: i % 2, value: String(i) });
      await GroupReader.untilAll(readers, () => first.values.length + second.values.length === 10);
      await first.consumer.unsubscribe();
      assert.deepEqual([[...first.held], first.consumer.groupMetadata().generationId], [[], -1]);
      await second.until(({ held }) => held.size === 2);
      await send("t", "10");
      await sleep(3000);
      assert.equal(first.values.length + second.values.length, 11, "nothing is read twice: it was committed");
      first.consumer.subscribe("t");
      await GroupReader.untilAll(readers, () => readers.every(({ held }) => held.size === 1));
      for (const reader of readers) await reader.close();
      for (const reader of readers) reader.checkHooks();
      assert.deepEqual(
        await committed(world.kafka.consumer(group), [
          { topic: "t", partition: 0 },
          { topic: "t", partition: 1 },
        ]),
        [6, 5],
      );
      await close();
    }));

  test(`a rebalance by hand (${name})`, () =>
    inWorld({ topics: { t: 1 }, groups: FAST }, async (world) => {
      const { sleep } = tools(world);
      const warnings: string[] = [];
      const onLog: KafkaBaseOptions["onLog"] = ({ level, message }) => {
        if (level === "warn") warnings.push(message);
      };
      const consumer = world.client({ onLog }).consumer({ ...options, topics: ["t"] });
      consumer.enforceRebalance(); // harmless before it has joined
      const { ended } = reading(consumer);
      await sleep(8000);
      const joins = world.cluster.intercept("JoinGroup", () => undefined);
      consumer.enforceRebalance("the weights are others");
      consumer.enforceRebalance();
      await sleep(5000);
      assert.equal(joins.calls, name === "KIP-848" ? 0 : 1);
      assert.equal(
        warnings.filter((warning) => /enforceRebalance does nothing under the protocol of KIP-848/.test(warning))
          .length,
        name === "KIP-848" ? 2 : 0,
      );
      await consumer.close();
      await ended;
    }));
}

test("what subscribe, unsubscribe and enforceRebalance do not take is refused, and changes nothing", () =>
  inWorld({ topics: { t: 1 } }, async (world) => {
    const { kafka } = world;
    const { send, sleep, close } = tools(world);
    const consumer = kafka.consumer({ topics: ["t"] });
    const { values, ended } = reading(consumer);
    for (const wrong of [null, 5, {}, [null], [""], "", { topics: ["t"] }, undefined, [5n], Symbol("t")])
      assert.throws(() => consumer.subscribe(wrong as never), isConfig(/topics takes|the list of topics is empty/));
    assert.throws(() => consumer.subscribe([]), isConfig(/to read none call unsubscribe\(\)/));
    for (const wrong of [null, 5, { timeout: 5 }, { timeoutMs: "5" }])
      await assert.rejects(consumer.unsubscribe(wrong as never), isConfig(/unsubscribe/));
    assert.throws(
      () => consumer.enforceRebalance(),
      isConfig(/cannot enforceRebalance: it needs a consumer in a group/),
    );
    assert.deepEqual(consumer.subscription(), ["t"]);
    await send("t", "0");
    await sleep(1000);
    assert.deepEqual(values, ["0"]);

    const assigned = kafka.consumer({ assign: [] });
    assert.throws(() => assigned.subscribe("t"), isConfig(/reads the partitions of `assign`/));
    await assert.rejects(assigned.unsubscribe(), isConfig(/reads the partitions of `assign`/));
    const pattern = kafka.consumer({ groupId: "g", groupProtocol: "consumer", topicsPattern: "t.*" });
    assert.throws(() => pattern.subscribe("t"), isConfig(/subscribes by topicsPattern/));
    const member = kafka.consumer({ groupId: "h", topics: ["t"] });
    assert.throws(() => member.enforceRebalance(5 as never), isConfig(/enforceRebalance: the reason/));

    const closing = consumer.close();
    const isClosed = (error: unknown): boolean => KafkaError.is(error) && error.kind === "closed";
    assert.throws(() => consumer.subscribe("t"), isClosed);
    await assert.rejects(consumer.unsubscribe(), isClosed);
    await closing;
    assert.throws(() => consumer.subscribe("t"), isClosed);
    assert.throws(() => member.enforceRebalance.call(consumer), isClosed);
    await ended;
    await close();
  }));

test("a consumer that is closed while it unsubscribes, or subscribes again meanwhile, settles both", () =>
  inWorld({ topics: { t: 1, u: 1 }, groups: FAST, latencyMs: 20 }, async (world) => {
    const { send, sleep, close } = tools(world);
    await send("t", "t0");
    await send("u", "u0");
    for (const [, options] of groups) {
      const consumer = world.kafka.consumer({ ...options, groupId: `g-${JSON.stringify(options)}`, topics: ["t"] });
      const { values, ended } = reading(consumer);
      await sleep(8000);
      const leaving = Promise.all([consumer.unsubscribe(), consumer.unsubscribe()]);
      consumer.subscribe("u");
      assert.deepEqual(consumer.subscription(), ["u"]);
      await leaving;
      await sleep(8000);
      assert.deepEqual(values, ["t0", "u0"]);
      await Promise.all([consumer.unsubscribe(), consumer.close()]);
      await ended;
    }
    await close();
  }));
