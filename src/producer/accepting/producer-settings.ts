import type { Delivery } from "../partition/delivery.ts";
import type { SendDefaults } from "../sending/send-settings.ts";
import type { SendingSettings } from "../sending/sending-settings.ts";
import type { Partitioner, PartitionerName } from "./partitioner.ts";

/** A producer's checked options, with the defaults applied. */
export interface ProducerSettings extends SendingSettings, SendDefaults {
  /** The name for transactions; undefined for none. */
  readonly transactionalId: string | undefined;
  readonly transactionTimeoutMs: number;
  readonly bufferMemory: number;
  readonly maxBlockMs: number;
  readonly metadataMaxIdleMs: number;
  readonly partitioning: PartitioningSettings;
  readonly allowAutoTopicCreation: boolean;
  readonly onDelivery: ((delivery: Delivery) => void) | undefined;
  readonly statisticsIntervalMs: number;
}

/** How a record's partition is chosen. */
export interface PartitioningSettings {
  readonly partitioner: PartitionerName | Partitioner;
  readonly ignoreKeys: boolean;
  readonly isAdaptive: boolean;
  /** 0: never. */
  readonly availabilityTimeoutMs: number;
  /** The rack whose leaders are preferred; undefined: none. */
  readonly rack: string | undefined;
}
