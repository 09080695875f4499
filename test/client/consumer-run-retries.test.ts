// Callbacks of consumer.run that fail: retries, their order and their waits, what is committed meanwhile, what ends a
// wait, and each onFailed.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ClusterClient } from "../../src/cluster/cluster-client.ts";
import { Cluster } from "../../src/cluster/cluster.ts";
import type { Consumer } from "../../src/consumer/consumer.ts";
import { Fetcher } from "../../src/consumer/fetching/fetcher.ts";
import { Loop } from "../../src/consumer/reading/loop.ts";
import { type ConsumerOptions, consumerSettings } from "../../src/consumer/options.ts";
import type { FailedRecord, FailureSettings } from "../../src/consumer/reading/run/failure.ts";
import { KeyLane, RecordLane } from "../../src/consumer/reading/run/record-lane.ts";
import { Runner } from "../../src/consumer/reading/run/runner.ts";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import { deadLetter } from "../../src/exactly-once/dead-letter.ts";
import type { KafkaRecord } from "../../src/records/record.ts";
import type { LogEntry } from "../../src/runtime/platform.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import { type World, inWorld, take, text } from "./world.ts";

const NO_SERDES = { key: undefined, value: undefined };

type Bytes = Uint8Array | null;
const PROTOCOLS = ["classic", "consumer"] as const;
const valueOf = ({ value }: { readonly value: Bytes }): number => Number(text(value));

/** Records with values from 0, spread over the partitions in turn; the key is that of `keyOf`. */
async function fill(
  { kafka }: World,
  count: number,
  partitions = 1,
  keyOf = (value: number): string => String(value),
): Promise<void> {
  const producer = kafka.producer({ batchSize: 150 });
  for (let i = 0; i < count; i++)
    producer.enqueue({
      topic: "t",
      partition: i % partitions,
      key: keyOf(i),
      value: String(i),
      headers: { n: String(i) },
    });
  await producer.close();
}

const group = (groupProtocol: "classic" | "consumer"): ConsumerOptions => ({
  groupId: "g",
  topics: ["t"],
  groupProtocol,
  autoCommitIntervalMs: 10,
});

/** Calls `body`, and fails where it takes longer than `withinMs` of virtual time. */
async function within(world: World, withinMs: number, body: Promise<unknown>): Promise<void> {
  const fromMs = world.platform.clock.monotonic();
  await body;
  const tookMs = world.platform.clock.monotonic() - fromMs;
  assert.ok(tookMs <= withinMs, `it took ${tookMs} ms`);
}

async function committed(world: World, partition = 0): Promise<number> {
  const tool = world.client().consumer({ groupId: "g", assign: [] });
  const [found] = await tool.committed([{ topic: "t", partition }]);
  await tool.close();
  return found?.offset ?? 0;
}

