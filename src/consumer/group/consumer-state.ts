import * as ErrorCode from "../../errors/error-code.ts";
import type { KafkaError } from "../../errors/kafka-error.ts";
import { memberErrorKind } from "./member-error.ts";

/**
 * A killed static member stays in the group until its session expires. Until then its successor is refused
 * (UNRELEASED_INSTANCE_ID). Brokers allow no session beyond `group.consumer.max.session.timeout.ms`, 60 s by default.
 * If the instance id is still in use after this time, another live member has it.
 */
const UNRELEASED_MS = 65_000;

/**
 * The states of a member of a KIP-848 group, which has one request for everything:
 * - `unjoined`: joins at `joinAtMs`. `joining`: its first heartbeat, with epoch 0, is in flight.
 * - `joined`: sends heartbeats; the responses contain the assignment.
 * - `away`: left the group because the application did not ask for records. `left`: left for good. `failed`: cannot
 *   continue.
 */
export type ConsumerState =
  | {
      readonly name: "unjoined";
      readonly memberId: string;
      readonly joinAtMs: number;
      readonly failures: number;
      readonly unreleasedSinceMs?: number | undefined;
    }
  | {
      readonly name: "joining";
      readonly memberId: string;
      readonly call: number;
      readonly sentAtMs: number;
      readonly failures: number;
      readonly unreleasedSinceMs?: number | undefined;
    }
  | {
      readonly name: "joined";
      readonly memberId: string;
      readonly epoch: number;
      readonly intervalMs: number;
      readonly heartbeatAtMs: number;
      /** When the last successful heartbeat was sent. */
      readonly seenAtMs: number;
      readonly sentAtMs: number;
      /** The number of the heartbeat in flight; 0 for none. */
      readonly call: number;
      readonly failures: number;
      /**
       * The coordinator must learn of a change: partitions were given back or assigned, or the subscription changed.
       */
      readonly hasNews: boolean;
      /** It is not known whether the last request arrived: the next one is full. */
      readonly isInDoubt: boolean;
    }
  | { readonly name: "away"; readonly memberId: string }
  | { readonly name: "left" }
  | {
      readonly name: "failed";
      readonly error: KafkaError;
      /** Its membership, which goes on until its session expires; undefined if it never joined, or was fenced. */
      readonly member: Extract<ConsumerState, { readonly name: "joined" }> | undefined;
    };

export type ConsumerEvent =
  | { readonly type: "tick" }
  | {
      readonly type: "beat";
      readonly call: number;
      readonly memberId: string | null;
      readonly epoch: number;
      readonly intervalMs: number;
      readonly hasAssignment: boolean;
    }
  | { readonly type: "failed"; readonly call: number; readonly error: KafkaError }
  /** The coordinator refused a commit or another request of this epoch. */
  | { readonly type: "refused"; readonly epoch: number; readonly error: KafkaError }
  /** The coordinator must learn of a change soon. */
  | { readonly type: "news" }
  | { readonly type: "stalled" }
  | { readonly type: "polled" }
  | { readonly type: "leave" };

export type ConsumerAction =
  /** `isFull`: with all fields, because the coordinator may have forgotten them; otherwise only with changes. */
  | {
      readonly do: "heartbeat";
      readonly call: number;
      readonly memberId: string;
      readonly epoch: number;
      readonly isFull: boolean;
    }
  /** The current response contains an assignment: apply it. */
  | { readonly do: "assign" }
  | { readonly do: "lose"; readonly reason: string }
  /** Another member still has its instance id; that member may have been killed. Reported once. */
  | { readonly do: "await-release"; readonly forMs: number; readonly error: KafkaError }
  | { readonly do: "leave"; readonly memberId: string; readonly epoch: number }
  | { readonly do: "forget-coordinator"; readonly error: KafkaError }
  | { readonly do: "fail"; readonly error: KafkaError };

export interface ConsumerContext {
  readonly nowMs: number;
  readonly backoffMs: (attempt: number) => number;
  readonly nextCall: () => number;
  /** A new member id (KIP-1082: the client creates it). */
  readonly newMemberId: () => string;
}

