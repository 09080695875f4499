import * as ErrorCode from "../../errors/error-code.ts";
import { detailsOf, KafkaError } from "../../errors/kafka-error.ts";
import { isFatal, isForgotten } from "./transaction-failures.ts";

/** The consequence of an error of EndTxn. */
export type EndVerdict =
  /** Another producer has taken over, or this one is not authorised: its transactional id cannot be used. */
  | { readonly name: "fatal" }
  /** The commit was refused, or never sent: the transaction can only be aborted. */
  | { readonly name: "failed"; readonly error: KafkaError }
  /** There was nothing to abort. */
  | { readonly name: "nothing-open" }
  /** An earlier commit, whose response was lost, had succeeded. */
  | { readonly name: "committed" }
  /** The outcome is unknown: the same call may be made again. */
  | { readonly name: "unanswered" };

/**
 * Decides what a failed commit or abort means.
 *
 * @param late why a transaction that was open for too long failed; undefined if it was not
 */
export function endVerdict(
  isCommit: boolean,
  isCommitSent: boolean,
  error: KafkaError,
  late: string | undefined,
): EndVerdict {
  if (isFatal(error)) return { name: "fatal" };
  const { code } = error;
  const isAnswered = code !== undefined && error.kind !== "timeout" && error.outcome !== "indefinite";
  if (isCommit && (isAnswered || !isCommitSent)) {
    const details = { ...detailsOf(error), cause: error };
    const told = late === undefined ? error : new KafkaError(error.kind, `${late} (${error.message})`, details);
    return { name: "failed", error: told };
  }
  if (!isCommit && isAnswered && (code === ErrorCode.INVALID_TXN_STATE || isForgotten(code)))
    return { name: isCommitSent && code === ErrorCode.INVALID_TXN_STATE ? "committed" : "nothing-open" };
  return { name: "unanswered" };
}
