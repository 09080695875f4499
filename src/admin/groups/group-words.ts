import { type Check, oneOf } from "../../errors/shape.ts";

/** The type of a group. Java: `GroupType`. */
export type GroupType = "classic" | "consumer" | "share" | "streams" | "unknown";

/** The state of a group. Java: `GroupState`. */
export type GroupState =
  | "PreparingRebalance"
  | "CompletingRebalance"
  | "Stable"
  | "Dead"
  | "Empty"
  | "Assigning"
  | "Reconciling"
  | "NotReady"
  | "Unknown";

const TYPES: readonly GroupType[] = ["classic", "consumer", "share", "streams"];
const STATES: readonly GroupState[] = [
  "PreparingRebalance",
  "CompletingRebalance",
  "Stable",
  "Dead",
  "Empty",
  "Assigning",
  "Reconciling",
  "NotReady",
];

export const GROUP_TYPE: Check = oneOf(...TYPES);
export const GROUP_STATE: Check = oneOf(...STATES);

/** `unknown`: one of a newer Kafka. */
export function typeOf(word: string): GroupType {
  return TYPES.find((type) => type === word.toLowerCase()) ?? "unknown";
}

/** `Unknown`: one of a newer Kafka. */
export function stateOf(word: string): GroupState {
  return STATES.find((state) => state.toLowerCase() === word.toLowerCase()) ?? "Unknown";
}
