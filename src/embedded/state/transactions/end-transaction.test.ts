import assert from "node:assert/strict";
import { test } from "node:test";
import * as ErrorCode from "../../../errors/error-code.ts";
import { completed, endTransaction, fenced } from "./end-transaction.ts";
import { MAX_EPOCH, type Transaction, type TransactionStatus, isEnding, newTransaction } from "./transaction.ts";

const NOW = 1000;

function transaction(status: TransactionStatus, more: Partial<Transaction> = {}): Transaction {
  return {
    ...newTransaction("tx", 7, 60_000),
    previousProducerId: 7,
    epoch: 5,
    status,
    startedAtMs: 900,
    partitions: new Map([["t/0", { topic: "t", partition: 0 }]]),
    ...more,
  };
}

/** The error code, or the resulting state. */
function end(from: Transaction, version: number, isCommit: boolean, epoch = 5, producerId = 7): unknown {
  const verdict = endTransaction(from, { producerId, epoch, isCommit }, version, () => 99, NOW);
  if ("code" in verdict) return verdict.code;
  if ("done" in verdict) return `done ${verdict.done.producerId}/${verdict.done.epoch}`;
  return `${verdict.prepared.status} ${verdict.prepared.producerId}/${verdict.prepared.epoch}`;
}

const { CONCURRENT_TRANSACTIONS, INVALID_PRODUCER_ID_MAPPING, INVALID_TXN_STATE, PRODUCER_FENCED } = ErrorCode;

// For each state: abort with the previous epoch and with the current one, then commit with both.
const VERSION_2: readonly (readonly [TransactionStatus, unknown, unknown, unknown, unknown])[] = [
  ["Empty", PRODUCER_FENCED, "PrepareAbort 7/6", PRODUCER_FENCED, INVALID_TXN_STATE],
  ["Ongoing", PRODUCER_FENCED, "PrepareAbort 7/6", PRODUCER_FENCED, "PrepareCommit 7/6"],
  ["PrepareCommit", CONCURRENT_TRANSACTIONS, CONCURRENT_TRANSACTIONS, CONCURRENT_TRANSACTIONS, CONCURRENT_TRANSACTIONS],
  ["PrepareAbort", CONCURRENT_TRANSACTIONS, CONCURRENT_TRANSACTIONS, CONCURRENT_TRANSACTIONS, CONCURRENT_TRANSACTIONS],
  ["CompleteAbort", "done 7/5", "PrepareAbort 7/6", INVALID_TXN_STATE, INVALID_TXN_STATE],
  ["CompleteCommit", INVALID_TXN_STATE, "PrepareAbort 7/6", "done 7/5", INVALID_TXN_STATE],
];

for (const [status, abortBefore, abort, commitBefore, commit] of VERSION_2) {
  test(`EndTxn of version 2 in state ${status}`, () => {
    const from = transaction(status);
    assert.deepEqual(
      [end(from, 2, false, 4), end(from, 2, false), end(from, 2, true, 4), end(from, 2, true)],
      [abortBefore, abort, commitBefore, commit],
    );
    const others = isEnding(from)
      ? [CONCURRENT_TRANSACTIONS, CONCURRENT_TRANSACTIONS, CONCURRENT_TRANSACTIONS]
      : [PRODUCER_FENCED, PRODUCER_FENCED, INVALID_PRODUCER_ID_MAPPING];
    assert.deepEqual([end(from, 2, true, 6), end(from, 2, true, 3), end(from, 2, true, 5, 8)], others);
  });
}

// For each state: abort, commit.
const VERSION_1: readonly (readonly [TransactionStatus, unknown, unknown])[] = [
  ["Empty", INVALID_TXN_STATE, INVALID_TXN_STATE],
  ["Ongoing", "PrepareAbort 7/5", "PrepareCommit 7/5"],
  ["PrepareCommit", CONCURRENT_TRANSACTIONS, CONCURRENT_TRANSACTIONS],
  ["PrepareAbort", CONCURRENT_TRANSACTIONS, CONCURRENT_TRANSACTIONS],
  ["CompleteAbort", "done 7/5", INVALID_TXN_STATE],
  ["CompleteCommit", INVALID_TXN_STATE, "done 7/5"],
];

for (const [status, abort, commit] of VERSION_1) {
  test(`EndTxn of version 1 in state ${status}`, () => {
    const from = transaction(status);
    assert.deepEqual([end(from, 0, false), end(from, 0, true)], [abort, commit]);
    assert.deepEqual(
      [end(from, 0, true, 4), end(from, 0, true, 6), end(from, 0, true, 5, 8)],
      [PRODUCER_FENCED, PRODUCER_FENCED, INVALID_PRODUCER_ID_MAPPING],
    );
  });
}

test("when the epochs of a producer id are used up, the end of a transaction brings another id, and its retry too", () => {
  const verdict = endTransaction(
    transaction("Ongoing", { epoch: MAX_EPOCH - 1 }),
    { producerId: 7, epoch: MAX_EPOCH - 1, isCommit: true },
    2,
    () => 99,
    NOW,
  );
  assert.ok("prepared" in verdict);
  assert.deepEqual(
    [verdict.prepared.producerId, verdict.prepared.epoch],
    [7, MAX_EPOCH],
    "the markers are of the old id",
  );
  const over = completed(verdict.prepared);
  assert.deepEqual([over.producerId, over.epoch, over.previousProducerId, over.status], [99, 0, 7, "CompleteCommit"]);
  assert.equal(end(over, 2, true, MAX_EPOCH - 1), "done 99/0");
  assert.equal(end(over, 2, false, MAX_EPOCH - 1), INVALID_TXN_STATE);
});

test("the coordinator's own abort bumps the epoch once; on version 2 the producer's own is remembered", () => {
  const one = fenced(transaction("Ongoing", { lastEpoch: 4 }), 1);
  const two = fenced(transaction("Ongoing", { lastEpoch: 4 }), 2);
  assert.deepEqual(
    [one.status, one.epoch, one.lastEpoch, two.status, two.epoch, two.lastEpoch],
    ["PrepareAbort", 6, -1, "PrepareAbort", 6, 5],
  );
  assert.equal(fenced(transaction("Ongoing", { epoch: MAX_EPOCH }), 2).epoch, MAX_EPOCH);
});

test("the end of a transaction that had no partition begins and ends at once", () => {
  const verdict = endTransaction(
    transaction("Empty", { startedAtMs: -1, partitions: new Map() }),
    { producerId: 7, epoch: 5, isCommit: false },
    2,
    () => 99,
    NOW,
  );
  assert.ok("prepared" in verdict && verdict.prepared.startedAtMs === NOW);
});
