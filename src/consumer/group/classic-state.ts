import type { KafkaError } from "../../errors/kafka-error.ts";

/** The id of a member of a classic group, and its generation. */
export interface Identity {
  /** The member id, which comes from the coordinator; empty until then. */
  readonly memberId: string;
  /** The group's generation; −1 before the first join. */
  readonly generation: number;
}

/** A member of a generation: it heartbeats. */
export interface Belonging extends Identity {
  readonly protocol: string;
  readonly heartbeatAtMs: number;
  /** When the last successful heartbeat was sent. */
  readonly seenAtMs: number;
  /** The number of the heartbeat in flight; 0 for none. */
  readonly call: number;
  readonly failures: number;
}

/**
 * A member of a classic group:
 * - `unjoined`: joins at `joinAtMs`. An eager member owns no partitions, a cooperative one keeps those it had.
 * - `joining`, `syncing`: a JoinGroup or SyncGroup is in flight, and the coordinator waits for the other members.
 * - `leading`: the leader divides the partitions and sends heartbeats; the coordinator and the other members wait.
 * - `stable`: has an assignment and sends heartbeats.
 * - `preparing`: the group rebalances. The member gives partitions back, still sends heartbeats, then joins.
 * - `away`: left the group because the application did not ask for records; joins when it does.
 * - `left`: left for good. `failed`: cannot continue.
 */
export type ClassicState =
  | (Identity & {
      readonly name: "unjoined";
      readonly joinAtMs: number;
      readonly failures: number;
      readonly reason: string;
    })
  | (Identity & { readonly name: "joining"; readonly call: number; readonly failures: number; readonly reason: string })
  | (Identity & {
      readonly name: "syncing";
      readonly protocol: string;
      readonly call: number;
      readonly sentAtMs: number;
      readonly failures: number;
    })
  | (Belonging & { readonly name: "leading"; readonly work: number; readonly joinFailures: number })
  | (Belonging & { readonly name: "stable" })
  | (Belonging & { readonly name: "preparing"; readonly reason: string })
  | { readonly name: "away" }
  | { readonly name: "left" }
  | {
      readonly name: "failed";
      readonly error: KafkaError;
      /** The id under which it may still be a member, and joins again; empty if that id was fenced. */
      readonly memberId: string;
    };

/** Events of a member. `call` is the number of the request that a response belongs to; it shows late responses. */
export type ClassicEvent =
  | { readonly type: "tick" }
  | {
      readonly type: "joined";
      readonly call: number;
      readonly memberId: string;
      readonly generation: number;
      readonly protocol: string;
      readonly isLeader?: boolean;
    }
  /** The leader has divided the partitions. `work` is the number of its `divide`; it shows late results. */
  | { readonly type: "divided"; readonly work: number }
  /** The leader could not divide the partitions. */
  | { readonly type: "undivided"; readonly work: number; readonly error: KafkaError }
  | { readonly type: "synced"; readonly call: number }
  | { readonly type: "beat"; readonly call: number }
  /** A request failed. `memberId` comes with the refusal of a first JoinGroup (KIP-394). */
  | { readonly type: "failed"; readonly call: number; readonly error: KafkaError; readonly memberId?: string }
  /** The coordinator refused a commit or another request of this generation. */
  | { readonly type: "refused"; readonly generation: number; readonly error: KafkaError }
  /** All partitions that had to be given back before the join were given back. */
  | { readonly type: "prepared" }
  /** The group needs another rebalance: the subscription changed, or partitions were given back for other members. */
  | { readonly type: "rejoin"; readonly reason: string }
  | { readonly type: "stalled" }
  | { readonly type: "polled" }
  | { readonly type: "leave" };

/** Actions that the caller of the transition function carries out. */
export type ClassicAction =
  | { readonly do: "join"; readonly call: number; readonly memberId: string; readonly reason: string }
  /** Divide the partitions, then send `divided`. The work stops when the member enters another state. */
  | { readonly do: "divide"; readonly work: number; readonly protocol: string }
  | {
      readonly do: "sync";
      readonly call: number;
      readonly memberId: string;
      readonly generation: number;
      readonly protocol: string;
    }
  | { readonly do: "heartbeat"; readonly call: number; readonly memberId: string; readonly generation: number }
  /** The SyncGroup response contains the assignment: apply it. */
  | { readonly do: "assign"; readonly generation: number }
  /** Give back the partitions that the next join does not keep, then send `prepared`. */
  | { readonly do: "prepare" }
  /** Other members may own the partitions already: nothing can be committed for them. */
  | { readonly do: "lose"; readonly reason: string }
  | { readonly do: "leave"; readonly memberId: string; readonly reason: string }
  | { readonly do: "forget-coordinator"; readonly error: KafkaError }
  | { readonly do: "fail"; readonly error: KafkaError };

export const classicStart = (nowMs: number): ClassicState => ({
  name: "unjoined",
  memberId: "",
  generation: -1,
  joinAtMs: nowMs,
  failures: 0,
  reason: "the consumer's first join",
});

/** When a state needs a `tick`; infinity for states that wait for something else. */
export function classicWakeMs(state: ClassicState): number {
  if (state.name === "unjoined") return state.joinAtMs;
  if ((state.name === "leading" || state.name === "stable" || state.name === "preparing") && state.call === 0)
    return state.heartbeatAtMs;
  return Number.POSITIVE_INFINITY;
}
