import type { ObservedClient } from "../hooks/hook-sites.ts";
import type { KafkaError } from "../errors/kafka-error.ts";
import { hooksOf } from "../observing/watch-clients.ts";
import { errorAttributes } from "./operation-error.ts";
import type { Switch } from "./replaced-methods.ts";
import { operationAttributes, type Telemetry } from "./telemetry.ts";

/** A batch that was acknowledged or has failed: the part of the event that is counted. */
interface SentBatch {
  readonly topic: string;
  readonly records: number;
  readonly error?: KafkaError;
}

/** A commit: the part of the event that is measured. */
interface Commit {
  readonly durationMs: number;
  readonly error?: KafkaError;
}

/** Metrics of the work that no call of the application shows: batches that were sent, and commits. */
export function measureClient({ operationDuration, sent }: Telemetry, client: ObservedClient, at: Switch): void {
  const batch = ({ error, records, topic }: SentBatch): void => {
    if (at.isOn) sent.add(records, { ...operationAttributes(client, "send", topic), ...errorAttributes(error) });
  };
  const commit = ({ durationMs, error }: Commit): void => {
    const attributes = { ...operationAttributes(client, "settle", undefined, "commit"), ...errorAttributes(error) };
    if (at.isOn) operationDuration.record(durationMs / 1000, attributes);
  };
  hooksOf(client).add(
    new Map<string, (event: never) => void>([
      ["batchAcknowledged", batch],
      ["batchFailed", batch],
      ["offsetsCommitted", commit],
      ["commitFailed", commit],
    ]),
  );
}