for (const groupProtocol of PROTOCOLS) {
  test(
    `${groupProtocol}: by key, later records of the key wait for the retry, the others go on, and nothing beyond ` +
      "it is committed",
    () =>
      inWorld({ topics: { t: 1 } }, async (world) => {
        await fill(world, 10, 1, (value) => (value % 3 === 1 ? "bad" : `k${value}`)); // 1, 4 and 7 have one key
        const consumer = world.kafka.consumer(group(groupProtocol));
        const done: number[] = [];
        const tries: number[] = [];
        const committedAtTry: number[] = [];
        await consumer.run({
          orderBy: "key",
          retries: 3,
          retryBackoffMs: 1000,
          eachRecord: async (record, { attempt }) => {
            const value = valueOf(record);
            if (value === 1) {
              tries.push(attempt);
              if (attempt > 1) committedAtTry.push(await committed(world));
              if (attempt < 4) throw new Error("not yet");
            }
            done.push(value);
            if (done.length === 10) void consumer.close();
          },
        });
        assert.deepEqual(tries, [1, 2, 3, 4]);
        assert.deepEqual(done, [0, 2, 3, 5, 6, 8, 9, 1, 4, 7]);
        assert.deepEqual(committedAtTry, [1, 1, 1], "up to the record that waits");
        assert.equal(consumer.counters.retries, 3);
        assert.equal(consumer.counters.failed, 0);
        assert.equal(await committed(world), 10);
      }),
  );

  test(
    `${groupProtocol}: by partition, its later records wait, and another partition goes on, though one callback ` +
      "may be at work at once",
    () =>
      inWorld({ topics: { t: 2 } }, async (world) => {
        await fill(world, 12, 2);
        const consumer = world.kafka.consumer(group(groupProtocol));
        const events: string[] = [];
        await consumer.run({
          retries: 1,
          retryBackoffMs: 500,
          eachRecord: (record, { attempt }) => {
            const value = valueOf(record);
            events.push(`${value}.${attempt}`);
            // Of partition 0: 0 2 4 6 8 10.
            if (value === 4 && attempt === 1) throw new Error("at once, without a promise");
            if (events.length === 13) void consumer.close();
          },
        });
        const of = (partition: number): string[] =>
          events.filter((event) => Number.parseInt(event, 10) % 2 === partition);
        assert.deepEqual(of(0), ["0.1", "2.1", "4.1", "4.2", "6.1", "8.1", "10.1"]);
        assert.deepEqual(of(1), ["1.1", "3.1", "5.1", "7.1", "9.1", "11.1"]);
        assert.ok(events.indexOf("11.1") < events.indexOf("4.2"), "the other partition did not wait");
      }),
  );

  test(`${groupProtocol}: close in the middle of a wait does not wait for it; the next member begins with that record`, () =>
    inWorld({ topics: { t: 1 } }, async (world) => {
      await fill(world, 6);
      for (const orderBy of ["partition", "key"] as const) {
        const consumer = world.client().consumer({ ...group(groupProtocol), groupId: `g-${orderBy}` });
        const seen: string[] = [];
        let failed: () => void = () => undefined;
        const whenFailed = new Promise<void>((resolve) => (failed = resolve));
        const running = consumer.run({
          orderBy,
          retries: 5,
          retryBackoffMs: 3_600_000,
          eachRecord: async (record, { attempt }) => {
            seen.push(`${valueOf(record)}.${attempt}`);
            if (valueOf(record) !== 2) return;
            failed();
            throw new Error("no");
          },
        });
        await whenFailed;
        await sleep(world.platform, 5000); // within the hour
        await within(world, 100, consumer.close());
        await running;
        assert.deepEqual(
          seen,
          orderBy === "partition" ? ["0.1", "1.1", "2.1"] : ["0.1", "1.1", "2.1", "3.1", "4.1", "5.1"],
        );
        const next = world.client().consumer({ ...group(groupProtocol), groupId: `g-${orderBy}` });
        assert.deepEqual((await take(next, 4)).map(valueOf), [2, 3, 4, 5]);
        await next.close();
      }
    }));

  test(
    `${groupProtocol}: a partition that another member gets in the middle of a wait goes at once, and the record ` +
      "comes again there",
    () =>
      inWorld({ topics: { t: 2 } }, async (world) => {
        await fill(world, 8, 2);
        const first = world.kafka.consumer(group(groupProtocol));
        const calls: string[] = [];
        let failures = 0;
        let failed: () => void = () => undefined;
        const whenFailed = new Promise<void>((resolve) => (failed = resolve));
        const options = (who: string) => ({
          retries: 100,
          retryBackoffMs: 100_000,
          eachRecord: (record: KafkaRecord<Bytes, Bytes>): void => {
            calls.push(`${who} ${record.partition}/${record.offset}`);
            if (record.offset !== 1 || who !== "first") return;
            if (++failures === 2) failed(); // of both partitions
            throw new Error("no");
          },
        });
        const running = first.run(options("first"));
        await whenFailed;
        const fromMs = world.platform.clock.monotonic();
        const second = world.client().consumer({ ...group(groupProtocol), onAssigned: () => undefined });
        const secondRunning = second.run(options("second"));
        while (calls.filter((call) => call.startsWith("second")).length < 3) await sleep(world.platform, 100);
        assert.ok(world.platform.clock.monotonic() - fromMs < 60_000, "it did not wait for the retry");
        const theirs = calls.filter((call) => call.startsWith("second"));
        const partition = theirs[0]?.split(/[ /]/)[1];
        assert.deepEqual(
          theirs,
          [1, 2, 3].map((offset) => `second ${partition}/${offset}`),
          "from the record that waited on",
        );
        await sleep(world.platform, 150_000);
        assert.deepEqual(
          calls.filter((call) => call.startsWith(`first ${partition}/`)).slice(-1),
          [`first ${partition}/1`],
          "the first does not retry what it gave away",
        );
        await Promise.all([first.close(), second.close(), running, secondRunning]);
      }),
  );

  test(
    `${groupProtocol}: a record that is retried for longer than maxPollIntervalMs costs the member its place, as ` +
      "one long callback does; a paused one does not",
    () =>
      inWorld({ topics: { t: 1 } }, async (world) => {
        await fill(world, 3);
        const events: string[] = [];
        const consumer = world.kafka.consumer({
          ...group(groupProtocol),
          maxPollIntervalMs: 20_000,
          onAssigned: () => void events.push("assigned"),
          onLost: () => void events.push("lost"),
        });
        const attempts: number[] = [];
        const running = consumer.run({
          retries: 1000,
          retryBackoffMs: 3000,
          eachRecord: (_, { attempt }) => {
            attempts.push(attempt);
            throw new Error("never");
          },
        });
        await sleep(world.platform, 45_000);
        assert.deepEqual(events.slice(0, 3), ["assigned", "lost", "assigned"]);
        assert.ok(attempts.lastIndexOf(1) > 0, "it comes again, as a first try");
        consumer.pause([{ topic: "t", partition: 0 }]);
        await sleep(world.platform, 10_000);
        const [hooks, tries] = [events.length, attempts.length];
        await sleep(world.platform, 300_000);
        assert.deepEqual(
          [events.length, attempts.length],
          [hooks, tries],
          "neither called nor thrown out while it is paused",
        );
        consumer.resume([{ topic: "t", partition: 0 }]);
        await sleep(world.platform, 5000);
        assert.ok(attempts.length > tries, "it goes on when it is resumed");
        await Promise.all([consumer.close(), running]);
      }),
  );

  test(
    `${groupProtocol}: "throw", the default: when the retries are used up run rejects with the callback's own ` +
      "error, and the record is the next again",
    () =>
      inWorld({ topics: { t: 1 } }, async (world) => {
        await fill(world, 5);
        const mine = new RangeError("mine");
        const consumer = world.kafka.consumer(group(groupProtocol));
        const attempts: number[] = [];
        const running = consumer.run({
          retries: 2,
          eachRecord: async (record, { attempt }) => {
            if (valueOf(record) !== 3) return;
            attempts.push(attempt);
            throw mine;
          },
        });
        await assert.rejects(running, (error) => error === mine);
        assert.deepEqual(attempts, [1, 2, 3]);
        assert.deepEqual([consumer.counters.retries, consumer.counters.failed], [2, 1]);
        const [again] = await take(consumer, 1);
        assert.equal(valueOf(again ?? assert.fail()), 3);
        await consumer.close();
        assert.equal(await committed(world), 4);
      }),
  );

  test(`${groupProtocol}: "skip" goes on with a warning that names the record; it counts as processed`, () => {
    const log: LogEntry[] = [];
    return inWorld({ topics: { t: 1 }, client: { onLog: (entry) => void log.push(entry) } }, async (world) => {
      await fill(world, 5);
      for (const orderBy of ["partition", "key"] as const) {
        log.length = 0;
        const consumer = world.kafka.consumer({ ...group(groupProtocol), groupId: `g-${orderBy}` });
        const done: number[] = [];
        const running = consumer.run({
          orderBy,
          retries: 1,
          onFailed: "skip",
          eachRecord: (record) => {
            const value = valueOf(record);
            if (value % 2 === 1) throw new Error(`no ${value}`);
            done.push(value);
          },
        });
        while (consumer.counters.failed < 2 || done.length < 3) await sleep(world.platform, 50);
        await sleep(world.platform, 50);
        await consumer.close();
        await running;
        assert.deepEqual([done, consumer.counters.retries, consumer.counters.failed], [[0, 2, 4], 2, 2]);
        const warned = log.filter(({ level, fields }) => level === "warn" && "attempts" in fields);
        assert.deepEqual(
          warned.map(({ message, fields }) => [message, fields["offset"]]),
          [1, 3].map((offset) => [
            `t-0: offset ${offset} is skipped: the callback failed 2 times, the last time with: no ${offset}`,
            offset,
          ]),
        );
        const tool = world.client().consumer({ groupId: `g-${orderBy}`, assign: [] });
        assert.equal((await tool.committed([{ topic: "t", partition: 0 }]))[0]?.offset, 5);
      }
    });
  });

  test(
    `${groupProtocol}: a dead letter has the record's bytes and the reason; the record counts as processed when ` +
      "the broker has it, not before",
    () =>
      inWorld({ topics: { t: 1, dead: 1 } }, async (world) => {
        await fill(world, 4);
        world.cluster.failPartition(
          "Produce",
          "dead",
          0,
          Array.from({ length: 8 }, () => "NOT_ENOUGH_REPLICAS"),
        ); // what may pass is tried again, as of any record
        const consumer = world.kafka.consumer(group(groupProtocol));
        const letters = world.kafka.producer();
        const done: number[] = [];
        const running = consumer.run({
          retries: 1,
          retryBackoffMs: 10,
          onFailed: deadLetter(letters, { topic: "dead" }),
          eachRecord: async (record) => {
            if (valueOf(record) === 1) throw new TypeError("no such customer");
            done.push(valueOf(record));
          },
        });
        while (done.length < 1) await sleep(world.platform, 10); // until the group is there
        await sleep(world.platform, 1500);
        assert.deepEqual([done, await committed(world)], [[0], 1], "the letter is not written yet");
        while (done.length < 3) await sleep(world.platform, 100);
        await sleep(world.platform, 100);
        assert.equal(await committed(world), 4);
        await Promise.all([consumer.close(), running]);
        const [dead] = await take(world.client().consumer({ topics: ["dead"] }), 1);
        assert.ok(dead !== undefined);
        assert.deepEqual([text(dead.key), text(dead.value)], ["1", "1"]);
        const headers = Object.fromEntries(
          dead.headers.map(([name, value]) => [name.replace("__odradek.errors.", ""), text(value)]),
        );
        assert.deepEqual(headers, {
          n: "1",
          topic: "t",
          partition: "0",
          offset: "1",
          "last.offset": "1",
          what: "record",
          kind: "TypeError",
          message: "no such customer",
          attempts: "2",
        });
      }),
  );

  test(
    `${groupProtocol}: a dead letter that cannot be written is not lost: after the producer's own retries run ` +
      "rejects, and the record is not committed",
    () =>
      inWorld({ topics: { t: 1, dead: 1 } }, async (world) => {
        await fill(world, 4);
        world.cluster.failPartition(
          "Produce",
          "dead",
          0,
          Array.from({ length: 1000 }, () => "NOT_ENOUGH_REPLICAS"),
        );
        const log = world.cluster.recordRequests({ api: ["Produce"] });
        const consumer = world.kafka.consumer(group(groupProtocol));
        const letters = world.kafka.producer({ deliveryTimeoutMs: 10_000, requestTimeoutMs: 5000 });
        const running = consumer.run({
          onFailed: deadLetter(letters, { topic: "dead" }),
          eachRecord: (record) => {
            if (valueOf(record) === 2) throw new Error("no");
          },
        });
        await assert.rejects(
          running,
          (error: unknown) =>
            KafkaError.is(error) &&
            error.kind === "timeout" &&
            error.offset === 2 &&
            error.partition === 0 &&
            /^t-0: the callback for the record at offset 2 failed 1 time with: no; and onFailed could not handle it: .*dead-0/.test(
              error.message,
            ),
        );
        assert.ok(log.entries.length > 5, "the producer retried");
        await consumer.close();
        assert.equal(await committed(world), 2);
        const next = world.client().consumer(group(groupProtocol));
        assert.deepEqual((await take(next, 2)).map(valueOf), [2, 3]);
        await next.close();
      }),
  );
}

