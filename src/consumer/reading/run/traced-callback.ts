import type { IncomingTraceBatch, IncomingTraceRecord, ProcessTrace, Trace } from "../../../hooks/traces.ts";

/** A callback of `run` whose calls are published to the host's tracing channels. */
export function tracedCallback<T, C extends { readonly attempt: number }>(
  trace: Trace<ProcessTrace>,
  groupId: string | undefined,
  each: (item: T, context: C) => Promise<void> | void,
): (item: T, context: C) => Promise<void> | void {
  return (item, context) => {
    const one = item as IncomingTraceRecord | IncomingTraceBatch;
    const { topic, partition } = one;
    const { attempt } = context;
    const what = "records" in one ? { record: undefined, batch: one } : { record: one, batch: undefined };
    return trace.run({ groupId, topic, partition, attempt, ...what }, () => each(item, context));
  };
}
