import type { BatchCompression } from "../../records/batch-builder.ts";

/** The settings of a producer that affect how batches are sent. */
export interface SendingSettings {
  readonly acks: -1 | 0 | 1;
  readonly batchSize: number;
  /** −1 if it is unset: batches then wait only while other requests are in flight. */
  readonly lingerMs: number;
  readonly maxRequestSize: number;
  readonly deliveryTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly maxInFlightRequests: number;
  /** The compression types that may be used, best first. */
  readonly compressions: readonly BatchCompression[];
}
