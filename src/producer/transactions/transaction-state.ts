import { detailsOf, KafkaError } from "../../errors/kafka-error.ts";
import type { ProducerIdentity } from "../partition/producer-identity.ts";
import { notBegun } from "./not-begun.ts";

/**
 * 1: partitions are added by requests of their own. 2: writing to a partition adds it, and each end of a transaction
 * brings the next epoch (KIP-890).
 */
export type TransactionProtocol = 1 | 2;

/** The facts about a transaction that has begun and is not over. */
export interface OpenTransaction {
  readonly identity: ProducerIdentity;
  readonly protocol: TransactionProtocol;
  /** When it began: monotonic ms. */
  readonly sinceMs: number;
  /** Whether a broker may know of it. If not, there is nothing to end. */
  readonly isTouched: boolean;
  /**
   * Whether the next transaction needs a new epoch: a request of this one may still arrive, or a sequence has a gap.
   */
  readonly needsNewEpoch: boolean;
}

/**
 * The states of a transactional producer:
 * - `uninitialised`: it has no epoch; `identity`, if present, is renewed by the next request for one;
 * - `initialising`: the coordinator is asked for an epoch, and aborts what an earlier producer left open;
 * - `ready`: no transaction is open;
 * - `open`: records and offsets are accepted;
 * - `failed`: a record or an offset was lost, so the transaction can only be aborted;
 * - `committing`, `aborting`: it is being ended;
 * - `undecided`: no response came in time, so it is unknown whether the transaction was ended;
 * - `fatal`: another producer has taken over, or this one is not authorised. This state is final.
 */
export type TransactionState =
  | { readonly name: "uninitialised"; readonly identity: ProducerIdentity | undefined }
  | { readonly name: "initialising"; readonly identity: ProducerIdentity | undefined }
  | { readonly name: "ready"; readonly identity: ProducerIdentity }
  | { readonly name: "open"; readonly transaction: OpenTransaction }
  | {
      readonly name: "failed";
      readonly transaction: OpenTransaction;
      readonly error: KafkaError;
      readonly isCommitSent: boolean;
    }
  | { readonly name: "committing"; readonly transaction: OpenTransaction; readonly isCommitSent: boolean }
  | { readonly name: "aborting"; readonly transaction: OpenTransaction; readonly isCommitSent: boolean }
  | {
      readonly name: "undecided";
      readonly transaction: OpenTransaction;
      readonly error: KafkaError;
      readonly isCommitSent: boolean;
    }
  | { readonly name: "fatal"; readonly error: KafkaError };

/** An event of a transactional producer. */
export type TransactionEvent =
  | { readonly name: "initialise" }
  /** The coordinator returned an epoch. */
  | { readonly name: "initialised"; readonly identity: ProducerIdentity }
  /** No epoch was returned in time. */
  | { readonly name: "not-initialised" }
  | { readonly name: "begin"; readonly protocol: TransactionProtocol; readonly nowMs: number }
  /** A request of the transaction is sent. */
  | { readonly name: "touched" }
  /** A request of it may arrive after we gave it up. */
  | { readonly name: "unsure" }
  /** A record or an offset of it is lost. */
  | { readonly name: "failed"; readonly error: KafkaError }
  /** The producer may not write any more. */
  | { readonly name: "refused"; readonly error: KafkaError }
  | { readonly name: "commit" }
  /** The commit request is sent: from now on it may be carried out. */
  | { readonly name: "commit-sent" }
  | { readonly name: "abort" }
  /**
   * The transaction is over. `next`: the next epoch, which the response contains with protocol 2; if undefined, it must
   * be requested.
   */
  | { readonly name: "ended"; readonly next: ProducerIdentity | undefined }
  /** No response says whether it was ended. */
  | { readonly name: "unanswered"; readonly error: KafkaError };

/** The state of a producer that has had no epoch yet. */
export const NEW_PRODUCER: TransactionState = { name: "uninitialised", identity: undefined };

/**
 * Returns the state after an event. Throws if the user's call is illegal in this state, with what to do instead: kind
 * `config` for a wrong call, the transaction's `abortable` error, or the producer's final error. A response that comes
 * too late changes nothing.
 */
export function transition(state: TransactionState, event: TransactionEvent): TransactionState {
  switch (event.name) {
    case "initialise":
      return initialise(state);
    case "initialised":
      return state.name === "initialising" ? { name: "ready", identity: event.identity } : state;
    case "not-initialised":
      return state.name === "initialising" ? { name: "uninitialised", identity: state.identity } : state;
    case "begin":
      return begin(state, event.protocol, event.nowMs);
    case "touched":
      return marked(state, { isTouched: true });
    case "unsure":
      return marked(state, { needsNewEpoch: true });
    case "failed":
      return failed(state, event.error);
    case "refused":
      return state.name === "fatal" ? state : { name: "fatal", error: event.error };
    case "commit":
      return commit(state);
    case "commit-sent":
      return state.name === "committing" ? { ...state, isCommitSent: true } : state;
    case "abort":
      return abort(state);
    case "ended":
      return ended(state, event.next);
    case "unanswered":
      if (state.name !== "committing" && state.name !== "aborting") return state;
      return {
        name: "undecided",
        transaction: { ...state.transaction, needsNewEpoch: true },
        error: event.error,
        isCommitSent: state.isCommitSent,
      };
  }
}

