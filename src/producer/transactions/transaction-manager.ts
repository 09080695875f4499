import type { ClusterClient } from "../../cluster/cluster-client.ts";
import { type CoordinatorKind, Coordinators } from "../../cluster/coordinators.ts";
import type { Wait } from "../../cluster/waits.ts";
import { checkSameTopics, topicIds } from "../../cluster/topic-ids.ts";
import { checkGroup, checkOffsets, type GroupMetadata, type GroupOffset } from "../../cluster/group-offsets.ts";
import { brokerError } from "../../errors/broker-error.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { detailsOf, KafkaError } from "../../errors/kafka-error.ts";
import type { Connection } from "../../network/connection.ts";
import { type AbortSignalLike, Cancellation } from "../../runtime/cancellation.ts";
import { sleep } from "../../runtime/sleep.ts";
import type { Identities, ProducerIdentity } from "../partition/producer-identity.ts";

import { PartitionEnrolment } from "./partition-enrolment.ts";
import type { PartitionQueue } from "../partition/partition-queue.ts";
import type { TimeLimit } from "../../cluster/time-limit.ts";
import {
  asFailure,
  committedAlready,
  droppedError,
  failureOfWrite,
  fatalError,
  isFatal,
  isForgotten,
  isOfTheCoordinator,
  timedOut,
  unanswered,
} from "./transaction-failures.ts";
import {
  addOffsets,
  addPartitions,
  commitOffsets,
  endTransaction,
  initProducerId,
  type Writer,
} from "./transaction-requests.ts";
import {
  NEW_PRODUCER,
  refusal,
  type TransactionEvent,
  transactionOf,
  type TransactionProtocol,
  type TransactionState,
  transition,
} from "./transaction-state.ts";

export interface TransactionSettings {
  readonly transactionalId: string;
  readonly transactionTimeoutMs: number;
  readonly maxBlockMs: number;
}

/** What the manager needs of its producer. */
export interface TransactionHost {
  /** Records are taken from now on, or refused for this reason. */
  changed(refusal: (() => KafkaError) | undefined): void;
  /** Sends everything that was accepted, and settles when its fate is known. */
  drain(limit: TimeLimit): Promise<void>;
  /** Fails what was not sent yet. */
  dropUnsent(error: KafkaError): void;
  /** Settles when no request with records is under way. */
  quiet(): Promise<void>;
}

/** The level of this feature says which protocol a cluster speaks (KIP-890). */
const FEATURE = "transaction.version";
const CONCURRENT_BACKOFF_MS = 20;

/** Does what {@link transition} says: asks the coordinators, one request after the other, and tells the producer. */
export class TransactionManager implements Identities {
  readonly #client: ClusterClient;
  readonly #settings: TransactionSettings;
  readonly #host: TransactionHost;
  readonly #coordinators: Coordinators;
  readonly #enrolment: PartitionEnrolment;
  readonly #groups = new Set<string>();
  /** The wait for partitions that the coordinator cannot take yet. */
  #enrolmentWait: Wait | undefined;
  #state: TransactionState = NEW_PRODUCER;
  #protocol: TransactionProtocol | undefined;
  #featuresAtMs = Number.NEGATIVE_INFINITY;
  #isBeginning = false;
  #number = 0;
  /** Ends the waits of what works for the transaction. */
  #work = new Cancellation();
  /** The last request to a coordinator: the next one waits for it. Never rejects. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(client: ClusterClient, settings: TransactionSettings, host: TransactionHost) {
    this.#client = client;
    this.#settings = settings;
    this.#host = host;
    this.#coordinators = new Coordinators(client);
    this.#enrolment = new PartitionEnrolment({
      tasks: client.tasks,
      clock: client.clock,
      add: (partitions) => this.#add(partitions),
      pause: (tried) => sleep(client, client.backoffMs(tried), this.#work),
      tried: (error) => {
        this.#enrolmentWait ??= client.waits.begin(
          `adding partitions to the transaction of ${settings.transactionalId}`,
          { isLoop: true },
        );
        this.#enrolmentWait.tried(error);
      },
      failed: (error) => this.recordsFailed(error),
    });
    this.#tell();
  }

  get transactionalId(): string {
    return this.#settings.transactionalId;
  }

  /** Rises with each transaction: what was sent for one of them must not get into another. */
  get number(): number {
    return this.#number;
  }

