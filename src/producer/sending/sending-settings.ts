import type { BatchCompression } from "../../records/batch-builder.ts";

/** What of a producer's options decides how batches are sent. */
export interface SendingSettings {
  readonly acks: -1 | 0 | 1;
  readonly batchSize: number;
  /** −1 where it is unset: batches wait only while other requests are under way. */
  readonly lingerMs: number;
  readonly maxRequestSize: number;
  readonly deliveryTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly maxInFlightRequests: number;
  /** What batches may be compressed with, best first. */
  readonly compressions: readonly BatchCompression[];
}
