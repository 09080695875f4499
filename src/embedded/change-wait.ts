import { KafkaError } from "../errors/kafka-error.ts";
import { Cancellation } from "../runtime/cancellation.ts";
import type { Host } from "../runtime/host.ts";
import { sleep } from "../runtime/sleep.ts";
import type { PartitionLog } from "./state/partition-log.ts";

/**
 * Calls `changed` with the index of each of these logs that changes, until it returns true, at most for `timeoutMs` and
 * until the signal fires.
 */
export async function untilChanged(
  host: Host,
  logs: readonly PartitionLog[],
  limits: { readonly timeoutMs: number; readonly signal: Cancellation },
  changed: (index: number) => boolean,
): Promise<void> {
  const woken = new Cancellation();
  const stops = logs.map((log, i) =>
    log.onChange(() => {
      if (changed(i)) woken.cancel(new KafkaError("cancelled", "nothing is awaited any more"));
    }),
  );
  const unfollow = woken.follow(limits.signal);
  try {
    await sleep(host, Math.max(0, limits.timeoutMs), woken);
  } catch {
    // Woken: nothing is awaited any more, or the client is gone.
  } finally {
    unfollow();
    for (const stop of stops) stop();
  }
}
