import type { TopicPartition } from "../../cluster/topic-partition.ts";
import type { CallOptions } from "../call-options.ts";
import type { Listed } from "../listed.ts";
import type { Listing } from "../listing.ts";
import type { Results } from "../results.ts";
import type { AbortTransactionSpec } from "./abort-transaction.ts";
import type { DescribeProducersOptions, ProducerState } from "./describe-producers.ts";
import type { TransactionDescription } from "./describe-transactions.ts";
import type { FencedProducer } from "./fence-producers.ts";
import type { ListTransactionsOptions, TransactionListing } from "./list-transactions.ts";

/** The calls of an admin about transactions and their producers. */
export interface TransactionCalls {
  /**
   * Returns the transactional ids of the cluster with the state of their last transaction. Each broker is asked for
   * those that it coordinates; one that fails is in `errors`, and its ids are missing. Deadline, `signal` and
   * `close()`: see {@link Admin}. Brokers from Kafka 3.0 on. Java: `listTransactions`.
   */
  listTransactions(options?: ListTransactionsOptions): Listing<TransactionListing, Listed<TransactionListing>>;

  /**
   * Returns state, producer and partitions of transactions. Each item is a transactional id; one that does not exist
   * fails with `codeName` TRANSACTIONAL_ID_NOT_FOUND. Deadline, `signal` and `close()`: see {@link Admin}. Brokers
   * from Kafka 3.0 on. Java: `describeTransactions`.
   */
  describeTransactions(
    transactionalIds: readonly string[],
    options?: CallOptions,
  ): Promise<Results<string, TransactionDescription>>;

  /**
   * Returns the idempotent and transactional producers that wrote to partitions, with their open transactions. Each
   * item is a partition. Deadline, `signal` and `close()`: see {@link Admin}. Brokers from Kafka 2.8 on. Java:
   * `describeProducers`.
   */
  describeProducers(
    partitions: readonly TopicPartition[],
    options?: DescribeProducersOptions,
  ): Promise<Results<TopicPartition, readonly ProducerState[]>>;

  /**
   * Aborts an open transaction in one partition, for example one that blocks `read_committed` consumers because its
   * coordinator forgot it. It writes a marker there, also if no such transaction is open; other partitions, and the
   * coordinator, do not learn of it. Accepted when it returns. Deadline, `signal` and `close()`: see {@link Admin}.
   * Brokers from Kafka 3.0 on. Java: `abortTransaction`.
   */
  abortTransaction(spec: AbortTransactionSpec, options?: CallOptions): Promise<void>;

  /**
   * Fences the producers of transactional ids: their open transaction is aborted, and they can send no more. Each
   * item is a transactional id, with the producer id and epoch of the next producer as value. An id that does not
   * exist is made. Accepted when it returns. Deadline, `signal` and `close()`: see {@link Admin}. Brokers from Kafka
   * 0.11 on. Java: `fenceProducers`.
   */
  fenceProducers(transactionalIds: readonly string[], options?: CallOptions): Promise<Results<string, FencedProducer>>;

  /**
   * Aborts the open transaction of a transactional id, and fences its producer. An id that does not exist is made.
   * Accepted when it returns. Deadline, `signal` and `close()`: see {@link Admin}. Brokers from Kafka 0.11 on. Java:
   * `forceTerminateTransaction`.
   */
  forceTerminateTransaction(transactionalId: string, options?: CallOptions): Promise<void>;
}
