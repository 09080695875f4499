import type { ConsumerEvent, ConsumerState } from "./consumer-state.ts";

type Name = ConsumerState["name"];

/** The states that may follow each state of a member under KIP-848. Any other step is a fault of the client. */
export const CONSUMER_NEXT: Readonly<Record<Name, readonly Name[]>> = {
  unjoined: ["unjoined", "joining", "away", "left"],
  joining: ["joining", "joined", "unjoined", "away", "left", "failed"],
  joined: ["joined", "unjoined", "away", "left", "failed"],
  away: ["away", "unjoined", "left"],
  left: ["left"],
  failed: ["failed", "unjoined"],
};

/**
 * Whether an event can come in a state; where it cannot, the client is at fault. An answer to a heartbeat that the
 * member no longer waits for may come at any time: it is late, and of no use. What the application, the group's hooks
 * and the coordinator of commits say may come at any time too.
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
