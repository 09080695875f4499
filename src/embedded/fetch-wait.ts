import { KafkaError } from "../errors/kafka-error.ts";
import { Cancellation } from "../runtime/cancellation.ts";
import type { Host } from "../runtime/host.ts";
import { sleep } from "../runtime/sleep.ts";
import type { PartitionLog } from "./state/partition-log.ts";

/** Never seen by anyone. One object for all waits, since creating an error's stack is expensive. */
const ENOUGH = new KafkaError("cancelled", "there is enough to answer");

/** A partition that a fetch waits for. */
export interface Awaited {
  readonly log: PartitionLog;
  /** The broker that serves the fetch. */
  readonly nodeId: number;
  readonly fetchOffset: number;
  readonly maxBytes: number;
  /** `read_committed`: records of undecided transactions do not count. */
  readonly isCommittedOnly: boolean;
  /** Whether the partition has an error that must be returned at once. */
  readonly hasError: boolean;
}

/**
 * Waits until there are `minBytes`, an error, or a change of a leader; until `maxWaitMs` are over; or until the client
 * is gone. Each append costs a look at one partition only, however many there are.
 */
export async function untilEnough(
  host: Host,
  partitions: readonly Awaited[],
  minBytes: number,
  maxWaitMs: number,
  signal: Cancellation,
): Promise<void> {
  const available = partitions.map(bytesOf);
  let total = available.reduce((sum, bytes) => sum + bytes, 0);
  if (maxWaitMs <= 0 || partitions.length === 0 || total >= minBytes || partitions.some(({ hasError }) => hasError))
    return;
  const woken = new Cancellation();
  const stops = partitions.map((partition, i) => {
    const { leaderEpoch } = partition.log;
    return partition.log.onChange(() => {
      const bytes = bytesOf(partition);
      total += bytes - (available[i] ?? 0);
      available[i] = bytes;
      if (total >= minBytes || partition.log.leaderEpoch !== leaderEpoch || partition.log.isDeleted)
        woken.cancel(ENOUGH);
    });
  });
  const unfollow = woken.follow(signal);
  try {
    await sleep(host, maxWaitMs, woken);
  } catch {
    // Woken: there is enough, or the client is gone.
  } finally {
    unfollow();
    for (const stop of stops) stop();
  }
}

function bytesOf({ log, nodeId, fetchOffset, maxBytes, isCommittedOnly }: Awaited): number {
  const endOffset = log.replication.readableTo(nodeId);
  return Math.min(
    log.bytesFrom(fetchOffset, isCommittedOnly ? Math.min(log.lastStableOffset, endOffset) : endOffset),
    maxBytes,
  );
}
