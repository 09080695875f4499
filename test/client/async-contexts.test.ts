// In which async context (AsyncLocalStorage) the callbacks of an application run.
import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { test } from "node:test";
import { Kafka } from "../../src/kafka.ts";
import { nodeCallContext, nodeCapturedContext } from "../../src/platform/node/call-context.ts";
import type { InContext } from "../../src/runtime/call-context.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import type { SimulatedRuntime } from "../../src/simulation/simulated-runtime.ts";
import { string } from "../../src/serdes/string.ts";
import { inWorld, type World } from "./world.ts";

interface Contexts {
  readonly kafka: Kafka<SimulatedRuntime>;
  readonly world: World;
  /** How often a context was captured. */
  captured(): number;
}

/** A client with Node's async contexts, in virtual time. */
function withContexts(
  body: (contexts: Contexts) => Promise<void>,
  topics: Record<string, number> = { t: 1 },
): Promise<void> {
  return inWorld({ topics, groups: { initialRebalanceDelayMs: 0 } }, async (world) => {
    const { cluster, platform } = world;
    let count = 0;
    const captureContext = (): InContext => {
      count++;
      return nodeCapturedContext();
    };
    const kafka = new Kafka<SimulatedRuntime>(
      {
        cluster: { bootstrapServers: cluster.bootstrapServers, connector: platform.connector },
        runtime: platform.runtime,
      },
      { ...platform, callContext: nodeCallContext(), captureContext },
    );
    await body({ kafka, world, captured: () => count });
    await kafka.close();
  });
}

const storage = new AsyncLocalStorage<string>();
const here = (): string => storage.getStore() ?? "none";

test("callbacks of send run in the context of its call: the promise, interceptors, onDelivery, a partitioner", () =>
  withContexts(async ({ kafka, captured }) => {
    const seen: string[] = [];
    const note = (what: string): void => void seen.push(`${what} in ${here()}`);
    const producer = kafka.producer({
      partitioner: () => {
        note("partitioner");
        return 0;
      },
      interceptors: [{ onSend: () => note("onSend"), onAcknowledgement: ({ offset }) => note(`end ${offset}`) }],
      onDelivery: () => note("onDelivery"),
    });
    const send = (name: string): Promise<void> =>
      storage.run(name, async () => {
        await producer.send({ topic: "t", value: name });
        note("promise");
      });
    // The topic's metadata comes later: the partitioner runs for both in the same turn.
    await Promise.all([send("one"), send("two")]);
    assert.deepEqual(seen.sort(), [
      "end 0 in one",
      "end 1 in two",
      "onDelivery in one", // one batch: the context of its first record
      "onSend in one",
      "onSend in two",
      "partitioner in one",
      "partitioner in two",
      "promise in one",
      "promise in two",
    ]);
    seen.length = 0;
    await send("three");
    assert.deepEqual(
      seen,
      ["onSend", "partitioner", "onDelivery", "end 2", "promise"].map((what) => `${what} in three`),
    );
    assert.equal(captured(), 3);
  }));

test("records of enqueue have their context only if asked for, and a wrong option is refused", () =>
  withContexts(async ({ kafka, captured }) => {
    const seen: string[] = [];
    const producer = kafka.producer({
      lingerMs: 0,
      onDelivery: ({ error }) => void seen.push(`${error?.kind ?? "written"} in ${here()}`),
    });
    storage.run("first", () => producer.enqueue({ topic: "t", value: "v" }));
    await producer.flush();
    assert.equal(captured(), 0);
    storage.run("second", () => producer.enqueue({ topic: "t", value: "v" }, { context: true }));
    await producer.flush();
    storage.run("third", () => producer.enqueue({ topic: "t", value: "v" }, { context: false }));
    await producer.flush();
    assert.equal(seen.length, 3);
    assert.deepEqual([seen[1], captured()], ["written in second", 1]);
    // Its failure still counts for the next flush.
    storage.run("fourth", () =>
      producer.enqueue({ topic: "t", partition: 0, value: "x".repeat(1_500_000) }, { context: true }),
    );
    await assert.rejects(producer.flush(), { message: /1 enqueued record/ });
    assert.match(seen[3] ?? "", /^broker in fourth$/);
    for (const [options, message] of [
      [{ contxt: true }, /enqueue has no option "contxt"; did you mean context\?/],
      [{ context: 1 }, /enqueue: context takes/],
      [null, /enqueue takes/],
      [5, /enqueue takes/],
    ] as const)
      assert.throws(() => producer.enqueue({ topic: "t", value: "v" }, options as never), { kind: "config", message });
    const plain = kafka.producer();
    assert.ok(plain.enqueue({ topic: "t", value: "v" }, { context: true }));
    await plain.flush();
    assert.equal(captured(), 2, "there is no callback to call");
  }));

test("without a callback that runs later no context is captured", () =>
  withContexts(async ({ kafka, captured }) => {
    for (const options of [
      {},
      { partitioner: "murmur2_random" },
      { interceptors: [{ onSend: () => undefined }] },
    ] as const) {
      const producer = kafka.producer(options);
      await Promise.all(Array.from({ length: 50 }, () => producer.send({ topic: "t", value: "v" })));
      for (let i = 0; i < 50; i++) producer.enqueue({ topic: "t", value: "v" });
      await producer.close();
    }
    assert.equal(captured(), 0);
    const consumer = kafka.consumer({ topics: ["t"] });
    let records = 0;
    await consumer.run({
      eachRecord: async () => {
        if (++records === 200) await consumer.close();
      },
    });
    assert.ok(captured() < 20, `run captures its context, and one for each job, not for each record: ${captured()}`);
  }));

