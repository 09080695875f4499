import { KafkaError } from "../errors/kafka-error.ts";
import { Cancellation } from "../runtime/cancellation.ts";
import type { Host } from "../runtime/host.ts";
import { sleep } from "../runtime/sleep.ts";
import type { PartitionLog } from "./state/partition-log.ts";

/** Nobody sees it. One for all waits: what an error costs is its stack. */
const ENOUGH = new KafkaError("cancelled", "there is enough to answer");

/** A partition that a fetch waits for. */
export interface Awaited {
  readonly log: PartitionLog;
  /** The broker that is asked. */
  readonly nodeId: number;
  readonly fetchOffset: number;
  readonly maxBytes: number;
  /** Whether what is not decided yet does not count: `read_committed`. */
  readonly isCommittedOnly: boolean;
  /** Whether there is an error to tell at once. */
  readonly hasError: boolean;
}

/**
 * Waits until there are `minBytes`, or an error or a change of a leader to tell, or `maxWaitMs` are over, or nobody
 * waits any longer. An append costs the look at one partition, however many there are.
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
    // Woken: there is enough, or nobody waits any longer.
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