export interface ConsumerStep {
  readonly state: ConsumerState;
  readonly actions: readonly ConsumerAction[];
}

export const consumerStart = (memberId: string, nowMs: number): ConsumerState => ({
  name: "unjoined",
  memberId,
  joinAtMs: nowMs,
  failures: 0,
});

/** When a state needs a `tick`. */
export function consumerWakeMs(state: ConsumerState): number {
  if (state.name === "unjoined") return state.joinAtMs;
  return state.name === "joined" && state.call === 0 ? state.heartbeatAtMs : Number.POSITIVE_INFINITY;
}

/** The transition function. An event that does not concern a state leaves it unchanged. */
export function consumerTransition(state: ConsumerState, event: ConsumerEvent, context: ConsumerContext): ConsumerStep {
  switch (state.name) {
    case "left":
      return { state, actions: [] };
    case "failed":
      return {
        state: event.type === "polled" ? again(state.member, context) : state,
        actions: [],
      };
    case "away":
      if (event.type === "polled") return { state: consumerStart(state.memberId, context.nowMs), actions: [] };
      return event.type === "leave" ? { state: { name: "left" }, actions: [] } : { state, actions: [] };
    case "unjoined":
    case "joining":
    case "joined":
      break;
  }
  const leave: readonly ConsumerAction[] =
    state.name === "unjoined"
      ? []
      : [{ do: "leave", memberId: state.memberId, epoch: state.name === "joined" ? state.epoch : 0 }];
  if (event.type === "leave") return { state: { name: "left" }, actions: leave };
  if (event.type === "stalled")
    return {
      state: { name: "away", memberId: state.memberId },
      actions: [{ do: "lose", reason: "the application stopped asking for records" }, ...leave],
    };
  if (state.name === "joined") return joined(state, event, context);
  return entering(state, event, context);
}

function entering(
  state: Extract<ConsumerState, { readonly name: "unjoined" | "joining" }>,
  event: ConsumerEvent,
  context: ConsumerContext,
): ConsumerStep {
  if (state.name === "unjoined") {
    if (event.type !== "tick" || context.nowMs < state.joinAtMs) return { state, actions: [] };
    const call = context.nextCall();
    return {
      state: {
        name: "joining",
        memberId: state.memberId,
        call,
        sentAtMs: context.nowMs,
        failures: state.failures,
        unreleasedSinceMs: state.unreleasedSinceMs,
      },
      actions: [{ do: "heartbeat", call, memberId: state.memberId, epoch: 0, isFull: true }],
    };
  }
  if (event.type === "failed" && event.call === state.call) return joinFailed(state, event.error, context);
  if (event.type !== "beat" || event.call !== state.call || event.epoch < 0) return { state, actions: [] };
  return {
    state: {
      name: "joined",
      memberId: event.memberId ?? state.memberId,
      epoch: event.epoch,
      intervalMs: event.intervalMs,
      heartbeatAtMs: context.nowMs + event.intervalMs,
      seenAtMs: state.sentAtMs,
      sentAtMs: state.sentAtMs,
      call: 0,
      failures: 0,
      hasNews: false,
      isInDoubt: false,
    },
    actions: event.hasAssignment ? [{ do: "assign" }] : [],
  };
}

function joinFailed(
  state: Extract<ConsumerState, { readonly name: "joining" }>,
  error: KafkaError,
  context: ConsumerContext,
): ConsumerStep {
  const { memberId, failures, unreleasedSinceMs } = state;
  const kind = memberErrorKind(error);
  const again = (id: string, actions: readonly ConsumerAction[] = []): ConsumerStep => ({
    state: {
      name: "unjoined",
      memberId: id,
      joinAtMs: context.nowMs + context.backoffMs(failures),
      failures: failures + 1,
      unreleasedSinceMs,
    },
    actions,
  });
  if (error.code === ErrorCode.UNRELEASED_INSTANCE_ID) {
    if (unreleasedSinceMs === undefined) {
      const { state: waiting, actions } = again(memberId, [{ do: "await-release", forMs: UNRELEASED_MS, error }]);
      return {
        state: waiting.name === "unjoined" ? { ...waiting, unreleasedSinceMs: context.nowMs } : waiting,
        actions,
      };
    }
    if (context.nowMs - unreleasedSinceMs < UNRELEASED_MS) return again(memberId);
  }
  switch (kind) {
    case "again":
    case "behind":
    case "rebalance":
      return again(memberId);
    case "elsewhere":
      return again(memberId, [{ do: "forget-coordinator", error }]);
    case "unknown":
      return again(context.newMemberId());
    case "fenced":
    case "fatal":
      return { state: { name: "failed", error, member: undefined }, actions: [{ do: "fail", error }] };
  }
}

