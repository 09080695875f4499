import * as ErrorCode from "../errors/error-code.ts";
import { DeadlineEntry, DeadlineWheel } from "../runtime/deadline-wheel.ts";
import type { TaskGroup } from "../runtime/task-group.ts";
import { type MarkerHost, writeMarkers } from "./marker-writer.ts";
import type { EndRequest } from "./state/transactions/end-transaction.ts";
import { completed } from "./state/transactions/end-transaction.ts";
import type { InitRequest } from "./state/transactions/init-producer.ts";
import { type TopicPartition, type Transaction, isEnding } from "./state/transactions/transaction.ts";
import type { Speaker, Transactions } from "./state/transactions/transactions.ts";

/** The identity that a producer must use from now on. */
export interface ProducerIdentity {
  readonly errorCode: number;
  readonly producerId: number;
  readonly producerEpoch: number;
}

/** The parts of the cluster that the transaction coordinator uses. */
export interface TransactionHost extends MarkerHost {
  readonly tasks: TaskGroup;
  /** The finalised `transaction.version`. */
  transactionVersion(): number;
}

/**
 * The transaction coordinator, on whichever broker it is. {@link Transactions} decides; this class writes the markers,
 * and aborts transactions that time out.
 */
export class TransactionCoordinator {
  readonly #host: TransactionHost;
  readonly #state: Transactions;
  readonly #deadlines: DeadlineWheel;
  readonly #timeouts = new Map<string, TransactionTimeout>();

  constructor(host: TransactionHost) {
    this.#host = host;
    this.#state = host.transactions;
    this.#deadlines = new DeadlineWheel(host);
  }

  /** InitProducerId of a transactional id. An open transaction is aborted first: the producer must then ask again. */
  init(transactionalId: string, request: InitRequest): ProducerIdentity {
    const verdict = this.#state.init(transactionalId, request, this.#host.transactionVersion());
    if ("code" in verdict) return { errorCode: verdict.code, producerId: -1, producerEpoch: -1 };
    if ("transaction" in verdict) return identity(verdict.transaction);
    this.#writeMarkers(verdict.fenced);
    return { errorCode: ErrorCode.CONCURRENT_TRANSACTIONS, producerId: -1, producerEpoch: -1 };
  }

  /** Adds partitions to a transaction, all or none. The first one begins the transaction. */
  add(speaker: Speaker, partitions: readonly TopicPartition[]): number {
    const error = this.#state.add(speaker, partitions, this.#host.clock.now());
    if (error === ErrorCode.NONE) this.#watch(speaker.transactionalId);
    return error;
  }

  /** Whether a partition is in a transaction. */
  verify(speaker: Speaker, partition: TopicPartition): number {
    return this.#state.verify(speaker, partition);
  }

  /** EndTxn: returns the producer id and epoch of the next transaction. Since version 2 they are new. */
  end(transactionalId: string, request: EndRequest, transactionVersion: number): ProducerIdentity {
    const verdict = this.#state.end(transactionalId, request, transactionVersion, this.#host.clock.now());
    if ("code" in verdict) return { errorCode: verdict.code, producerId: -1, producerEpoch: -1 };
    if ("done" in verdict) return identity(verdict.done);
    this.#writeMarkers(verdict.prepared);
    return identity(completed(verdict.prepared));
  }

  /** The new coordinator of a partition has loaded the state: it continues unfinished work. */
  loaded(partition: number): void {
    for (const transaction of [...this.#state.all]) {
      if (this.#host.coordinators.partitionOf(transaction.transactionalId) !== partition) continue;
      if (isEnding(transaction)) this.#writeMarkers(transaction);
      if (transaction.status === "Ongoing") this.#watch(transaction.transactionalId);
    }
  }

  close(): void {
    this.#deadlines.close();
  }

  #writeMarkers(transaction: Transaction): void {
    const timeout = this.#timeouts.get(transaction.transactionalId);
    if (timeout !== undefined) this.#deadlines.remove(timeout);
    this.#timeouts.delete(transaction.transactionalId);
    // Read it now, not when the task begins: the coordinator may have moved by then.
    const coordinatorEpoch = this.#host.coordinators.epochOf("transaction", transaction.transactionalId);
    this.#host.tasks.spawn((signal) => writeMarkers(this.#host, transaction, coordinatorEpoch, signal));
  }

  /** Arms the timeout that the producer chose for its transaction. */
  #watch(transactionalId: string): void {
    const transaction = this.#state.get(transactionalId);
    if (transaction?.status !== "Ongoing") return;
    let timeout = this.#timeouts.get(transactionalId);
    if (timeout === undefined)
      this.#timeouts.set(transactionalId, (timeout = new TransactionTimeout(() => this.#expire(transactionalId))));
    const leftMs = transaction.startedAtMs + transaction.timeoutMs - this.#host.clock.now();
    if (!timeout.isWaiting) this.#deadlines.add(timeout, this.#host.clock.monotonic() + Math.max(1, leftMs));
  }

  #expire(transactionalId: string): void {
    const { coordinators, clock } = this.#host;
    // There is no coordinator now. The next one checks the timeout.
    if (coordinators.errorOf("transaction", transactionalId) !== ErrorCode.NONE) return;
    const aborted = this.#state.expire(transactionalId, this.#host.transactionVersion(), clock.now());
    if (aborted === undefined)
      this.#watch(transactionalId); // the deadline fired early, as the two clocks differ
    else this.#writeMarkers(aborted);
  }
}

class TransactionTimeout extends DeadlineEntry {
  readonly #expire: () => void;

  constructor(expire: () => void) {
    super();
    this.#expire = expire;
  }

  override onDeadline(): void {
    this.#expire();
  }
}

function identity({ producerId, epoch }: Transaction): ProducerIdentity {
  return { errorCode: ErrorCode.NONE, producerId, producerEpoch: epoch };
}
