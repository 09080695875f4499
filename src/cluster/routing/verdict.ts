import { refreshesMetadata } from "../../errors/broker-error.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import type { KafkaError } from "../../errors/kafka-error.ts";

/**
 * The consequence of a broker's answer for one key: the key is done; or it is sent to the same broker again; or its
 * broker is looked up again first; or it fails.
 */
export type Verdict<A> = { readonly then: "done"; readonly answer: A } | Refusal;

/** Why a key has no answer yet, and what comes next. */
export interface Refusal {
  readonly then: "retry" | "lookUp" | "fail";
  readonly error: KafkaError;
  /** The key is not sent again before this time has passed, in ms, because the broker asked for it. Default: 0. */
  readonly afterMs?: number;
}

/** The verdict on a key that has its answer. */
export function done<A>(answer: A): Verdict<A> {
  return { then: "done", answer };
}

/**
 * The verdict by the client's retry policy. An error that is not retriable fails the key. After a lost connection, or a
 * code which says that another broker serves the key, its broker is looked up again. Callers add only their own rules,
 * for example for codes after which they may repeat a request.
 */
export function refusal(error: KafkaError): Refusal {
  if (!error.retriable) return { then: "fail", error };
  const { code } = error;
  const isElsewhere = code === undefined || refreshesMetadata(code) || code === ErrorCode.NOT_CONTROLLER;
  return { then: isElsewhere ? "lookUp" : "retry", error };
}
