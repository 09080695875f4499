import type { BatchCompression } from "../../records/batch-builder.ts";

/** How a batch is sent. Records with the same object share batches. */
export interface BatchSettings {
  readonly acks: -1 | 0 | 1;
  readonly requestTimeoutMs: number;
  /** How long the broker waits for the replicas that `acks` demands. */
  readonly acksTimeoutMs: number;
  /** The compression types that may be used, best first. */
  readonly compressions: readonly BatchCompression[];
}

/** Whether batches with these settings may be in one request: it has one `acks` and one timeout. */
export function isOneRequest(one: BatchSettings, other: BatchSettings): boolean {
  return (
    one === other ||
    (one.acks === other.acks &&
      one.requestTimeoutMs === other.requestTimeoutMs &&
      one.acksTimeoutMs === other.acksTimeoutMs)
  );
}
