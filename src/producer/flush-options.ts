import type { AbortSignalLike } from "../runtime/cancellation.ts";

/** How long a call may take. */
export interface FlushOptions {
  /**
   * In ms. Default of `flush`: as long as records may be on their way, `deliveryTimeoutMs` + `maxBlockMs`. Default of
   * `close`: 30000. The transaction calls document their own.
   */
  readonly timeoutMs?: number;
  /** Ends the wait, with kind `cancelled`. */
  readonly signal?: AbortSignalLike;
}
