import type { ClusterClient } from "../../cluster/cluster-client.ts";
import type { KafkaError } from "../../errors/kafka-error.ts";
import type { ProducerBatch } from "../partition/batch.ts";
import type { PartitionQueue } from "../partition/partition-queue.ts";
import type { Identities } from "../partition/producer-identity.ts";
import type { TransactionProtocol } from "../transactions/transaction-state.ts";
import type { ProducerCounters } from "./ledger.ts";
import type { SendingSettings } from "./sending-settings.ts";

/** What a sink needs to know of a producer's transactions. */
export interface ProduceTransaction {
  readonly transactionalId: string;
  readonly protocol: TransactionProtocol;
  /** Why nothing is sent again: the transaction cannot be committed. Undefined while it can. */
  readonly stopped: KafkaError | undefined;
  /** What an error of Produce means for the transaction: the error itself, or one of kind `abortable`. */
  failureOf(error: KafkaError): KafkaError;
}

/** What a sink needs of the accumulator it empties. */
export interface SinkHost {
  readonly client: ClusterClient;
  readonly settings: SendingSettings;
  readonly identities: Identities;
  /** Undefined where the producer has no transactions. */
  readonly transaction: ProduceTransaction | undefined;
  readonly counters: ProducerCounters;
  /** Whether everything is to be sent without waiting for more. */
  isUrgent(): boolean;
  topicId(topic: string): string | undefined;
  sent(batch: ProducerBatch, nowMs: number): void;
  succeeded(queue: PartitionQueue, batch: ProducerBatch, baseOffset: number, appendTimestamp: number): void;
  failed(queue: PartitionQueue, batch: ProducerBatch, error: KafkaError): void;
  /** The broker takes only smaller batches. */
  split(queue: PartitionQueue, batch: ProducerBatch): void;
  /** The broker takes the batch without these records. */
  failRecords(queue: PartitionQueue, batch: ProducerBatch, refused: ReadonlySet<number>, error: KafkaError): void;
  /** A batch that was settled while it was under way: its memory is free now. */
  released(queue: PartitionQueue, batch: ProducerBatch): void;
  /** What follows in the partition needs a new epoch. */
  gap(queue: PartitionQueue): void;
  /** No producer id can be had: nothing that was accepted can be sent. */
  failAll(error: KafkaError): void;
}
