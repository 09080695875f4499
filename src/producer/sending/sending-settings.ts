import type { BatchSettings } from "../partition/batch-settings.ts";

/** The settings of a producer that affect how batches are sent. */
export interface SendingSettings extends BatchSettings {
  readonly batchSize: number;
  /** −1 if it is unset: batches then wait only while other requests are in flight. */
  readonly lingerMs: number;
  readonly maxRequestSize: number;
  readonly deliveryTimeoutMs: number;
  /** How often a batch may be sent again. */
  readonly retries: number;
  readonly maxInFlightRequests: number;
}
