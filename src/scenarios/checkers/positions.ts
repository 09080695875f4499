import type { DeliverEvent, HistoryEvent, OwnershipEvent, ResetEvent } from "../../simulation/history.ts";
import { type Checker, type Violation, ofType } from "../../simulation/checkers/violation.ts";

/** What the next record of a consumer's partition may be. */
interface Expected {
  /** No offset below it. */
  from: number;
  /**
   * And nothing that the log has from here on may be passed over. Undefined: from what is committed when the record
   * comes.
   */
  upTo: number | undefined;
  /** What was committed when it began. */
  readonly committed: number;
  /** What was delivered, and is not done: it may come again when reading begins anew. */
  readonly inHand: Set<number>;
  /** Ids of what was delivered, by offset. */
  readonly seen: Map<number, string>;
  /** Where and when unclean elections cut the log off, as far as the consumer has not been seen to know. */
  cuts: readonly { readonly toOffset: number; readonly atMs: number }[];
}

const placeOf = ({ topic, partition }: { readonly topic: string; readonly partition: number }): string =>
  `${topic}-${partition}`;
const NONE = Number.POSITIVE_INFINITY;

/**
 * C9: a position never goes back or forth by itself. A partition that comes to a member begins at what is committed; a
 * seek, where it says; from then on each record that the log has is the next, whatever leaders change. Where the log
 * was deleted or cut off under a position, the consumer tells so, and takes what its policy says; and it tells so
 * nowhere else.
 */
export const positionsAreKept: Checker = (history) => {
  const positions = new Positions(history);
  for (const event of history) positions.take(event);
  return positions.violations;
};

class Positions {
  readonly violations: Violation[] = [];
  /** What readers see at the end: ids by offset. */
  readonly #log = new Map<string, Map<number, string>>();
  readonly #committed = new Map<string, number>();
  readonly #expected = new Map<string, Expected>();
  /** When records were sent, by their ids, where that is told. */
  readonly #sentAtMs = new Map<string, number>();
  /** Where logs begin. */
  readonly #deletedTo = new Map<string, number>();

  constructor(history: readonly HistoryEvent[]) {
    for (const event of ofType(history, "log")) {
      const log = this.#log.get(placeOf(event)) ?? new Map<number, string>();
      this.#log.set(placeOf(event), log.set(event.offset, event.id));
    }
  }

  take(event: HistoryEvent): void {
    switch (event.type) {
      case "send":
        this.#sentAtMs.set(event.id, event.atMs);
        break;
      case "commit":
        this.#committed.set(placeOf(event), event.offset);
        break;
      case "ownership":
        if (event.what === "assigned" && event.moment === "begin")
          for (const partition of event.partitions) this.#assigned(event, partition);
        break;
      case "seek": {
        const expected = this.#expected.get(`${event.consumer}/${placeOf(event)}`);
        if (event.to !== undefined) this.#begin(event.consumer, event, event.to, event.to);
        else if (expected !== undefined) expected.from = Math.min(expected.from, ...expected.inHand);
        break;
      }
      case "reset":
        this.#reset(event);
        break;
      case "retention":
        this.#deletedTo.set(placeOf(event), event.toOffset);
        break;
      case "truncation":
        if (event.isClean) break;
        for (const [key, expected] of this.#expected) {
          if (!key.endsWith(`/${placeOf(event)}`)) continue;
          expected.cuts = [...expected.cuts, event];
        }
        break;
      case "deliver":
        this.#deliver(event);
        break;
      case "done":
        this.#expected.get(`${event.consumer}/${placeOf(event)}`)?.inHand.delete(event.offset);
        break;
      default:
    }
  }

  /**
   * A member that the coordinator counted out, and that has not heard of it
   * yet, may have asked for what is committed long ago: others went on since.
   */
  #assigned({ member, memberId, members }: OwnershipEvent, partition: OwnershipEvent["partitions"][number]): void {
    const from = members.includes(memberId) ? (this.#committed.get(placeOf(partition)) ?? 0) : 0;
    this.#begin(member, partition, from, undefined, partition.committed);
  }