test("a signal in the middle of a wait ends the run at once; the record is the next of the next loop", () =>
  inWorld({ topics: { t: 1 } }, async (world) => {
    await fill(world, 3);
    const consumer = world.kafka.consumer({ topics: ["t"] });
    const abort = new AbortController();
    const running = consumer.run({
      signal: abort.signal,
      retries: 9,
      retryBackoffMs: 3_600_000,
      eachRecord: (record) => {
        if (valueOf(record) === 1) throw new Error("no");
      },
    });
    const rejected = assert.rejects(running, { kind: "cancelled" });
    await sleep(world.platform, 1000);
    abort.abort();
    await within(world, 1, rejected);
    assert.deepEqual((await take(consumer, 2)).map(valueOf), [1, 2]);
  }));

test("a seek, also to the same record, ends the wait: reading goes on there, and that is a first try", () =>
  inWorld({ topics: { t: 1 } }, async (world) => {
    await fill(world, 4);
    const at = { topic: "t", partition: 0 };
    for (const [orderBy, to] of [
      ["partition", 1],
      ["partition", 3],
      ["key", 1],
      ["key", 3],
    ] as const) {
      const consumer = world.kafka.consumer({ topics: ["t"] });
      const calls: string[] = [];
      const running = consumer.run({
        orderBy,
        retries: 1,
        retryBackoffMs: 60_000,
        eachRecord: (record, { attempt }) => {
          calls.push(`${valueOf(record)}.${attempt}`);
          if (valueOf(record) === 1 && calls.filter((call) => call === "1.1").length === 1) throw new Error("no");
        },
      });
      await sleep(world.platform, 100);
      calls.push("seek");
      consumer.seek(at, to);
      await sleep(world.platform, 200_000);
      assert.deepEqual(
        calls.slice(calls.indexOf("seek") + 1),
        ["1.1", "2.1", "3.1"].slice(to - 1),
        `${orderBy}, ${to}`,
      );
      await Promise.all([consumer.close(), running]);
    }
  }));

