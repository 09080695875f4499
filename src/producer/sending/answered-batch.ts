import type { ProducerBatch } from "../partition/batch.ts";
import type { PartitionQueue } from "../partition/partition-queue.ts";
import type { AnsweredBatch } from "./produce-answer.ts";
import type { ProduceTransaction } from "./sink-host.ts";

/** The facts about a batch on which the verdict on its response depends. */
export function answeredBatch(
  queue: PartitionQueue,
  batch: ProducerBatch,
  transaction: ProduceTransaction | undefined,
): AnsweredBatch {
  const { topic, partition, count, attempts, isUnsure, isOvertaken } = batch;
  return {
    ...{ topic, partition, count, attempts, isUnsure, isOvertaken },
    isNumbered: batch.baseSequence >= 0,
    maxTimestamp: batch.builder.maxTimestamp,
    isBehind: queue.isBehindAnother(batch),
    mustRestart: queue.mustRestart,
    inTransaction: transaction === undefined ? undefined : (error) => transaction.failureOf(error),
  };
}
