import { type Checker, ofType } from "../../simulation/checkers/violation.ts";

/** The note after which no fault affects anything. */
export const CALM = "calm";

/** The time of that note; Infinity if there is none. */
export function calmSince(history: Parameters<Checker>[0]): number {
  return ofType(history, "note").find(({ text }) => text === CALM)?.atMs ?? Number.POSITIVE_INFINITY;
}
