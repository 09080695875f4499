// consumeTransformProduce against the embedded cluster's transactions, in virtual time; its group is played by the
// test.
import assert from "node:assert/strict";
import { test } from "node:test";
import { consumeTransformProduce } from "../../src/exactly-once/consume-transform-produce.ts";
import type { ConsumeTransformProduce } from "../../src/exactly-once/handle.ts";
import type { ConsumeTransformProduceOptions } from "../../src/exactly-once/options.ts";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import { ScriptedInput } from "./scripted-input.ts";
import { inWorld, text, type World } from "./world.ts";

interface Scene extends World {
  readonly pipe: ConsumeTransformProduce;
  readonly input: ScriptedInput;
  readonly aborts: string[];
  /** Settles when this many transactions are committed. */
  committed(count: number): Promise<void>;
  pause(ms: number): Promise<void>;
  /** The records of `out` that read_committed sees. */
  seen(): Promise<(string | null)[]>;
}

const upper: ConsumeTransformProduceOptions["transform"] = (records) =>
  records.map(({ value }) => ({ topic: "out", value: String(value).toUpperCase() }));

/** A pipe that has partitions 0 and 1; `inWorld` checks that no task is left. */
function inScene(
  options: Partial<ConsumeTransformProduceOptions>,
  body: (scene: Scene) => Promise<void>,
): Promise<void> {
  return inWorld({ brokers: 3, topics: { in: 3, out: 1 }, latencyMs: 1 }, async (world) => {
    const aborts: string[] = [];
    let input: ScriptedInput | undefined;
    const maker = ScriptedInput.maker(world, (made) => (input = made));
    const pipe = consumeTransformProduce(maker, {
      groupId: "g",
      topics: ["in"],
      transactionalId: "tx",
      transform: upper,
      maxRecords: 3,
      maxMs: 10,
      onAborted: ({ message }) => aborts.push(message),
      ...options,
    });
    assert.ok(input !== undefined);
    input.assign(0, 1);
    const pause = (ms: number): Promise<void> => sleep(world.platform, ms);
    const committed = async (count: number): Promise<void> => {
      while (pipe.counters.committed < count) await pause(1);
    };
    const seen = async (): Promise<(string | null)[]> => {
      const consumer = world
        .client()
        .consumer({ assign: [{ topic: "out", partition: 0 }], isolationLevel: "read_committed", fetchMaxWaitMs: 10 });
      const values: (string | null)[] = [];
      const stop = pause(2000).then(() => consumer.close());
      for await (const record of consumer) values.push(text(record.value));
      await stop;
      return values;
    };
    await body({ ...world, pipe, input, aborts, committed, pause, seen });
    await pipe.close();
  });
}

test("results and positions are committed together, in transactions of so many records, and of so much time", () =>
  inScene({}, async ({ pipe, input, committed, pause, seen }) => {
    input.write(0, "a", "b", "c", "d");
    await committed(2);
    assert.deepEqual({ ...pipe.counters }, { records: 4, results: 4, committed: 2, aborted: 0 });
    assert.equal(input.committedOf(0), 4);
    input.write(1, "e");
    await pause(5);
    assert.equal(pipe.counters.committed, 2, "it waits for more");
    input.write(0, "f");
    await committed(3);
    assert.deepEqual([input.committedOf(0), input.committedOf(1)], [5, 1]);
    await pipe.stop();
    assert.deepEqual(
      await seen(),
      ["A", "B", "C", "D", "F", "E"].sort((a, b) => "ABCDEF".indexOf(a) - "ABCDEF".indexOf(b)),
    );
  }));

test("a transform may be a generator, asynchronous, or send by itself", async () => {
  const transforms: readonly ConsumeTransformProduceOptions["transform"][] = [
    function* (records) {
      for (const { value } of records) yield { topic: "out", value: String(value) };
    },
    async function* (records) {
      for (const { value } of records) yield await Promise.resolve({ topic: "out", value: String(value) });
    },
    async (records, { tx }) => {
      for (const { value } of records) await tx.send({ topic: "out", value: String(value) });
    },
    (records) => Promise.resolve(records.map(({ value }) => ({ topic: "out", value: String(value) }))),
  ];
  for (const transform of transforms) {
    await inScene({ transform }, async ({ input, committed, seen }) => {
      input.write(0, "a", "b", "c");
      await committed(1);
      assert.deepEqual(await seen(), ["a", "b", "c"]);
    });
  }
});

