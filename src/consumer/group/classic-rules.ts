import type { ClassicEvent, ClassicState } from "./classic-state.ts";

type Name = ClassicState["name"];

/** The states that may follow each state of a member of a classic group. Any other step is a bug of the client. */
export const CLASSIC_NEXT: Readonly<Record<Name, readonly Name[]>> = {
  unjoined: ["unjoined", "joining", "away", "left", "failed"],
  joining: ["joining", "unjoined", "leading", "syncing", "away", "left", "failed"],
  leading: ["leading", "syncing", "unjoined", "away", "left", "failed"],
  syncing: ["syncing", "stable", "unjoined", "away", "left", "failed"],
  stable: ["stable", "preparing", "unjoined", "away", "left", "failed"],
  preparing: ["preparing", "unjoined", "away", "left", "failed"],
  away: ["away", "unjoined", "left"],
  left: ["left"],
  failed: ["failed", "unjoined"],
};

/** The states in which the response to the current request may be of this kind. */
const ANSWERED: Readonly<Record<"joined" | "synced" | "beat" | "failed", readonly Name[]>> = {
  joined: ["joining"],
  synced: ["syncing"],
  beat: ["leading", "stable", "preparing"],
  failed: ["joining", "syncing", "leading", "stable", "preparing"],
};

/** States that have an alarm. */
const TICKING: readonly Name[] = ["unjoined", "leading", "stable", "preparing"];

/**
 * Whether an event is possible in a state; if not, the client has a bug. A response to a request that the member no
 * longer waits for is late, and possible at any time. Events from the application, the group's hooks and the
 * coordinator of commits are also possible at any time.
 */
export function isClassicLegal(state: ClassicState, event: ClassicEvent): boolean {
  switch (event.type) {
    case "tick":
      return TICKING.includes(state.name);
    case "joined":
    case "synced":
    case "beat":
    case "failed":
      return !("call" in state) || state.call !== event.call || ANSWERED[event.type].includes(state.name);
    case "divided":
    case "undivided":
      return state.name === "leading" && state.work === event.work;
    case "prepared":
    case "refused":
    case "rejoin":
    case "stalled":
    case "polled":
    case "leave":
      return true;
  }
}
