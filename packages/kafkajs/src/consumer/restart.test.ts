import assert from "node:assert/strict";
import { test } from "node:test";
import { KafkaJSError, KafkaJSNonRetriableError, KafkaJSNumberOfRetriesExceeded } from "../errors/kafkajs-error.ts";
import { RETRY_DEFAULTS } from "../retry/retry-options.ts";
import { afterFailure } from "./handler-failures.ts";
import { mayRestart, restartWait } from "./restart.ts";

test("after too many tries, or with a retriable innermost cause, a consumer starts again", () => {
  const exceeded = new KafkaJSNumberOfRetriesExceeded(new Error("x"), { retryCount: 1, retryTime: 700 });
  const ring = new KafkaJSNonRetriableError("ring");
  Object.assign(ring, { cause: ring });
  const cases: [unknown, boolean, number][] = [
    [exceeded, true, 700],
    [new KafkaJSError("retriable"), true, 300],
    [new KafkaJSNonRetriableError("no", { cause: new KafkaJSError("retriable") }), true, 300],
    [new KafkaJSNonRetriableError("no", { cause: new TypeError("bad") }), false, 300],
    [new TypeError("bad"), false, 300],
    [undefined, false, 300],
    [ring, false, 300],
  ];
  for (const [error, restarts, waitMs] of cases) {
    assert.equal(mayRestart(error), restarts);
    assert.equal(restartWait(error, {}), waitMs);
  }
  assert.equal(restartWait(new Error("x"), { initialRetryTime: 40 }), 40);
  assert.equal(restartWait(new Error("x"), { initialRetryTime: 0 }), 300);
});

test("a handler is tried again with growing waits; then it is too many; some errors are not tried again", () => {
  const settings = { ...RETRY_DEFAULTS, retries: 2 };
  const waits: number[] = [];
  let before = { failures: 0, retryTime: 0 };
  for (;;) {
    const after = afterFailure(new Error("boom"), before, settings, () => 0.5);
    if (after.then === "crash") {
      assert.ok(after.error instanceof KafkaJSNumberOfRetriesExceeded);
      assert.equal(after.error.retryCount, 2);
      break;
    }
    waits.push(after.waitMs);
    before = after;
  }
  assert.deepEqual(waits, [300, 600]);
  const first = { failures: 0, retryTime: 0 };
  for (const error of [new TypeError("bad"), new KafkaJSNonRetriableError("no")]) {
    const after = afterFailure(error, first, settings, () => 0.5);
    assert.ok(after.then === "crash" && after.error.name === "KafkaJSNonRetriableError");
  }
  const missing = Object.assign(new Error("codec"), { name: "KafkaJSNotImplemented", retriable: false });
  assert.deepEqual(
    afterFailure(missing, first, settings, () => 0.5),
    { then: "crash", error: missing },
  );
  for (const thrown of [undefined, null, "text", 5])
    assert.equal(afterFailure(thrown, first, settings, () => 0.5).then, "retry");
});