test("what the transform throws aborts, leaves the position where it was, and rejects", () => {
  const mine = new Error("mine");
  return inScene(
    {
      transform: async (records, { tx }) => {
        await tx.send({ topic: "out", value: String(records[0]?.value) });
        throw mine;
      },
    },
    async ({ pipe, input, seen }) => {
      input.write(0, "a");
      await assert.rejects(pipe.ended, (error) => error === mine);
      assert.equal(input.isEnded, true, "its consumer is closed");
      assert.equal(input.committedOf(0), -1);
      assert.deepEqual(await seen(), []);
      assert.equal(pipe.counters.aborted, 1);
    },
  );
});

test("a transaction that is lost on the way is aborted, and its records are read again from what is committed", () =>
  inScene({}, async ({ cluster, pipe, input, committed, aborts, seen }) => {
    input.write(0, "a", "b", "c");
    await committed(1);
    cluster.failPartition("Produce", "out", 0, ["UNKNOWN_PRODUCER_ID"]);
    input.write(0, "d");
    input.write(1, "e", "f");
    await committed(2);
    assert.equal(aborts.length, 1);
    assert.match(aborts[0] ?? "", /UNKNOWN_PRODUCER_ID/);
    assert.deepEqual(input.rewinds.sort(), ["0@3", "1@0"]);
    await pipe.stop();
    assert.deepEqual((await seen()).sort(), ["A", "B", "C", "D", "E", "F"]);
  }));

test(
  "a record that the topic refuses ends it with that error, and nothing is committed: the next time would be no " +
    "better",
  () =>
    inScene({}, async ({ cluster, pipe, input, aborts, seen }) => {
      cluster.failPartition("Produce", "out", 0, ["INVALID_RECORD"]);
      input.write(0, "a");
      await assert.rejects(pipe.ended, { kind: "abortable", codeName: "INVALID_RECORD" });
      assert.deepEqual(aborts, []);
      assert.equal(input.committedOf(0), -1);
      assert.deepEqual(await seen(), []);
    }),
);

test("another instance with its name takes over: it ends as fenced", () =>
  inScene({}, async ({ pipe, input, committed, client }) => {
    input.write(0, "a", "b", "c");
    await committed(1);
    const other = client().producer({ transactionalId: "tx" });
    await other.transaction((tx) => tx.send({ topic: "out", value: "other" }));
    input.write(0, "d");
    await assert.rejects(pipe.ended, { kind: "fenced" });
    assert.equal(input.committedOf(0), 3);
    await other.close();
  }));

test("an answer to the commit that is lost: committed once", () =>
  inScene({}, async ({ cluster, input, pipe, committed, seen }) => {
    cluster.intercept("EndTxn", () => "disconnect-after", { times: 1 });
    input.write(0, "a", "b", "c", "d");
    await committed(2);
    await pipe.stop();
    assert.deepEqual(await seen(), ["A", "B", "C", "D"]);
  }));

/** A transform that waits until it is released; the first time only. */
function held(): {
  readonly transform: ConsumeTransformProduceOptions["transform"];
  readonly entered: Promise<void>;
  release(): void;
  isAborted(): boolean;
  readonly calls: (string | null)[][];
} {
  const calls: (string | null)[][] = [];
  let release: () => void = () => undefined;
  let enter: () => void = () => undefined;
  let isAborted = false;
  const entered = new Promise<void>((resolve) => (enter = resolve));
  const waits = new Promise<void>((resolve) => (release = resolve));
  return {
    calls,
    entered,
    release: () => release(),
    isAborted: () => isAborted,
    transform: async (records, context) => {
      calls.push(records.map(({ value }) => String(value)));
      context.signal.addEventListener("abort", () => (isAborted = true));
      if (calls.length === 1) {
        enter();
        await waits;
      }
      return upper(records, context);
    },
  };
}