/** The error for a record in this state; undefined if it is accepted. */
export function refusal(state: TransactionState): KafkaError | undefined {
  switch (state.name) {
    case "open":
      return undefined;
    case "failed":
      return again(state.error);
    case "fatal":
      return again(state.error);
    case "committing":
    case "aborting":
      return misuse(`the transaction is being ended (${state.name}); begin() the next one when that is done`);
    case "undecided":
      return misuse(
        `the outcome of the last transaction is unknown (${state.error.message}); call ` +
          `${state.isCommitSent ? "commit() or abort()" : "abort()"} again`,
      );
    case "uninitialised":
    case "initialising":
    case "ready":
      return notBegun();
  }
}

/** The transaction that is open or being ended. */
export function transactionOf(state: TransactionState): OpenTransaction | undefined {
  return "transaction" in state ? state.transaction : undefined;
}

function initialise(state: TransactionState): TransactionState {
  switch (state.name) {
    case "uninitialised":
      return { name: "initialising", identity: state.identity };
    case "ready":
      // A change of the protocol needs a new epoch.
      return { name: "initialising", identity: state.identity };
    default:
      return begin(state, 1, 0);
  }
}

function begin(state: TransactionState, protocol: TransactionProtocol, nowMs: number): TransactionState {
  switch (state.name) {
    case "ready":
      return {
        name: "open",
        transaction: { identity: state.identity, protocol, sinceMs: nowMs, isTouched: false, needsNewEpoch: false },
      };
    case "uninitialised":
    case "initialising":
      throw misuse("begin() is under way already: await it");
    case "fatal":
      throw again(state.error);
    case "open":
      throw misuse(
        "a transaction is open already: commit() or abort() it first. A producer has one at a time; for several, " +
          "make several producers",
      );
    case "failed":
      throw misuse(`the last transaction failed and was not aborted yet: call abort() first (${state.error.message})`);
    case "committing":
    case "aborting":
    case "undecided":
      throw refusal(state) ?? misuse("a transaction is being ended");
  }
}

function commit(state: TransactionState): TransactionState {
  switch (state.name) {
    case "open":
      return { name: "committing", transaction: state.transaction, isCommitSent: false };
    case "undecided":
      if (!state.isCommitSent)
        throw misuse("the transaction was being aborted, and cannot be committed any more: call abort() again");
      return { name: "committing", transaction: state.transaction, isCommitSent: true };
    case "failed":
    case "fatal":
      throw again(state.error);
    case "committing":
    case "aborting":
      throw misuse(`the transaction is being ended already (${state.name})`);
    case "uninitialised":
    case "initialising":
    case "ready":
      throw misuse("there is no transaction to commit: call begin() first");
  }
}

function abort(state: TransactionState): TransactionState {
  switch (state.name) {
    case "open":
      return { name: "aborting", transaction: state.transaction, isCommitSent: false };
    case "failed":
    case "undecided":
      return { name: "aborting", transaction: state.transaction, isCommitSent: state.isCommitSent };
    case "fatal":
      throw again(state.error);
    case "committing":
    case "aborting":
      throw misuse(`the transaction is being ended already (${state.name})`);
    case "uninitialised":
    case "initialising":
    case "ready":
      return state; // nothing is open, so there is nothing to abort
  }
}

function failed(state: TransactionState, error: KafkaError): TransactionState {
  switch (state.name) {
    case "open":
      return {
        name: "failed",
        transaction: { ...state.transaction, needsNewEpoch: true },
        error: abortable(error),
        isCommitSent: false,
      };
    case "committing":
      return {
        name: "failed",
        transaction: { ...state.transaction, needsNewEpoch: true },
        error: abortable(error),
        isCommitSent: state.isCommitSent,
      };
    default:
      return state; // it cannot be committed any more, or is over
  }
}

function ended(state: TransactionState, next: ProducerIdentity | undefined): TransactionState {
  if (state.name !== "committing" && state.name !== "aborting") return state;
  const { identity, protocol, needsNewEpoch, isTouched } = state.transaction;
  if (protocol === 2 && isTouched)
    return next === undefined ? { name: "uninitialised", identity } : { name: "ready", identity: next };
  return needsNewEpoch ? { name: "uninitialised", identity } : { name: "ready", identity };
}

function marked(state: TransactionState, marks: Partial<OpenTransaction>): TransactionState {
  if (!("transaction" in state)) return state;
  return { ...state, transaction: { ...state.transaction, ...marks } };
}

/**
 * Turns any error into the transaction's: it is lost, but the producer is not. A missing right keeps its kind, because
 * the same transaction would fail again; any other error becomes one of kind `abortable`.
 */
export function abortable(cause: KafkaError): KafkaError {
  if (cause.message.startsWith(LOST)) return cause;
  const isForbidden = cause.kind === "authorization";
  const whatNow = `${isForbidden ? "after the right is granted, " : ""}call abort(), then begin() and send its records again`;
  const details = { ...detailsOf(cause), cause, retriable: false };
  return new KafkaError(isForbidden ? "authorization" : "abortable", `${LOST} (${cause.message}); ${whatNow}`, details);
}

const LOST = "the transaction cannot be committed";

/** A user may get the same refusal several times: make a new error each time, with its own stack. */
function again(error: KafkaError): KafkaError {
  return new KafkaError(error.kind, error.message, { ...detailsOf(error), cause: error, outcome: "notWritten" });
}

function misuse(message: string): KafkaError {
  return new KafkaError("config", message, { outcome: "notWritten" });
}
