import type { Seeking } from "./offset-spec.ts";

/**
 * What a consumer knows of a partition's position, and so what may be done with it:
 *
 * - `lost`: it has no position and asks for none. The application must seek, or the group must say that the topic that
 *   was created again is this member's.
 * - `seeking`: a broker is asked for the position.
 * - `reading`: it has a position, and may be fetched.
 * - `backing-off`: it has a position. The last fetch failed, and the next one is not sent before `notBeforeMs`.
 * - `gone`: it is not this consumer's any more. A partition that comes back gets a new cursor.
 *
 * Whether a fetch for it is under way is no state: one request asks for all partitions of a broker, and the source
 * knows which. Whether it is paused is none either: a paused partition still seeks, backs off and gets lost.
 */
export type CursorState =
  | (Trouble & {
      readonly name: "lost";
      /** The position that it had; −1 where that is of no use. */
      readonly from: number;
    })
  | (Trouble & {
      readonly name: "seeking";
      readonly where: Seeking;
      /** Set where the log does not have the position any more: the application learns of it. */
      readonly lost: LostPosition | undefined;
    })
  | (Trouble & { readonly name: "reading" })
  | (Trouble & { readonly name: "backing-off"; readonly notBeforeMs: number })
  | (Trouble & { readonly name: "gone" });

/** A position that the log does not have any more, and why. */
export interface LostPosition {
  readonly from: number;
  readonly why: string;
}

/** What every state knows: what went wrong since the last good answer. */
interface Trouble {
  /** Fetches that failed one after the other; the wait before the next one grows with them. */
  readonly failures: number;
  /**
   * How many of them failed with OFFSET_OUT_OF_RANGE. Other failures do not count: a broker that has just become leader
   * may give this answer only because it is still behind.
   */
  readonly timesOutOfRange: number;
  /** Since when brokers have not known the partition: monotonic ms, or −1. */
  readonly unknownSinceMs: number;
}

/** What happens to a partition. */
export type CursorEvent =
  /** Its position must be asked for. */
  | { readonly name: "sought"; readonly where: Seeking; readonly lost: LostPosition | undefined }
  /** It has a position: the application's, or one that a broker gave. */
  | { readonly name: "placed" }
  /** Its position, `from`, is of no use, and nobody is asked for another one. */
  | { readonly name: "lost"; readonly from: number }
  /** A broker answered a fetch well. */
  | { readonly name: "answered" }
  /** A fetch, or a look-up, failed. The next one is not sent before this time. */
  | { readonly name: "failed"; readonly notBeforeMs: number }
  /** A broker said that its log does not have the position. What is done about it follows as another event. */
  | { readonly name: "out-of-range" }
  /** A broker does not know the partition. `nowMs` is monotonic. */
  | { readonly name: "unknown"; readonly nowMs: number }
  /** That the partition is unknown has been reported: the time begins again. */
  | { readonly name: "reported" }
  /** Nothing failed, but the next fetch is of no use before this time. */
  | { readonly name: "deferred"; readonly notBeforeMs: number }
  /** Another broker is asked from now on. */
  | { readonly name: "moved" }
  /** It is not this consumer's any more. */
  | { readonly name: "removed" };

/** A partition that was just assigned, before anything said where it begins. */
export const UNPLACED: CursorState = { name: "lost", from: -1, failures: 0, timesOutOfRange: 0, unknownSinceMs: -1 };

const ANY_TIME = ["sought", "placed", "lost", "failed", "unknown", "reported", "moved", "removed"] as const;
const WITH_A_POSITION = [...ANY_TIME, "answered", "out-of-range", "deferred"] as const;

/** The events that each state takes; any other is a fault of the client. */
export const LEGAL: Readonly<Record<CursorState["name"], readonly CursorEvent["name"][]>> = {
  lost: ANY_TIME,
  seeking: ANY_TIME,
  reading: WITH_A_POSITION,
  "backing-off": WITH_A_POSITION,
  gone: ANY_TIME, // the application may still seek a partition that its group has just lost
};

/**
 * The next state; undefined for an event that the state does not take, which leaves it as it is.
 *
 * - Only a good answer ends trouble. A seek does not: the broker may refuse the new position for the same reason, and a
 *   loop that seeks again and again would ask it without a pause.
 * - A new position ends a wait, and so does another broker: the wait was for the old one.
 * - A partition without a position counts its failures, but has nothing to wait with.
 * - A partition that is gone stays so.
 */
export function transition(state: CursorState, event: CursorEvent): CursorState | undefined {
  if (!LEGAL[state.name].includes(event.name)) return undefined;
  if (state.name === "gone") return state;
  const { failures, timesOutOfRange, unknownSinceMs } = state;
  const trouble = { failures, timesOutOfRange, unknownSinceMs };
  switch (event.name) {
    case "sought":
      return { name: "seeking", where: event.where, lost: event.lost, ...trouble, timesOutOfRange: 0 };
    case "placed":
      return { name: "reading", ...trouble, timesOutOfRange: 0 };
    case "lost":
      return { name: "lost", from: event.from, ...trouble, timesOutOfRange: 0 };
    case "answered":
      return isSound(state) ? state : SOUND;
    case "failed":
      return backedOff(state, { ...trouble, failures: failures + 1 }, event.notBeforeMs);
    case "deferred":
      return backedOff(state, trouble, event.notBeforeMs);
    case "out-of-range":
      return { ...state, timesOutOfRange: timesOutOfRange + 1 };
    case "unknown":
      return unknownSinceMs < 0 ? { ...state, unknownSinceMs: event.nowMs } : state;
    case "reported":
      return { ...state, unknownSinceMs: -1 };
    case "moved":
      return state.name === "backing-off" ? { name: "reading", ...trouble } : state;
    case "removed":
      return { name: "gone", ...trouble };
  }
}

/** One object for the usual case: a fetch allocates none for each partition. */
const SOUND: CursorState = { name: "reading", failures: 0, timesOutOfRange: 0, unknownSinceMs: -1 };

function isSound({ name, failures, timesOutOfRange, unknownSinceMs }: CursorState): boolean {
  return name === "reading" && failures === 0 && timesOutOfRange === 0 && unknownSinceMs === -1;
}

function backedOff(state: CursorState, trouble: Trouble, notBeforeMs: number): CursorState {
  return state.name === "reading" || state.name === "backing-off"
    ? { name: "backing-off", notBeforeMs, ...trouble }
    : { ...state, ...trouble };
}

/** The time before which nothing is fetched; 0 where there is none. */
export function notBefore(state: CursorState): number {
  return state.name === "backing-off" ? state.notBeforeMs : 0;
}
