import * as ErrorCode from "../../errors/error-code.ts";
import type { KafkaError } from "../../errors/kafka-error.ts";
import { memberErrorKind } from "./member-error.ts";

/** Who a member of a classic group is: its id and the generation that it belongs to. */
interface Identity {
  /** As the coordinator named it; empty before. */
  readonly memberId: string;
  /** −1 while it belongs to none. */
  readonly generation: number;
}

/** A member of a generation: it heartbeats. */
interface Belonging extends Identity {
  readonly protocol: string;
  readonly heartbeatAtMs: number;
  /** When the last heartbeat that was answered had been sent. */
  readonly seenAtMs: number;
  /** The number of the heartbeat that is under way; 0 when there is none. */
  readonly call: number;
  readonly failures: number;
}

/**
 * A member of a classic group:
 * - `unjoined`: will join at a time; holds nothing, or (cooperative) what it held;
 * - `joining`, `syncing`: a request is under way, and the coordinator waits for the others;
 * - `leading`: the coordinator and the other members wait for this one, which divides the partitions and heartbeats
 *   meanwhile;
 * - `stable`: has an assignment, and heartbeats;
 * - `preparing`: the group rebalances; gives back what it must, still heartbeats, then joins;
 * - `away`: left by itself, since the application did not ask for records; joins when it does;
 * - `left`: for good; `failed`: cannot go on.
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
  | { readonly name: "failed"; readonly error: KafkaError };

/**
 * What happens to a member. `call` is the number of the request that an answer belongs to: late ones are known by it.
 */
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
  /**
   * As the leader: the assignment is there. `work` is the number of the `divide` that it belongs to: a late one is
   * known by it.
   */
  | { readonly type: "divided"; readonly work: number }
  /** As the leader: there is no assignment, and why. */
  | { readonly type: "undivided"; readonly work: number; readonly error: KafkaError }
  | { readonly type: "synced"; readonly call: number }
  | { readonly type: "beat"; readonly call: number }
  /** A request failed. `memberId`: what a refusal of a join without an id told (KIP-394). */
  | { readonly type: "failed"; readonly call: number; readonly error: KafkaError; readonly memberId?: string }
  /** A commit or another request on behalf of this generation was refused. */
  | { readonly type: "refused"; readonly generation: number; readonly error: KafkaError }
  /** Everything that had to be given back before the join was. */
  | { readonly type: "prepared" }
  /** The group has to be divided anew: the subscription changed, or partitions were given back for others. */
  | { readonly type: "rejoin"; readonly reason: string }
  | { readonly type: "stalled" }
  | { readonly type: "polled" }
  | { readonly type: "leave" };

/** What the shell is to do. */
export type ClassicAction =
  | { readonly do: "join"; readonly call: number; readonly memberId: string; readonly reason: string }
  /** Divide the partitions, then say `divided`. Whatever another state is entered for, the work is to stop. */
  | { readonly do: "divide"; readonly work: number; readonly protocol: string }
  | {
      readonly do: "sync";
      readonly call: number;
      readonly memberId: string;
      readonly generation: number;
      readonly protocol: string;
    }
  | { readonly do: "heartbeat"; readonly call: number; readonly memberId: string; readonly generation: number }
  /** The answer to the sync holds the assignment: take it. */
  | { readonly do: "assign"; readonly generation: number }
  /** Give back what the next join does not keep, then say `prepared`. */
  | { readonly do: "prepare" }
  /** The partitions are others' already: nothing can be committed for them. */
  | { readonly do: "lose"; readonly reason: string }
  | { readonly do: "leave"; readonly memberId: string; readonly reason: string }
  | { readonly do: "forget-coordinator"; readonly error: KafkaError }
  | { readonly do: "fail"; readonly error: KafkaError };

export interface ClassicContext {
  readonly nowMs: number;
  readonly heartbeatIntervalMs: number;
  /** How long to wait before try number `attempt`, from 0. */
  readonly backoffMs: (attempt: number) => number;
  /** A number that no request had before. */
  readonly nextCall: () => number;
}

export interface ClassicStep {
  readonly state: ClassicState;
  readonly actions: readonly ClassicAction[];
}

export const classicStart = (nowMs: number): ClassicState => ({
  name: "unjoined",
  memberId: "",
  generation: -1,
  joinAtMs: nowMs,
  failures: 0,
  reason: "the consumer's first join",
});

/** When a state wants a `tick`; infinity for those that wait for something else. */
export function classicWakeMs(state: ClassicState): number {
  if (state.name === "unjoined") return state.joinAtMs;
  if ((state.name === "leading" || state.name === "stable" || state.name === "preparing") && state.call === 0)
    return state.heartbeatAtMs;
  return Number.POSITIVE_INFINITY;
}