test("a revoke waits for the transaction that is running, and for that only", async () => {
  const hold = held();
  await inScene({ transform: hold.transform }, async ({ input, pipe, pause }) => {
    input.write(0, "a", "b", "c", "d");
    await hold.entered;
    let isRevoked = false;
    const other = input.revoke(1);
    await other; // nothing of it is being worked on
    const revoking = input.revoke(0).then(() => (isRevoked = true));
    await pause(1000);
    assert.equal(isRevoked, false);
    hold.release();
    await revoking;
    assert.equal(input.committedOf(0), 3, "it was committed before the partition went");
    assert.equal(hold.isAborted(), false);
    await pause(1000);
    assert.deepEqual(hold.calls, [["a", "b", "c"]]);
    assert.equal(pipe.counters.aborted, 0);
  });
});

test("a revoke that waits for too long aborts the transaction in time; its results are never seen", async () => {
  const hold = held();
  await inScene(
    { transform: hold.transform, consumer: { maxPollIntervalMs: 4000 } },
    async ({ input, platform, pipe, aborts, pause, seen }) => {
      input.write(0, "a", "b", "c");
      await hold.entered;
      const sinceMs = platform.clock.monotonic();
      await input.revoke(0);
      const tookMs = platform.clock.monotonic() - sinceMs;
      assert.ok(tookMs >= 3000 && tookMs < 4000, `${tookMs} ms`);
      assert.equal(hold.isAborted(), true);
      hold.release();
      await pause(500);
      assert.equal(pipe.counters.aborted, 1);
      assert.match(aborts[0] ?? "", /maxPollIntervalMs \(4000 ms\)/);
      assert.deepEqual(input.rewinds, [], "its next holder reads it");
      assert.equal(input.committedOf(0), -1);
      input.write(1, "x");
      await pause(500);
      assert.deepEqual(hold.calls, [["a", "b", "c"], ["x"]], "it goes on with what it has");
      await pipe.stop();
      assert.deepEqual(await seen(), ["X"]);
    },
  );
});

test("lost partitions abort at once, also while the transform runs; what comes back is read from what is committed", async () => {
  const hold = held();
  await inScene({ transform: hold.transform }, async ({ input, pipe, pause, seen }) => {
    input.write(0, "a", "b");
    input.write(1, "c", "d");
    await hold.entered;
    await input.lose(0);
    assert.equal(hold.isAborted(), true);
    input.assign(0);
    hold.release();
    while (pipe.counters.records < 4) await pause(1);
    assert.deepEqual(input.rewinds, ["1@0"], "what is gone is not touched, what stays goes back");
    await pipe.stop();
    assert.deepEqual((await seen()).sort(), ["A", "B", "C", "D"]);
  });
});

test("records that were gathered and not worked on go with their partition", () =>
  inScene({ maxMs: 1000 }, async ({ input, pipe, pause, seen }) => {
    input.write(0, "a");
    input.write(1, "b");
    await pause(10);
    await input.revoke(0);
    await input.lose(1);
    input.write(2, "c");
    input.assign(2);
    await pause(1500);
    assert.deepEqual({ ...pipe.counters }, { records: 1, results: 1, committed: 1, aborted: 0 });
    await pipe.stop();
    assert.deepEqual(await seen(), ["C"]);
  }));

test("offsets are not sent in the name of nobody: who is no member aborts", () =>
  inScene({}, async ({ input, pipe, aborts, pause }) => {
    input.isMember = false;
    input.write(0, "a");
    await pause(100);
    assert.equal(pipe.counters.committed, 0);
    assert.ok(
      aborts.length > 1 && aborts.every((message) => /rebalanced without this member/.test(message)),
      aborts.join(),
    );
    input.isMember = true;
    await pause(100);
    assert.equal(pipe.counters.committed, 1);
  }));

