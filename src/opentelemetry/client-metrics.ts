import type { ObservedClient } from "../hooks/hook-sites.ts";
import type { KafkaError } from "../errors/kafka-error.ts";
import { hooksOf } from "../observing/watch-clients.ts";
import { errorAttributes } from "./operation-error.ts";
import type { Switch } from "./replaced-methods.ts";
import { operationAttributes, type Telemetry } from "./telemetry.ts";

/** A batch that was acknowledged or has failed: the part of the event that is counted. */
interface SentBatch {
  readonly topic: string;
  readonly partition: number;
  readonly records: number;
  readonly error?: KafkaError;
}

/** Counts the records that a producer has sent: no call of the application shows those of `enqueue`. */
export function measureProducer({ sent }: Telemetry, client: ObservedClient, at: Switch): void {
  const batch = ({ error, partition, records, topic }: SentBatch): void => {
    const attributes = { ...operationAttributes(client, "send", topic, partition), ...errorAttributes(error) };
    if (at.isOn) sent.add(records, attributes);
  };
  hooksOf(client).add(
    new Map<string, (event: never) => void>([
      ["batchAcknowledged", batch],
      ["batchFailed", batch],
    ]),
  );
}
