import type { ProducerBatch } from "../partition/batch.ts";
import type { PartitionQueue } from "../partition/partition-queue.ts";

/** A batch that is part of a request. */
export interface StagedBatch {
  readonly queue: PartitionQueue;
  readonly batch: ProducerBatch;
  /** The topic's id when the request was made: the response names it, even if the topic has another id by then. */
  readonly topicId: string | undefined;
}

/** The size of all these batches before compression, in bytes. */
export function bytesOf(staged: readonly StagedBatch[]): number {
  let bytes = 0;
  for (const { batch } of staged) bytes += batch.builder.sizeInBytes;
  return bytes;
}
