import { KafkaError } from "../errors/kafka-error.ts";
import { Cancellation } from "../runtime/cancellation.ts";
import type { Host } from "../runtime/host.ts";
import { sleep } from "../runtime/sleep.ts";
import type { PartitionLog } from "./state/partition-log.ts";

/**
 * Waits until every running replica of these logs fetches from its leader, and so knows the start of the log, at most
 * `timeoutMs`. Returns the logs of which that is not true.
 */
export async function untilReplicasFollow(
  host: Host,
  logs: readonly PartitionLog[],
  timeoutMs: number,
  signal: Cancellation,
): Promise<ReadonlySet<PartitionLog>> {
  const waiting = new Set(logs.filter(isLate));
  if (waiting.size === 0) return waiting;
  const woken = new Cancellation();
  const stops = [...waiting].map((log) =>
    log.onChange(() => {
      if (!isLate(log) && waiting.delete(log) && waiting.size === 0)
        woken.cancel(new KafkaError("cancelled", "all replicas know where the logs start"));
    }),
  );
  const unfollow = woken.follow(signal);
  try {
    await sleep(host, Math.max(0, timeoutMs), woken);
  } catch {
    // Woken: all replicas know the start, or the client is gone.
  } finally {
    unfollow();
    for (const stop of stops) stop();
  }
  return waiting;
}

function isLate(log: PartitionLog): boolean {
  return !log.isDeleted && log.replication.hasIdleReplica;
}
