import type { HistoryEvent } from "../../simulation/history.ts";
import { type Checker, ofType } from "../../simulation/checkers/violation.ts";

/**
 * Limits the history to the last topic of each name, for checkers that know topics by name. Records that were read from
 * an earlier topic cannot be checked, because that topic no longer exists. Records tell the topics apart, since a
 * consumer may process them much later.
 */
export function ofLastTopics(check: Checker): Checker {
  return (history) => {
    const deletedAtMs = new Map(ofType(history, "recreation").map(({ topic, atMs }) => [topic, atMs]));
    return check(deletedAtMs.size === 0 ? history : withoutBefore(history, deletedAtMs));
  };
}

function withoutBefore(
  history: readonly HistoryEvent[],
  deletedAtMs: ReadonlyMap<string, number>,
): readonly HistoryEvent[] {
  const log = new Set(
    ofType(history, "log").map(({ topic, partition, offset, id }) => `${topic}-${partition}@${offset}: ${id}`),
  );
  /** The last record that a consumer got of an offset is of the last topic. */
  const isLast = new Map<string, boolean>();
  return history.flatMap((event): HistoryEvent[] => {
    if (!("topic" in event)) return [event];
    const sinceMs = deletedAtMs.get(event.topic);
    if (sinceMs === undefined) return [event];
    switch (event.type) {
      case "deliver": {
        const isKept = log.has(`${event.topic}-${event.partition}@${event.offset}: ${event.id}`);
        isLast.set(`${event.consumer}/${event.topic}-${event.partition}@${event.offset}`, isKept);
        return isKept ? [event] : [];
      }
      case "done":
        return isLast.get(`${event.consumer}/${event.topic}-${event.partition}@${event.offset}`) === true
          ? [event]
          : [];
      case "commit":
        return event.atMs < sinceMs ? [] : [event];
      case "reset": // at the beginning of the new topic, from which no record may be skipped
        return event.atMs < sinceMs
          ? []
          : [
              {
                type: "seek",
                atMs: event.atMs,
                node: event.node,
                consumer: event.consumer,
                topic: event.topic,
                partition: event.partition,
                to: 0,
              },
            ];
      default:
        return [event];
    }
  });
}