/** The one transition function. An event that a state has no use for leaves it as it is. */
export function classicTransition(state: ClassicState, event: ClassicEvent, context: ClassicContext): ClassicStep {
  switch (state.name) {
    case "left":
      return stay(state);
    case "failed":
      return event.type === "polled" ? begin("", -1, context.nowMs, 0, "another loop begins") : stay(state);
    case "away":
      if (event.type === "polled") return begin("", -1, context.nowMs, 0, "the application asks for records again");
      return event.type === "leave" ? { state: { name: "left" }, actions: [] } : stay(state);
    case "unjoined":
    case "joining":
    case "syncing":
    case "leading":
    case "stable":
    case "preparing":
      if (event.type === "leave") return goAway(state, { name: "left" }, "the consumer is being closed", []);
      if (event.type === "stalled")
        return goAway(state, { name: "away" }, "the application stopped asking for records", [
          { do: "lose", reason: "the application stopped asking for records" },
        ]);
      // While it joins, the group may be a generation further already, of which the answer is under way, or was lost:
      // nothing is lost by that.
      if (
        event.type === "refused" &&
        (state.name === "joining" || state.name === "unjoined") &&
        event.error.code === ErrorCode.ILLEGAL_GENERATION
      )
        return stay(state);
      if (event.type === "refused")
        return event.generation === state.generation ? memberFailed(state, event.error, context) : stay(state);
      if (state.name === "leading") return leading(state, event, context);
      if (state.name === "stable" || state.name === "preparing") return belonging(state, event, context);
      return entering(state, event, context);
  }
}

type Alive = Exclude<ClassicState, { readonly name: "away" | "left" | "failed" }>;

/** Before there is an assignment. */
function entering(
  state: Extract<ClassicState, { readonly name: "unjoined" | "joining" | "syncing" }>,
  event: ClassicEvent,
  context: ClassicContext,
): ClassicStep {
  const { memberId, generation } = state;
  if (state.name === "unjoined") {
    if (event.type !== "tick" || context.nowMs < state.joinAtMs) return stay(state);
    const call = context.nextCall();
    return {
      state: { name: "joining", memberId, generation, call, failures: state.failures, reason: state.reason },
      actions: [{ do: "join", call, memberId, reason: state.reason }],
    };
  }
  if (event.type === "failed" && event.call === state.call) {
    if (event.error.code === ErrorCode.MEMBER_ID_REQUIRED && state.name === "joining") {
      const call = context.nextCall();
      const named = event.memberId ?? "";
      return {
        state: { ...state, memberId: named, call },
        actions: [{ do: "join", call, memberId: named, reason: state.reason }],
      };
    }
    return memberFailed(state, event.error, context);
  }
  if (event.type === "joined" && state.name === "joining" && event.call === state.call) {
    const identity = { memberId: event.memberId, generation: event.generation, protocol: event.protocol };
    if (event.isLeader !== true) return sync(identity, state.failures, context);
    const work = context.nextCall();
    const { nowMs } = context;
    return {
      state: {
        name: "leading",
        ...identity,
        work,
        joinFailures: state.failures,
        heartbeatAtMs: nowMs + context.heartbeatIntervalMs,
        seenAtMs: nowMs,
        call: 0,
        failures: 0,
      },
      actions: [{ do: "divide", work, protocol: event.protocol }],
    };
  }
  if (event.type === "synced" && state.name === "syncing" && event.call === state.call) {
    const { protocol, sentAtMs } = state;
    return {
      state: {
        name: "stable",
        memberId,
        generation,
        protocol,
        heartbeatAtMs: context.nowMs + context.heartbeatIntervalMs,
        seenAtMs: sentAtMs,
        call: 0,
        failures: 0,
      },
      actions: [{ do: "assign", generation }],
    };
  }
  return stay(state);
}

function sync(
  { memberId, generation, protocol }: Identity & { readonly protocol: string },
  failures: number,
  context: ClassicContext,
): ClassicStep {
  const now = { memberId, generation, protocol, call: context.nextCall() };
  return { state: { name: "syncing", ...now, sentAtMs: context.nowMs, failures }, actions: [{ do: "sync", ...now }] };
}

/**
 * While the leader divides the partitions. A result that comes in another state, or for an earlier generation, is
 * dropped.
 */
function leading(
  state: Extract<ClassicState, { readonly name: "leading" }>,
  event: ClassicEvent,
  context: ClassicContext,
): ClassicStep {
  if (event.type === "divided" && event.work === state.work) return sync(state, state.joinFailures, context);
  if (event.type === "undivided" && event.work === state.work) {
    const { memberId, generation, protocol, work: call, joinFailures: failures } = state;
    const failed = memberFailed(
      { name: "syncing", memberId, generation, protocol, call, sentAtMs: context.nowMs, failures },
      event.error,
      context,
    );
    // The others would wait for this one until its session is over: it leaves, and another one leads.
    return failed.state.name === "failed"
      ? {
          ...failed,
          actions: [{ do: "leave", memberId, reason: "it cannot divide the partitions" }, ...failed.actions],
        }
      : failed;
  }
  if (event.type === "tick") return heartbeat(state, context);
  if (event.type === "beat" && event.call === state.call) return { state: beaten(state, context), actions: [] };
  if (event.type === "failed" && event.call === state.call) return memberFailed(state, event.error, context);
  return stay(state);
}

