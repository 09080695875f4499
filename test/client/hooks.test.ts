// observe(): a scenario in which everything happens that a hook tells of, and listeners that go wrong.
import assert from "node:assert/strict";
import { test } from "node:test";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import * as ErrorCode from "../../src/errors/error-code.ts";
import type { HookEvent } from "../../src/hooks/hook-event.ts";
import type { HookEvents, HookName } from "../../src/hooks/hook-events.ts";
import { HOOK_NAMES, type HookListeners } from "../../src/observing/client-hooks.ts";
import { observe } from "../../src/observe.ts";
import type { LogEntry } from "../../src/runtime/platform.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import { inWorld, type World } from "./world.ts";

const SECRET = "the-password-of-alice";
const KEPT = "a-value-that-no-event-shows";
const security = { users: { alice: { password: SECRET } }, sasl: { sessionLifetimeMs: 20_000 } };
const sasl = { mechanism: "PLAIN", username: "alice", password: SECRET } as const;

const GROUP = { groupId: "other", memberId: "", generationId: -1 } as never;
const TOPICS = {
  t: { partitions: 3, replicationFactor: 3 },
  small: { partitions: 1, configs: { "max.message.bytes": "1000" } },
};

/** The events by hook, in the order in which they came. */
class Seen {
  readonly all: { readonly name: HookName; readonly event: HookEvent }[] = [];

  listeners(names: readonly HookName[] = HOOK_NAMES): HookListeners {
    return Object.fromEntries(names.map((name) => [name, (event: HookEvent) => void this.all.push({ name, event })]));
  }

  of<N extends HookName>(name: N): readonly HookEvents[N][] {
    return this.all.filter((one) => one.name === name).map(({ event }) => event as HookEvents[N]);
  }

  get names(): readonly HookName[] {
    return [...new Set(this.all.map(({ name }) => name))];
  }
}

/** Three brokers, a rebalance, a lost leader, transactions, a throttle, errors: everything that hooks tell of. */
async function everything({ cluster, kafka, platform }: World, seen: Seen): Promise<void> {
  observe(kafka, seen.listeners());
  const producer = kafka.producer({ lingerMs: 0 });
  for (let i = 0; i < 20; i++) await producer.send({ topic: "t", key: `${i}`, value: KEPT });

  // A leader moves, and one answer is lost.
  cluster.moveLeader("t", 0, 1);
  await producer.send({ topic: "t", partition: 0, value: KEPT });
  const dropped = cluster.intercept("Produce", "disconnect", { times: 1 });
  await producer.send({ topic: "t", partition: 1, value: KEPT });
  assert.equal(dropped.calls, 1);
  await assert.rejects(producer.send({ topic: "small", value: "x".repeat(2000) }), {
    code: ErrorCode.MESSAGE_TOO_LARGE,
  });

  // A group of each protocol, with a second member that comes and goes.
  for (const groupProtocol of ["classic", "consumer"] as const) {
    const options = { groupId: groupProtocol, groupProtocol, topics: ["t"], startOffset: "earliest" } as const;
    const [one, two] = [kafka.consumer(options), kafka.consumer(options)];
    const run = one.run({ eachRecord: () => undefined });
    while (one.counters.records < 22) await sleep(platform, 100);
    await one.commit();
    const second = two.run({ eachBatch: async () => sleep(platform, 1) });
    await sleep(platform, 10_000);
    assert.ok(two.assignment().length > 0);
    const partition = one.assignment()[0]?.partition ?? 0;
    await assert.rejects(one.commit([{ topic: "t", partition, offset: 1, metadata: "long".repeat(2000) }]), {
      code: ErrorCode.OFFSET_METADATA_TOO_LARGE,
    });
    await two.close();
    await one.close();
    await Promise.all([run, second]);
  }

  // A loop, and one that fails.
  const reader = kafka.consumer({ topics: ["t"], startOffset: "earliest" });
  let count = 0;
  for await (const { offset } of reader) if (offset >= 0 && ++count === 5) break;
  await assert.rejects(
    reader.run({
      eachRecord: () => {
        throw new Error("the application fails");
      },
    }),
  );
  await reader.close();

  // A transaction with records and offsets.
  const transactional = kafka.producer({ transactionalId: "tx" });
  await transactional.initTransactions();
  await transactional.transaction(async (transaction) => {
    await transaction.send({ topic: "t", value: KEPT });
    await transaction.sendOffsets([{ topic: "t", partition: 0, offset: 1 }], GROUP);
  });

  // A quota: the next requests wait. Then one without an answer, and brokers that are down.
  cluster.setQuotas({ user: "alice" }, { producer_byte_rate: 200 });
  await Promise.all(
    Array.from({ length: 4 }, () => producer.send({ topic: "t", partition: 2, value: "y".repeat(900) })),
  );
  cluster.setQuotas({ user: "alice" }, { producer_byte_rate: null });
  const hung = cluster.intercept("Metadata", "hang", { times: 1 });
  await kafka.admin().listTopics({ timeoutMs: 60_000 });
  assert.equal(hung.calls, 1);
  await sleep(platform, 30_000); // longer than a session
  await producer.send({ topic: "t", value: KEPT });
  await cluster.stopBroker(2);
  for (let i = 0; i < 5; i++) await producer.send({ topic: "t", partition: i % 3, value: KEPT }).catch(() => undefined);
  await kafka.close();
}

