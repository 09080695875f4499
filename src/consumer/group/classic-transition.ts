import * as ErrorCode from "../../errors/error-code.ts";
import type { KafkaError } from "../../errors/kafka-error.ts";
import type { Belonging, ClassicAction, ClassicEvent, ClassicState, Identity } from "./classic-state.ts";
import { memberErrorKind } from "./member-error.ts";

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

/** The transition function. An event that does not concern a state leaves it unchanged. */
export function classicTransition(state: ClassicState, event: ClassicEvent, context: ClassicContext): ClassicStep {
  switch (state.name) {
    case "left":
      return stay(state);
    case "failed":
      return event.type === "polled" ? begin(state.memberId, -1, context.nowMs, 0, "another loop begins") : stay(state);
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
      // During a join the group may have a newer generation already: its JoinGroup response is on the way, or was lost.
      // A commit of the older generation is then refused, and the join continues.
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

/** The transition of a member that has no assignment yet: it joins, or waits for the others. */
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
 * The transition of the leader while it divides the partitions. A result of an earlier generation, or in another state,
 * is dropped.
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
    // The other members would wait until this session expires. It leaves, so that another member leads.
    return failed.state.name === "failed"
      ? {
          state: { ...failed.state, memberId: "" },
          actions: [{ do: "leave", memberId, reason: "it cannot divide the partitions" }, ...failed.actions],
        }
      : failed;
  }
  if (event.type === "tick") return heartbeat(state, context);
  if (event.type === "beat" && event.call === state.call) return { state: beaten(state, context), actions: [] };
  if (event.type === "failed" && event.call === state.call) return memberFailed(state, event.error, context);
  return stay(state);
}

/** Sends the heartbeat if it is due and none is in flight. */
function heartbeat<S extends Belonging>(state: S & ClassicState, context: ClassicContext): ClassicStep {
  if (state.call !== 0 || context.nowMs < state.heartbeatAtMs) return stay(state);
  const { memberId, generation } = state;
  const call = context.nextCall();
  return {
    state: { ...state, call, heartbeatAtMs: context.nowMs + context.heartbeatIntervalMs },
    actions: [{ do: "heartbeat", call, memberId, generation }],
  };
}

/** The transition of a member that has an assignment, or gives partitions back before it joins. */
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

/** A heartbeat succeeded. It was sent one interval before the next is due; at that time the member was in the group. */
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
      // A member of a generation repeats its heartbeat. A joining member starts the join again, because the coordinator
      // may not have waited for it.
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
      // The first time without a delay: other members may own its partitions already.
      const waitMs = failures === 0 ? 0 : context.backoffMs(failures);
      return begin(id, -1, context.nowMs + waitMs, failures + 1, error.message, [
        { do: "lose", reason: error.message },
      ]);
    }
    case "fenced":
    case "fatal":
      return {
        // A member that a broker refused, for example because its password was changed, stays in the group until its
        // session expires. It must join again under its own id: a new member would wait for that expiry.
        state: { name: "failed", error, memberId: kind === "fenced" ? "" : memberId },
        actions: [
          { do: "lose", reason: error.message },
          { do: "fail", error },
        ],
      };
  }
}

/** Joins at `joinAtMs`, with its known member id and generation. */
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
