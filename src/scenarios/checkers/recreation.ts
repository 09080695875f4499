import type { HistoryEvent } from "../../simulation/history.ts";
import { type Checker, ofType } from "../../simulation/checkers/violation.ts";

/**
 * A checker that knows topics by their names gets of those that were deleted and made anew the last one only. Of what
 * was read of the one before, nothing can be told: nobody sees its log any more. It is told by its records, which may
 * be in hand for long.
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
  /** What a consumer has got last of a partition's offset is of the last topic. */
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
      case "reset": // to the new topic's beginning, of which nothing may be passed over
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