test("close within the transform: aborted, ended, and the transform need not end", async () => {
  let pipe: ConsumeTransformProduce | undefined;
  let closed = false;
  await inScene(
    {
      transform: async (_records, { tx }) => {
        await tx.send({ topic: "out", value: "never" });
        await pipe?.close();
        closed = true;
        await new Promise(() => undefined);
      },
    },
    async (scene) => {
      pipe = scene.pipe;
      scene.input.write(0, "a");
      await scene.pipe.ended;
      await scene.pause(10);
      assert.equal(closed, true);
      assert.equal(scene.input.committedOf(0), -1);
      assert.deepEqual(await scene.seen(), []);
    },
  );
});

test("a signal ends it with kind cancelled; its KafkaError is its own", () => {
  const giveUp = new AbortController();
  const hold = held();
  return inScene({ signal: giveUp.signal, transform: hold.transform }, async ({ input, pipe, seen }) => {
    input.write(0, "a");
    await hold.entered;
    giveUp.abort();
    await assert.rejects(pipe.ended, { kind: "cancelled" });
    assert.equal(hold.isAborted(), true);
    assert.deepEqual(await seen(), []);
  });
});

test("stop commits what is running, and begins nothing more", async () => {
  const hold = held();
  await inScene({ transform: hold.transform }, async ({ input, pipe }) => {
    input.write(0, "a", "b", "c", "d");
    await hold.entered;
    const stopped = pipe.stop();
    hold.release();
    await stopped;
    assert.deepEqual({ ...pipe.counters }, { records: 3, results: 3, committed: 1, aborted: 0 });
    assert.equal(input.committedOf(0), 3);
  });
});

test("an error of the consumer ends it, after what came before was committed", () =>
  inScene({ maxMs: 1000 }, async ({ input, pipe, pause }) => {
    input.write(0, "a");
    await pause(10);
    input.fail(new KafkaError("corrupt", "the next one cannot be read"));
    await assert.rejects(pipe.ended, { kind: "corrupt" });
    assert.equal(input.committedOf(0), 1);
  }));

test("coordinators that do not answer: close ends in its time all the same", () =>
  inScene({}, async ({ cluster, input, pipe, platform, committed, pause }) => {
    input.write(0, "a", "b", "c");
    await committed(1);
    cluster.intercept("EndTxn", "hang");
    input.write(0, "d");
    await pause(500);
    const sinceMs = platform.clock.monotonic();
    await pipe.close({ timeoutMs: 2000 });
    assert.ok(platform.clock.monotonic() - sinceMs <= 4100, `${platform.clock.monotonic() - sinceMs} ms`);
    assert.equal(input.committedOf(0), 3);
  }));

test("options that exactly once depends on cannot be chosen, unknown ones are named", () =>
  inWorld({ topics: { out: 1 } }, async ({ kafka }) => {
    const base = { groupId: "g", topics: ["in"], transactionalId: "tx", transform: upper };
    assert.throws(
      () => consumeTransformProduce(kafka, { ...base, consumer: { isolationLevel: "read_uncommitted" } as never }),
      { kind: "config", message: /isolationLevel/ },
    );
    assert.throws(() => consumeTransformProduce(kafka, { ...base, producer: { acks: 1 } as never }), {
      kind: "config",
      message: /acks/,
    });
    assert.throws(() => consumeTransformProduce(kafka, { ...base, maxRecord: 3 } as never), {
      kind: "config",
      message: /maxRecord/,
    });
    assert.throws(() => consumeTransformProduce(kafka, { ...base, transactionalId: "" }), {
      kind: "config",
      message: /transactionalId/,
    });
    assert.throws(() => consumeTransformProduce(kafka, { ...base, maxRecords: 0 }), {
      kind: "config",
      message: /maxRecords/,
    });
    assert.throws(() => consumeTransformProduce(kafka, { ...base, groupId: "" }), {
      kind: "config",
      message: /groupId/,
    });
    assert.throws(() => kafka.consumer({ topics: ["in"] }).groupMetadata(), { kind: "config", message: /groupId/ });
    assert.deepEqual(kafka.consumer({ topics: ["in"], groupId: "g", groupInstanceId: "i" }).groupMetadata(), {
      groupId: "g",
      generationId: -1,
      memberId: "",
      groupInstanceId: "i",
    });
    await Promise.resolve();
  }));
