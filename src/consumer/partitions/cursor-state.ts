import type { Seeking } from "./offset-spec.ts";

/**
 * The state of a partition's position:
 *
 * - `lost`: it has no position, and none is looked up. The application must seek, or the group must say that this
 *   member owns the recreated topic.
 * - `seeking`: the position is looked up.
 * - `reading`: it has a position and may be fetched.
 * - `backing-off`: it has a position. The last fetch failed, and the next one is not sent before `notBeforeMs`.
 * - `gone`: this consumer no longer reads it. A partition that is assigned again gets a new cursor.
 *
 * A fetch in flight is not part of the state: one request covers all partitions of a broker, and its source knows them.
 * A pause is not part of it either: a paused partition still seeks, backs off and gets lost.
 */
export type CursorState =
  | (Trouble & {
      readonly name: "lost";
      /** The previous position; −1 if it is void. */
      readonly from: number;
    })
  | (Trouble & {
      readonly name: "seeking";
      readonly where: Seeking;
      /** Set if the log no longer has the previous position, which is reported to the application. */
      readonly lost: LostPosition | undefined;
    })
  | (Trouble & { readonly name: "reading" })
  | (Trouble & { readonly name: "backing-off"; readonly notBeforeMs: number })
  | (Trouble & { readonly name: "gone" });

/** A position that the partition's log no longer has, and the reason. */
export interface LostPosition {
  readonly from: number;
  readonly why: string;
}

/** Failures since the last successful response; every state has them. */
interface Trouble {
  /** Consecutive failed fetches; the backoff grows with them. */
  readonly failures: number;
  /**
   * The number of them that failed with OFFSET_OUT_OF_RANGE. Other failures do not count: a new leader may return this
   * error only because it is still behind.
   */
  readonly timesOutOfRange: number;
  /** Since when brokers do not know the partition (monotonic ms); −1 if they do. */
  readonly unknownSinceMs: number;
}

/** Events of a partition. */
export type CursorEvent =
  /** The position must be looked up. */
  | { readonly name: "sought"; readonly where: Seeking; readonly lost: LostPosition | undefined }
  /** The partition has a position, from the application or from a broker. */
  | { readonly name: "placed" }
  /** The position `from` is void, and no other one is looked up. */
  | { readonly name: "lost"; readonly from: number }
  /** A fetch succeeded. */
  | { readonly name: "answered" }
  /** A fetch or a lookup failed. The next one is not sent before this time (monotonic ms). */
  | { readonly name: "failed"; readonly notBeforeMs: number }
  /** A broker returned OFFSET_OUT_OF_RANGE. Another event follows with the reaction. */
  | { readonly name: "out-of-range" }
  /** A broker does not know the partition. `nowMs` is monotonic. */
  | { readonly name: "unknown"; readonly nowMs: number }
  /** The application got an error for the unknown partition: its time starts again. */
  | { readonly name: "reported" }
  /** Nothing failed, but the next fetch makes no sense before this time. */
  | { readonly name: "deferred"; readonly notBeforeMs: number }
  /** The partition is read from another broker from now on. */
  | { readonly name: "moved" }
  /** This consumer no longer reads it. */
  | { readonly name: "removed" };

/** A partition that was just assigned, and has no position yet. */
export const UNPLACED: CursorState = { name: "lost", from: -1, failures: 0, timesOutOfRange: 0, unknownSinceMs: -1 };

const ANY_TIME = ["sought", "placed", "lost", "failed", "unknown", "reported", "moved", "removed"] as const;
const WITH_A_POSITION = [...ANY_TIME, "answered", "out-of-range", "deferred"] as const;

/** The legal events of each state; any other is a bug of the client. */
export const LEGAL: Readonly<Record<CursorState["name"], readonly CursorEvent["name"][]>> = {
  lost: ANY_TIME,
  seeking: ANY_TIME,
  reading: WITH_A_POSITION,
  "backing-off": WITH_A_POSITION,
  gone: ANY_TIME, // the application may still seek a partition that its group has just lost
};

/**
 * The next state; undefined for an event that is not legal in the state.
 *
 * - Only a successful response ends the failures. A seek does not: the broker may refuse the new position for the same
 *   reason, and a loop that seeks repeatedly would send requests without a pause.
 * - A new position ends a backoff, and so does another broker.
 * - A partition without a position counts its failures, but has no backoff.
 * - A partition that is gone stays gone.
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

/** One shared object for the usual case, so that a fetch allocates none for each partition. */
const SOUND: CursorState = { name: "reading", failures: 0, timesOutOfRange: 0, unknownSinceMs: -1 };

function isSound({ name, failures, timesOutOfRange, unknownSinceMs }: CursorState): boolean {
  return name === "reading" && failures === 0 && timesOutOfRange === 0 && unknownSinceMs === -1;
}

function backedOff(state: CursorState, trouble: Trouble, notBeforeMs: number): CursorState {
  return state.name === "reading" || state.name === "backing-off"
    ? { name: "backing-off", notBeforeMs, ...trouble }
    : { ...state, ...trouble };
}

/** The time before which nothing is fetched; 0 for none. */
export function notBefore(state: CursorState): number {
  return state.name === "backing-off" ? state.notBeforeMs : 0;
}
