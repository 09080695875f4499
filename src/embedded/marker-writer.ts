import * as ErrorCode from "../errors/error-code.ts";
import type { AsyncRuntime, Clock } from "../runtime/async-runtime.ts";
import type { Cancellation } from "../runtime/cancellation.ts";
import { cancelledError } from "../runtime/cancellation.ts";
import { sleep, turn } from "../runtime/sleep.ts";
import { type EndMarker, endMarkerBatch } from "./end-marker.ts";
import type { Coordinators } from "./state/coordinators.ts";
import { OFFSETS_TOPIC } from "./state/internal-topic-names.ts";
import type { Groups } from "./state/groups/groups.ts";
import type { PartitionLog } from "./state/partition-log.ts";
import type { Topics } from "./state/topics.ts";
import type { TopicPartition, Transaction } from "./state/transactions/transaction.ts";
import type { Transactions } from "./state/transactions/transactions.ts";

/** The parts of the cluster that write markers. */
export interface MarkerHost {
  readonly runtime: AsyncRuntime;
  readonly clock: Clock;
  readonly topics: Topics;
  readonly groups: Groups;
  readonly coordinators: Coordinators;
  readonly transactions: Transactions;
  /** How long after EndTxn the markers are written, in ms. */
  readonly markerDelayMs: number;
}

/**
 * Writes the markers of a transaction whose end is decided, to each partition separately and not before EndTxn was
 * answered, and then completes the transaction. If another broker has become the coordinator since `coordinatorEpoch`,
 * it stops, and the new coordinator writes again: a marker may be written twice, as in Kafka.
 */
export async function writeMarkers(
  host: MarkerHost,
  transaction: Transaction,
  coordinatorEpoch: number,
  signal: Cancellation,
): Promise<void> {
  const { transactionalId } = transaction;
  const isCurrent = (): boolean => host.coordinators.epochOf("transaction", transactionalId) === coordinatorEpoch;
  if (host.markerDelayMs > 0) await sleep(host, host.markerDelayMs, signal);
  await Promise.all(
    [...transaction.partitions.values()].map(async (partition) => {
      await turn(host.runtime);
      const write = (): WrittenMarker =>
        writeMarker(
          host,
          partition,
          {
            producerId: transaction.producerId,
            producerEpoch: transaction.epoch,
            coordinatorEpoch,
            timestamp: host.clock.now(),
            isCommit: transaction.status === "PrepareCommit",
          },
          transaction.endedWithBump ? 2 : 0,
        );
      const log = host.topics.byName(partition.topic)?.partitions[partition.partition];
      if (log !== undefined) await writeForGood(log, write, isCurrent, signal);
      else if (isCurrent()) write();
      if (isCurrent() && !signal.aborted) host.transactions.markerWritten(transactionalId, partition);
    }),
  );
  await turn(host.runtime);
  if (isCurrent()) host.transactions.complete(transactionalId);
}

/** The result of writing a marker. */
export interface WrittenMarker {
  readonly errorCode: number;
  /** −1 if nothing was written to a log. */
  readonly offset: number;
}

/** Writes one marker, or ends the transaction in the groups whose offsets are in the partition. */
export function writeMarker(
  { topics, groups, coordinators }: Pick<MarkerHost, "topics" | "groups" | "coordinators">,
  { topic, partition }: TopicPartition,
  marker: EndMarker,
  transactionVersion: number,
): WrittenMarker {
  if (topic === OFFSETS_TOPIC) {
    groups.transactionEnded(
      marker.producerId,
      marker.isCommit,
      (groupId) => coordinators.partitionOf(groupId) === partition,
    );
    return { errorCode: ErrorCode.NONE, offset: -1 };
  }
  const log = topics.byName(topic)?.partitions[partition];
  if (log === undefined) return { errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, offset: -1 };
  const errorCode = log.producers.states.checkMarker(marker, transactionVersion);
  return {
    errorCode,
    offset: errorCode === ErrorCode.NONE ? log.append(endMarkerBatch(marker), 1, marker.timestamp) : -1,
  };
}

/**
 * Writes the marker again until it is on all replicas. If the leader fails before that, the marker is lost with it, and
 * the transaction would stay open.
 */
async function writeForGood(
  log: PartitionLog,
  write: () => WrittenMarker,
  isCurrent: () => boolean,
  signal: Cancellation,
): Promise<void> {
  for (;;) {
    await until(log, () => log.leaderId >= 0, signal);
    if (!isCurrent() || log.isDeleted) return;
    const { leaderEpoch } = log;
    const { offset } = write();
    if (offset < 0) return;
    await until(log, () => log.highWatermark > offset || log.leaderEpoch !== leaderEpoch, signal);
    if (log.leaderEpoch === leaderEpoch) return;
  }
}

/** Waits until a condition of the partition holds, or until the partition is deleted. */
function until(log: PartitionLog, holds: () => boolean, signal: Cancellation): Promise<void> {
  if (holds() || log.isDeleted) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const settle = (done: () => void): void => {
      stop();
      unfollow();
      done();
    };
    const stop = log.onChange(() => {
      if (holds() || log.isDeleted) settle(resolve);
    });
    const onAbort = (): void => settle(() => reject(cancelledError(signal)));
    const unfollow = (): void => signal.removeEventListener("abort", onAbort);
    signal.addEventListener("abort", onAbort);
  });
}
