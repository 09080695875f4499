import type { HistoryEvent } from "../../simulation/history.ts";
import {
  acknowledgedIsWritten,
  orderIsKept,
  sequencesAreSound,
  writtenOnce,
} from "../../simulation/checkers/producer.ts";
import { type Checker, ofType } from "../../simulation/checkers/violation.ts";

/** The node whose producer promises neither order nor one copy of each record. */
export const LOOSE = "loose";

const PROMISES: readonly Checker[] = [acknowledgedIsWritten, writtenOnce, orderIsKept, sequencesAreSound];

/**
 * A checker of producers where topics are deleted: records that were sent before the deletion may be gone with the
 * topic. P1 to P4 are not asked of the loose producer.
 */
export function forDeletedTopics(checker: Checker): Checker {
  return (history) => {
    const deletions = ofType(history, "recreation");
    const sentMs = new Map(ofType(history, "send").map(({ id, atMs }) => [id, atMs]));
    const isGone = (event: HistoryEvent): boolean =>
      event.type === "ack" &&
      deletions.some(({ topic, atMs }) => topic === event.topic && atMs >= (sentMs.get(event.id) ?? 0));
    const isLoose = (event: HistoryEvent): boolean =>
      event.node === LOOSE || ("id" in event && event.id.startsWith(`${LOOSE}/`));
    return PROMISES.includes(checker)
      ? checker(history.filter((event) => !isLoose(event) && !(checker === acknowledgedIsWritten && isGone(event))))
      : checker(history);
  };
}
