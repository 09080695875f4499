import type { HistoryEvent } from "../history.ts";

/** An invariant that is broken. */
export interface Violation {
  /** Its name. Failures of one name are the same failure: shrinking looks for it. */
  readonly invariant: string;
  readonly message: string;
  /** When it went wrong, in ms of virtual time. */
  readonly atMs: number;
  /** The node on which it went wrong, where that is known. */
  readonly node?: string;
}

/** Looks at a whole history; answers what is wrong with it. */
export type Checker = (history: readonly HistoryEvent[]) => readonly Violation[];

/** The events of one type. */
export function ofType<T extends HistoryEvent["type"]>(
  history: readonly HistoryEvent[],
  type: T,
): Extract<HistoryEvent, { readonly type: T }>[] {
  return history.filter((event) => event.type === type) as Extract<HistoryEvent, { readonly type: T }>[];
}

/** Lists by key, in the order in which they came. */
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
