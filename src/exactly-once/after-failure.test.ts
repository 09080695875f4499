import assert from "node:assert/strict";
import { test } from "node:test";
import { brokerError, brokerErrorCode } from "../errors/broker-error.ts";
import type { BrokerErrorName } from "../errors/error-table.ts";
import { KafkaError, type KafkaErrorKind } from "../errors/kafka-error.ts";
import { abortable } from "../producer/transactions/transaction-state.ts";
import { afterFailure } from "./after-failure.ts";

const of = (name: BrokerErrorName): KafkaError => brokerError(brokerErrorCode(name) ?? -1, "a request");

const table: Readonly<Record<"again" | "later" | "end", readonly BrokerErrorName[]>> = {
  again: [
    "ILLEGAL_GENERATION",
    "UNKNOWN_MEMBER_ID",
    "REBALANCE_IN_PROGRESS",
    "FENCED_MEMBER_EPOCH",
    "STALE_MEMBER_EPOCH",
  ],
  later: [
    "NOT_COORDINATOR",
    "COORDINATOR_LOAD_IN_PROGRESS",
    "REQUEST_TIMED_OUT",
    "NOT_LEADER_OR_FOLLOWER",
    "UNKNOWN_PRODUCER_ID",
    "INVALID_PRODUCER_ID_MAPPING",
    "INVALID_TXN_STATE",
    "CONCURRENT_TRANSACTIONS",
    "OUT_OF_ORDER_SEQUENCE_NUMBER",
    "TRANSACTION_ABORTABLE",
    "UNKNOWN_TOPIC_OR_PARTITION",
  ],
  end: [
    "MESSAGE_TOO_LARGE",
    "INVALID_RECORD",
    "RECORD_LIST_TOO_LARGE",
    "INVALID_TOPIC_EXCEPTION",
    "TOPIC_AUTHORIZATION_FAILED",
    "GROUP_AUTHORIZATION_FAILED",
    "TRANSACTIONAL_ID_AUTHORIZATION_FAILED",
    "PRODUCER_FENCED",
    "INVALID_PRODUCER_EPOCH",
    "FENCED_INSTANCE_ID",
    "INVALID_TRANSACTION_TIMEOUT",
    "OFFSET_METADATA_TOO_LARGE",
  ],
};

for (const [what, names] of Object.entries(table)) {
  for (const name of names) {
    test(`${name}: ${what}, also behind an abortable error, and behind two`, () => {
      assert.equal(afterFailure(of(name)), what);
      assert.equal(afterFailure(abortable(of(name))), what);
      assert.equal(afterFailure(new KafkaError("abortable", "again", { cause: abortable(of(name)), code: 1 })), what);
    });
  }
}

test("what has no code is judged by its kind", () => {
  const passing: readonly KafkaErrorKind[] = ["abortable", "timeout", "connection", "buffer-full"];
  const all: readonly KafkaErrorKind[] = [
    ...passing,
    "protocol",
    "broker",
    "authentication",
    "authorization",
    "config",
    "serialization",
    "corrupt",
    "fenced",
    "cancelled",
    "closed",
    "unsupported",
    "internal",
  ];
  for (const kind of all)
    assert.equal(afterFailure(new KafkaError(kind, "no")), passing.includes(kind) ? "later" : "end", kind);
});