type Joined = Extract<ConsumerState, { readonly name: "joined" }>;

function joined(state: Joined, event: ConsumerEvent, context: ConsumerContext): ConsumerStep {
  switch (event.type) {
    case "tick": {
      if (state.call !== 0 || context.nowMs < state.heartbeatAtMs) return { state, actions: [] };
      const call = context.nextCall();
      const next: Joined = {
        ...state,
        call,
        sentAtMs: context.nowMs,
        heartbeatAtMs: context.nowMs + state.intervalMs,
        hasNews: false,
        isInDoubt: false,
      };
      return {
        state: next,
        actions: [{ do: "heartbeat", call, memberId: state.memberId, epoch: state.epoch, isFull: state.isInDoubt }],
      };
    }
    case "news":
      return {
        state: {
          ...state,
          hasNews: true,
          heartbeatAtMs: state.failures > 0 ? state.heartbeatAtMs : Math.min(state.heartbeatAtMs, context.nowMs),
        },
        actions: [],
      };
    case "beat": {
      if (event.call !== state.call) return { state, actions: [] };
      const heartbeatAtMs = state.hasNews ? context.nowMs : Math.max(context.nowMs, state.sentAtMs + event.intervalMs);
      // A response with an epoch below 0 does not know our epoch, which stays.
      const next: Joined = {
        ...state,
        call: 0,
        failures: 0,
        epoch: event.epoch < 0 ? state.epoch : event.epoch,
        intervalMs: event.intervalMs,
        seenAtMs: state.sentAtMs,
        heartbeatAtMs,
      };
      return { state: next, actions: event.hasAssignment ? [{ do: "assign" }] : [] };
    }
    case "failed":
      return event.call === state.call ? joinedFailed(state, event.error, context) : { state, actions: [] };
    case "refused":
      return event.epoch === state.epoch ? joinedFailed(state, event.error, context) : { state, actions: [] };
    case "polled":
    case "stalled":
    case "leave":
      return { state, actions: [] };
  }
}

function joinedFailed(state: Joined, error: KafkaError, context: ConsumerContext): ConsumerStep {
  const kind = error.code === ErrorCode.GROUP_ID_NOT_FOUND ? "unknown" : memberErrorKind(error);
  const lose: ConsumerAction = { do: "lose", reason: error.message };
  switch (kind) {
    case "again":
    case "elsewhere":
    case "rebalance":
      return {
        state: {
          ...state,
          call: 0,
          failures: state.failures + 1,
          isInDoubt: true,
          heartbeatAtMs: context.nowMs + context.backoffMs(state.failures),
        },
        actions: kind === "elsewhere" ? [{ do: "forget-coordinator", error }] : [],
      };
    case "unknown":
      return { state: consumerStart(context.newMemberId(), context.nowMs), actions: [lose] };
    case "behind":
      return { state: consumerStart(state.memberId, context.nowMs), actions: [lose] };
    case "fenced":
    case "fatal":
      return {
        state: { name: "failed", error, member: kind === "fatal" ? state : undefined },
        actions: [lose, { do: "fail", error }],
      };
  }
}

/**
 * A member that a broker refused, for example because its password was changed, stays in the group until its session
 * expires. It goes on in its epoch, and learns its assignment by a full heartbeat: a new member would wait for that
 * expiry, and the same member with epoch 0 would be fenced until then.
 */
function again(member: Joined | undefined, context: ConsumerContext): ConsumerState {
  if (member === undefined) return consumerStart(context.newMemberId(), context.nowMs);
  return { ...member, call: 0, failures: 0, hasNews: false, isInDoubt: true, heartbeatAtMs: context.nowMs };
}
