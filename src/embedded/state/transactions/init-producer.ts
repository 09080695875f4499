import * as ErrorCode from "../../../errors/error-code.ts";
import { fenced } from "./end-transaction.ts";
import { NO_EPOCH, NO_ID, type Transaction, isEnding, isExhausted } from "./transaction.ts";

/** What InitProducerId asks of a transactional id that is known. */
export interface InitRequest {
  readonly timeoutMs: number;
  /** What the producer believes to be: one that goes on after an error (KIP-360). Undefined for one that begins. */
  readonly expected: { readonly producerId: number; readonly epoch: number } | undefined;
}

/** The producer may begin with `transaction`; or `fenced` must be aborted first; or an error code. */
export type InitVerdict =
  { readonly code: number } | { readonly transaction: Transaction } | { readonly fenced: Transaction };

/** A producer begins, or begins again: whoever had its transactional id before is fenced by a new epoch. */
export function initProducer(
  transaction: Transaction,
  request: InitRequest,
  transactionVersion: number,
  newProducerId: () => number,
): InitVerdict {
  if (isEnding(transaction)) return { code: ErrorCode.CONCURRENT_TRANSACTIONS };
  if (!isKnown(transaction, request)) return { code: ErrorCode.PRODUCER_FENCED };
  if (transaction.status === "Ongoing") return { fenced: fenced(transaction, transactionVersion) };
  const { epoch } = transaction;
  const { expected } = request;
  if (isExhausted(epoch) && (expected === undefined || expected.epoch === epoch)) {
    return { transaction: begun(transaction, request, newProducerId(), 0, expected === undefined ? NO_EPOCH : epoch) };
  }
  // As in Kafka, which fails there.
  if (isExhausted(epoch)) return { code: ErrorCode.UNKNOWN_SERVER_ERROR };
  if (expected === undefined)
    return { transaction: begun(transaction, request, transaction.producerId, epoch + 1, NO_EPOCH) };
  if (epoch === NO_EPOCH || expected.epoch === epoch)
    return { transaction: begun(transaction, request, transaction.producerId, epoch + 1, epoch) };
  // A retry, whose answer was lost: nobody else has begun since, else there would be no last epoch.
  if (expected.epoch === transaction.lastEpoch)
    return { transaction: begun(transaction, request, transaction.producerId, epoch, transaction.lastEpoch) };
  return { code: ErrorCode.PRODUCER_FENCED };
}

function isKnown({ producerId, previousProducerId, epoch }: Transaction, { expected }: InitRequest): boolean {
  if (expected === undefined || epoch === NO_EPOCH || expected.producerId === producerId) return true;
  return expected.producerId === previousProducerId && isExhausted(expected.epoch);
}

function begun(
  transaction: Transaction,
  { timeoutMs }: InitRequest,
  producerId: number,
  epoch: number,
  lastEpoch: number,
): Transaction {
  return {
    ...transaction,
    producerId,
    epoch,
    lastEpoch,
    timeoutMs,
    previousProducerId: transaction.producerId,
    nextProducerId: NO_ID,
    status: "Empty",
    partitions: new Map(),
    startedAtMs: -1,
  };
}
