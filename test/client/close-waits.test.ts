// close() waits for what the application has in hand, commits it, and only then leaves. In virtual time.
import assert from "node:assert/strict";
import { test } from "node:test";
import { AsyncLocalStorage } from "node:async_hooks";
import type { ConsumerCloseOptions } from "../../src/consumer/closing.ts";
import type { Consumer } from "../../src/consumer/consumer.ts";
import { type AnyKafka, Kafka } from "../../src/kafka.ts";
import { nodeCallContext } from "../../src/platform/node/call-context.ts";
import { sleep as sleepOn } from "../../src/runtime/sleep.ts";
import { type World, inWorld } from "./world.ts";

const at = { topic: "t", partition: 0 };

interface Scene {
  readonly world: World;
  readonly kafka: AnyKafka;
  readonly consumer: Consumer;
  sleep(ms: number): Promise<void>;
  nowMs(): number;
  committed(): number | undefined;
}

/** A consumer of five records, on a client that knows in which callback it is called. */
function inScene(
  groupProtocol: "classic" | "consumer" | undefined,
  body: (scene: Scene) => Promise<void>,
): Promise<void> {
  return inWorld({ topics: { t: 1 }, groups: { initialRebalanceDelayMs: 0 } }, async (world) => {
    const { cluster, platform } = world;
    const producer = world.kafka.producer();
    for (let i = 0; i < 5; i++) await producer.send({ ...at, key: String(i), value: "v" });
    const kafka = new Kafka(
      {
        cluster: { bootstrapServers: cluster.bootstrapServers, connector: platform.connector },
        runtime: platform.runtime,
      },
      { ...platform, callContext: nodeCallContext() },
    );
    const consumer = kafka.consumer(
      groupProtocol === undefined ? { topics: ["t"] } : { topics: ["t"], groupId: "g", groupProtocol },
    );
    await body({
      world,
      kafka,
      consumer,
      sleep: (ms) => sleepOn({ runtime: platform.runtime, clock: platform.clock }, ms),
      nowMs: () => platform.clock.monotonic(),
      committed: () => cluster.snapshot().groups[0]?.offsets[0]?.offset,
    });
    await kafka.close();
  });
}

type Work = (offset: number) => Promise<void>;
const loops: readonly (readonly [
  name: string,
  isRun: boolean,
  perBatch: boolean,
  loop: (consumer: Consumer, work: Work) => Promise<void>,
])[] = [
  [
    "for await",
    false,
    false,
    async (consumer, work) => {
      for await (const { offset } of consumer) await work(offset);
    },
  ],
  [
    "batches()",
    false,
    true,
    async (consumer, work) => {
      for await (const { baseOffset } of consumer.batches()) await work(baseOffset);
    },
  ],
  ["run", true, false, (consumer, work) => consumer.run({ eachRecord: ({ offset }) => work(offset) })],
  ["run, eachBatch", true, true, (consumer, work) => consumer.run({ eachBatch: ({ baseOffset }) => work(baseOffset) })],
  [
    "run, eachBatches",
    true,
    true,
    (consumer, work) => consumer.run({ eachBatches: ([{ baseOffset }]) => work(baseOffset) }),
  ],
  [
    "run by key",
    true,
    false,
    (consumer, work) => consumer.run({ concurrency: 3, orderBy: "key", eachRecord: ({ offset }) => work(offset) }),
  ],
];

for (const groupProtocol of ["classic", "consumer", undefined] as const) {
  for (const [name, isRun, , loop] of loops) {
    const title = `${groupProtocol ?? "no group"}, ${name}`;

    test(`${title}: close waits for the work in hand, and commits it; it had returned at once`, () =>
      inScene(groupProtocol, async ({ consumer, sleep, nowMs, committed }) => {
        let begun = 0;
        let done = 0;
        const reading = loop(consumer, async () => {
          begun++;
          await sleep(5000);
          done++;
        });
        while (begun === 0) await sleep(10);
        await sleep(1000);
        const [fromMs, wasBegun] = [nowMs(), begun];
        await consumer.close();
        assert.deepEqual([begun, done], [wasBegun, wasBegun]);
        assert.ok(nowMs() - fromMs > 3500 && nowMs() - fromMs < 4500, `${nowMs() - fromMs} ms`);
        if (groupProtocol !== undefined) assert.ok((committed() ?? 0) >= done);
        await reading;
      }));

    test(`${title}: close waits no longer than timeoutMs, and the record in hand is not committed`, () =>
      inScene(groupProtocol, async ({ consumer, sleep, nowMs, committed }) => {
        let begun = 0;
        const reading = loop(consumer, async () => {
          begun++;
          await sleep(60_000);
        });
        while (begun === 0) await sleep(10);
        const fromMs = nowMs();
        await consumer.close({ timeoutMs: 3000 });
        assert.ok(nowMs() - fromMs >= 3000 && nowMs() - fromMs < 3500, `${nowMs() - fromMs} ms`);
        assert.ok((committed() ?? 0) === 0);
        await reading;
      }));

    test(
      `${title}: a close inside of the work ${isRun ? "" : "with timeoutMs 0 "}does not wait for it, before and ` +
        "after an await",
      async () => {
        for (const pauseMs of [0, 100]) {
          await inScene(groupProtocol, async ({ consumer, sleep, nowMs, committed }) => {
            let tookMs = -1;
            await loop(consumer, async (offset) => {
              if (offset > 0) return;
              if (pauseMs > 0) await sleep(pauseMs);
              const fromMs = nowMs();
              await consumer.close(isRun ? {} : { timeoutMs: 0 });
              tookMs = nowMs() - fromMs;
            });
            assert.ok(tookMs >= 0 && tookMs < 500, `${tookMs} ms`);
            assert.ok((committed() ?? 0) === 0);
          });
        }
      },
    );
  }

  test(`${groupProtocol ?? "no group"}: a stream of a partition is waited for as well`, () =>
    inScene(groupProtocol, async ({ kafka, sleep, nowMs }) => {
      let begun = 0;
      let reading: Promise<void> | undefined;
      const read = async (): Promise<void> => {
        for await (const _ of consumer.partition("t", 0)) {
          begun++;
          await sleep(5000);
        }
      };
      const consumer: Consumer = kafka.consumer(
        groupProtocol === undefined
          ? { assign: [at] }
          : { topics: ["t"], groupId: "h", groupProtocol, onAssigned: () => void (reading = read()) },
      );
      if (groupProtocol === undefined) reading = read();
      const main = (async () => {
        for await (const _ of consumer) await sleep(1);
      })();
      while (begun === 0) await sleep(10);
      const fromMs = nowMs();
      await consumer.close();
      assert.ok(nowMs() - fromMs > 4000, `${nowMs() - fromMs} ms`);
      assert.equal(begun, 1);
      await Promise.all([reading, main]);
    }));
}