test("a partition that is paused in the middle of a wait is not called for; the record comes when it is resumed", () =>
  inWorld({ topics: { t: 1 } }, async (world) => {
    await fill(world, 3);
    const consumer = world.kafka.consumer({ topics: ["t"] });
    const calls: string[] = [];
    const running = consumer.run({
      retries: 1,
      retryBackoffMs: 1000,
      eachRecord: (record, { attempt }) => {
        calls.push(`${valueOf(record)}.${attempt}`);
        if (valueOf(record) === 0 && attempt === 1) throw new Error("no");
      },
    });
    await sleep(world.platform, 500);
    consumer.pauseAll();
    await sleep(world.platform, 50_000);
    assert.deepEqual(calls, ["0.1"]);
    consumer.resumeAll();
    await sleep(world.platform, 0);
    await sleep(world.platform, 10);
    assert.deepEqual(calls, ["0.1", "0.2", "1.1", "2.1"]);
    await Promise.all([consumer.close(), running]);
  }));

test("whole batches: a batch is called for again, its partition waits, and onFailed gets each of its records", () =>
  inWorld({ topics: { t: 1 } }, async (world) => {
    await fill(world, 12);
    for (const onPoison of ["fail", "skip"] as const) {
      const consumer = world.kafka.consumer({ topics: ["t"], onPoison });
      const failed: FailedRecord[] = [];
      const calls: string[] = [];
      const done: number[] = [];
      const running = consumer.run({
        retries: 2,
        retryBackoffMs: 100,
        onFailed: (one) => Promise.resolve(failed.push(one)),
        eachBatch: async ({ baseOffset, records }, { attempt }) => {
          const values = [...records].map(valueOf);
          calls.push(`${baseOffset}.${attempt}`);
          await Promise.resolve();
          if (values.includes(5)) throw new Error("no five");
          done.push(...values);
        },
      });
      while (done.length + failed.length < 12) await sleep(world.platform, 100);
      const bad = failed.map(({ offset }) => offset);
      assert.ok(bad.includes(5) && bad.length > 1 && bad.length < 12, "a batch of several records, and not all");
      assert.deepEqual(
        [...done, ...bad].sort((a, b) => a - b),
        Array.from({ length: 12 }, (_, i) => i),
      );
      assert.deepEqual(
        calls.filter((call) => !call.endsWith(".1")),
        [`${bad[0]}.2`, `${bad[0]}.3`],
      );
      assert.equal(calls.indexOf(`${bad[0]}.3`) - calls.indexOf(`${bad[0]}.1`), 2, "no later batch in between");
      assert.deepEqual(
        [...calls],
        [...calls].sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10)),
      );
      assert.ok(
        failed.every(
          ({ attempts, error, value, offset }) =>
            attempts === 3 && (error as Error).message === "no five" && text(value) === String(offset),
        ),
      );
      assert.deepEqual([consumer.counters.records, consumer.counters.failed, consumer.counters.retries], [12, 1, 2]);
      await Promise.all([consumer.close(), running]);
    }
  }));

