// The tracing channels of diagnostics_channel: send, process and commit, as a tracing agent uses them.
import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { subscribe, type TracingChannel, tracingChannel, unsubscribe } from "node:diagnostics_channel";
import { test } from "node:test";
import type { ProcessTrace, SendTrace, TraceMessages } from "../../src/hooks/traces.ts";
import { publishHooks } from "../../src/observe.ts";
import { nodeDiagnostics } from "../../src/platform/node/diagnostics.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import { string } from "../../src/serdes/string.ts";
import { inWorld, take, text, type World } from "./world.ts";

const STEPS = ["start", "end", "asyncStart", "asyncEnd", "error"] as const;

/** The steps that were published to one channel, each with its message. */
class Steps<N extends keyof TraceMessages> {
  readonly channel: TracingChannel;
  readonly all: { readonly step: (typeof STEPS)[number]; readonly message: TraceMessages[N] }[] = [];
  readonly #listeners;

  constructor(name: N, steps: readonly (typeof STEPS)[number][] = STEPS) {
    this.channel = tracingChannel(`odradek:${name}`);
    this.#listeners = steps.map((step) => {
      const listener = (message: unknown): void => void this.all.push({ step, message: message as TraceMessages[N] });
      subscribe(this.channel[step].name, listener);
      return { step, listener };
    });
  }

  get steps(): readonly string[] {
    return this.all.map(({ step }) => step);
  }

  get messages(): readonly TraceMessages[N][] {
    return [...new Set(this.all.map(({ message }) => message))];
  }

  end(): void {
    for (const { step, listener } of this.#listeners) unsubscribe(this.channel[step].name, listener);
  }
}

/** A world whose clients publish to the channels, as those of the package do on Node. */
function traced(body: (world: World) => Promise<void>, topics: Record<string, number> = { t: 1 }): Promise<void> {
  return inWorld({ topics, groups: { initialRebalanceDelayMs: 0 } }, async (world) => {
    publishHooks(world.kafka, nodeDiagnostics);
    await body(world);
  });
}

test("send: a subscriber adds headers before the record is encoded, and sees where it was written", () =>
  traced(async ({ kafka }) => {
    const steps = new Steps("send");
    const seen: unknown[] = [];
    const inject = (message: unknown): void => {
      const { headers, record } = message as SendTrace;
      assert.equal(record.headers, headers);
      headers.push(["traceparent", "00-1"]);
    };
    subscribe(steps.channel.start.name, inject);
    const producer = kafka.producer({
      value: string(),
      interceptors: [{ onSend: ({ headers }) => void seen.push(headers.map(([name]) => name)) }],
    });
    const given = { topic: "t", key: "k", value: "v", headers: { mine: "1" } };
    const sent = producer.send(given);
    assert.deepEqual(steps.steps, ["start", "end"]);
    const metadata = await sent;
    assert.deepEqual(steps.steps, ["start", "end", "asyncStart", "asyncEnd"]);
    assert.ok(producer.enqueue({ topic: "t", value: "e" }));
    await producer.flush();
    assert.deepEqual(steps.steps.slice(4), ["start", "end"]);
    const [first, second] = steps.messages;
    assert.deepEqual(
      [first?.call, first?.topic, first?.partition, first?.records, first?.record.key, first?.record.value],
      ["send", "t", undefined, 1, "k", "v"],
    );
    assert.deepEqual([first?.client.kind, first?.client.clientId], ["producer", "odradek-producer-1"]);
    assert.equal(first?.result, metadata);
    assert.deepEqual([second?.call, second?.result, second?.error], ["enqueue", true, undefined]);
    assert.deepEqual(seen, [["mine", "traceparent"], ["traceparent"]]);
    assert.deepEqual(given.headers, { mine: "1" }, "the caller's record stays as it was");
    unsubscribe(steps.channel.start.name, inject);
    steps.end();
    const records = await take(kafka.consumer({ topics: ["t"] }), 2);
    assert.deepEqual(
      records.map(({ headers }) => headers.map(([name, value]) => [name, text(value)])),
      [
        [
          ["mine", "1"],
          ["traceparent", "00-1"],
        ],
        [["traceparent", "00-1"]],
      ],
    );
  }));

