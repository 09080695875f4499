// An AbortSignal ends loops at the next record, and calls at once. The host prints no warning if many calls share one
// signal.
import { test } from "node:test";
import assert from "node:assert/strict";
import { SharedSignals } from "../../src/runtime/shared-signals.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import { Cancellation } from "../../src/runtime/cancellation.ts";
import { type World, inWorld, take, text } from "./world.ts";

/** A topic of one batch of 100 records. */
async function withBatch(body: (world: World) => Promise<void>): Promise<void> {
  await inWorld({ topics: { t: 1 } }, async (world) => {
    const producer = world.kafka.producer({ lingerMs: 5 });
    await Promise.all(Array.from({ length: 100 }, (_, i) => producer.send({ topic: "t", value: `${i}` })));
    await body(world);
  });
}

const isCancelled = { kind: "cancelled" };

test(
  "records({ signal }): an abort was heeded after the batch in hand; the next record is not handed out, and the " +
    "next loop begins with it",
  () =>
    withBatch(async ({ kafka }) => {
      const consumer = kafka.consumer({ topics: ["t"] });
      const controller = new AbortController();
      const seen: (string | null)[] = [];
      await assert.rejects(async () => {
        for await (const { value } of consumer.records({ signal: controller.signal })) {
          seen.push(text(value));
          if (seen.length === 3) controller.abort();
        }
      }, isCancelled);
      assert.deepEqual(seen, ["0", "1", "2"]);
      assert.deepEqual(
        (await take(consumer, 2)).map(({ value }) => text(value)),
        ["3", "4"],
      );
    }),
);

test("batches({ signal }): the records of the batch in hand went on after an abort", () =>
  withBatch(async ({ kafka }) => {
    const consumer = kafka.consumer({ topics: ["t"] });
    const controller = new AbortController();
    let seen = 0;
    await assert.rejects(async () => {
      for await (const batch of consumer.batches({ signal: controller.signal })) {
        for (const _ of batch.records) if (++seen === 3) controller.abort();
      }
    }, isCancelled);
    assert.equal(seen, 3);
  }));

test("partition(): a stream with a signal ends with the next record", () =>
  withBatch(async ({ kafka }) => {
    const consumer = kafka.consumer({ assign: [{ topic: "t", partition: 0, offset: "earliest" }] });
    const controller = new AbortController();
    let seen = 0;
    await assert.rejects(async () => {
      for await (const _ of consumer.partition("t", 0, { signal: controller.signal }))
        if (++seen === 3) controller.abort();
    }, isCancelled);
    assert.equal(seen, 3);
  }));

test("a loop whose signal had fired before it began hands out nothing", () =>
  withBatch(async ({ kafka }) => {
    const consumer = kafka.consumer({ topics: ["t"] });
    const signal = AbortSignal.abort();
    await assert.rejects(consumer.records({ signal }).next(), isCancelled);
    await assert.rejects(consumer.batches({ signal }).next(), isCancelled);
    assert.equal((await take(consumer, 1)).length, 1);
  }));

test("many calls that share one signal listen to it once, and not at all when they have ended", () =>
  inWorld({ topics: { t: 1 } }, async ({ kafka, client, platform }) => {
    // A host's signal that counts.
    const controller = new AbortController();
    let listeners = 0;
    let most = 0;
    const signal = {
      get aborted(): boolean {
        return controller.signal.aborted;
      },
      get reason(): unknown {
        return controller.signal.reason as unknown;
      },
      addEventListener: (type: "abort", listener: () => void): void => {
        most = Math.max(most, ++listeners);
        controller.signal.addEventListener(type, listener);
      },
      removeEventListener: (type: "abort", listener: () => void): void => {
        listeners--;
        controller.signal.removeEventListener(type, listener);
      },
    };
    const producer = kafka.producer({ lingerMs: 5 });
    await Promise.all(Array.from({ length: 20 }, () => producer.send({ topic: "t", value: "v" }, { signal })));
    const admin = kafka.admin();
    const consumers = Array.from({ length: 12 }, () => kafka.consumer({ topics: ["t"] }));
    const loops = consumers.map((consumer) =>
      assert.rejects(async () => {
        for await (const _ of consumer.records({ signal }));
      }, isCancelled),
    );
    await Promise.all(Array.from({ length: 12 }, () => admin.listTopics({ signal })));
    assert.equal(most, 1);
    assert.equal(listeners, 1);
    controller.abort();
    await Promise.all(loops);
    assert.ok(listeners <= 1);
    const late = client({
      bootstrapServers: "nobody:1",
      cluster: undefined,
      connector: platform.connector,
    } as never).admin();
    await assert.rejects(late.listTopics({ signal }), isCancelled);
    await sleep(platform, 10); // connections that were being opened
  }));

test("a shared signal fires each listener once, and lets go of those that are taken back", () => {
  const source = new AbortController();
  const signals = new SharedSignals();
  const shared = signals.of(source.signal);
  assert.equal(signals.of(source.signal), shared);
  assert.equal(signals.of(shared), shared);
  const own = new Cancellation();
  assert.equal(signals.of(own), own);
  assert.equal(signals.of(undefined), undefined);
  const fired: string[] = [];
  const gone = (): void => void fired.push("gone");
  shared.addEventListener("abort", () => void fired.push("a"));
  shared.addEventListener("abort", gone);
  shared.addEventListener("abort", () => void fired.push("b"));
  shared.removeEventListener("abort", gone);
  source.abort("why");
  assert.deepEqual(fired, ["a", "b"]);
  assert.deepEqual([shared.aborted, shared.reason], [true, "why"]);
  shared.addEventListener("abort", gone);
  assert.deepEqual(fired, ["a", "b"]);
});
