/** The states of a transaction, by Kafka's names, as in DescribeTransactions. */
export type TransactionStatus =
  "Empty" | "Ongoing" | "PrepareCommit" | "PrepareAbort" | "CompleteCommit" | "CompleteAbort";

/** A partition of a topic. */
export interface TopicPartition {
  /** The name of the topic. */
  readonly topic: string;
  /** The number of the partition, from 0. */
  readonly partition: number;
}

/** The coordinator's state of one transactional id. Immutable: each step makes a new one. */
export interface Transaction {
  readonly transactionalId: string;
  readonly producerId: number;
  /** −1 before the first InitProducerId was answered. */
  readonly epoch: number;
  /** The producer id before the last step: a producer that got no response may still use it. */
  readonly previousProducerId: number;
  /** The epoch before the last bump, if the producer itself asked for that bump; otherwise −1. */
  readonly lastEpoch: number;
  /** The next producer id, when the epochs of this one are used up; otherwise −1. */
  readonly nextProducerId: number;
  readonly timeoutMs: number;
  readonly status: TransactionStatus;
  /** By {@link partitionKey}. */
  readonly partitions: ReadonlyMap<string, TopicPartition>;
  /** When its first partition was added; −1 before. */
  readonly startedAtMs: number;
  /** Whether its end raised the epoch, as in transactions of version 2 (KIP-890). */
  readonly endedWithBump: boolean;
}

/** The coordinator keeps the highest epoch for fencing: producers never get it. */
export const MAX_EPOCH = 32_767;
/** No producer id. */
export const NO_ID = -1;
/** No epoch. */
export const NO_EPOCH = -1;

/** Whether a producer can get no further epoch. */
export function isExhausted(epoch: number): boolean {
  return epoch >= MAX_EPOCH - 1;
}

/** The key of a partition in {@link Transaction.partitions}. */
export function partitionKey({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`;
}

/** The state of a new transactional id. */
export function newTransaction(transactionalId: string, producerId: number, timeoutMs: number): Transaction {
  return {
    transactionalId,
    producerId,
    epoch: NO_EPOCH,
    previousProducerId: NO_ID,
    lastEpoch: NO_EPOCH,
    nextProducerId: NO_ID,
    timeoutMs,
    status: "Empty",
    partitions: new Map(),
    startedAtMs: -1,
    endedWithBump: false,
  };
}

/** Whether its end is decided and its markers are being written. Nothing else may happen meanwhile. */
export function isEnding({ status }: Transaction): boolean {
  return status === "PrepareCommit" || status === "PrepareAbort";
}