test("in a scenario with everything, each hook of the table is called", async () => {
  const seen = new Seen();
  await inWorld({ brokers: 3, ...security, topics: TOPICS, client: { sasl, requestTimeoutMs: 5000 } }, (world) =>
    everything(world, seen),
  );
  assert.deepEqual(
    HOOK_NAMES.filter((name) => !seen.names.includes(name)),
    [],
    "these were not called",
  );
  const text = JSON.stringify(seen.all, (_, value: unknown) => (KafkaError.is(value) ? value.message : value));
  assert.ok(!text.includes(SECRET) && !text.includes(KEPT), "an event shows a secret or a value");
});

test("observe says what is wrong with its arguments, at once", () =>
  inWorld({ topics: { t: 1 } }, async ({ kafka }) => {
    for (const target of [null, undefined, 5, {}, "kafka"])
      assert.throws(() => observe(target as never, {}), {
        kind: "config",
        message: /observe takes a Kafka, a producer/,
      });
    for (const [listeners, message] of [
      [null, /observe: the hooks/],
      [5, /observe: the hooks/],
      [{ requestAnswerd: () => undefined }, /has no hook "requestAnswerd"; did you mean requestAnswered\?/],
      [{ requestAnswered: 5 }, /observe: the hooks\.requestAnswered takes a function .*, not 5/],
    ] as const)
      assert.throws(() => observe(kafka, listeners as never), { kind: "config", message });
    const producer = kafka.producer();
    await producer.close();
    assert.throws(() => observe(producer, {}), { kind: "closed" });
    observe(kafka, { requestAnswered: undefined } as never)();
    await kafka.close();
    assert.throws(() => observe(kafka, {}), { kind: "closed" });
  }));

test("a listener that throws, or whose promise rejects, is logged with its hook's name, and others are called", async () => {
  const logged: LogEntry[] = [];
  await inWorld({ topics: { t: 1 }, client: { onLog: (entry) => void logged.push(entry) } }, async ({ kafka }) => {
    const seen = new Seen();
    observe(kafka, {
      batchSent: () => {
        throw new Error("a listener throws");
      },
      batchAcknowledged: () => Promise.reject(new Error("a listener rejects")),
    });
    observe(kafka, seen.listeners(["batchSent", "batchAcknowledged"]));
    await kafka.producer().send({ topic: "t", value: "v" });
    await kafka.close();
    assert.deepEqual(seen.names, ["batchSent", "batchAcknowledged"]);
  });
  const texts = logged.filter(({ level }) => level === "error").map(({ message }) => message);
  assert.deepEqual(texts, [
    "the hook batchSent failed, and the client continues: a listener throws",
    "the hook batchAcknowledged failed, and the client continues: a listener rejects",
  ]);
});

test("a listener may close the client that it is told of", () =>
  inWorld({ topics: { t: 1 } }, async ({ kafka }) => {
    for (const name of ["requestWritten", "requestAnswered", "connectionOpened", "connectionClosed"] as const) {
      const admin = kafka.admin();
      let closed: Promise<void> | undefined;
      observe(admin, { [name]: () => (closed ??= admin.close()) });
      const listed = Promise.resolve(admin.listTopics()).catch((error: unknown) => error);
      if (name === "connectionClosed") void listed.then(() => admin.close());
      await listed;
      await admin.close();
      await closed;
    }
  }));

