import type { HistoryEvent } from "../history.ts";
import { authenticationCheckers } from "./authentication.ts";
import { connectionCheckers } from "./connection.ts";
import { consumerCheckers } from "./consumer.ts";
import { lifecycleCheckers } from "./lifecycle.ts";
import { producerCheckers } from "./producer.ts";
import type { Violation } from "./violation.ts";

/** Returns all violations in a history, in order of time. */
export function checkHistory(history: readonly HistoryEvent[]): readonly Violation[] {
  const checkers = [
    ...producerCheckers,
    ...consumerCheckers,
    ...connectionCheckers,
    ...authenticationCheckers,
    ...lifecycleCheckers,
  ];
  return checkers.flatMap((check) => check(history)).sort((a, b) => a.atMs - b.atMs);
}
