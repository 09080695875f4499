import * as ErrorCode from "../errors/error-code.ts";
import type { Cancellation } from "../runtime/cancellation.ts";
import type { Host } from "../runtime/host.ts";
import { untilChanged } from "./change-wait.ts";
import type { PartitionLog } from "./state/partition-log.ts";

/** Records that a leader has appended and that are not committed yet. */
export interface Appended {
  readonly log: PartitionLog;
  /** The leader's node id. */
  readonly nodeId: number;
  /** The offset after the last of these records. */
  readonly endOffset: number;
}

/**
 * Waits until everything appended is committed, at most `timeoutMs`. Returns an error code for each: another broker
 * became leader, too few replicas were in sync at the end, or the time was over. The records stay in the log in every
 * case.
 */
export async function untilCommitted(
  host: Host,
  appended: readonly Appended[],
  timeoutMs: number,
  signal: Cancellation,
): Promise<readonly number[]> {
  const outcomes: (number | undefined)[] = appended.map(() => undefined);
  let waiting = appended.length;
  const logs = appended.map(({ log }) => log);
  await untilChanged(host, logs, { timeoutMs, signal }, (i) => {
    const one = appended[i];
    if (one === undefined || outcomes[i] !== undefined) return false;
    outcomes[i] = outcomeOf(one);
    return outcomes[i] !== undefined && --waiting === 0;
  });
  return outcomes.map((outcome) => outcome ?? ErrorCode.REQUEST_TIMED_OUT);
}

/** The outcome of one append; undefined while it is open. */
function outcomeOf({ log, nodeId, endOffset }: Appended): number | undefined {
  if (log.isDeleted) return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
  if (log.leaderId !== nodeId) return ErrorCode.NOT_LEADER_OR_FOLLOWER;
  if (log.highWatermark < endOffset) return undefined;
  return log.isr.length < log.replication.minIsr ? ErrorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND : ErrorCode.NONE;
}
