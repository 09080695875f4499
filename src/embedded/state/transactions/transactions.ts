import * as ErrorCode from "../../../errors/error-code.ts";
import { type EndRequest, type EndVerdict, completed, endTransaction, fenced } from "./end-transaction.ts";
import { type InitRequest, type InitVerdict, initProducer } from "./init-producer.ts";
import { type TopicPartition, type Transaction, isEnding, newTransaction, partitionKey } from "./transaction.ts";

/** The producer that sent a request, with its epoch. */
export interface Speaker {
  readonly transactionalId: string;
  readonly producerId: number;
  readonly epoch: number;
}

/**
 * The transaction coordinator's decisions for all transactional ids, without timers and I/O. When a call returns a
 * transaction as `prepared` or `fenced`, the caller must write its markers, and report each with {@link markerWritten}.
 */
export class Transactions {
  readonly #byId = new Map<string, Transaction>();
  readonly #newProducerId: () => number;

  constructor(newProducerId: () => number) {
    this.#newProducerId = newProducerId;
  }

  get all(): Iterable<Transaction> {
    return this.#byId.values();
  }

  get(transactionalId: string): Transaction | undefined {
    return this.#byId.get(transactionalId);
  }

  /** InitProducerId. */
  init(transactionalId: string, request: InitRequest, transactionVersion: number): InitVerdict {
    const known =
      this.#byId.get(transactionalId) ?? newTransaction(transactionalId, this.#newProducerId(), request.timeoutMs);
    const verdict = initProducer(known, request, transactionVersion, this.#newProducerId);
    if ("transaction" in verdict) this.#set(verdict.transaction);
    if ("fenced" in verdict) this.#set(verdict.fenced);
    return verdict;
  }

  /** AddPartitionsToTxn and AddOffsetsToTxn: adds all partitions or none. */
  add(speaker: Speaker, partitions: readonly TopicPartition[], nowMs: number): number {
    const transaction = this.#byId.get(speaker.transactionalId);
    // This comes before the checks of id and epoch (KAFKA-18660): until the markers are written, the coordinator does
    // not know the producer's new epoch or id.
    if (transaction !== undefined && isEnding(transaction)) return ErrorCode.CONCURRENT_TRANSACTIONS;
    const error = errorOf(transaction, speaker);
    if (transaction === undefined || error !== ErrorCode.NONE) return error;
    const isOngoing = transaction.status === "Ongoing";
    if (isOngoing && partitions.every((one) => transaction.partitions.has(partitionKey(one)))) return ErrorCode.NONE;
    const all = new Map(transaction.partitions);
    for (const one of partitions) all.set(partitionKey(one), one);
    this.#set({
      ...transaction,
      status: "Ongoing",
      partitions: all,
      startedAtMs: isOngoing ? transaction.startedAtMs : nowMs,
      previousProducerId: transaction.producerId,
    });
    return ErrorCode.NONE;
  }

  /**
   * Whether a partition is in the transaction. Brokers ask this before they append a batch of version 1 (KIP-890). Here
   * Kafka checks id and epoch first.
   */
  verify(speaker: Speaker, partition: TopicPartition): number {
    const transaction = this.#byId.get(speaker.transactionalId);
    const error = errorOf(transaction, speaker);
    if (transaction === undefined || error !== ErrorCode.NONE) return error;
    return transaction.partitions.has(partitionKey(partition)) ? ErrorCode.NONE : ErrorCode.TRANSACTION_ABORTABLE;
  }

  /** EndTxn. */
  end(transactionalId: string, request: EndRequest, transactionVersion: number, nowMs: number): EndVerdict {
    const transaction = this.#byId.get(transactionalId);
    if (transaction === undefined) return { code: ErrorCode.INVALID_PRODUCER_ID_MAPPING };
    const verdict = endTransaction(transaction, request, transactionVersion, this.#newProducerId, nowMs);
    if ("prepared" in verdict) this.#set(verdict.prepared);
    return verdict;
  }

  /** Aborts a transaction that has timed out; undefined if it has not. */
  expire(transactionalId: string, transactionVersion: number, nowMs: number): Transaction | undefined {
    const transaction = this.#byId.get(transactionalId);
    if (transaction?.status !== "Ongoing" || transaction.startedAtMs + transaction.timeoutMs > nowMs) return undefined;
    return this.#set(fenced(transaction, transactionVersion));
  }

  /** A marker was written to a partition. After the last one, the transaction is complete. */
  markerWritten(transactionalId: string, partition: TopicPartition): void {
    const transaction = this.#byId.get(transactionalId);
    if (transaction === undefined || !isEnding(transaction)) return;
    const left = new Map(transaction.partitions);
    left.delete(partitionKey(partition));
    this.#set({ ...transaction, partitions: left });
  }

  /** Completes a transaction that has no marker left to write. */
  complete(transactionalId: string): void {
    const transaction = this.#byId.get(transactionalId);
    if (transaction !== undefined && isEnding(transaction) && transaction.partitions.size === 0)
      this.#set(completed(transaction));
  }

  #set(transaction: Transaction): Transaction {
    this.#byId.set(transaction.transactionalId, transaction);
    return transaction;
  }
}

/** The checks that every request of a producer must pass. */
function errorOf(transaction: Transaction | undefined, { producerId, epoch }: Speaker): number {
  if (transaction?.producerId !== producerId) return ErrorCode.INVALID_PRODUCER_ID_MAPPING;
  if (transaction.epoch !== epoch) return ErrorCode.PRODUCER_FENCED;
  return isEnding(transaction) ? ErrorCode.CONCURRENT_TRANSACTIONS : ErrorCode.NONE;
}