  get protocol(): TransactionProtocol {
    return this.#protocol ?? 1;
  }

  get #writingProtocol(): TransactionProtocol {
    return transactionOf(this.#state)?.protocol ?? this.protocol;
  }

  get current(): ProducerIdentity | undefined {
    return transactionOf(this.#state)?.identity;
  }

  get isOpen(): boolean {
    return this.#state.name === "open";
  }

  /** Whether something was begun that `close` must end. */
  get isUnfinished(): boolean {
    return "transaction" in this.#state;
  }

  /** Why what is to be sent again is not: the transaction cannot be committed any more. */
  get stopped(): KafkaError | undefined {
    const state = this.#state;
    if (state.name === "failed" || state.name === "fatal") return state.error;
    return state.name === "aborting" || state.name === "undecided" ? droppedError() : undefined;
  }

  /** Why a record that waited since transaction `number` is not taken now; undefined where it is. */
  refusalOf(number: number): KafkaError | undefined {
    if (number !== this.#number) return droppedError();
    return this.#state.name === "committing" && !this.#state.isCommitSent ? undefined : refusal(this.#state);
  }

  get(): Promise<ProducerIdentity> {
    const identity = this.current;
    return identity === undefined ? Promise.reject(refusal(this.#state) ?? droppedError()) : Promise.resolve(identity);
  }

  /** Within a transaction nothing goes on under a new epoch: it is aborted. */
  bump(): boolean {
    return false;
  }

  /** A batch was begun for the partition. */
  enlist(queue: PartitionQueue): void {
    if (this.protocol === 1) this.#enrolment.enlist(queue);
    else queue.added(this.#client.clock.monotonic());
  }

  /** A batch leaves. */
  sent(): void {
    if (transactionOf(this.#state)?.isTouched === false) this.#move({ name: "touched" });
  }

  /**
   * What an error of Produce means for the transaction that the batch is of: on protocol 2 a refused epoch can be
   * recovered from.
   */
  failureOf(error: KafkaError): KafkaError {
    return failureOfWrite(error, this.#writingProtocol);
  }

  /** Records failed for good: the transaction is lost, unless they were taken back. */
  recordsFailed(error: KafkaError): void {
    if (error.kind === "cancelled" || error.kind === "closed") return;
    if (isFatal(error)) this.#refuse(error);
    else this.#move({ name: "failed", error });
  }

  /**
   * Gets an epoch where there is none yet, which aborts what an earlier producer with the transactional id left open.
   */
  async initialise(limit: TimeLimit): Promise<void> {
    if (this.#state.name === "fatal") throw refusal(this.#state) ?? this.#state.error;
    if (this.#isBeginning || this.#state.name === "uninitialised") await this.#alone(() => this.#prepare(limit));
  }

  async begin(limit: TimeLimit): Promise<void> {
    const { name } = this.#state;
    if (name !== "ready" && name !== "uninitialised" && !this.#isBeginning)
      this.#move({ name: "begin", protocol: 1, nowMs: 0 }); // throws what is wrong
    await this.#alone(async () => {
      const protocol = await this.#prepare(limit);
      this.#number++;
      this.#work = new Cancellation();
      this.#move({ name: "begin", protocol, nowMs: this.#client.clock.monotonic() });
    });
  }

  async sendOffsets(offsets: readonly GroupOffset[], group: GroupMetadata, limit: TimeLimit): Promise<void> {
    checkGroup(group);
    checkOffsets("sendOffsets", offsets);
    const refused = refusal(this.#state);
    if (refused !== undefined) throw refused;
    if (offsets.length === 0) return;
    try {
      await limit.wait(this.#inTurn(() => this.#sendOffsets(offsets, group, limit)));
    } catch (error) {
      this.recordsFailed(asFailure(error));
      throw refusal(this.#state) ?? KafkaError.from(error);
    }
  }

  async commit(limit: TimeLimit): Promise<void> {
    this.#move({ name: "commit" });
    const { isCommitSent } = this.#state as { readonly isCommitSent: boolean };
    if (!isCommitSent) {
      try {
        await this.#host.drain(limit);
        await limit.wait(this.#last);
      } catch (error) {
        this.recordsFailed(asFailure(error));
      }
    }
    if (this.#state.name !== "committing") throw refusal(this.#state) ?? droppedError();
    await this.#end(true, limit);
  }

  async abort(limit: TimeLimit): Promise<void> {
    this.#move({ name: "abort" });
    if (this.#state.name !== "aborting") return;
    this.#work.cancel(droppedError());
    this.#host.dropUnsent(droppedError());
    try {
      // What is under way must not arrive after the end: it would begin another transaction.
      await limit.wait(this.#host.quiet());
      await limit.wait(this.#last);
    } catch (error) {
      this.#move({ name: "unanswered", error: KafkaError.from(error) });
      throw error;
    }
    await this.#end(false, limit);
  }

  #move(event: TransactionEvent): void {
    const before = this.#state;
    this.#state = transition(before, event);
    if (this.#state.name === before.name) return;
    this.#tell();
    if (this.#state.name === "ready" || this.#state.name === "uninitialised") {
      this.#enrolment.reset();
      this.#groups.clear();
    }
    if (this.#state.name === "failed" || this.#state.name === "fatal") {
      // A failed transaction's features may be out of date, and so its protocol.
      this.#featuresAtMs = Number.NEGATIVE_INFINITY;
      this.#work.cancel(this.#state.error);
      this.#host.dropUnsent(this.#state.error);
    }
  }

  #tell(): void {
    this.#host.changed(this.#state.name === "open" ? undefined : () => refusal(this.#state) ?? droppedError());
  }

  #refuse(cause: KafkaError): void {
    // On protocol 2 who runs out of time is not fenced.
    const late = this.#writingProtocol === 1 ? this.#timedOut() : undefined;
    this.#move({ name: "refused", error: fatalError(cause, this.#settings.transactionalId, late) });
  }

  #timedOut(): string | undefined {
    return timedOut(transactionOf(this.#state), this.#settings, this.#client.clock.monotonic());
  }

  /** Getting ready is not begun twice. */
  async #alone(work: () => Promise<unknown>): Promise<void> {
    if (this.#isBeginning)
      throw new KafkaError("config", "initTransactions() or begin() is under way already: await it");
    this.#isBeginning = true;
    try {
      await work();
    } finally {
      this.#isBeginning = false;
    }
  }

  /** The protocol that the cluster speaks, with an epoch for it. */
  async #prepare(limit: TimeLimit): Promise<TransactionProtocol> {
    const protocol = await limit.wait(this.#currentProtocol(limit));
    if (this.#state.name === "uninitialised" || protocol !== this.#protocol) await this.#initialise(limit);
    this.#protocol = protocol;
    return protocol;
  }

  async #initialise(limit: TimeLimit): Promise<void> {
    this.#move({ name: "initialise" });
    const { identity } = this.#state as { readonly identity: ProducerIdentity | undefined };
    const { transactionalId, transactionTimeoutMs } = this.#settings;
    try {
      const next = await limit.wait(
        this.#inTurn(() =>
          this.#ask("transaction", transactionalId, "getting an epoch", limit, (connection) =>
            initProducerId(connection, transactionalId, transactionTimeoutMs, identity),
          ),
        ),
      );
      this.#move({ name: "initialised", identity: next });
    } catch (error) {
      const failure = KafkaError.from(error);
      if (isFatal(failure) && failure.kind === "fenced") this.#refuse(failure);
      else this.#move({ name: "not-initialised" });
      throw this.#state.name === "fatal" ? (refusal(this.#state) ?? failure) : failure;
    }
  }

  /** What the cluster speaks now: asked again when the answer is old, since a cluster may be upgraded under us. */
  #currentProtocol(limit: TimeLimit): Promise<TransactionProtocol> {
    const { clock, cluster } = this.#client;
    const isFresh = clock.monotonic() < this.#featuresAtMs + cluster.settings.metadataMaxAgeMs;
    if (isFresh && this.#protocol !== undefined) return Promise.resolve(this.#protocol);
    return this.#inTurn(() =>
      this.#ask(
        "transaction",
        this.#settings.transactionalId,
        "asking for the transaction protocol",
        limit,
        async (connection) => {
          if (this.#protocol !== undefined) await connection.refreshFeatures();
          this.#featuresAtMs = clock.monotonic();
          return (connection.finalizedFeatures.get(FEATURE) ?? 0) >= 2 ? 2 : 1;
        },
      ),
    );
  }

  async #add(queues: readonly PartitionQueue[]): ReturnType<typeof addPartitions> {
    return this.#inTurn(() => {
      const writer = this.#writer();
      this.#move({ name: "touched" });
      return this.#ask(
        "transaction",
        this.#settings.transactionalId,
        "adding partitions to the transaction",
        this.#workLimit(),
        async (connection) => {
          const answers = await addPartitions(connection, writer, queues);
          // All partitions have the coordinator's own errors alike: they are for the retry policy.
          const moved = answers.find(({ errorCode }) => isOfTheCoordinator(errorCode));
          if (moved !== undefined) throw brokerError(moved.errorCode, "adding partitions to the transaction");
          return answers;
        },
      );
    });
  }

  async #sendOffsets(offsets: readonly GroupOffset[], group: GroupMetadata, limit: Deadline): Promise<void> {
    const writer = this.#writer();
    const { transactionalId } = this.#settings;
    const { groupId } = group;
    const until: Deadline = { endsAtMs: limit.endsAtMs, signal: this.#work, tried: (error) => limit.tried?.(error) };
    this.#move({ name: "touched" });
    if (writer.protocol === 1 && !this.#groups.has(groupId)) {
      await this.#ask(
        "transaction",
        transactionalId,
        `adding group ${groupId} to the transaction`,
        until,
        (connection) => addOffsets(connection, writer, groupId),
      );
      this.#groups.add(groupId);
    }
    const ids = topicIds(new Set(offsets.map(({ topic }) => topic)), this.#client.snapshot);
    await this.#ask(
      "group",
      groupId,
      `committing offsets of group ${groupId} in the transaction`,
      until,
      (connection) => {
        checkSameTopics(ids, this.#client.snapshot, `committing offsets of group ${groupId} in the transaction`);
        return commitOffsets(connection, writer, { offsets, group, ids });
      },
    );
  }

  async #end(isCommit: boolean, limit: TimeLimit): Promise<void> {
    const writer = this.#writer();
    if (transactionOf(this.#state)?.isTouched !== true) {
      this.#move({ name: "ended", next: undefined });
      return;
    }
    const { transactionalId } = this.#settings;
    try {
      const next = await limit.wait(
        this.#inTurn(() =>
          this.#ask(
            "transaction",
            transactionalId,
            isCommit ? "committing the transaction" : "aborting the transaction",
            limit,
            (connection) => {
              if (isCommit) this.#move({ name: "commit-sent" });
              return endTransaction(connection, writer, isCommit);
            },
          ),
        ),
      );
      this.#move({ name: "ended", next });
    } catch (error) {
      this.#notEnded(isCommit, KafkaError.from(error));
    }
  }

  /** The coordinator did not end the transaction, or nobody knows whether it did. */
  #notEnded(isCommit: boolean, error: KafkaError): void {
    const isCommitSent = "isCommitSent" in this.#state && this.#state.isCommitSent;
    if (isFatal(error)) {
      this.#refuse(error);
      throw refusal(this.#state) ?? error;
    }
    const isAnswered = error.code !== undefined && error.kind !== "timeout" && error.outcome !== "indefinite";
    if (isCommit && (isAnswered || !isCommitSent)) {
      const late = this.#timedOut();
      this.#move({
        name: "failed",
        error:
          late === undefined
            ? error
            : new KafkaError(error.kind, `${late} (${error.message})`, { ...detailsOf(error), cause: error }),
      });
      throw refusal(this.#state) ?? error;
    }
    if (
      !isCommit &&
      error.code !== undefined &&
      isAnswered &&
      (error.code === ErrorCode.INVALID_TXN_STATE || isForgotten(error.code))
    ) {
      this.#move({ name: "unsure" });
      this.#move({ name: "ended", next: undefined });
      // Nothing was open: there is nothing to abort.
      if (!isCommitSent || error.code !== ErrorCode.INVALID_TXN_STATE) return;
      throw committedAlready(error);
    }
    this.#move({ name: "unanswered", error });
    throw unanswered(error, isCommitSent);
  }

  #writer(): Writer {
    const transaction = transactionOf(this.#state);
    if (transaction === undefined) throw refusal(this.#state) ?? droppedError();
    return {
      transactionalId: this.#settings.transactionalId,
      identity: transaction.identity,
      protocol: transaction.protocol,
    };
  }

  #workLimit(): Deadline {
    return { endsAtMs: Number.POSITIVE_INFINITY, signal: this.#work };
  }

  /** One request to coordinators after the other, whichever they are: each sees what the former left. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(work);
    this.#last = mine.catch(() => undefined);
    return mine;
  }

  /**
   * The one retry policy, at a coordinator: looked for again when it moved. A request that may arrive late is
   * remembered.
   */
  #ask<T>(
    kind: CoordinatorKind,
    key: string,
    what: string,
    limit: Deadline,
    attempt: (connection: Connection) => Promise<T>,
  ): Promise<T> {
    const { endsAtMs, signal } = limit;
    return this.#client.retry(
      `${what} (${kind} coordinator of ${key})`,
      endsAtMs,
      async (_tried, wait) => {
        if (signal.aborted) throw KafkaError.from(signal.reason ?? droppedError(), "cancelled");
        for (;;) {
          try {
            return await attempt(await this.#coordinators.connection(kind, key, signal));
          } catch (error) {
            const failure = KafkaError.from(error);
            if (failure.outcome === "indefinite") this.#move({ name: "unsure" });
            if (failure.kind === "cancelled" || failure.kind === "closed") throw failure;
            limit.tried?.(failure);
            this.#coordinators.failed(kind, key, failure);
            if (
              failure.code === ErrorCode.CONCURRENT_TRANSACTIONS &&
              this.#client.clock.monotonic() < endsAtMs &&
              !signal.aborted
            ) {
              wait.tried(failure);
              await sleep(this.#client, CONCURRENT_BACKOFF_MS, signal);
              continue;
            }
            const isTransport =
              failure.code === undefined && ["connection", "timeout", "protocol"].includes(failure.kind);
            throw isTransport
              ? new KafkaError(failure.kind, failure.message, {
                  ...detailsOf(failure),
                  cause: failure,
                  retriable: true,
                })
              : failure;
          }
        }
      },
      signal,
    );
  }
}

/** Until when something is tried. */
interface Deadline {
  readonly endsAtMs: number;
  readonly signal: AbortSignalLike;
  /** A try failed, and there will be another. */
  tried?(error: KafkaError): void;
}
