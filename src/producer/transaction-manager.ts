import type { ClusterClient } from "../cluster/cluster-client.ts";
import { KafkaError } from "../errors/kafka-error.ts";
import { type AbortSignalLike, Cancellation } from "../runtime/cancellation.ts";
import { WorkLoop } from "../runtime/work-loop.ts";
import type { ProducerIdentity } from "./batch.ts";
import type { PartitionQueue } from "./partition-queue.ts";
import type { OffsetAndPartition, TransactionGroup } from "./transaction-offsets.ts";
import type { TransactionRequests } from "./transaction-requests.ts";
import { NEW_PRODUCER, type OpenTransaction, refusal, transition, transactionOf, type TransactionEvent, type TransactionProtocol, type TransactionState } from "./transaction-state.ts";

/** PRODUCER_FENCED, and those that say that this producer may not write at all. */
const FATAL_CODES = [90, 53, 31];
/** INVALID_PRODUCER_EPOCH, INVALID_PRODUCER_ID_MAPPING, UNKNOWN_PRODUCER_ID: the coordinator has gone on, perhaps since the transaction was open too long (KIP-588). Only a new epoch tells. */
const EPOCH_IS_GONE = [47, 49, 59];
/** Produce up to here does not say that partitions add themselves (KIP-890). */
const PRODUCE_OF_PROTOCOL_1 = 11;

/** What the manager needs of its producer. */
export interface TransactionHost {
  readonly client: ClusterClient;
  readonly requests: TransactionRequests;
  /** Batches are numbered under this identity from now on. */
  useIdentity(identity: ProducerIdentity | undefined): void;
}

/**
 * A transactional producer's transactions: what is asked of the coordinator, and when. What may be done when is decided by {@link transition}.
 *
 * A request that was given up may arrive all the same, in the next transaction: an EndTxn would then commit half of that one,
 * offsets would be committed that were aborted (found by Jepsen). So after any request whose outcome is unknown the next
 * transaction has another epoch, also where trying again was answered well. On protocol 2 each has one anyway.
 */
export class TransactionManager {
  readonly #host: TransactionHost;
  readonly #adding: WorkLoop;
  #state: TransactionState = NEW_PRODUCER;
  #protocol: TransactionProtocol = 1;
  /** The partitions that may be written to in the open transaction. */
  readonly #admitted = new Set<PartitionQueue>();
  /** Protocol 1: those that wait to be added. */
  readonly #waiting = new Set<PartitionQueue>();
  readonly #groups = new Set<string>();
  /** The coordinator does not take this epoch any more: a new one is asked for instead of an end. */
  #isEpochGone = false;
  /** Requests of the open transaction that are under way, tries included: it is not ended before they are over. */
  readonly #pending = new Set<Promise<void>>();
  /** Fires when the transaction is aborted: then nothing of it is tried again. */
  #given: Cancellation = new Cancellation();

  constructor(host: TransactionHost) {
    this.#host = host;
    host.requests.onUnsure = () => this.#tell({ name: "unsure" });
    this.#adding = new WorkLoop(host.client.tasks, (signal) => this.#addPartitions(signal));
  }

  get state(): TransactionState["name"] {
    return this.#state.name;
  }

