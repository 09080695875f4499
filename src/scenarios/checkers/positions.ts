import type { DeliverEvent, HistoryEvent, OwnershipEvent, ResetEvent } from "../../simulation/history.ts";
import { type Checker, type Violation, ofType } from "../../simulation/checkers/violation.ts";

/** The allowed next records of a consumer's partition. */
interface Expected {
  /** No lower offset. */
  from: number;
  /**
   * No record from this offset on may be skipped. Undefined: from the offset that is committed when the record comes.
   */
  upTo: number | undefined;
  /** The committed offset at the time of the assignment. */
  readonly committed: number;
  /** Delivered but unprocessed records: they may come again when reading begins again. */
  readonly inHand: Set<number>;
  /** The ids of delivered records, by offset. */
  readonly seen: Map<number, string>;
  /**
   * Unclean elections that truncated the partition, and that the consumer has not noticed yet as far as the history
   * shows.
   */
  cuts: readonly { readonly toOffset: number; readonly atMs: number }[];
}

const placeOf = ({ topic, partition }: { readonly topic: string; readonly partition: number }): string =>
  `${topic}-${partition}`;
const NONE = Number.POSITIVE_INFINITY;

/**
 * C9: a position changes only by reading, seeks and resets. A partition begins at the committed offset, or after a seek
 * at its target; from then on the next record is always the next one in the partition, through all leader changes. When
 * records at a position were deleted or truncated, the consumer reports a reset by its policy; it reports none
 * otherwise.
 */
export const positionsAreKept: Checker = (history) => {
  const positions = new Positions(history);
  for (const event of history) positions.take(event);
  return positions.violations;
};

class Positions {
  readonly violations: Violation[] = [];
  /** The records that readers see at the end: ids by offset. */
  readonly #log = new Map<string, Map<number, string>>();
  readonly #committed = new Map<string, number>();
  readonly #expected = new Map<string, Expected>();
  /** When records were sent, by id, if known. */
  readonly #sentAtMs = new Map<string, number>();
  /** The log start offsets. */
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
        if (event.to !== undefined) {
          this.#begin(event.consumer, event, event.to, event.to);
          const begun = this.#expected.get(`${event.consumer}/${placeOf(event)}`);
          if (event.isGivenBack === true && begun !== undefined) begun.cuts = expected?.cuts ?? [];
        } else if (expected !== undefined) expected.from = Math.min(expected.from, ...expected.inHand);
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
   * A member that was removed from the group, and does not know it yet, may have fetched the committed offset before
   * other members committed further.
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
        message: `${consumer} reported a reset from ${from} to ${to} of ${place}, which had lost no record there`,
      });
    // No record that was written after the truncation may be skipped, and no older one either, unless the policy is to
    // continue at the end.
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
    if (offset < from) say(`its position went back from ${from}`);
    for (let passed = upTo; passed < offset; passed++) {
      const kept = log?.get(passed);
      // The replica that had it may be back, and the truncated records with it.
      if (kept === undefined || (passed < expected.from && expected.seen.get(passed) === kept)) continue;
      say(`its position was ${from}, and ${passed} was skipped`);
      break;
    }
    // A record that was sent before the truncation may have been fetched before it. It is in the partition at the end
    // if the longer replica came back.
    const sentAtMs = this.#sentAtMs.get(id) ?? NONE;
    if (isKept)
      expected.cuts = expected.cuts.filter(({ toOffset, atMs: cutAtMs }) => offset < toOffset || sentAtMs <= cutAtMs);
    expected.from = offset + 1;
    expected.upTo = offset + 1;
    expected.inHand.add(offset);
    expected.seen.set(offset, id);
  }
}

/** The lowest offset from which the consumer may not know that the records were replaced. */
function cutAtOf(expected: Expected | undefined): number {
  return Math.min(NONE, ...(expected?.cuts ?? []).map(({ toOffset }) => toOffset));
}

/** A fetch that began earlier may arrive within this time: by then nothing delays requests any more. */
const UNDER_WAY_MS = 5000;

/** C8: no record of a paused partition is fetched or delivered. */
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

/** All checks of a consumer's positions, with or without a group. */
export const positionCheckers: readonly Checker[] = [positionsAreKept, pausedIsNotFetched];
