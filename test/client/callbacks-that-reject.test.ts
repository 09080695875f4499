// If a user's callback throws, or its promise rejects, the error is logged with the callback's name. Before, it ended
// the process as an unhandled rejection. In virtual time.
import assert from "node:assert/strict";
import { test } from "node:test";
import { consumeTransformProduce } from "../../src/exactly-once/consume-transform-produce.ts";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import { type World, inWorld, take } from "./world.ts";

const ways: readonly (readonly [how: string, fail: () => void])[] = [
  [
    "throws",
    () => {
      throw new KafkaError("internal", "boom");
    },
  ],
  ["rejects", () => Promise.reject(new KafkaError("internal", "boom")) as unknown as void],
  [
    "rejects later",
    async () => {
      await Promise.resolve();
      throw new KafkaError("internal", "boom");
    },
  ],
];
const logged = ({ platform }: World, name: string): number =>
  platform.logged.filter(
    ({ level, message }) => level === "error" && message.includes(name) && message.includes("boom"),
  ).length;

for (const [how, fail] of ways) {
  test(`a callback that ${how} is logged with its name, and the client goes on`, () =>
    inWorld({ topics: { t: 1 } }, async (world) => {
      const { kafka, platform } = world;
      const producer = kafka.producer({
        onDelivery: fail,
        onStatistics: fail,
        statisticsIntervalMs: 100,
        interceptors: [{ onSend: fail }],
      });
      for (let i = 0; i < 3; i++) await producer.send({ topic: "t", value: String(i) });
      const consumer = kafka.consumer({
        assign: [{ topic: "t", partition: 0, offset: 100 }],
        onStatistics: fail,
        statisticsIntervalMs: 100,
        onPositionReset: fail,
      });
      assert.equal((await take(consumer, 3)).length, 3);
      await sleep(platform, 1000);
      for (const name of ["onDelivery", "onStatistics", "onSend", "onPositionReset"])
        assert.ok(logged(world, name) > 0, name);
      await consumer.close();
      await producer.close();
    }));

  test(`an onLog that ${how} is told to the platform's log`, () =>
    inWorld({ topics: { t: 1 }, client: { onLog: fail } }, async (world) => {
      const producer = world.kafka.producer({ onDelivery: fail });
      await producer.send({ topic: "t", value: "v" });
      await producer.close();
      assert.ok(logged(world, "onLog") > 0);
    }));

  test(`an onAborted that ${how} is logged, and the pipeline goes on`, () =>
    inWorld({ topics: { t: 1, u: 1 }, groups: { initialRebalanceDelayMs: 0 } }, async (world) => {
      await world.kafka.producer().send({ topic: "t", value: "v" });
      let runs = 0;
      const pipe = consumeTransformProduce(world.kafka, {
        groupId: "g",
        topics: ["t"],
        transactionalId: "x",
        transform: (records) => {
          if (runs++ === 0) throw new KafkaError("abortable", "once more");
          return records.map(({ value }) => ({ topic: "u", value: value ?? "" }));
        },
        onAborted: fail,
      });
      while (pipe.counters.committed === 0) await sleep(world.platform, 10);
      await pipe.stop();
      await pipe.ended;
      assert.equal(logged(world, "onAborted"), 1);
    }));

  test(`a partitioner that ${how} fails its record, and nothing else`, () =>
    inWorld({ topics: { t: 1 } }, async ({ kafka }) => {
      const producer = kafka.producer({ partitioner: () => fail() as unknown as number });
      await assert.rejects(producer.send({ topic: "t", value: "v" }), (error) => KafkaError.is(error));
      await producer.close();
    }));

  test(`a rebalance hook that ${how} is thrown by the loop`, () =>
    inWorld({ topics: { t: 1 }, groups: { initialRebalanceDelayMs: 0 } }, async ({ kafka }) => {
      await kafka.producer().send({ topic: "t", value: "v" });
      const consumer = kafka.consumer({ topics: ["t"], groupId: "g", onAssigned: fail, onRevoked: fail });
      await assert.rejects(take(consumer, 1), { message: /boom/ });
      await consumer.close();
    }));
}

for (const groupId of [undefined, "g"]) {
  test(
    `autoOffsetReset "none" ${groupId === undefined ? "without a group" : "in a group"}: the loop throws, each ` +
      "time; without a group it had ended the process",
    () =>
      inWorld({ topics: { t: 1 }, groups: { initialRebalanceDelayMs: 0 } }, async ({ kafka }) => {
        await kafka.producer().send({ topic: "t", value: "v" });
        for (const topics of [["t"], /^t$/]) {
          const consumer = kafka.consumer({
            topics,
            autoOffsetReset: "none",
            ...(groupId === undefined ? {} : { groupId }),
          });
          await assert.rejects(take(consumer, 1), { kind: "config", message: /autoOffsetReset is "none"/ });
          if (groupId === undefined)
            await assert.rejects(consumer.run({ eachRecord: () => undefined }), {
              kind: "config",
              message: /autoOffsetReset is "none"/,
            });
          await consumer.close();
        }
      }),
  );
}
