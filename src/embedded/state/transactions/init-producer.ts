import * as ErrorCode from "../../../errors/error-code.ts";
import { fenced } from "./end-transaction.ts";
import { NO_EPOCH, NO_ID, type Transaction, isEnding, isExhausted } from "./transaction.ts";

/** The fields of InitProducerId for a known transactional id. */
export interface InitRequest {
  readonly timeoutMs: number;
  /** The identity of a producer that continues after an error (KIP-360). Undefined for a new producer. */
  readonly expected: { readonly producerId: number; readonly epoch: number } | undefined;
}

/** An error code; or `transaction`: the producer may begin; or `fenced`: that transaction must be aborted first. */
export type InitVerdict =
  { readonly code: number } | { readonly transaction: Transaction } | { readonly fenced: Transaction };

/** A producer begins, or begins again. A new epoch fences the one that had its transactional id before. */
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
  // Kafka fails there too.
  if (isExhausted(epoch)) return { code: ErrorCode.UNKNOWN_SERVER_ERROR };
  if (expected === undefined)
    return { transaction: begun(transaction, request, transaction.producerId, epoch + 1, NO_EPOCH) };
  if (epoch === NO_EPOCH || expected.epoch === epoch)
    return { transaction: begun(transaction, request, transaction.producerId, epoch + 1, epoch) };
  // A retry whose response was lost. No other producer has begun since, because that would have reset the last epoch.
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