  #begin(
    consumer: string,
    partition: { readonly topic: string; readonly partition: number },
    from: number,
    upTo: number | undefined,
    committed = 0,
  ): void {
    const key = `${consumer}/${placeOf(partition)}`;
    this.#expected.set(key, {
      from,
      upTo,
      committed,
      inHand: new Set(),
      seen: this.#expected.get(key)?.seen ?? new Map<number, string>(),
      cuts: [],
    });
  }

  #reset(event: ResetEvent): void {
    const { from, to, policy, consumer, atMs, node } = event;
    const place = placeOf(event);
    const cutAt = cutAtOf(this.#expected.get(`${consumer}/${place}`));
    const deletedTo = this.#deletedTo.get(place) ?? 0;
    if (from <= cutAt && from >= deletedTo)
      this.violations.push({
        invariant: "C9",
        atMs,
        node,
        message: `${consumer} told that ${from} of ${place} is gone, and took ${to}: the log had lost nothing there`,
      });
    // Of what was written anew where the log was cut off nothing may be passed over; nor of what is left, but where the
    // policy is to go on at the end.
    const upTo =
      policy === "latest" ? to : Math.min(to, from > cutAt ? cutAt : NONE, from < deletedTo ? deletedTo : NONE);
    this.#begin(consumer, event, Math.min(to, upTo), upTo);
  }

  #deliver(event: DeliverEvent): void {
    const { consumer, offset, id, atMs, node } = event;
    const place = placeOf(event);
    const expected = this.#expected.get(`${consumer}/${place}`);
    if (expected === undefined) return;
    const say = (message: string): number =>
      this.violations.push({
        invariant: "C9",
        atMs,
        node,
        message: `${consumer} got ${offset} of ${place}: ${message}`,
      });
    const log = this.#log.get(place);
    let { from, upTo = Math.max(from, expected.committed, this.#committed.get(place) ?? 0) } = expected;
    const isKept = log?.get(offset) === id;
    const cutAt = cutAtOf(expected);
    if (isKept) [from, upTo] = [Math.min(from, cutAt), Math.min(upTo, cutAt)];
    if (offset < from) say(`its position was ${from}, and went back`);
    for (let passed = upTo; passed < offset; passed++) {
      const kept = log?.get(passed);
      // The replica that had it may have come back, and what was cut off with it.
      if (kept === undefined || (passed < expected.from && expected.seen.get(passed) === kept)) continue;
      say(`its position was ${from}, and ${passed} was passed over`);
      break;
    }
    // One that was sent before the log was cut off may have been fetched before too; it is kept in the end where the
    // longer copy came back.
    const sentAtMs = this.#sentAtMs.get(id) ?? NONE;
    if (isKept)
      expected.cuts = expected.cuts.filter(({ toOffset, atMs: cutAtMs }) => offset < toOffset || sentAtMs <= cutAtMs);
    expected.from = offset + 1;
    expected.upTo = offset + 1;
    expected.inHand.add(offset);
    expected.seen.set(offset, id);
  }
}

/** The lowest offset from which on the consumer may not know that other records stand there. */
function cutAtOf(expected: Expected | undefined): number {
  return Math.min(NONE, ...(expected?.cuts ?? []).map(({ toOffset }) => toOffset));
}

/** For so long a fetch that was begun before may still arrive: what holds requests up is over by then. */
const UNDER_WAY_MS = 5000;

/** C8: nothing is fetched of a partition that is paused, and nothing of it is delivered. */
export const pausedIsNotFetched: Checker = (history) => {
  const paused = new Map<string, number>();
  const violations: Violation[] = [];
  for (const event of history) {
    if (event.type === "pause") {
      if (event.isPaused) paused.set(`${event.node}/${placeOf(event)}`, event.atMs);
      else paused.delete(`${event.node}/${placeOf(event)}`);
    }
    if (event.type !== "fetch" && event.type !== "deliver") continue;
    const sinceMs = paused.get(`${event.node}/${placeOf(event)}`);
    if (sinceMs === undefined || (event.type === "fetch" && event.atMs <= sinceMs + UNDER_WAY_MS)) continue;
    violations.push({
      invariant: "C8",
      atMs: event.atMs,
      node: event.node,
      message:
        `${placeOf(event)} is paused by ${event.node} since ${sinceMs} ms, and is ` +
        (event.type === "fetch" ? "fetched" : "delivered"),
    });
  }
  return violations;
};

/** What is asked of a consumer's positions, with groups or without. */
export const positionCheckers: readonly Checker[] = [positionsAreKept, pausedIsNotFetched];
