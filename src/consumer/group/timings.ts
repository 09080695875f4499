import { Timing } from "../partitions/timing.ts";

/** The number and duration of a member's requests and rebalances. */
export interface GroupTimings {
  readonly join: Timing;
  readonly sync: Timing;
  readonly heartbeat: Timing;
  readonly commit: Timing;
  /** Rebalances: the time from a new assignment until all hooks have ended. */
  readonly rebalance: Timing;
}

export const newTimings = (): GroupTimings => ({
  join: new Timing(),
  sync: new Timing(),
  heartbeat: new Timing(),
  commit: new Timing(),
  rebalance: new Timing(),
});
