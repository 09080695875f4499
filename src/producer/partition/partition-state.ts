/**
 * What a partition's leader is known to be for this producer, and so how many batches may be under way:
 *
 * - `fresh`: it has not yet written a batch under the present producer id and epoch. One at a time.
 * - `flowing`: it has. As many as `maxInFlightRequests` allows.
 * - `retrying`: it refused a batch, or the request broke. One at a time, not before `notBeforeMs`.
 * - `restarting`: the numbers have a gap. Nothing until what is under way is answered; then a new epoch, one at a time.
 * - `moving`: the leader is another, and batches are under way at the former one. Nothing until they are answered.
 * - `awaiting-transaction`: the coordinator has not added the partition to the transaction yet. Nothing.
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
      /** The leader has written a batch: it flows on when the partition is added. */
      readonly isProven: boolean;
    });

/** What every state knows. */
interface UnderWay {
  /** Batches that were sent and are not answered. */
  readonly inFlight: number;
  /** When the last one was sent: monotonic ms. */
  readonly lastSentMs: number;
}

/** What happens to a partition. */
export type PartitionEvent =
  /** A batch was sent. */
  | { readonly name: "sent" }
  /** A batch was answered, well or not, or its request broke. What that means is told by the event behind it. */
  | { readonly name: "answered" }
  /** The present leader wrote the oldest batch that is not acknowledged. A success behind a refused batch is none. */
  | { readonly name: "proven" }
  /** A batch was refused, or its request broke: it is sent again, not before this time. */
  | { readonly name: "refused"; readonly notBeforeMs: number }
  /** The broker may have forgotten this producer: it was gone, or the topic was made anew. */
  | { readonly name: "doubted" }
  /** A numbered batch failed for good, or the broker lost count: what follows needs a new epoch. */
  | { readonly name: "gap" }
  /** Numbers begin anew under a new producer id or epoch. */
  | { readonly name: "renumbered" }
  /** The leader is another. `isBack`: it is the one that has the batches under way. */
  | { readonly name: "moved"; readonly isBack: boolean }
  /** The coordinator is asked to add the partition to the transaction. */
  | { readonly name: "enlisted" }
  /** It has done so, or need not. */
  | { readonly name: "added" };

/**
 * A partition that got no batch for this long proves itself again. Brokers forget idle producers
 * (`producer.id.expiration.ms`), and one request alone after a pause costs nothing that could be measured.
 */
export const PROOF_MS = 1000;

export const FRESH: PartitionState = { name: "fresh", inFlight: 0, lastSentMs: 0 };

const ANY_TIME = ["answered", "refused", "doubted", "gap", "moved"] as const;

/** The events that each state takes; any other is a fault of the client. */
export const LEGAL: Readonly<Record<PartitionState["name"], readonly PartitionEvent["name"][]>> = {
  fresh: [...ANY_TIME, "sent", "proven", "renumbered", "enlisted", "added"],
  flowing: [...ANY_TIME, "sent", "proven", "renumbered", "enlisted", "added"],
  retrying: [...ANY_TIME, "sent", "proven", "renumbered", "enlisted", "added"],
  restarting: [...ANY_TIME, "sent", "proven", "renumbered", "enlisted", "added"],
  moving: [...ANY_TIME, "enlisted", "added"],
  "awaiting-transaction": [...ANY_TIME, "enlisted", "added"],
};

/**
 * The next state; undefined for an event that the state does not take, which leaves it as it is.
 *
 * The rules of order, one for each line of the table above:
 *
 * - One batch is under way until the leader has written one. A broker accepts any first sequence from a producer that
 *   it does not know: with two under way it could refuse the first (it has just become leader, or a replica is missing)
 *   and write the second, and the first could only be written behind it (franz-go issue 223).
 * - Only the oldest batch decides: `proven` comes for no other, so that a later success ends no retry.
 * - No new epoch while a batch of the old one is under way: `renumbered` needs that none is.
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
  // One at a time, but for a leader that has proven itself.
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
  // A wait was for the old leader.
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

/** Whether the partition's state lets a batch be sent now. */
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

/** The time before which nothing is sent; 0 where there is none. */
export function notBefore(state: PartitionState): number {
  return "notBeforeMs" in state ? state.notBeforeMs : 0;
}

/** Whether the numbers have a gap, so that what is sent next needs a new epoch. */
export function mustRestart(state: PartitionState): boolean {
  return state.name === "restarting" || ("restarts" in state && state.restarts);
}
