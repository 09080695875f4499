import * as ErrorCode from "../../errors/error-code.ts";
import { detailsOf, KafkaError } from "../../errors/kafka-error.ts";
import { isFatal, isForgotten } from "./transaction-failures.ts";

/** What a failure to end a transaction means. */
export type EndVerdict =
  /** Another producer took over, or the like: nothing can be done under this transactional id. */
  | { readonly name: "fatal" }
  /** The commit was refused, or never sent: the transaction can only be aborted. */
  | { readonly name: "failed"; readonly error: KafkaError }
  /** There was nothing to abort. */
  | { readonly name: "nothing-open" }
  /** A commit whose answer was lost had been carried out. */
  | { readonly name: "committed" }
  /** Nobody knows: the same call may be made again. */
  | { readonly name: "unanswered" };

/** `late`: why a transaction that was open for too long failed; undefined where it was not. */
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
