// If enqueued records are lost while no call waits for them, their number, topics and reason are logged. In virtual
// time.
import { test } from "node:test";
import assert from "node:assert/strict";
import type { KafkaBaseOptions } from "../../src/kafka.ts";
import { Kafka } from "../../src/kafka.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import { type World, inWorld } from "./world.ts";

const OPTIONS = { deliveryTimeoutMs: 3000, requestTimeoutMs: 1000, maxBlockMs: 3000 };

function warned(
  { client }: World,
  options: KafkaBaseOptions = {},
): { readonly kafka: World["kafka"]; readonly lost: () => readonly string[] } {
  const lines: string[] = [];
  const kafka = client({ ...options, onLog: ({ level, message }) => level === "warn" && lines.push(message) });
  return { kafka, lost: () => lines.filter((line) => /lost/.test(line)) };
}
const NOWHERE = { bootstrapServers: "nobody:9092", cluster: undefined } as never;

for (const [how, options] of [
  ["no broker was ever reached", NOWHERE],
  ["the broker refuses them", {}],
] as const) {
  test(`enqueued records that fail were lost without a word (${how})`, () =>
    inWorld({ topics: { a: 1, b: 1 } }, async (world) => {
      world.cluster.intercept("Produce", ({ message }) => ({
        answer: {
          responses: (message.topicData ?? []).map(({ topicId, partitionData }) => ({
            topicId,
            partitionResponses: partitionData.map(({ index }) => ({ index, errorCode: 29, baseOffset: -1 })),
          })),
        },
      }));
      const { kafka, lost } = warned(world, options);
      const producer = kafka.producer(OPTIONS);
      for (const topic of ["a", "b", "a"]) producer.enqueue({ topic, value: "x" });
      await sleep(world.platform, 10_000);
      const counted = lost().map((line) => line.replace(/, which were enqueued.*told\): /, "|"));
      assert.match(
        counted.join("\n"),
        how === "the broker refuses them" ? /TOPIC_AUTHORIZATION_FAILED/ : /nobody:9092.*refused/,
      );
      assert.match(counted.join("\n"), /3 records of topics (a \(2\), b \(1\)|b \(1\), a \(2\))/);
      assert.equal(counted.length, 1, lost().join("\n"));
      await producer.close().catch(() => undefined);
      assert.equal(lost().length, 1, "close says it by its rejection");
    }));
}

test("records that close() gives up are logged, with the reason, though it rejects: nobody may wait for it", () =>
  inWorld({}, async (world) => {
    const { kafka, lost } = warned(world, NOWHERE);
    const producer = kafka.producer();
    for (let i = 0; i < 3; i++) producer.enqueue({ topic: "a", value: "x" });
    await assert.rejects(producer.close({ timeoutMs: 1000 }), /3 enqueued records were not delivered/);
    assert.equal(lost().length, 1);
    assert.match(lost()[0] ?? "", /3 records of topic a, .*closed before.*nobody:9092.*refused/);
  }));

test(
  "what somebody hears of is not logged: by flush, by onDelivery, by the promise of send, by the commit of a " +
    "transaction",
  () =>
    inWorld({ topics: { a: 1 } }, async (world) => {
      world.cluster.intercept("Produce", ({ message }) => ({
        answer: {
          responses: (message.topicData ?? []).map(({ name, topicId, partitionData }) => ({
            name,
            topicId,
            partitionResponses: partitionData.map(({ index }) => ({ index, errorCode: 29, baseOffset: -1 })),
          })),
        },
      }));
      const { kafka, lost } = warned(world);
      const flushing = kafka.producer(OPTIONS);
      flushing.enqueue({ topic: "a", value: "x" });
      await assert.rejects(flushing.flush());
      const telling = kafka.producer({ ...OPTIONS, onDelivery: () => undefined });
      telling.enqueue({ topic: "a", value: "x" });
      await assert.rejects(kafka.producer(OPTIONS).send({ topic: "a", value: "x" }));
      const transactional = kafka.producer({ transactionalId: "x" });
      await assert.rejects(transactional.transaction((tx) => void tx.enqueue({ topic: "a", value: "x" })));
      await sleep(world.platform, 5000);
      assert.deepEqual(lost(), []);
      await telling.close().catch(() => undefined);
    }),
);

test("records that are lost one after the other do not bring a line each", () =>
  inWorld({ topics: { a: 1 } }, async (world) => {
    world.cluster.intercept("Produce", ({ message }) => ({
      answer: {
        responses: (message.topicData ?? []).map(({ topicId, partitionData }) => ({
          topicId,
          partitionResponses: partitionData.map(({ index }) => ({ index, errorCode: 29, baseOffset: -1 })),
        })),
      },
    }));
    const { kafka, lost } = warned(world);
    const producer = kafka.producer(OPTIONS);
    for (let i = 0; i < 300; i++) {
      producer.enqueue({ topic: "a", value: "x" });
      await sleep(world.platform, 100);
    }
    await producer.close().catch(() => undefined);
    const total = lost().reduce((sum, line) => sum + Number(/(\d+) records?/.exec(line)?.[1]), 0);
    assert.equal(total, 300);
    assert.ok(lost().length <= 6, `${lost().length} lines`);
  }));

test("a process that ends with records that are not acknowledged says so, and one without does not", () =>
  inWorld({ topics: { a: 1 } }, async (world) => {
    const listeners = new Set<() => void>();
    const lines: string[] = [];
    const onExit = (listener: () => void): (() => void) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    };
    const kafka = new Kafka<World["platform"]["runtime"]>(
      {
        cluster: { bootstrapServers: world.cluster.bootstrapServers, connector: world.platform.connector },
        runtime: world.platform.runtime,
        onLog: ({ level, message }) => level === "warn" && lines.push(message),
      },
      { ...world.platform, onExit },
    );
    const producer = kafka.producer();
    await producer.send({ topic: "a", value: "x" });
    assert.equal(listeners.size, 0);
    world.cluster.intercept("Produce", "hang");
    producer.enqueue({ topic: "a", value: "x" });
    producer.enqueue({ topic: "new", value: "x" });
    for (const listener of listeners) listener();
    assert.match(lines.join("\n"), /the process ends before 2 records of topics new \(1\), a \(1\) were acknowledged/);
    await kafka.close({ timeoutMs: 0 }).catch(() => undefined);
    assert.equal(listeners.size, 0);
  }));