test("one client is observed alone, also in the middle of its work, until the returned function is called", () =>
  inWorld({ topics: { t: 1 } }, async ({ kafka, platform }) => {
    const [one, two] = [kafka.producer(), kafka.producer()];
    await Promise.all([one, two].map((producer) => producer.send({ topic: "t", value: "before" })));
    const seen = new Seen();
    const stop = observe(one, seen.listeners());
    const stopOthers = observe(one, { batchAcknowledged: () => undefined });
    await Promise.all([one, two].map((producer) => producer.send({ topic: "t", value: "while" })));
    assert.deepEqual(
      seen.of("batchAcknowledged").map(({ client, records }) => [client.kind, client.number, records]),
      [["producer", 1, 1]],
    );
    assert.equal(seen.of("requestAnswered").length, 1);
    stopOthers();
    stopOthers();
    await one.send({ topic: "t", value: "still" });
    assert.equal(seen.of("batchAcknowledged").length, 2);
    stop();
    const count = seen.all.length;
    await one.send({ topic: "t", value: "after" });
    await sleep(platform, 1000);
    assert.equal(seen.all.length, count);
  }));

test("the events of a request have its times: in the queue, and on the wire", () =>
  inWorld({ topics: { t: 1 }, latencyMs: 10 }, async ({ cluster, kafka }) => {
    const seen = new Seen();
    observe(kafka, seen.listeners());
    const producer = kafka.producer();
    await producer.send({ topic: "t", value: "v" });
    cluster.setQuotas({ "client-id": null }, { producer_byte_rate: 100 });
    await producer.send({ topic: "t", value: "v".repeat(900) });
    const throttled = seen.of("requestThrottled").at(-1)?.throttleMs ?? 0;
    assert.ok(throttled > 100, String(throttled));
    await producer.send({ topic: "t", value: "late" });
    const [first, , last] = seen.of("requestAnswered").filter(({ apiName }) => apiName === "Produce");
    assert.deepEqual([first?.apiKey, first?.purpose, first?.nodeId, first?.inFlight], [0, "produce", 0, 0]);
    assert.equal(first?.queuedMs, 0);
    assert.ok((first?.durationMs ?? 0) >= 20, "there and back");
    assert.ok((last?.queuedMs ?? 0) >= throttled - 30, `${last?.queuedMs ?? 0} ms of ${throttled}`);
    assert.ok((last?.durationMs ?? 0) >= 20 && (last?.durationMs ?? 0) < 40);
    assert.ok((last?.sentAtMs ?? 0) - (last?.createdAtMs ?? 0) >= throttled - 30);
    assert.ok((last?.sizeInBytes ?? 0) > 70 && (last?.responseSizeInBytes ?? 0) > 10);
    assert.deepEqual(
      seen.of("requestQueueChanged").map(({ queueSize }) => queueSize),
      [1, 0],
    );
  }));

test("the hooks for each record tell of each record of a batch, and only of those that are listened to", () =>
  inWorld(
    { topics: { t: 1, small: { partitions: 1, configs: { "max.message.bytes": "500" } } } },
    async ({ kafka }) => {
      const seen = new Seen();
      const stop = observe(kafka, seen.listeners(["recordAcknowledged", "recordFailed", "recordProcessed"]));
      const producer = kafka.producer();
      await Promise.all(["a", "b", "c"].map((value) => producer.send({ topic: "t", value })));
      await assert.rejects(producer.send({ topic: "small", value: "x".repeat(600) }));
      const consumer = kafka.consumer({ topics: ["t"] });
      for await (const { offset } of consumer) if (offset === 1) break; // the batch is not processed
      await sleep({ runtime: kafka.runtime, clock: kafka.runtime.clock }, 1);
      assert.deepEqual(seen.of("recordProcessed"), []);
      let count = 0;
      await consumer.run({
        eachRecord: () => {
          if (++count === 2) void consumer.close();
        },
      });
      assert.deepEqual(
        seen.all.map(({ name, event }) => {
          const { topic, offset, error } = event as HookEvent & { topic: string; offset?: number; error?: KafkaError };
          return [name, topic, offset ?? error?.code];
        }),
        [
          ...[0, 1, 2].map((offset) => ["recordAcknowledged", "t", offset]),
          ["recordFailed", "small", ErrorCode.MESSAGE_TOO_LARGE],
          ...[1, 2].map((offset) => ["recordProcessed", "t", offset]),
        ],
      );
      stop();
      await producer.send({ topic: "t", value: "d" });
      assert.equal(seen.all.length, 6);
    },
  ));
