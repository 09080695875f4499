/** What can go wrong. */
export type FaultKind = (typeof FAULT_KINDS)[number];

/**
 * All kinds of fault, by name. docs/simulation.md says what each does. A plan draws them in this order: a new kind
 * comes last, else seeds that do not have it draw other plans than before.
 */
export const FAULT_KINDS = [
  "partition",
  "one-way-partition",
  "slow-link",
  "narrow-link",
  "one-byte-segments",
  "reset",
  "cut",
  "half-open",
  "refuse",
  "ghost",
  "broker-down",
  "leader-move",
  "lost-reply",
  "lost-request",
  "hang",
  "slow-broker",
  "produce-error",
  "clock-jump",
  "stall",
  "crash",
  "broker-ghost",
  "partition-error",
  "lagging-follower",
  "stale-metadata",
  "broker-join",
  "unclean-election",
] as const;

/**
 * This many kinds, from the first, are drawn from one sequence of random numbers. Each later kind has a sequence of its
 * own: a seed that does not draw it has the plan that it had before the kind was added.
 */
export const KINDS_DRAWN_TOGETHER = 20;
