import type { ClusterClient } from "../../cluster/cluster-client.ts";
import type { KafkaError } from "../../errors/kafka-error.ts";
import type { BatchFate, ProducerBatch } from "../partition/batch.ts";
import type { PartitionQueue } from "../partition/partition-queue.ts";
import type { Identities } from "../partition/producer-identity.ts";
import type { TransactionProtocol } from "../transactions/transaction-state.ts";
import type { ProducerCounters } from "./ledger.ts";
import type { SendingSettings } from "./sending-settings.ts";

/** A sink's view of a producer's transactions. */
export interface ProduceTransaction {
  readonly transactionalId: string;
  readonly protocol: TransactionProtocol;
  /** The error if nothing may be sent again because the transaction cannot be committed; otherwise undefined. */
  readonly stopped: KafkaError | undefined;
  /** Converts an error of Produce into what it means for the transaction: itself, or an error of kind `abortable`. */
  failureOf(error: KafkaError): KafkaError;
}

/** The parts of the accumulator that a sink uses: it sends the accumulator's batches. */
export interface SinkHost {
  readonly client: ClusterClient;
  readonly settings: SendingSettings;
  readonly identities: Identities;
  /** Undefined without transactions. */
  readonly transaction: ProduceTransaction | undefined;
  readonly counters: ProducerCounters;
  /** Whether everything must be sent without waiting for more records. */
  isUrgent(): boolean;
  topicId(topic: string): string | undefined;
  sent(batch: ProducerBatch, nowMs: number): void;
  /** The response to a batch arrived, or its request failed. */
  answered(queue: PartitionQueue, batch: ProducerBatch, nowMs: number): void;
  succeeded(queue: PartitionQueue, batch: ProducerBatch, fate: BatchFate): void;
  failed(queue: PartitionQueue, batch: ProducerBatch, error: KafkaError): void;
  /** The broker accepts only smaller batches. */
  split(queue: PartitionQueue, batch: ProducerBatch): void;
  /** The broker accepts the batch without these records. */
  failRecords(queue: PartitionQueue, batch: ProducerBatch, refused: ReadonlySet<number>, error: KafkaError): void;
  /** A batch that was settled while it was in flight got its response: its memory is free now. */
  released(queue: PartitionQueue, batch: ProducerBatch): void;
  /** The later batches of the partition need a new epoch. */
  gap(queue: PartitionQueue): void;
  /** Fails all accepted records, because there is no producer id. */
  failAll(error: KafkaError): void;
}
