import { type Checker, ofType } from "../../simulation/checkers/violation.ts";

/** The note from which on no fault has a part in anything. */
export const CALM = "calm";

/** When that was; never, where it was not. */
export function calmSince(history: Parameters<Checker>[0]): number {
  return ofType(history, "note").find(({ text }) => text === CALM)?.atMs ?? Number.POSITIVE_INFINITY;
}
