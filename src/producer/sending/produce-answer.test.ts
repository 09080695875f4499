import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isRetriable } from "../../errors/broker-error.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import type { KafkaError } from "../../errors/kafka-error.ts";
import { type AnsweredBatch, type ProduceAnswer, produceVerdict } from "./produce-answer.ts";

const answer: ProduceAnswer = {
  errorCode: 0,
  errorMessage: null,
  baseOffset: 7,
  logAppendTimeMs: -1,
  logStartOffset: 0,
  recordErrors: [],
};
const batch: AnsweredBatch = {
  topic: "t",
  partition: 0,
  count: 3,
  attempts: 1,
  isNumbered: true,
  isUnsure: false,
  isOvertaken: false,
  maxTimestamp: 1000,
  isBehind: false,
  mustRestart: false,
  inTransaction: undefined,
};
const transactional = { inTransaction: (error: KafkaError) => error };
const wrong = [{ batchIndex: 1, batchIndexErrorMessage: "no key" }];

/** A row: the response, the facts about the batch, the verdict, and the outcome of its error, if there is one. */
const TABLE: readonly (readonly [keyof typeof ErrorCode, Partial<AnsweredBatch & ProduceAnswer>, string, string?])[] = [
  ["NONE", {}, "written"],
  ["DUPLICATE_SEQUENCE_NUMBER", {}, "written"],
  ["NOT_LEADER_OR_FOLLOWER", {}, "retry"],
  ["NOT_ENOUGH_REPLICAS", {}, "retry"],
  ["CONCURRENT_TRANSACTIONS", transactional, "retry"],
  ["OUT_OF_ORDER_SEQUENCE_NUMBER", {}, "restart"],
  ["OUT_OF_ORDER_SEQUENCE_NUMBER", { isBehind: true }, "retry"],
  ["OUT_OF_ORDER_SEQUENCE_NUMBER", { mustRestart: true }, "retry"],
  ["OUT_OF_ORDER_SEQUENCE_NUMBER", { isUnsure: true }, "failed", "indefinite"],
  ["OUT_OF_ORDER_SEQUENCE_NUMBER", { isOvertaken: true, isUnsure: true }, "overtaken"],
  ["OUT_OF_ORDER_SEQUENCE_NUMBER", { ...transactional, isBehind: true }, "retry"],
  ["OUT_OF_ORDER_SEQUENCE_NUMBER", transactional, "failed"],
  ["INVALID_PRODUCER_EPOCH", { ...transactional, isBehind: true }, "failed"],
  ["INVALID_PRODUCER_EPOCH", { ...transactional, isUnsure: true }, "failed", "indefinite"],
  ["UNKNOWN_PRODUCER_ID", {}, "restart"],
  ["OUT_OF_ORDER_SEQUENCE_NUMBER", { isNumbered: false }, "failed"],
  ["MESSAGE_TOO_LARGE", {}, "split"],
  ["RECORD_LIST_TOO_LARGE", { isUnsure: true }, "split"],
  ["MESSAGE_TOO_LARGE", { count: 1 }, "failed"],
  ["INVALID_RECORD", {}, "failed"],
  ["INVALID_RECORD", { isUnsure: true }, "failed", "indefinite"],
  ["INVALID_RECORD", { recordErrors: wrong }, "refused-records"],
  ["INVALID_RECORD", { recordErrors: wrong, isUnsure: true }, "failed", "indefinite"],
  ["INVALID_RECORD", { recordErrors: wrong, count: 1 }, "failed"],
  ["UNKNOWN_SERVER_ERROR", {}, "failed", "indefinite"],
  ["TOPIC_AUTHORIZATION_FAILED", {}, "failed"],
];

for (const [name, facts, verdict, outcome] of TABLE)
  test(`${name}${Object.keys(facts).length === 0 ? "" : ` (${Object.keys(facts).join(", ")})`}: ${verdict}`, () => {
    const found = produceVerdict({ ...answer, ...facts, errorCode: ErrorCode[name] }, { ...batch, ...facts });
    assert.equal(found.name, verdict);
    if (outcome !== undefined) assert.equal("error" in found ? found.error.outcome : undefined, outcome);
  });

test("what may have been written all the same is unsure from then on; what the response leaves out too", () => {
  for (const code of [ErrorCode.REQUEST_TIMED_OUT, ErrorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND]) {
    const found = produceVerdict({ ...answer, errorCode: code }, batch);
    assert.ok(found.name === "retry" && found.isUnsure, String(code));
  }
  const found = produceVerdict(undefined, batch);
  assert.ok(found.name === "retry" && found.isUnsure && found.error.outcome === "indefinite");
});

test("the append time of a batch that was recognised is that of its records, not of the log", () => {
  const time = (facts: Partial<AnsweredBatch>, logAppendTimeMs: number): number => {
    const found = produceVerdict({ ...answer, logAppendTimeMs }, { ...batch, ...facts });
    return found.name === "written" ? found.fate.appendTimestamp : Number.NaN;
  };
  assert.deepEqual([time({}, 1000), time({ attempts: 2 }, 1000), time({ attempts: 2 }, 2000)], [1000, -1, 2000]);
});

test("any answer to any batch: no new epoch for what may have been written, nothing unsure is called not written", () => {
  const codes = Object.values(ErrorCode);
  fc.assert(
    fc.property(
      fc.constantFrom(...codes),
      fc.record({
        count: fc.integer({ min: 1, max: 4 }),
        attempts: fc.integer({ min: 1, max: 5 }),
        isNumbered: fc.boolean(),
        isUnsure: fc.boolean(),
        isOvertaken: fc.boolean(),
        isBehind: fc.boolean(),
        mustRestart: fc.boolean(),
      }),
      fc.boolean(),
      fc.array(fc.record({ batchIndex: fc.integer({ min: -1, max: 5 }), batchIndexErrorMessage: fc.constant(null) })),
      (errorCode, facts, isTransactional, recordErrors) => {
        const given = { ...batch, ...facts, ...(isTransactional ? transactional : {}) };
        const verdict = produceVerdict({ ...answer, errorCode, recordErrors }, given);
        if (verdict.name === "written") {
          assert.ok(errorCode === 0 || errorCode === ErrorCode.DUPLICATE_SEQUENCE_NUMBER);
          return;
        }
        if (verdict.name === "restart") assert.ok(!given.isUnsure && !isTransactional && !given.isBehind);
        if (verdict.name === "failed" && given.isUnsure) assert.equal(verdict.error.outcome, "indefinite");
        if (verdict.name === "retry") assert.ok(given.isUnsure <= verdict.isUnsure);
        if (verdict.name === "refused-records") {
          assert.ok(verdict.refused.size > 0 && verdict.refused.size < given.count && !given.isUnsure);
          for (const index of verdict.refused) assert.ok(index >= 0 && index < given.count);
        }
        if (isRetriable(errorCode) && !given.isNumbered) assert.equal(verdict.name, "retry");
        assert.match(verdict.error.message, /t-0/);
      },
    ),
  );
});
