import assert from "node:assert/strict";
import { KafkaError } from "../../src/errors/kafka-error.ts";

/** The error with which a call rejects. */
export async function errorOf(call: PromiseLike<unknown>): Promise<KafkaError> {
  try {
    await call;
  } catch (error) {
    assert.ok(KafkaError.is(error), String(error));
    return error;
  }
  assert.fail("nothing was thrown");
}
