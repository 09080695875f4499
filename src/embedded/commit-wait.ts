import * as ErrorCode from "../errors/error-code.ts";
import { KafkaError } from "../errors/kafka-error.ts";
import { Cancellation } from "../runtime/cancellation.ts";
import type { Host } from "../runtime/host.ts";
import { sleep } from "../runtime/sleep.ts";
import type { PartitionLog } from "./state/partition-log.ts";

/** What a leader appended, and has not committed. */
export interface Appended {
  readonly log: PartitionLog;
  /** The leader. */
  readonly nodeId: number;
  /** The offset after its last record. */
  readonly endOffset: number;
}

/**
 * Waits until all that was appended is committed, at most `timeoutMs`. Answers an error code for each: another broker
 * leads, too few replicas were in sync in the end, or it took too long. The records stay in the log in any case.
 */
export async function untilCommitted(
  host: Host,
  appended: readonly Appended[],
  timeoutMs: number,
  signal: Cancellation,
): Promise<readonly number[]> {
  const outcomes: (number | undefined)[] = appended.map(() => undefined);
  let waiting = appended.length;
  const woken = new Cancellation();
  const stops = appended.map((one, i) =>
    one.log.onChange(() => {
      if (outcomes[i] !== undefined) return;
      outcomes[i] = outcomeOf(one);
      if (outcomes[i] !== undefined && --waiting === 0) woken.cancel(new KafkaError("cancelled", "all is settled"));
    }),
  );
  const unfollow = woken.follow(signal);
  try {
    await sleep(host, Math.max(0, timeoutMs), woken);
  } catch {
    // Woken: all is settled, or nobody waits any longer.
  } finally {
    unfollow();
    for (const stop of stops) stop();
  }
  return outcomes.map((outcome) => outcome ?? ErrorCode.REQUEST_TIMED_OUT);
}

/** What became of it; undefined while that is open. */
function outcomeOf({ log, nodeId, endOffset }: Appended): number | undefined {
  if (log.isDeleted) return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
  if (log.leaderId !== nodeId) return ErrorCode.NOT_LEADER_OR_FOLLOWER;
  if (log.highWatermark < endOffset) return undefined;
  return log.isr.length < log.replication.minIsr ? ErrorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND : ErrorCode.NONE;
}
