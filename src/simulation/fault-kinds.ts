/** A kind of fault. */
export type FaultKind = (typeof FAULT_KINDS)[number];

/**
 * All kinds of fault, by name; docs/simulation.md describes each. A plan draws them in this order, so append a new
 * kind: otherwise seeds that do not draw it would get other plans than before.
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
  "throttle",
  "malformed-response",
  "flipped-bit",
  "error-code",
  "refused-user",
  "refused-login",
  "slow-login",
  "quota",
] as const;

/**
 * The first kinds, this many, are drawn from one sequence of random numbers. Each later kind has its own sequence: a
 * seed that does not draw it keeps the plan that it had before the kind was added.
 */
export const KINDS_DRAWN_TOGETHER = 20;
