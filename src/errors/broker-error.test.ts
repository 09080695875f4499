import { test } from "node:test";
import assert from "node:assert/strict";
import { brokerError, brokerErrorCode, brokerErrorName, isRetriable, refreshesMetadata } from "./broker-error.ts";
import { type BrokerErrorName, ERROR_TABLE } from "./error-table.ts";

const CODES = [
  [-1, "UNKNOWN_SERVER_ERROR", "broker", false, "indefinite"],
  [1, "OFFSET_OUT_OF_RANGE", "broker", false, "notWritten"],
  [2, "CORRUPT_MESSAGE", "corrupt", false, "notWritten"],
  [3, "UNKNOWN_TOPIC_OR_PARTITION", "broker", true, "notWritten"],
  [5, "LEADER_NOT_AVAILABLE", "broker", true, "notWritten"],
  [6, "NOT_LEADER_OR_FOLLOWER", "broker", true, "notWritten"],
  [7, "REQUEST_TIMED_OUT", "broker", true, "indefinite"],
  [10, "MESSAGE_TOO_LARGE", "broker", false, "notWritten"],
  [13, "NETWORK_EXCEPTION", "broker", true, "indefinite"],
  [14, "COORDINATOR_LOAD_IN_PROGRESS", "broker", true, "notWritten"],
  [15, "COORDINATOR_NOT_AVAILABLE", "broker", true, "notWritten"],
  [16, "NOT_COORDINATOR", "broker", true, "notWritten"],
  [19, "NOT_ENOUGH_REPLICAS", "broker", true, "notWritten"],
  [20, "NOT_ENOUGH_REPLICAS_AFTER_APPEND", "broker", true, "indefinite"],
  [29, "TOPIC_AUTHORIZATION_FAILED", "authorization", false, "notWritten"],
  [30, "GROUP_AUTHORIZATION_FAILED", "authorization", false, "notWritten"],
  [31, "CLUSTER_AUTHORIZATION_FAILED", "authorization", false, "notWritten"],
  [33, "UNSUPPORTED_SASL_MECHANISM", "authentication", false, "notWritten"],
  [35, "UNSUPPORTED_VERSION", "unsupported", false, "notWritten"],
  [36, "TOPIC_ALREADY_EXISTS", "broker", false, "notWritten"],
  [45, "OUT_OF_ORDER_SEQUENCE_NUMBER", "broker", false, "notWritten"],
  [47, "INVALID_PRODUCER_EPOCH", "fenced", false, "notWritten"],
  [49, "INVALID_PRODUCER_ID_MAPPING", "abortable", false, "notWritten"],
  [53, "TRANSACTIONAL_ID_AUTHORIZATION_FAILED", "authorization", false, "notWritten"],
  [58, "SASL_AUTHENTICATION_FAILED", "authentication", false, "notWritten"],
  [76, "UNSUPPORTED_COMPRESSION_TYPE", "unsupported", false, "notWritten"],
  [90, "PRODUCER_FENCED", "fenced", false, "notWritten"],
  [120, "TRANSACTION_ABORTABLE", "abortable", false, "notWritten"],
  [9999, "error 9999", "broker", false, "notWritten"],
  [-2, "error -2", "broker", false, "notWritten"],
] as const;

test("a broker's code has its name, kind, retriability and outcome; an unknown one its number", () => {
  for (const [code, name, kind, retriable, outcome] of CODES) {
    const error = brokerError(code, "doing it", { topic: "t" });
    assert.deepEqual(
      [error.code, error.codeName, error.kind, error.retriable, error.outcome, error.topic],
      [code, name, kind, retriable, outcome, "t"],
      name,
    );
    assert.equal(error.message, `doing it: the broker answered ${name} (${code})`);
  }
});

test("the table of errors is sorted by code without gaps, as it is looked up", () => {
  ERROR_TABLE.forEach(([code, name], i) => {
    assert.equal(code, i - 1);
    assert.equal(brokerErrorName(code), name);
  });
});

test(
  "what asks for fresh metadata: moved leaders and coordinators, not full disks; unknown codes neither retry nor " +
    "refresh",
  () => {
    for (const code of [3, 5, 6, 13, 15, 16]) assert.ok(refreshesMetadata(code), String(code));
    for (const code of [-1, 0, 1, 7, 10, 9999, -2]) assert.ok(!refreshesMetadata(code), String(code));
    for (const code of [0, 9999, -2]) assert.ok(!isRetriable(code), String(code));
  },
);

test("details that are given win over those of the table", () => {
  assert.equal(brokerError(7, "x", { outcome: "notWritten", retriable: false }).outcome, "notWritten");
});

test("a code is found by its name, each by its own", () => {
  for (const [code, name] of ERROR_TABLE) assert.equal(brokerErrorCode(name), code);
  assert.equal(brokerErrorCode("NO_SUCH_ERROR" as BrokerErrorName), undefined);
});