test(
  "run: a callback that closes is not waited for, the one beside it is; and a close from outside waits for both, " +
    "until one of them closes as well",
  () =>
    inScene("consumer", async ({ consumer, sleep, nowMs, committed }) => {
      const ended = new Map<number, number>();
      let closedMs = 0;
      let outside: Promise<void> | undefined;
      await consumer.run({
        concurrency: 2,
        orderBy: "key",
        eachRecord: async ({ offset }) => {
          if (offset > 1) return;
          if (offset === 0) await sleep(3000);
          else {
            await sleep(100);
            outside = new AsyncLocalStorage().exit(() => Promise.resolve().then(() => consumer.close()));
            await sleep(100);
            await consumer.close();
            closedMs = nowMs();
          }
          ended.set(offset, nowMs());
        },
      });
      await outside;
      assert.ok(closedMs >= (ended.get(0) ?? Infinity), "record 0 was waited for");
      assert.equal(committed(), 1, "and committed; record 1 is not done");
    }),
);

test("a loop that waits for its next record, or that is left before, does not keep close waiting", () =>
  inScene("consumer", async ({ consumer, kafka, sleep, nowMs }) => {
    const reading = (async () => {
      for await (const _ of consumer);
    })();
    await sleep(5000);
    const other = kafka.consumer({ assign: [at] });
    for await (const _ of other) break;
    const fromMs = nowMs();
    await Promise.all([consumer.close(), other.close()]);
    assert.ok(nowMs() - fromMs < 500, `${nowMs() - fromMs} ms`);
    await reading;
  }));

test(
  "close inside of a loop's body warns once that it waits; a second close with timeoutMs 0, and a signal, end the " +
    "wait",
  async () => {
    const ways: readonly ((consumer: Consumer) => ConsumerCloseOptions)[] = [
      (consumer) => {
        void consumer.close({ timeoutMs: 10_000 });
        return { timeoutMs: 0 };
      },
      () => ({ signal: AbortSignal.abort() }),
      () => ({ timeoutMs: 10_000 }),
    ];
    for (const [i, way] of ways.entries()) {
      await inScene("classic", async ({ world, consumer, nowMs }) => {
        const fromMs = nowMs();
        let tookMs = -1;
        for await (const _ of consumer) {
          const atMs = nowMs();
          await consumer.close(way(consumer));
          tookMs = nowMs() - atMs;
        }
        assert.ok(i === 2 ? tookMs >= 10_000 : tookMs < 500, `${tookMs} ms, of ${nowMs() - fromMs}`);
        const warnings = world.platform.logged.filter(
          ({ level, message }) => level === "warn" && message.includes("close() waits for the loop's body"),
        );
        assert.equal(warnings.length, i === 2 ? 1 : 0);
      });
    }
  },
);

test(
  "kafka.close: work of consumers is waited for, at most timeoutMs, and may still send: producers are closed after " +
    "them",
  () =>
    inScene("consumer", async ({ kafka, consumer, sleep, nowMs, committed }) => {
      const producer = kafka.producer();
      let begun = 0;
      const reading = consumer.run({
        eachRecord: async () => {
          begun++;
          await sleep(2000);
          await producer.send({ topic: "t", value: "result" });
        },
      });
      while (begun === 0) await sleep(10);
      const fromMs = nowMs();
      await assert.rejects(kafka.close({ timeout: 5 } as object), { kind: "config", message: /timeoutMs, signal/ });
      await assert.rejects(kafka.close({ timeoutMs: -1 }), { kind: "config" });
      await kafka.close({ timeoutMs: 5000 });
      assert.ok(nowMs() - fromMs < 3000);
      assert.deepEqual([begun, committed()], [1, 1]);
      await reading;
    }),
);
