import * as ErrorCode from "../../../errors/error-code.ts";
import {
  MAX_EPOCH,
  NO_EPOCH,
  NO_ID,
  type Transaction,
  type TransactionStatus,
  isEnding,
  isExhausted,
} from "./transaction.ts";

/** The fields of EndTxn. */
export interface EndRequest {
  readonly producerId: number;
  readonly epoch: number;
  readonly isCommit: boolean;
}

/**
 * An error code; or `done`: the transaction has ended already, and the producer gets its identity; or `prepared`: the
 * end is decided, and markers must be written.
 */
export type EndVerdict =
  { readonly code: number } | { readonly done: Transaction } | { readonly prepared: Transaction };

/** From this version on, each end of a transaction gives the producer a new epoch (KIP-890). */
const BUMPS_SINCE = 2;

/**
 * Ends a transaction. With version 2 (EndTxn v5 and later), the epoch distinguishes a retry from the end of the next
 * transaction. Version 1 cannot distinguish them, and takes a second end for a retry. While markers are being written,
 * version 2 returns CONCURRENT_TRANSACTIONS before it checks id and epoch (KAFKA-18660), because the producer has its
 * next epoch already. Version 1 checks those first, as Kafka does.
 */
export function endTransaction(
  transaction: Transaction,
  request: EndRequest,
  transactionVersion: number,
  newProducerId: () => number,
  nowMs: number,
): EndVerdict {
  return transactionVersion >= BUMPS_SINCE
    ? endWithBump(transaction, request, newProducerId, nowMs)
    : endWithoutBump(transaction, request);
}

function endWithoutBump(transaction: Transaction, { producerId, epoch, isCommit }: EndRequest): EndVerdict {
  if (transaction.producerId !== producerId) return { code: ErrorCode.INVALID_PRODUCER_ID_MAPPING };
  if (transaction.epoch !== epoch) return { code: ErrorCode.PRODUCER_FENCED };
  if (isEnding(transaction)) return { code: ErrorCode.CONCURRENT_TRANSACTIONS };
  if (transaction.status === "Ongoing")
    return {
      prepared: {
        ...transaction,
        status: prepare(isCommit),
        endedWithBump: false,
        previousProducerId: producerId,
        nextProducerId: NO_ID,
      },
    };
  return transaction.status === (isCommit ? "CompleteCommit" : "CompleteAbort")
    ? { done: transaction }
    : { code: ErrorCode.INVALID_TXN_STATE };
}

function endWithBump(
  transaction: Transaction,
  { producerId, epoch, isCommit }: EndRequest,
  newProducerId: () => number,
  nowMs: number,
): EndVerdict {
  const { status } = transaction;
  if (isEnding(transaction)) return { code: ErrorCode.CONCURRENT_TRANSACTIONS };
  const isOver = status === "CompleteCommit" || status === "CompleteAbort";
  const isRetryOfLast =
    transaction.previousProducerId === producerId && epoch === MAX_EPOCH - 1 && transaction.epoch === 0;
  const isRetry = transaction.epoch === epoch + 1 || isRetryOfLast;
  if (transaction.producerId !== producerId && !isRetryOfLast) return { code: ErrorCode.INVALID_PRODUCER_ID_MAPPING };
  const isValid = transaction.epoch === epoch || (isOver && isRetry);
  if (!isValid) return { code: ErrorCode.PRODUCER_FENCED };
  if (isOver && isRetry)
    return status === (isCommit ? "CompleteCommit" : "CompleteAbort")
      ? { done: transaction }
      : { code: ErrorCode.INVALID_TXN_STATE };
  // A transaction that has not begun can be aborted: the producer may not know whether the broker has added anything.
  if (status !== "Ongoing" && isCommit) return { code: ErrorCode.INVALID_TXN_STATE };
  const nextProducerId = isExhausted(transaction.epoch) ? newProducerId() : NO_ID;
  return {
    prepared: bumped(
      { ...transaction, nextProducerId, startedAtMs: status === "Ongoing" ? transaction.startedAtMs : nowMs },
      isCommit,
    ),
  };
}

/**
 * The coordinator itself aborts, because the transaction timed out or another producer has begun. It raises the epoch,
 * so that the producer learns of it. With version 2 that producer may continue, by InitProducerId with the epoch that
 * it knows; with version 1 it is fenced for good.
 */
export function fenced(transaction: Transaction, transactionVersion: number): Transaction {
  const aborted = bumped({ ...transaction, nextProducerId: NO_ID }, false);
  return transactionVersion >= BUMPS_SINCE ? aborted : { ...aborted, lastEpoch: NO_EPOCH, endedWithBump: false };
}

/** All markers are written. */
export function completed(transaction: Transaction): Transaction {
  const { nextProducerId, endedWithBump, producerId, status } = transaction;
  const isRotated = endedWithBump && nextProducerId !== NO_ID;
  return {
    ...transaction,
    producerId: isRotated ? nextProducerId : producerId,
    epoch: isRotated ? 0 : transaction.epoch,
    previousProducerId: producerId,
    nextProducerId: NO_ID,
    status: status === "PrepareCommit" ? "CompleteCommit" : "CompleteAbort",
    partitions: new Map(),
  };
}

function bumped(transaction: Transaction, isCommit: boolean): Transaction {
  return {
    ...transaction,
    epoch: Math.min(transaction.epoch + 1, MAX_EPOCH),
    lastEpoch: transaction.epoch,
    previousProducerId: transaction.producerId,
    status: prepare(isCommit),
    endedWithBump: true,
  };
}

function prepare(isCommit: boolean): TransactionStatus {
  return isCommit ? "PrepareCommit" : "PrepareAbort";
}
