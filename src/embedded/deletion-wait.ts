import type { Cancellation } from "../runtime/cancellation.ts";
import type { Host } from "../runtime/host.ts";
import { untilChanged } from "./change-wait.ts";
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
  const late = [...waiting];
  await untilChanged(host, late, { timeoutMs, signal }, (i) => {
    const log = late[i];
    return log !== undefined && !isLate(log) && waiting.delete(log) && waiting.size === 0;
  });
  return waiting;
}

function isLate(log: PartitionLog): boolean {
  return !log.isDeleted && log.replication.hasIdleReplica;
}