test("send: what fails is published as an error, and records that are none are refused as without tracing", () =>
  traced(async ({ kafka }) => {
    const steps = new Steps("send");
    const producer = kafka.producer({ maxBlockMs: 100, allowAutoTopicCreation: false });
    const failure = await producer.send({ topic: "none", value: "v" }).then(
      () => undefined,
      (error: unknown) => error,
    );
    assert.deepEqual(steps.steps, ["start", "end", "error", "asyncStart", "asyncEnd"]);
    assert.equal(steps.messages[0]?.error, failure);
    // A value that its serde refuses: the promise of send rejects, and enqueue throws.
    await assert.rejects(producer.send({ topic: "t", value: 5 as never }), { kind: "serialization" });
    assert.throws(() => producer.enqueue({ topic: "t", value: 5 as never }), { kind: "serialization" });
    assert.deepEqual(steps.steps.slice(5), [
      "start",
      "end",
      "error",
      "asyncStart",
      "asyncEnd",
      "start",
      "error",
      "end",
    ]);
    const count = steps.all.length;
    for (const wrong of [null, undefined, 5, "t", [], {}, { topic: "t" }, { topic: "t", value: "v", headers: 5 }])
      await assert.rejects(producer.send(wrong as never), { kind: "config" });
    await assert.rejects(producer.send({ topic: "t", vlaue: "v", value: "v" } as never), /has no field "vlaue"/);
    assert.equal(steps.all.length, count, "what is no record is no operation");
    await producer.close();
    await assert.rejects(producer.send({ topic: "t", value: "v" }), { kind: "closed" });
    assert.equal(steps.steps.at(-1), "asyncEnd");
    steps.end();
  }));

for (const kind of ["eachRecord", "eachBatch"] as const)
  test(`process: a callback of ${kind} runs in the context that a subscriber binds, with retries and errors`, () =>
    traced(
      async ({ kafka, platform }) => {
        const producer = kafka.producer();
        for (let i = 0; i < 6; i++) await producer.send({ topic: "t", partition: i % 2, value: `${i}` });
        const storage = new AsyncLocalStorage<ProcessTrace>();
        const steps = new Steps("process");
        steps.channel.start.bindStore(storage, (message) => message);
        const consumer = kafka.consumer({ groupId: "g", topics: ["t"], value: string() });
        let count = 0;
        let failed = false;
        const handle = async (value: string): Promise<void> => {
          const before = storage.getStore();
          await sleep(platform, 10);
          assert.equal(storage.getStore(), before, "after a wait too");
          const given = before?.record?.value ?? [...(before?.batch?.records ?? [])].map((one) => one.value).join();
          assert.equal(given, value, "the context is that of this callback");
          if (value === "3" && !failed) {
            failed = true;
            throw new Error("once");
          }
          if (++count === 6) void consumer.close();
        };
        await storage.run({} as ProcessTrace, () =>
          consumer.run(
            kind === "eachRecord"
              ? { concurrency: 2, retries: 1, eachRecord: ({ value }) => handle(value ?? "") }
              : {
                  concurrency: 2,
                  retries: 1,
                  eachBatch: ({ records }) => handle([...records].map(({ value }) => value).join()),
                },
          ),
        );
        steps.channel.start.unbindStore(storage);
        steps.end();
        const messages = steps.messages;
        assert.equal(messages.length, 7);
        assert.deepEqual(
          messages
            .filter(({ error }) => error !== undefined)
            .map(({ error, attempt }) => [(error as Error).message, attempt]),
          [["once", 1]],
        );
        assert.equal(messages.filter(({ attempt }) => attempt === 2).length, 1);
        for (const message of messages)
          assert.deepEqual(
            [message.topic, message.groupId, message.client.kind, message.record === undefined],
            ["t", "g", "consumer", kind === "eachBatch"],
          );
        assert.equal(steps.steps.filter((step) => step === "asyncEnd").length, 7);
      },
      { t: 2 },
    ));

test("process: a callback that returns no promise has no asynchronous steps, and one that throws ends the run", () =>
  traced(async ({ kafka }) => {
    const producer = kafka.producer();
    for (let i = 0; i < 3; i++) await producer.send({ topic: "t", value: `${i}` });
    const steps = new Steps("process");
    const consumer = kafka.consumer({ topics: ["t"], value: string() });
    await assert.rejects(
      consumer.run({
        eachRecord: ({ value }) => {
          if (value === "2") throw new Error("the last");
        },
      }),
      { message: "the last" },
    );
    assert.deepEqual(steps.steps, ["start", "end", "start", "end", "start", "error", "end"]);
    assert.equal(steps.messages[0]?.groupId, undefined);
    steps.end();
  }));

