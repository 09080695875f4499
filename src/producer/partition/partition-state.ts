/**
 * The producer's knowledge of a partition's leader. It limits how many batches may be in flight:
 *
 * - `fresh`: the leader has not written a batch under the current producer id and epoch yet. One at a time.
 * - `flowing`: it has. As many as `maxInFlightRequests` allows.
 * - `retrying`: it refused a batch, or a request failed. One at a time, not before `notBeforeMs`.
 * - `restarting`: the sequence has a gap. None until every batch in flight is answered; then one at a time, under a new
 *   epoch.
 * - `moving`: the leader changed while batches were in flight to the old one. None until those are answered.
 * - `awaiting-transaction`: the coordinator has not added the partition to the transaction yet. None.
 */
export type PartitionState =
  | (UnderWay & { readonly name: "fresh" })
  | (UnderWay & { readonly name: "flowing" })
  | (UnderWay & { readonly name: "retrying"; readonly notBeforeMs: number })
  | (UnderWay & { readonly name: "restarting"; readonly notBeforeMs: number })
  | (UnderWay & { readonly name: "moving"; readonly notBeforeMs: number; readonly restarts: boolean })
  | (UnderWay & {
      readonly name: "awaiting-transaction";
      readonly notBeforeMs: number;
      readonly restarts: boolean;
      /** The leader has written a batch: the state becomes `flowing` when the partition is added. */
      readonly isProven: boolean;
    });

/** The fields of every state. */
interface UnderWay {
  /** Batches that were sent and have no response yet. */
  readonly inFlight: number;
  /** When the last one was sent: monotonic ms. */
  readonly lastSentMs: number;
}

/** An event of a partition. */
export type PartitionEvent =
  /** A batch was sent. */
  | { readonly name: "sent" }
  /** A batch got a response of any kind, or its request failed. The next event says which. */
  | { readonly name: "answered" }
  /** The leader wrote the oldest unacknowledged batch. A success behind a refused batch does not count. */
  | { readonly name: "proven" }
  /** A batch was refused, or its request failed: it is sent again, not before this time. */
  | { readonly name: "refused"; readonly notBeforeMs: number }
  /** The broker may have forgotten this producer: it was unreachable, or the topic was recreated. */
  | { readonly name: "doubted" }
  /** A numbered batch failed for good, or the broker lost the sequence: later batches need a new epoch. */
  | { readonly name: "gap" }
  /** Sequence numbers begin at 0 under a new producer id or epoch. */
  | { readonly name: "renumbered" }
  /** The leader changed. `isBack`: to the one that has the batches in flight. */
  | { readonly name: "moved"; readonly isBack: boolean }
  /** The coordinator is asked to add the partition to the transaction. */
  | { readonly name: "enlisted" }
  /** It has added it, or the partition need not be added. */
  | { readonly name: "added" };

/**
 * After this long without a batch, a partition is `fresh` again. Brokers forget idle producers
 * (`producer.id.expiration.ms`), and sending one request alone after a pause costs too little to be measured.
 */
export const PROOF_MS = 1000;

/** The state of a new partition. */
export const FRESH: PartitionState = { name: "fresh", inFlight: 0, lastSentMs: 0 };

const ANY_TIME = ["answered", "refused", "doubted", "gap", "moved"] as const;

/** The legal events of each state; any other event is a bug of the client. */
export const LEGAL: Readonly<Record<PartitionState["name"], readonly PartitionEvent["name"][]>> = {
  fresh: [...ANY_TIME, "sent", "proven", "renumbered", "enlisted", "added"],
  flowing: [...ANY_TIME, "sent", "proven", "renumbered", "enlisted", "added"],
  retrying: [...ANY_TIME, "sent", "proven", "renumbered", "enlisted", "added"],
  restarting: [...ANY_TIME, "sent", "proven", "renumbered", "enlisted", "added"],
  moving: [...ANY_TIME, "enlisted", "added"],
  "awaiting-transaction": [...ANY_TIME, "enlisted", "added"],
};

/**
 * Returns the next state; undefined if the event is illegal in this state.
 *
 * These rules keep the order of records:
 *
 * - One batch is in flight until the leader has written one. A broker accepts any first sequence from a producer that
 *   it does not know. With two batches in flight it could refuse the first (because it has just become leader, or a
 *   replica is missing) and write the second; the first could then only be written behind it (franz-go issue 223).
 * - Only the oldest batch decides: `proven` is sent for no other, so a later success does not end a retry.
 * - A new epoch begins only when no batch of the old one is in flight: `renumbered` requires that.
 */
