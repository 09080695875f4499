import { test } from "node:test";
import assert from "node:assert/strict";
import { KafkaError } from "../errors/kafka-error.ts";
import { Cancellation, cancelledError } from "./cancellation.ts";

test("listeners are called once, in order, and not those that left", () => {
  const cancellation = new Cancellation();
  const called: string[] = [];
  const gone = (): void => void called.push("gone");
  cancellation.addEventListener("abort", () => called.push("first"));
  cancellation.addEventListener("abort", gone);
  cancellation.addEventListener("abort", () => called.push("last"));
  cancellation.removeEventListener("abort", gone);
  const reason = new KafkaError("closed", "over");
  cancellation.cancel(reason);
  cancellation.cancel(new KafkaError("closed", "again"));
  assert.deepEqual(called, ["first", "last"]);
  assert.equal(cancellation.reason, reason);
  assert.equal(cancellation.listenerCount, 0);
});

test("it follows a host's signal, once, and leaves no listener behind when told to stop", () => {
  const controller = new AbortController();
  const followed = new Cancellation();
  const stopped = new Cancellation();
  followed.follow(controller.signal);
  stopped.follow(controller.signal)();
  controller.abort(new Error("because"));
  assert.equal(followed.aborted, true);
  assert.equal(followed.reason?.kind, "cancelled");
  assert.equal((followed.reason.cause as Error).message, "because");
  assert.equal(stopped.aborted, false);
  const late = new Cancellation();
  late.follow(controller.signal);
  assert.equal(late.aborted, true, "a signal that has fired cancels at once");
});

test("the error of a cancelled call is the signal's own, or names the call and carries the reason", () => {
  const own = new KafkaError("timeout", "too late");
  assert.equal(
    cancelledError({
      aborted: true,
      reason: own,
      addEventListener: () => undefined,
      removeEventListener: () => undefined,
    }),
    own,
  );
  const foreign = cancelledError(AbortSignal.abort("why"), "flushing");
  assert.deepEqual([foreign.kind, foreign.cause], ["cancelled", "why"]);
  assert.match(foreign.message, /flushing/);
});