test("records that wait for their serde are serialised and placed in the context of their send", () =>
  withContexts(async ({ kafka, world }) => {
    const seen: string[] = [];
    const producer = kafka.producer({
      value: {
        ...string(),
        prepare: (value: string) => sleep(world.platform, value === "slow" ? 20 : 10),
        serialize: (value: string, context) => {
          seen.push(`${value} in ${here()}`);
          return string().serialize(value, context);
        },
      },
      partitioner: () => {
        seen.push(`partitioner in ${here()}`);
        return 0;
      },
    });
    // The second is ready first, and waits for the first: both are sent when the first is ready.
    await Promise.all(["slow", "fast"].map((value) => storage.run(value, () => producer.send({ topic: "t", value }))));
    assert.deepEqual(seen, ["slow in slow", "fast in fast", "partitioner in slow", "partitioner in fast"]);
  }));

for (const kind of ["eachRecord", "eachBatch"] as const)
  for (const concurrency of [1, 3])
    test(`a callback of run (${kind}, ${concurrency} at a time) runs in the context of the call of run`, () =>
      withContexts(
        async ({ kafka, world }) => {
          const producer = kafka.producer();
          for (let i = 0; i < 30; i++) await producer.send({ topic: "t", partition: i % 3, value: `${i}` });
          const consumer = kafka.consumer({ topics: ["t"], groupId: "g", value: string() });
          const seen: string[] = [];
          let count = 0;
          let failures = 0;
          const handle = async (value: string | null): Promise<void> => {
            seen.push(here());
            await storage.run(`handler ${value ?? ""}`, async () => {
              await sleep(world.platform, 1);
              assert.equal(here(), `handler ${value ?? ""}`);
            });
            assert.equal(here(), "run");
            if (value === "7" && failures++ === 0) throw new Error("once");
            if (++count === 30) void consumer.close();
          };
          await storage.run("run", () =>
            consumer.run(
              kind === "eachRecord"
                ? { concurrency, retries: 2, eachRecord: ({ value }) => handle(value) }
                : { concurrency, retries: 2, eachBatch: async ({ records }) => handle([...records][0]?.value ?? null) },
            ),
          );
          assert.equal(seen.length, 31);
          assert.deepEqual(new Set(seen), new Set(["run"]));
        },
        { t: 3 },
      ));

for (const kind of ["eachBatch", "eachBatches"] as const)
  for (const isAsync of [false, true])
    for (const concurrency of [1, 3])
      test(
        `what a callback enters with enterWith is not seen by the next one, nor by a retry (${kind}, ` +
          `${isAsync ? "async" : "sync"}, ${concurrency} at a time)`,
        () =>
          withContexts(
            async ({ kafka, world }) => {
              const producer = kafka.producer();
              for (let i = 0; i < 60; i++) await producer.send({ topic: "t", partition: i % 3, value: `${i}` });
              const seen: string[] = [];
              const consumer = kafka.consumer({
                topics: ["t"],
                maxPartitionFetchBytes: 1,
                value: string(),
                interceptors: [{ onConsume: () => storage.enterWith("leaked by onConsume") }],
              });
              let [count, failures] = [0, 0];
              const handle = (): Promise<void> | void => {
                seen.push(here());
                storage.enterWith(`leaked ${seen.length}`);
                if (count === 7 && failures++ < 2) throw new Error("twice");
                if (++count === 60) void consumer.close();
                if (!isAsync) return;
                const mine = here();
                return sleep(world.platform, 1).then(() => assert.equal(here(), mine));
              };
              const options = { concurrency, retries: 2 };
              await storage.run("run", () =>
                consumer.run(
                  kind === "eachBatch"
                    ? { ...options, eachBatch: handle }
                    : {
                        ...options,
                        eachBatches: (batches) => {
                          count += batches.length - 1;
                          return handle();
                        },
                      },
                ),
              );
              assert.ok(seen.length > 10);
              assert.deepEqual(new Set(seen), new Set(["run"]));
            },
            { t: 3 },
          ),
      );

test("a context that one callback of a producer enters is not seen by the callbacks of another record", () =>
  withContexts(async ({ kafka }) => {
    const seen: string[] = [];
    const note = (what: string) => (): void => {
      seen.push(`${what} in ${here()}`);
      storage.enterWith("leaked");
    };
    const producer = kafka.producer({
      lingerMs: 5,
      interceptors: [{ onAcknowledgement: note("onAcknowledgement") }],
      onDelivery: note("onDelivery"),
    });
    for (const name of ["one", "two"])
      await storage.run(name, async () => {
        await Promise.all([1, 2].map(() => producer.send({ topic: "t", partition: 0, value: name })));
      });
    const of = (name: string): string[] =>
      ["onDelivery", "onAcknowledgement", "onAcknowledgement"].map((what) => `${what} in ${name}`);
    assert.deepEqual(seen, [...of("one"), ...of("two")]);
  }));
