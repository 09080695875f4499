import { type Check, milliseconds, shape, signal } from "../errors/shape.ts";
import type { AbortSignalLike } from "../runtime/cancellation.ts";

/** How long a call may take. */
export interface FlushOptions {
  /**
   * The limit of the call, in ms. Default of `flush`: the longest time that records may be on their way,
   * `deliveryTimeoutMs` + `maxBlockMs`. Default of `close`: 30000, because platforms end a process soon after. The
   * transaction calls document their own. Java: the `Duration` of `close`.
   */
  readonly timeoutMs?: number;
  /** Ends the wait, with kind `cancelled`; each call says what becomes of its work. Default: none. */
  readonly signal?: AbortSignalLike;
}

/** Throws kind `config` for options that are not {@link FlushOptions}. */
export const LIMIT_OPTIONS: Check = shape({ timeoutMs: milliseconds, signal });