test("close waits for an onFailed that is at work, and what it dealt with is committed", () =>
  inWorld({ topics: { t: 1 } }, async (world) => {
    await fill(world, 2);
    const consumer = world.kafka.consumer(group("consumer"));
    let isDealtWith = false;
    let whenCalled: () => void = () => undefined;
    const called = new Promise<void>((resolve) => (whenCalled = resolve));
    const running = consumer.run({
      onFailed: async () => {
        whenCalled();
        await sleep(world.platform, 3000);
        isDealtWith = true;
      },
      eachRecord: () => {
        throw new Error("no");
      },
    });
    await called;
    await consumer.close();
    assert.ok(isDealtWith);
    await running;
    assert.equal(await committed(world), 1);
  }));

test("the options are refused by name, before anything is read", () =>
  inWorld({ topics: { t: 1 } }, async ({ kafka }) => {
    const consumer: Consumer = kafka.consumer({ topics: ["t"] });
    const eachRecord = (): void => undefined;
    for (const [options, message] of [
      [{ retries: -1 }, /^run: retries takes a whole number from 0 to 2147483647, not -1/],
      [{ retries: "3" }, /^run: retries takes .* not "3"/],
      [{ retries: Infinity }, /not Infinity/],
      [{ retries: { retries: 5 } }, /^run: retries takes .* not an object with retries/],
      [{ retryBackoffMs: null }, /^run: retryBackoffMs takes .* not null/],
      [
        { retryBackoffMs: 500, retryBackoffMaxMs: 100 },
        /^run: retryBackoffMs \(500\) must be at most retryBackoffMaxMs \(100\)/,
      ],
      [{ onFailed: "ignore" }, /^run: onFailed takes "throw", "skip" or a function, not "ignore"/],
      [{ onFailed: null }, /onFailed takes .* not null/],
      [{ onFailed: { topic: "dead" } }, /onFailed takes .* not an object with topic/],
      [
        {
          onFailed: function* () {
            yield 1;
          },
        },
        /onFailed takes/,
      ],
      [{ retry: 5 }, /^run has no option "retry"/],
    ] as const)
      await assert.rejects(consumer.run({ eachRecord, ...options } as never), { kind: "config", message });
    await assert.rejects(consumer.run({ eachBatch: () => undefined, onFailed: "no" } as never), {
      kind: "config",
      message: /onFailed takes/,
    });
  }));

