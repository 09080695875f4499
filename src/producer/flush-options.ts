import type { AbortSignalLike } from "../runtime/cancellation.ts";

/** How long a call may take. */
export interface FlushOptions {
  /**
   * In ms. For `flush` the default is to wait as long as records may be on their way (`deliveryTimeoutMs`); for `close`
   * it is 30000.
   */
  readonly timeoutMs?: number;
  /** Ends the wait, with kind `cancelled`. */
  readonly signal?: AbortSignalLike;
}