test("commit: the group, the member and the offsets, with the error of one that is refused", () =>
  traced(async ({ kafka }) => {
    await kafka.producer().send({ topic: "t", value: "v" });
    const steps = new Steps("commit");
    const consumer = kafka.consumer({ groupId: "g", topics: ["t"] });
    await take(consumer, 1);
    await consumer.commit();
    await assert.rejects(consumer.commit([{ topic: "t", partition: 0, offset: 1, metadata: "x".repeat(9000) }]));
    await consumer.close();
    assert.deepEqual(steps.steps, [
      ...["start", "end", "asyncStart", "asyncEnd"],
      ...["start", "end", "error", "asyncStart", "asyncEnd"],
    ]);
    const [first, second] = steps.messages;
    assert.deepEqual([first?.groupId, first?.offsets[0]?.offset, (first?.generation ?? 0) > 0], ["g", 1, true]);
    assert.ok((first?.memberId ?? "") !== "" && first?.error === undefined);
    assert.match(String(second?.error), /metadata/i);
    steps.end();
  }));

test("any one of the five channels is enough; without subscribers nothing is made", () =>
  traced(async ({ kafka }) => {
    const producer = kafka.producer();
    await producer.send({ topic: "t", value: "v" });
    for (const step of ["start", "end", "asyncStart", "asyncEnd"] as const) {
      const steps = new Steps("send", [step]);
      const record = { topic: "t", value: "v" };
      await producer.send(record);
      assert.deepEqual(steps.steps, [step]);
      steps.end();
    }
    let reads = 0;
    const counted = {
      topic: "t",
      get value(): string {
        reads++;
        return "v";
      },
    };
    await producer.send(counted);
    const without = reads;
    const steps = new Steps("send");
    await producer.send(counted);
    assert.equal(reads, without + 1, "the copy for subscribers reads a field once");
    assert.equal(steps.messages.length, 1);
    steps.end();
  }));

for (const kind of ["for await", "batches", "partition", "partition batches"] as const)
  test(`process: a record or batch of a loop (${kind}) ends when the next one is asked for, or the loop is left`, () =>
    traced(async ({ kafka, platform }) => {
      const producer = kafka.producer();
      for (let i = 0; i < 3; i++) await producer.send({ topic: "t", partition: 0, value: `${i}` });
      const steps = new Steps("process");
      const consumer = kafka.consumer({ assign: [{ topic: "t", partition: 0, offset: "earliest" }] });
      const source =
        kind === "for await"
          ? consumer
          : kind === "batches"
            ? consumer.batches()
            : kind === "partition"
              ? consumer.partition("t", 0)
              : consumer.partition("t", 0).batches();
      let turns = 0;
      for await (const one of source) {
        assert.deepEqual(steps.steps.slice(turns * 4), ["start", "end"]);
        await sleep(platform, 10);
        assert.deepEqual(steps.steps.slice(turns * 4), ["start", "end"], "the body has not ended");
        const { batch, record } = steps.messages[turns] ?? {};
        assert.equal("records" in one ? batch : record, one);
        if (++turns === 3) break;
      }
      const [first, ...more] = steps.messages;
      assert.equal(more.length, 2);
      assert.deepEqual(
        [first?.topic, first?.partition, first?.attempt, first?.groupId, first?.error],
        ["t", 0, 1, undefined, undefined],
      );
      assert.deepEqual(
        steps.steps,
        [1, 2, 3].flatMap(() => ["start", "end", "asyncStart", "asyncEnd"]),
      );
      steps.end();
    }));

test("process: a loop that began without a subscriber publishes nothing; its records and its end are the same", () =>
  traced(async ({ kafka }) => {
    const producer = kafka.producer();
    for (let i = 0; i < 3; i++) await producer.send({ topic: "t", value: `${i}` });
    const consumer = kafka.consumer({ topics: ["t"], value: string() });
    const records = consumer.records();
    const steps = new Steps("process");
    assert.deepEqual(
      (await take(records, 2)).map(({ value }) => value),
      ["0", "1"],
    );
    assert.deepEqual(steps.steps, []);
    // The traced loop: an error of reading, and the end by close(), reach the application.
    const traced = consumer.records({ signal: AbortSignal.abort() });
    await assert.rejects(traced.next(), { kind: "cancelled" });
    const last = consumer.records();
    assert.equal((await last.next()).done, false);
    await consumer.close({ timeoutMs: 0 });
    assert.deepEqual(await last.next(), { value: undefined, done: true });
    assert.deepEqual(steps.steps, ["start", "end", "asyncStart", "asyncEnd"]);
    steps.end();
  }));