/** Which tries fail, by value: how many of the first ones. */
type Failures = readonly number[];

test(
  "whatever fails how often: never more than `concurrency` at once, in order by partition or key, each record " +
    "once, and no position beyond what is not done",
  async () => {
    const PARTITIONS = 2;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 30 }),
        fc.array(fc.integer({ min: -3, max: 20 }), { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 1, max: 5 }),
        fc.boolean(),
        fc.boolean(),
        (failures: Failures, times, concurrency, isByKey, isPaused) =>
          inWorld({ topics: { t: PARTITIONS } }, async (world) => {
            const count = 60;
            await fill(world, count, PARTITIONS, (value) => String(value % 7));
            const { runtime, clock, entropy, connector, codecs, utf8 } = world.platform;
            const client = new ClusterClient(
              new Cluster({
                bootstrapServers: world.cluster.bootstrapServers,
                runtime,
                clock,
                entropy,
                connector,
                codecs,
                utf8,
              }),
              "consumer",
            );
            const fetcher = new Fetcher<Bytes, Bytes>(
              client,
              consumerSettings({ topics: ["t"], fetchMaxWaitMs: 5 }),
              NO_SERDES,
            );
            const loop = new Loop<Bytes, Bytes>(fetcher.handOut, undefined, () => undefined);
            const done = new Map<number, "done" | "failed">();
            const order: number[] = [];
            const triesOf = new Map<number, number>();
            let atWork = 0;
            const check = (): void => {
              for (const cursor of fetcher.partitions) {
                const to = fetcher.handOut.doneTo(cursor);
                for (let i = cursor.partition; i < to * PARTITIONS; i += PARTITIONS)
                  assert.ok(done.has(i), `${i} is not done, and the position is ${to}`);
              }
            };
            const groupOf = (value: number): string =>
              isByKey ? `${value % PARTITIONS}/${value % 7}` : String(value % PARTITIONS);
            const each = (
              record: KafkaRecord<Bytes, Bytes>,
              { attempt }: { readonly attempt: number },
            ): Promise<void> | void => {
              const value = valueOf(record);
              assert.ok(++atWork <= concurrency, `${atWork} at once`);
              assert.equal(attempt, (triesOf.get(value) ?? 0) + 1);
              triesOf.set(value, attempt);
              for (let i = value - 1; i >= 0; i--)
                assert.ok(groupOf(i) !== groupOf(value) || done.has(i), `${value} began before ${i} was done`);
              check();
              const end = (): void => {
                atWork--;
                if (attempt <= (failures[value % failures.length] ?? 0)) throw new Error(String(value));
                done.set(value, "done");
                order.push(value);
              };
              const ms = times[value % times.length] ?? 0;
              if (ms < 0) return end();
              return sleep(world.platform, ms).then(() => {
                check();
                end();
              });
            };
            const onFailed = async ({ offset, partition, attempts }: FailedRecord): Promise<void> => {
              await sleep(world.platform, 3);
              check();
              assert.equal(attempts, 3);
              done.set(offset * PARTITIONS + partition, "failed");
            };
            const settings = { decode: undefined, counters: fetcher.counters, concurrency };
            const failing: FailureSettings = { retries: 2, retryBackoffMs: 10, retryBackoffMaxMs: 30, onFailed };
            const running = new Runner<Bytes, Bytes, KafkaRecord<Bytes, Bytes>>(
              loop,
              concurrency,
              (cursor) => (isByKey ? new KeyLane(cursor, settings) : new RecordLane(cursor, settings)),
              each,
              failing,
            ).run();
            const ended = running.catch((error: unknown) => ({ error }));
            if (isPaused) {
              await sleep(world.platform, 30);
              for (const cursor of fetcher.partitions) cursor.pause(true);
              await sleep(world.platform, 100);
              for (const cursor of fetcher.partitions) {
                cursor.pause(false);
                fetcher.handOut.changed(cursor);
              }
            }
            for (let waited = 0; done.size < count; waited++) {
              assert.ok(waited < 1000, `after a long time ${done.size} are done`);
              await Promise.race([
                sleep(world.platform, 20),
                ended.then((error) => assert.fail(`it ended: ${String(error?.error)}`)),
              ]);
            }
            await sleep(world.platform, 20);
            for (const cursor of fetcher.partitions) assert.equal(fetcher.handOut.doneTo(cursor), count / PARTITIONS);
            for (let value = 0; value < count; value++) {
              const fails = failures[value % failures.length] ?? 0;
              assert.equal(done.get(value), fails > 2 ? "failed" : "done");
              assert.equal(triesOf.get(value), Math.min(fails, 2) + 1);
            }
            assert.equal(order.length, [...done.values()].filter((fate) => fate === "done").length, "each once");
            const closed = client.close();
            fetcher.close();
            await closed;
            await running;
          }),
      ),
      { numRuns: 40 },
    );
  },
);
