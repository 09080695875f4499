import type { HistoryEvent } from "../history.ts";

/** A broken invariant. */
export interface Violation {
  /** Its name. Failures with the same name are the same failure, which shrinking keeps. */
  readonly invariant: string;
  /** The mistake in words, with the records, offsets or calls that it concerns. */
  readonly message: string;
  /** When the error happened, in ms of virtual time. */
  readonly atMs: number;
  /** The node on which it happened, if known. */
  readonly node?: string;
}

/** Checks a whole history; returns the violations in it. */
export type Checker = (history: readonly HistoryEvent[]) => readonly Violation[];

/** The events of one type. */
export function ofType<T extends HistoryEvent["type"]>(
  history: readonly HistoryEvent[],
  type: T,
): Extract<HistoryEvent, { readonly type: T }>[] {
  return history.filter((event) => event.type === type) as Extract<HistoryEvent, { readonly type: T }>[];
}

/** Groups by key, and keeps the order. */
export function groupBy<E>(events: Iterable<E>, key: (event: E) => string): Map<string, E[]> {
  const groups = new Map<string, E[]>();
  for (const event of events) {
    const name = key(event);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [event]);
    else group.push(event);
  }
  return groups;
}
