import { test } from "node:test";
import assert from "node:assert/strict";
import { KafkaError } from "../errors/kafka-error.ts";
import { type HangUp, isAtFirstRequest, unopened, whyHungUp } from "./hang-up.ts";

const OPEN: HangUp = {
  state: "ready",
  hasAnswered: true,
  hasWorked: true,
  isBetweenFrames: true,
  oldest: { answer: "response" },
  hasLogin: false,
};

/** A row: the differences from an open connection, whether it counts as the first request, and the words. */
const TABLE: readonly (readonly [Partial<HangUp>, boolean, RegExp])[] = [
  [{}, false, /^$/],
  [{ state: "negotiating", hasAnswered: false, hasWorked: false }, false, /before it answered anything/],
  [{ isBetweenFrames: false }, false, /in the middle of a response/],
  [{ hasWorked: false }, true, /instead of answering its first request \(does this listener expect SASL\?\)/],
  [{ hasWorked: false, oldest: undefined }, false, /^$/],
  [{ hasWorked: false, hasLogin: true }, false, /^$/],
  [{ state: "authenticating", hasWorked: false, hasLogin: true }, false, /during the authentication$/],
  [{ state: "re-authenticating", hasLogin: true }, false, /during the authentication$/],
  [{ state: "authenticating", hasLogin: true, oldest: { answer: "bare" } }, false, /brokers before Kafka 1\.0 refuse/],
];

for (const [difference, isFirst, says] of TABLE)
  test(`the reason of a close, with ${JSON.stringify(difference)}`, () => {
    const at = { ...OPEN, ...difference };
    assert.equal(isAtFirstRequest(at), isFirst);
    assert.match(whyHungUp(at), says);
  });

test("a connection that was not opened: the error names the address once, and nothing of the caller was written", () => {
  const refused = unopened(new KafkaError("authentication", "wrong password", { code: 58 }), "b:9092");
  assert.deepEqual(
    [refused.message, refused.kind, refused.code, refused.outcome, refused.address],
    ["cannot connect to b:9092: wrong password", "authentication", 58, "notWritten", "b:9092"],
  );
  const known = new KafkaError("protocol", "ApiVersions to b:9092: garbage", { address: "b:9092" });
  assert.equal(unopened(known, "b:9092").message, "ApiVersions to b:9092: garbage");
  const passing = new KafkaError("connection", "reset", { retriable: true });
  assert.equal(unopened(passing, "b:9092"), passing);
  const closed = new KafkaError("closed", "the client was closed");
  assert.equal(unopened(closed, "b:9092"), closed);
});

test("an error of a connector that is no KafkaError may be temporary: it does not end every call", () => {
  const error = unopened(new Error("the proxy has a bad day"), "b:9092");
  assert.deepEqual([error.kind, error.outcome], ["connection", undefined]);
  assert.match(error.message, /cannot connect to b:9092: the proxy has a bad day/);
});
