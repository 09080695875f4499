import type { CallLimit } from "../cluster/cluster-client.ts";
import { wholeNumber } from "../cluster/options.ts";
import { type Check, atLeastOneMs, shape, signal } from "../errors/shape.ts";
import type { AbortSignalLike } from "../runtime/cancellation.ts";

/** Options of a loop. */
export interface LoopOptions {
  /**
   * Ends the loop with an error of kind `cancelled`, in place of the next record, also in the middle of a batch.
   * Default: none.
   */
  readonly signal?: AbortSignalLike;
}

/** Options of a call that sends requests to the cluster. */
export interface CommitOptions extends LoopOptions {
  /**
   * Deadline of the call, in ms; after it the call rejects with kind `timeout`. Default: the consumer's
   * `defaultApiTimeoutMs`.
   */
  readonly timeoutMs?: number;
  /** Ends the wait with an error of kind `cancelled`. A request that was sent may still be carried out. */
  readonly signal?: AbortSignalLike;
}

/** Throws kind `config` if an option of a loop is unknown or has a wrong value. */
export const checkLoopOptions: Check = shape({ signal });

const checkCallOptions = shape({ timeoutMs: atLeastOneMs, signal });

/** The checked options of a call. Throws kind `config` and names the wrong option. */
export function callLimit(options: CommitOptions, call: string, defaultTimeoutMs: number): CallLimit {
  checkCallOptions(options, call);
  const { timeoutMs, signal: callSignal } = options;
  return {
    timeoutMs: wholeNumber(`${call}: timeoutMs`, timeoutMs, defaultTimeoutMs, 1),
    signal: callSignal,
  };
}