export function transition(state: PartitionState, event: PartitionEvent, nowMs: number): PartitionState | undefined {
  if (!LEGAL[state.name].includes(event.name)) return undefined;
  const { inFlight, lastSentMs } = state;
  switch (event.name) {
    case "sent":
      return sent(state, nowMs);
    case "answered":
      return answered(state);
    case "proven":
      return state.name === "fresh" || state.name === "retrying" ? { name: "flowing", inFlight, lastSentMs } : state;
    case "refused":
      return refused(state, event.notBeforeMs);
    case "doubted":
      if (state.name === "flowing") return { name: "fresh", inFlight, lastSentMs };
      return state.name === "awaiting-transaction" ? { ...state, isProven: false } : state;
    case "gap":
      if (state.name === "moving" || state.name === "awaiting-transaction") return { ...state, restarts: true };
      return { name: "restarting", inFlight, lastSentMs, notBeforeMs: notBefore(state) };
    case "renumbered":
      return inFlight > 0 ? undefined : { name: "fresh", inFlight, lastSentMs };
    case "moved":
      return moved(state, event.isBack);
    case "enlisted":
      return enlisted(state);
    case "added":
      return added(state, nowMs);
  }
}

function sent(state: PartitionState, nowMs: number): PartitionState | undefined {
  const { inFlight, lastSentMs } = state;
  // One at a time, unless the leader has proven that it knows the producer.
  if (inFlight > 0 && state.name !== "flowing") return undefined;
  const isOld = inFlight === 0 && nowMs >= lastSentMs + PROOF_MS;
  const next = { inFlight: inFlight + 1, lastSentMs: nowMs };
  return state.name === "flowing" && isOld ? { name: "fresh", ...next } : { ...state, ...next };
}

function answered(state: PartitionState): PartitionState | undefined {
  const inFlight = state.inFlight - 1;
  if (inFlight < 0) return undefined;
  if (state.name !== "moving" || inFlight > 0) return { ...state, inFlight };
  const { lastSentMs, notBeforeMs, restarts } = state;
  return restarts
    ? { name: "restarting", inFlight, lastSentMs, notBeforeMs }
    : notBeforeMs > 0
      ? { name: "retrying", inFlight, lastSentMs, notBeforeMs }
      : { name: "fresh", inFlight, lastSentMs };
}

function refused(state: PartitionState, notBeforeMs: number): PartitionState {
  if (state.name === "awaiting-transaction") return { ...state, notBeforeMs, isProven: false };
  if (state.name === "restarting" || state.name === "moving") return { ...state, notBeforeMs };
  const { inFlight, lastSentMs } = state;
  return { name: "retrying", inFlight, lastSentMs, notBeforeMs };
}

function moved(state: PartitionState, isBack: boolean): PartitionState {
  const { inFlight, lastSentMs } = state;
  const restarts = mustRestart(state);
  // The backoff was for the old leader.
  if (state.name === "awaiting-transaction") return { ...state, notBeforeMs: 0, isProven: false };
  if (inFlight > 0 && !isBack) return { name: "moving", inFlight, lastSentMs, notBeforeMs: 0, restarts };
  return restarts
    ? { name: "restarting", inFlight, lastSentMs, notBeforeMs: 0 }
    : { name: "fresh", inFlight, lastSentMs };
}

function enlisted(state: PartitionState): PartitionState {
  if (state.name === "awaiting-transaction") return state;
  const { inFlight, lastSentMs } = state;
  return {
    name: "awaiting-transaction",
    inFlight,
    lastSentMs,
    notBeforeMs: notBefore(state),
    restarts: mustRestart(state),
    isProven: state.name === "flowing",
  };
}

function added(state: PartitionState, nowMs: number): PartitionState {
  if (state.name !== "awaiting-transaction") return state;
  const { inFlight, lastSentMs, notBeforeMs, restarts, isProven } = state;
  if (restarts) return { name: "restarting", inFlight, lastSentMs, notBeforeMs };
  if (isProven) return { name: "flowing", inFlight, lastSentMs };
  return notBeforeMs > nowMs
    ? { name: "retrying", inFlight, lastSentMs, notBeforeMs }
    : { name: "fresh", inFlight, lastSentMs };
}

/** Whether a batch may be sent now. */
export function maySend(state: PartitionState, nowMs: number): boolean {
  switch (state.name) {
    case "flowing":
      return true;
    case "fresh":
      return state.inFlight === 0;
    case "retrying":
    case "restarting":
      return state.inFlight === 0 && nowMs >= state.notBeforeMs;
    case "moving":
    case "awaiting-transaction":
      return false;
  }
}

/** The time before which nothing is sent; 0 if there is none. */
export function notBefore(state: PartitionState): number {
  return "notBeforeMs" in state ? state.notBeforeMs : 0;
}

/** Whether the sequence has a gap, so that the next batch needs a new epoch. */
export function mustRestart(state: PartitionState): boolean {
  return state.name === "restarting" || ("restarts" in state && state.restarts);
}
