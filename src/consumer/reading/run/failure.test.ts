import assert from "node:assert/strict";
import { test } from "node:test";
import { ViewedBytes } from "../../../records/bytes-view.ts";
import { KafkaRecord } from "../../../records/record.ts";
import { type FailedRecord, type FailureSettings, passFailed, waitBeforeRetry } from "./failure.ts";

const settings = (retries: number, retryBackoffMs: number, retryBackoffMaxMs: number): FailureSettings => ({
  retries,
  retryBackoffMs,
  retryBackoffMaxMs,
  onFailed: "throw",
});

test("the waits double from retryBackoffMs to retryBackoffMaxMs, vary by a fifth, and end with the last retry", () => {
  const waits = (of: FailureSettings, random: number): readonly (number | undefined)[] =>
    [1, 2, 3, 4, 5, 6].map((attempt) => waitBeforeRetry(attempt, of, random));
  assert.deepEqual(waits(settings(5, 100, 1000), 0.5), [100, 200, 400, 800, 1000, undefined]);
  assert.deepEqual(waits(settings(2, 100, 1000), 0), [80, 160, undefined, undefined, undefined, undefined]);
  assert.deepEqual(waits(settings(6, 1000, 1000), 0.5), [1000, 1000, 1000, 1000, 1000, 1000]);
  assert.deepEqual(waits(settings(0, 100, 1000), 0.5), [
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
  assert.deepEqual(waits(settings(2, 0, 0), 0.9), [0, 0, undefined, undefined, undefined, undefined]);
});

const record = (offset: number): KafkaRecord<never, never> =>
  ({
    topic: "t",
    partition: 3,
    offset,
    timestamp: 7,
    keyBytes: null,
    valueBytes: new Uint8Array([offset]),
    headers: [],
  }) as unknown as KafkaRecord<never, never>;
const batch = {
  what: "batch",
  topic: "t",
  partition: 3,
  offset: 5,
  lastOffset: 6,
  records: [record(5), record(6)],
} as const;

test("a handler gets each record of a batch, in order; when one of them fails the others are awaited all the same", async () => {
  const ended: number[] = [];
  const seen: FailedRecord[] = [];
  const error = new TypeError("no");
  await passFailed(
    batch,
    error,
    4,
    (failed) => Promise.resolve(seen.push(failed)),
    () => undefined,
  );
  assert.deepEqual(
    seen.map(({ offset, lastOffset, attempts, error: why, value }) => [offset, lastOffset, attempts, why, value?.[0]]),
    [
      [5, 5, 4, error, 5],
      [6, 6, 4, error, 6],
    ],
  );
  const failing = passFailed(
    batch,
    error,
    4,
    async ({ offset }) => {
      if (offset === 5) throw new Error("full");
      await Promise.resolve()
        .then(() => undefined)
        .then(() => undefined);
      ended.push(offset);
    },
    () => undefined,
  );
  await assert.rejects(failing, {
    kind: "internal",
    topic: "t",
    partition: 3,
    offset: 5,
    message:
      "t-3: the callback for the batch at offset 5 failed 4 times, the last time with: no; and onFailed could " +
      "not handle it: full",
  });
  assert.deepEqual(ended, [6]);
});

test("what is passed over is warned of, with where and why", async () => {
  const lines: unknown[] = [];
  const log = (level: string, message: string, fields: Readonly<Record<string, unknown>>): unknown =>
    lines.push([level, message, fields]);
  await passFailed(batch, "a string", 1, "skip", log);
  await passFailed({ ...batch, what: "record", lastOffset: 5 }, new Error("no"), 3, () => Promise.resolve(), log);
  assert.deepEqual(lines, [
    [
      "warn",
      "t-3: offsets 5 to 6 are skipped: the callback failed 1 time with: a string",
      { topic: "t", partition: 3, offset: 5, lastOffset: 6, attempts: 1 },
    ],
    [
      "warn",
      "t-3: offset 5 is passed to onFailed and skipped: the callback failed 3 times, the last time with: no",
      { topic: "t", partition: 3, offset: 5, lastOffset: 5, attempts: 3 },
    ],
  ]);
});

test("a handler that returns what looks like a wish to end the run ends it", async () => {
  for (const returned of ["throw", "fail", false])
    await assert.rejects(
      passFailed(
        batch,
        new Error("no"),
        1,
        () => Promise.resolve(returned),
        () => undefined,
      ),
      { kind: "config", message: /it returned .*; to end the run it must throw/ },
    );
});

test("a record whose headers are malformed reaches its handler, without them", async () => {
  const origin = { topic: "t", partition: 3, timestampType: "CreateTime" } as const;
  const damaged = new KafkaRecord(origin, new ViewedBytes(new Uint8Array([1, 2, 9])), 5, 6, 0, 1, 1, 1, 3);
  assert.throws(() => damaged.headers, { kind: "corrupt" });
  const seen: FailedRecord[] = [];
  await passFailed(
    { ...batch, records: [damaged] },
    "no",
    1,
    (failed) => Promise.resolve(seen.push(failed)),
    () => undefined,
  );
  assert.deepEqual(
    seen.map(({ offset, headers }) => [offset, headers]),
    [[5, []]],
  );
});
