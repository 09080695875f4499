import assert from "node:assert/strict";
import { test } from "node:test";
import * as ErrorCode from "../../../errors/error-code.ts";
import { initProducer } from "./init-producer.ts";
import { MAX_EPOCH, type Transaction, newTransaction } from "./transaction.ts";

const known = (more: Partial<Transaction> = {}): Transaction => ({
  ...newTransaction("tx", 7, 60_000),
  epoch: 5,
  lastEpoch: 4,
  previousProducerId: 3,
  ...more,
});

function init(from: Transaction, expected?: readonly [producerId: number, epoch: number]): unknown {
  const verdict = initProducer(
    from,
    { timeoutMs: 1, expected: expected && { producerId: expected[0], epoch: expected[1] } },
    2,
    () => 99,
  );
  if ("code" in verdict) return verdict.code;
  const { producerId, epoch, lastEpoch } = "fenced" in verdict ? verdict.fenced : verdict.transaction;
  return `${"fenced" in verdict ? "fenced " : ""}${producerId}/${epoch} after ${lastEpoch}`;
}

const CASES: readonly (readonly [string, Transaction, readonly [number, number] | undefined, unknown])[] = [
  ["a new id begins with epoch 0", newTransaction("tx", 7, 1), undefined, "7/0 after -1"],
  [
    "a new id that somebody expects to be another begins with epoch 0 too",
    newTransaction("tx", 7, 1),
    [8, 30],
    "7/0 after -1",
  ],
  ["who begins fences who was there", known(), undefined, "7/6 after -1"],
  ["who goes on gets the next epoch", known(), [7, 5], "7/6 after 5"],
  ["who asks again gets the same", known(), [7, 4], "7/5 after 4"],
  ["who is older is fenced", known(), [7, 3], ErrorCode.PRODUCER_FENCED],
  ["who is of the future is fenced", known(), [7, 6], ErrorCode.PRODUCER_FENCED],
  ["who is another is fenced", known(), [8, 5], ErrorCode.PRODUCER_FENCED],
  ["an open transaction is aborted first", known({ status: "Ongoing" }), undefined, "fenced 7/6 after 5"],
  ["markers are waited for", known({ status: "PrepareAbort" }), undefined, ErrorCode.CONCURRENT_TRANSACTIONS],
  ["used up epochs bring another id", known({ epoch: MAX_EPOCH - 1 }), undefined, "99/0 after -1"],
  [
    "used up epochs bring another id to who goes on",
    known({ epoch: MAX_EPOCH - 1 }),
    [7, MAX_EPOCH - 1],
    `99/0 after ${MAX_EPOCH - 1}`,
  ],
  [
    "who got no answer when the id changed gets it again",
    known({ producerId: 99, previousProducerId: 7, epoch: 0, lastEpoch: MAX_EPOCH - 1 }),
    [7, MAX_EPOCH - 1],
    `99/0 after ${MAX_EPOCH - 1}`,
  ],
  [
    "Kafka fails where the epochs are used up and another one is expected",
    known({ epoch: MAX_EPOCH - 1 }),
    [7, 4],
    ErrorCode.UNKNOWN_SERVER_ERROR,
  ],
];

for (const [name, from, expected, result] of CASES)
  test(`InitProducerId: ${name}`, () => assert.deepEqual(init(from, expected), result));
