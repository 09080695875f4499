/** Kafka's names, as DescribeTransactions shows them. */
export type TransactionStatus =
  "Empty" | "Ongoing" | "PrepareCommit" | "PrepareAbort" | "CompleteCommit" | "CompleteAbort";

/** A partition of a topic. */
export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** What the coordinator knows of one transactional id. Each step makes another of it. */
export interface Transaction {
  readonly transactionalId: string;
  readonly producerId: number;
  /** −1 before the first InitProducerId is answered. */
  readonly epoch: number;
  /** The id before the last step: a producer that has got no answer may still know it. */
  readonly previousProducerId: number;
  /** The epoch before the last bump that the producer itself asked for; −1 where it did not. */
  readonly lastEpoch: number;
  /** The id that takes over when the epochs of this one are used up; −1: not now. */
  readonly nextProducerId: number;
  readonly timeoutMs: number;
  readonly status: TransactionStatus;
  /** By {@link partitionKey}. */
  readonly partitions: ReadonlyMap<string, TopicPartition>;
  /** When its first partition was added; −1 before. */
  readonly startedAtMs: number;
  /** Whether it was ended with an epoch of its own, as in transactions of version 2 (KIP-890). */
  readonly endedWithBump: boolean;
}

/** The coordinator keeps one epoch to fence with: producers never get the highest. */
export const MAX_EPOCH = 32_767;
export const NO_ID = -1;
export const NO_EPOCH = -1;

/** Whether no further epoch may be given to a producer. */
export function isExhausted(epoch: number): boolean {
  return epoch >= MAX_EPOCH - 1;
}

export function partitionKey({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`;
}

/** A transactional id that was never seen before. */
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

/** Whether its end is decided, and its markers are being written: nothing else may happen meanwhile. */
export function isEnding({ status }: Transaction): boolean {
  return status === "PrepareCommit" || status === "PrepareAbort";
}
