// Handlers that throw, crashes and restarts (checks 33, 34, 35).
import { test } from "node:test";
import assert from "node:assert/strict";
import { KafkaJSNonRetriableError } from "../../packages/kafkajs/src/errors/kafkajs-error.ts";
import { eventsOf, until, write } from "./consumer-world.ts";
import { inKafkaJsWorld, type KafkaJsWorld } from "./world.ts";

type Crash = { readonly error: Error & { retryCount?: number; cause?: Error }; readonly restart: boolean };

/** A consumer that fails as `fails` says; returns what happened until `isOver`. */
async function failing(
  world: KafkaJsWorld,
  retry: object,
  fails: (offset: string) => void,
  isOver: (facts: { events: string[]; crashes: Crash[]; seen: string[] }) => boolean,
) {
  await write(world, "orders", 0, 3);
  const consumer = world.kafka().consumer({ groupId: "g", retry });
  const events = eventsOf(consumer);
  const crashes: Crash[] = [];
  const seen: string[] = [];
  consumer.on(consumer.events.CRASH, ({ payload }) => void crashes.push(payload as unknown as Crash));
  await consumer.connect();
  await consumer.subscribe({ topic: "orders", fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ message }) => {
      seen.push(message.offset);
      fails(message.offset);
    },
  });
  const facts = { events, crashes, seen };
  await until(world, () => isOver(facts));
  await world.wait(200);
  await consumer.disconnect();
  return facts;
}

test("a handler that throws for ever: retries, STOP, DISCONNECT, CRASH, and a restart with the same handlers", () =>
  inKafkaJsWorld({ topics: { orders: 1 } }, async (world) => {
    const boom = new Error("boom");
    const facts = await failing(
      world,
      { retries: 1 },
      (offset) => {
        if (offset === "1") throw boom;
      },
      ({ crashes }) => crashes.length === 2,
    );
    const { events, crashes, seen } = facts;
    assert.deepEqual(events.slice(0, 13), [
      ...["CONNECT", "CONNECT", "GROUP_JOIN", "START_BATCH_PROCESS", "COMMIT_OFFSETS", "START_BATCH_PROCESS"],
      ...["STOP", "DISCONNECT", "CRASH", "CONNECT", "GROUP_JOIN", "START_BATCH_PROCESS", "START_BATCH_PROCESS"],
    ]);
    const [crash] = crashes;
    assert.equal(crash?.error.name, "KafkaJSNumberOfRetriesExceeded");
    assert.equal(crash.error.message, "boom");
    assert.equal(crash.error.retryCount, 1);
    assert.equal(crash.error.cause, boom);
    assert.equal(crash.restart, true);
    assert.deepEqual(seen, ["0", "1", "1", "1", "1"]);
    const lines = world.logged.map(({ log }) => log.message);
    assert.ok(lines.includes("Crash: KafkaJSNumberOfRetriesExceeded: boom"));
    assert.ok(lines.some((line) => /^Restarting the consumer in \d+ms$/.test(line)));
    assert.ok(lines.includes("Error when calling eachMessage"));
  }));

test("a TypeError, and an error that is not retriable, end the consumer for good", () =>
  Promise.all(
    [new TypeError("bad"), new KafkaJSNonRetriableError("no")].map((error) =>
      inKafkaJsWorld({ topics: { orders: 1 } }, async (world) => {
        const { crashes, seen } = await failing(
          world,
          {},
          () => {
            throw error;
          },
          (facts) => facts.crashes.length === 1,
        );
        await world.wait(60_000);
        assert.equal(crashes.length, 1);
        assert.equal(crashes[0]?.restart, false);
        assert.equal(crashes[0].error.name, "KafkaJSNonRetriableError");
        assert.deepEqual(seen, ["0"]);
      }),
    ),
  ).then(() => undefined));

