import type { ConsumerEvent, ConsumerState } from "./consumer-state.ts";

type Name = ConsumerState["name"];

/** The states that may follow each state of a KIP-848 member. Any other step is a bug of the client. */
export const CONSUMER_NEXT: Readonly<Record<Name, readonly Name[]>> = {
  unjoined: ["unjoined", "joining", "away", "left"],
  joining: ["joining", "joined", "unjoined", "away", "left", "failed"],
  joined: ["joined", "unjoined", "away", "left", "failed"],
  away: ["away", "unjoined", "left"],
  left: ["left"],
  failed: ["failed", "unjoined", "joined"],
};

/**
 * Whether an event is possible in a state; if not, the client has a bug. A response to a heartbeat that the member no
 * longer waits for is late, and possible at any time. Events from the application, the group's hooks and the
 * coordinator of commits are also possible at any time.
 */
export function isConsumerLegal(state: ConsumerState, event: ConsumerEvent): boolean {
  switch (event.type) {
    case "tick":
      return state.name === "unjoined" || state.name === "joined";
    case "beat":
    case "failed":
      return event.call > 0;
    case "refused":
    case "news":
    case "stalled":
    case "polled":
    case "leave":
      return true;
  }
}