  /** Why a record is not taken; undefined where it is. */
  refusal(): KafkaError | undefined {
    return refusal(this.#state);
  }

  /** The highest version of Produce that means the protocol of the transaction. */
  get produceVersionCap(): number | undefined {
    return this.#protocol === 1 ? PRODUCE_OF_PROTOCOL_1 : undefined;
  }

  /** Begins a transaction; before the first one, and after one that was not ended cleanly, gets an epoch for it. */
  async begin(deadlineMs: number, signal: AbortSignalLike): Promise<void> {
    const { requests, client } = this.#host;
    // What is wrong is said before anything is asked: with a state of `ready` the call is fine.
    if (this.#state.name !== "uninitialised" && this.#state.name !== "ready") this.#tell({ name: "begin", protocol: this.#protocol, nowMs: 0 });
    const from = this.#state;
    this.#state = { name: "initialising", identity: "identity" in from ? from.identity : undefined };
    try {
      const protocol = await requests.protocol(deadlineMs, signal);
      const { name } = from;
      // Another protocol begins with an epoch of its own.
      const identity = name === "ready" && protocol === this.#protocol ? from.identity : await requests.initialise("identity" in from ? from.identity : undefined, deadlineMs, signal);
      this.#protocol = protocol;
      this.#isEpochGone = false;
      this.#tell({ name: "initialised", identity });
    } catch (error) {
      const failure = KafkaError.from(error);
      // It may have been carried out: then what is known of the epoch is old, and only the coordinator knows the new one.
      this.#tell({ name: "not-initialised" });
      throw this.#judged(failure);
    }
    this.#tell({ name: "begin", protocol: this.#protocol, nowMs: client.clock.monotonic() });
    this.#given = new Cancellation();
    this.#host.useIdentity(this.#transaction.identity);
  }

  /** A partition got its first batch: it may be written to at once, or when the coordinator has added it. */
  admit(queue: PartitionQueue): void {
    if (this.#admitted.has(queue) || this.#waiting.has(queue)) return;
    if (this.#state.name !== "open" && this.#state.name !== "committing") {
      queue.isAdmitted = false;
      return;
    }
    if (this.#protocol === 2) {
      this.#admitted.add(queue);
      queue.isAdmitted = true;
      this.#tell({ name: "touched" });
      return;
    }
    queue.isAdmitted = false;
    this.#waiting.add(queue);
    this.#adding.kick();
  }

  /** A batch failed for good, or a record did before it came into one: the transaction cannot be committed. */
  lost(error: KafkaError, isNumbered: boolean): void {
    // Taken back by its sender: the transaction does without it.
    if (error.kind === "cancelled" && !isNumbered) return;
    if (isNumbered || error.outcome === "indefinite") this.#tell({ name: "unsure" });
    this.#fail(error);
  }

  /** Commits offsets of a group with the transaction. */
  async sendOffsets(offsets: readonly OffsetAndPartition[], group: TransactionGroup, deadlineMs: number, signal: AbortSignalLike): Promise<void> {
    const refused = this.refusal();
    if (refused !== undefined) throw refused;
    const { identity, protocol } = this.#transaction;
    const { requests } = this.#host;
    this.#tell({ name: "touched" });
    try {
      await this.#tracked(signal, async (limit) => {
        if (protocol === 1 && !this.#groups.has(group.groupId)) {
          await requests.addOffsets(identity, group.groupId, deadlineMs, limit);
          this.#groups.add(group.groupId);
        }
        await requests.commitOffsets(identity, protocol, group, offsets, deadlineMs, limit);
      });
    } catch (error) {
      const failure = KafkaError.from(error);
      this.#fail(failure);
      throw this.refusal() ?? failure;
    }
  }

  /** No more records: what was taken is to be written, and then {@link end} is to be called. */
  commit(): void {
    this.#tell({ name: "commit" });
  }

  /** No more records, and what has not been sent is dropped: then {@link end} is to be called. */
  abort(): void {
    this.#tell({ name: "abort" });
    this.#given.cancel(new KafkaError("cancelled", "the transaction was aborted", { outcome: "notWritten" }));
    this.#closePartitions();
  }

  /** Whether there is a transaction to abort. */
  get isAbortable(): boolean {
    return transactionOf(this.#state) !== undefined;
  }

  /** Ends it, as {@link commit} or {@link abort} asked. Everything that was sent has been answered, or given up. */
  async end(deadlineMs: number, signal: AbortSignalLike): Promise<void> {
    const state = this.#state;
    if (state.name === "failed" || state.name === "fatal") throw this.refusal() ?? state.error;
    if (state.name !== "committing" && state.name !== "aborting") return;
    const isCommit = state.name === "committing";
    // One that is tried after the end would open a transaction that nobody ends: readers would wait for its timeout.
    await Promise.allSettled([...this.#pending]);
    const { transaction } = this.#state.name === "committing" || this.#state.name === "aborting" ? this.#state : state;
    if (this.#state.name === "failed" || this.#state.name === "fatal") throw this.refusal() ?? this.#state.error;
    if (!transaction.isTouched && !this.#isEpochGone) {
      this.#over(undefined);
      return;
    }
    if (isCommit) this.#tell({ name: "commit-sent" });
    try {
      if (!isCommit && this.#isEpochGone) await this.#renew(transaction, deadlineMs, signal);
      else this.#over(await this.#host.requests.end(transaction.identity, transaction.protocol, isCommit, deadlineMs, signal));
    } catch (error) {
      await this.#notEnded(KafkaError.from(error), transaction, isCommit, state.isCommitSent, deadlineMs, signal);
    }
  }

  /** Work on the open transaction, which is given up when that is aborted. */
  #tracked(signal: AbortSignalLike, work: (limit: Cancellation) => Promise<void>): Promise<void> {
    const limit = new Cancellation();
    const unfollow = [limit.follow(signal), limit.follow(this.#given)];
    const done = work(limit).finally(() => {
      this.#pending.delete(done);
      for (const stop of unfollow) stop();
    });
    this.#pending.add(done);
    return done;
  }

  get #transaction(): OpenTransaction {
    const transaction = transactionOf(this.#state);
    if (transaction === undefined) throw this.refusal() ?? new KafkaError("internal", "no transaction is open");
    return transaction;
  }

  #tell(event: TransactionEvent): void {
    this.#state = transition(this.#state, event);
  }

  /** The transaction is over. */
  #over(next: ProducerIdentity | undefined): void {
    this.#tell({ name: "ended", next });
    this.#closePartitions();
    this.#groups.clear();
    this.#host.useIdentity(undefined);
  }

  async #notEnded(error: KafkaError, transaction: OpenTransaction, isCommit: boolean, wasCommitSent: boolean, deadlineMs: number, signal: AbortSignalLike): Promise<void> {
    if (error.kind === "timeout" || error.kind === "cancelled" || error.kind === "closed" || error.kind === "connection") {
      this.#tell({ name: "unanswered", error });
      throw error;
    }
    const judged = this.#judged(error);
    if (this.#state.name === "fatal") throw judged;
    if (isCommit) {
      this.#tell({ name: "failed", error });
      throw this.refusal() ?? error;
    }
    // The coordinator has nothing open to abort, or not under this epoch: a new epoch ends whatever there is.
    if (wasCommitSent) this.#host.client.cluster.log("warn", `aborting a transaction whose commit nobody answered was refused: it may have been committed (${error.message})`);
    await this.#renew(transaction, deadlineMs, signal);
  }

  /** Gets the next epoch, which aborts what is open under the one before and fences late requests of it. */
  async #renew(transaction: OpenTransaction, deadlineMs: number, signal: AbortSignalLike): Promise<void> {
    try {
      const identity = await this.#host.requests.initialise(transaction.identity, deadlineMs, signal);
      this.#isEpochGone = false;
      this.#over(identity);
      this.#state = { name: "ready", identity };
    } catch (error) {
      const failure = this.#judged(KafkaError.from(error));
      this.#tell({ name: "unanswered", error: failure });
      throw failure;
    }
  }

  #fail(error: KafkaError): void {
    this.#judged(error);
    if (error.code !== undefined && EPOCH_IS_GONE.includes(error.code)) this.#isEpochGone = true;
    this.#tell({ name: "failed", error });
    if (this.#state.name === "failed" || this.#state.name === "fatal") this.#closePartitions();
  }

  /** Errors after which this producer can do nothing any more end it. */
  #judged(error: KafkaError): KafkaError {
    const isFenced = error.kind === "fenced" && (this.#state.name === "initialising" || this.#state.name === "uninitialised" || this.#state.name === "aborting" || this.#state.name === "committing");
    if (!FATAL_CODES.includes(error.code ?? 0) && error.kind !== "authorization" && !isFenced) return error;
    if (error.kind === "authorization" && error.code !== 53 && error.code !== 31) return error; // of one topic: the next transaction may do without it
    const isOther = error.kind === "fenced";
    const fatal = new KafkaError(error.kind, isOther ? `${error.message}. Another producer with this transactional id has taken over: close this one, and do not go on with its work` : error.message, { cause: error, outcome: error.outcome ?? "notWritten", ...(error.code === undefined ? {} : { code: error.code }), ...(error.codeName === undefined ? {} : { codeName: error.codeName }) });
    this.#tell({ name: "refused", error: fatal });
    this.#closePartitions();
    return fatal;
  }

  #closePartitions(): void {
    for (const queue of this.#admitted) queue.isAdmitted = false;
    this.#admitted.clear();
    this.#waiting.clear();
  }

  /** Protocol 1: adds all partitions that wait, in one request. */
  async #addPartitions(signal: Cancellation): Promise<void> {
    const { requests, client } = this.#host;
    while (this.#waiting.size > 0 && !signal.aborted) {
      if (transactionOf(this.#state) === undefined) return;
      const queues = [...this.#waiting];
      const byTopic = new Map<string, number[]>();
      for (const { topic, partition } of queues) byTopic.set(topic, [...(byTopic.get(topic) ?? []), partition]);
      const { identity } = this.#transaction;
      this.#tell({ name: "touched" });
      try {
        await this.#tracked(signal, (limit) => requests.addPartitions(identity, byTopic, client.clock.monotonic() + client.cluster.settings.requestTimeoutMs * 2, limit));
      } catch (error) {
        if (signal.aborted) return;
        if (this.#given.aborted) continue; // what waits now is of another transaction
        this.#fail(KafkaError.from(error));
        return;
      }
      for (const queue of queues) {
        if (!this.#waiting.delete(queue)) continue; // the transaction ended meanwhile
        this.#admitted.add(queue);
        queue.isAdmitted = true;
        queue.sink?.kick();
      }
    }
  }
}
