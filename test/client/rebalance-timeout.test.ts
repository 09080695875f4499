// rebalanceTimeoutMs: how long a rebalance waits for a member, apart from how long a callback may take.
import { test } from "node:test";
import assert from "node:assert/strict";
import type { ConsumerOptions } from "../../src/consumer/options.ts";
import { observe } from "../../src/observe.ts";
import { inWorld } from "./world.ts";

const DAY_MS = 86_400_000;
const options = {
  groupId: "g",
  topics: ["orders"],
  groupProtocol: "classic",
  maxPollIntervalMs: DAY_MS,
} satisfies ConsumerOptions;

test("a callback of seven minutes keeps its partition; a rebalance waits for rebalanceTimeoutMs only", () =>
  inWorld({ topics: { orders: 1 } }, async ({ kafka, client, platform: { runtime, clock } }) => {
    const lines: string[] = [];
    const wait = async (ms: number): Promise<void> => {
      using delay = runtime.delayFor(ms);
      await new Promise<void>((resolve) => void delay.then(resolve));
    };
    await kafka.producer().send({ topic: "orders", value: "slow" });
    const slow = client({ onLog: ({ message }) => void lines.push(message) });
    const consumer = slow.consumer({ ...options, rebalanceTimeoutMs: 5000 });
    const told: string[] = [];
    observe(consumer, {
      rebalanceStarted: () => void told.push("rebalance"),
      groupSynced: () => void told.push("synced"),
    });
    let open: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    const running = consumer.run({
      eachRecord: () => {
        told.push("callback");
        return gate;
      },
    });
    await wait(400_000);
    assert.equal(consumer.assignment().length, 1);
    assert.deepEqual(told, ["rebalance", "synced", "callback"]);

    const other = kafka.consumer({ ...options });
    const sinceMs = clock.monotonic();
    let tookMs = -1;
    const reading = other.run({ eachRecord: () => void (tookMs = clock.monotonic() - sinceMs) });
    await wait(4000);
    assert.deepEqual(told.slice(3), ["rebalance"], "hooks learn of it while the callback is at work");
    assert.equal(tookMs, -1, "the other member waits");
    await wait(16_000);
    assert.ok(tookMs > 4000 && tookMs < 16_000, `${tookMs} ms`);
    assert.ok(lines.some((line) => line.includes("for rebalanceTimeoutMs (5000 ms); this member leaves the group")));
    open();
    await consumer.close();
    await other.close();
    await Promise.all([running, reading]);
  }));

test("wrong values, and a consumer without a group", () =>
  inWorld({}, ({ kafka }) => {
    for (const rebalanceTimeoutMs of [0, -1, 1.5, "5", null])
      assert.throws(() => kafka.consumer({ ...options, rebalanceTimeoutMs: rebalanceTimeoutMs as number }), {
        kind: "config",
        message: /rebalanceTimeoutMs/,
      });
    assert.throws(() => kafka.consumer({ topics: ["orders"], rebalanceTimeoutMs: 5 }), {
      kind: "config",
      message: "rebalanceTimeoutMs is an option of consumers in a group: it needs groupId",
    });
    return Promise.resolve();
  }));