test("restartOnFailure decides; one that rejects means yes", async () => {
  const answers: [() => Promise<boolean>, boolean][] = [
    [async () => true, true],
    [async () => false, false],
    [() => Promise.reject(new Error("no idea")), true],
  ];
  for (const [restartOnFailure, expected] of answers)
    await inKafkaJsWorld({ topics: { orders: 1 } }, async (world) => {
      const { crashes } = await failing(
        world,
        { retries: 0, restartOnFailure },
        () => {
          throw new Error("boom");
        },
        (facts) => facts.crashes.length === 1,
      );
      assert.equal(crashes[0]?.restart, expected);
    });
});

test("a failure now and then for an hour is no CRASH: a success in between resets the count", () =>
  inKafkaJsWorld({ topics: { orders: 1 } }, async (world) => {
    const consumer = world.kafka().consumer({ groupId: "g", retry: { retries: 2 } });
    const events = eventsOf(consumer);
    const seen: string[] = [];
    const failed = new Set<string>();
    await consumer.subscribe({ topic: "orders", fromBeginning: true });
    await consumer.run({
      eachMessage: async ({ message: { offset } }) => {
        if (!failed.has(offset)) {
          failed.add(offset);
          throw new Error("now and then");
        }
        seen.push(offset);
      },
    });
    for (let i = 0; i < 12; i++) {
      await write(world, "orders", 0, 1, i);
      await world.wait(300_000);
    }
    assert.equal(seen.length, 12);
    assert.ok(!events.includes("CRASH"));
    await consumer.disconnect();
  }));

test("disconnect while a restart waits, while a handler waits for its next try, and twice at once", () =>
  inKafkaJsWorld({ topics: { orders: 1 } }, async (world) => {
    await write(world, "orders", 0, 1);
    for (const retries of [0, 5]) {
      const consumer = world.kafka().consumer({ groupId: `g${retries}`, retry: { retries, initialRetryTime: 20_000 } });
      const events = eventsOf(consumer);
      let calls = 0;
      await consumer.subscribe({ topic: "orders", fromBeginning: true });
      await consumer.run({
        eachMessage: () => {
          calls++;
          throw new Error("boom");
        },
      });
      await until(world, () => (retries === 0 ? events.includes("CRASH") : calls === 1));
      const since = world.host.clock.monotonic();
      await Promise.all([consumer.disconnect(), consumer.disconnect(), consumer.stop()]);
      assert.ok(world.host.clock.monotonic() - since < 6000, "it does not wait for the restart or the next try");
      await world.wait(120_000);
      assert.equal(calls, 1);
    }
  }));

test("disconnect waits for the handler at work, whose message is committed", () =>
  inKafkaJsWorld({ topics: { orders: 1 } }, async (world) => {
    await write(world, "orders", 0, 3);
    const consumer = world.kafka().consumer({ groupId: "g" });
    const seen: string[] = [];
    let isAtWork = false;
    await consumer.subscribe({ topic: "orders", fromBeginning: true });
    await consumer.run({
      eachMessage: async ({ message }) => {
        isAtWork = true;
        await world.wait(700);
        seen.push(message.offset);
      },
    });
    await until(world, () => isAtWork);
    await consumer.disconnect();
    assert.deepEqual(seen, ["0"]);
    const tool = world.world.kafka.consumer({ groupId: "g", assign: [] });
    assert.equal((await tool.committed([{ topic: "orders", partition: 0 }]))[0]?.offset, 1);
    await tool.close();
  }));

test("disconnect while it joins ends the join; run after disconnect goes on", () =>
  inKafkaJsWorld({ topics: { orders: 1 } }, async (world) => {
    await write(world, "orders", 0, 2);
    const consumer = world.kafka().consumer({ groupId: "g" });
    const events = eventsOf(consumer);
    const seen: string[] = [];
    await consumer.subscribe({ topic: "orders", fromBeginning: true });
    const run = (): Promise<void> =>
      consumer.run({ eachMessage: async ({ message }) => void seen.push(message.offset) });
    const running = run();
    await consumer.disconnect();
    await running;
    assert.ok(!events.includes("CRASH"));
    await run();
    await until(world, () => seen.length === 2);
    await consumer.disconnect();
    assert.deepEqual(seen, ["0", "1"]);
  }));