/** The heartbeat, if it is due and none is under way. */
function heartbeat<S extends Belonging>(state: S & ClassicState, context: ClassicContext): ClassicStep {
  if (state.call !== 0 || context.nowMs < state.heartbeatAtMs) return stay(state);
  const { memberId, generation } = state;
  const call = context.nextCall();
  return {
    state: { ...state, call, heartbeatAtMs: context.nowMs + context.heartbeatIntervalMs },
    actions: [{ do: "heartbeat", call, memberId, generation }],
  };
}

/** With an assignment, or while it is given back. */
function belonging(
  state: Extract<ClassicState, { readonly name: "stable" | "preparing" }>,
  event: ClassicEvent,
  context: ClassicContext,
): ClassicStep {
  const { memberId, generation } = state;
  if (event.type === "tick") return heartbeat(state, context);
  if (event.type === "beat" && event.call === state.call) return { state: beaten(state, context), actions: [] };
  if (event.type === "failed" && event.call === state.call) return memberFailed(state, event.error, context);
  if (event.type === "rejoin" && state.name === "stable") return prepare(state, event.reason);
  if (event.type === "prepared" && state.name === "preparing")
    return begin(memberId, generation, context.nowMs, 0, state.reason);
  return stay(state);
}

/** A heartbeat was answered: the member was known when it was sent, one interval before the next is due. */
function beaten<S extends Belonging>(state: S, context: ClassicContext): S {
  const seenAtMs = state.heartbeatAtMs - context.heartbeatIntervalMs;
  return { ...state, call: 0, failures: 0, seenAtMs, heartbeatAtMs: Math.max(state.heartbeatAtMs, context.nowMs) };
}

function prepare(state: Belonging, reason: string): ClassicStep {
  return { state: { ...state, name: "preparing", reason }, actions: [{ do: "prepare" }] };
}

function memberFailed(state: Alive, error: KafkaError, context: ClassicContext): ClassicStep {
  const { memberId, generation } = state;
  const kind = memberErrorKind(error);
  const isIn = state.name === "leading" || state.name === "stable" || state.name === "preparing";
  const failures = "failures" in state ? state.failures : 0;
  const forget: readonly ClassicAction[] = kind === "elsewhere" ? [{ do: "forget-coordinator", error }] : [];
  switch (kind) {
    case "again":
    case "elsewhere":
      // A member stays one while its heartbeats cannot be delivered; who was joining begins again, since the others may
      // not have waited.
      if (isIn)
        return {
          state: {
            ...state,
            call: 0,
            failures: failures + 1,
            heartbeatAtMs: context.nowMs + context.backoffMs(failures),
          },
          actions: forget,
        };
      return begin(
        memberId,
        generation,
        context.nowMs + context.backoffMs(failures),
        failures + 1,
        error.message,
        forget,
      );
    case "rebalance":
      if (state.name === "stable") return prepare(beaten(state, context), "the group is rebalancing");
      if (state.name === "preparing") return { state: beaten(state, context), actions: [] };
      return begin(
        memberId,
        generation,
        context.nowMs + (state.name === "syncing" || state.name === "leading" ? 0 : context.backoffMs(failures)),
        failures + 1,
        "the group is rebalancing",
      );
    case "unknown":
    case "behind": {
      const id = kind === "unknown" ? "" : memberId;
      // The first time at once: others may have its partitions already.
      const waitMs = failures === 0 ? 0 : context.backoffMs(failures);
      return begin(id, -1, context.nowMs + waitMs, failures + 1, error.message, [
        { do: "lose", reason: error.message },
      ]);
    }
    case "fenced":
    case "fatal":
      return {
        state: { name: "failed", error },
        actions: [
          { do: "lose", reason: error.message },
          { do: "fail", error },
        ],
      };
  }
}

/** Will join, with what is known of itself. */
function begin(
  memberId: string,
  generation: number,
  joinAtMs: number,
  failures: number,
  reason: string,
  actions: readonly ClassicAction[] = [],
): ClassicStep {
  return { state: { name: "unjoined", memberId, generation, joinAtMs, failures, reason }, actions };
}

function goAway(state: Alive, next: ClassicState, reason: string, actions: readonly ClassicAction[]): ClassicStep {
  return { state: next, actions: [...actions, { do: "leave", memberId: state.memberId, reason }] };
}

function stay(state: ClassicState): ClassicStep {
  return { state, actions: [] };
}
