import type { ClusterClient } from "../../cluster/cluster-client.ts";
import type { Wait } from "../../cluster/waits.ts";
import { checkGroup, checkOffsets, type GroupMetadata, type GroupOffset } from "../../cluster/group-offsets.ts";
import { brokerError } from "../../errors/broker-error.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import { Cancellation } from "../../runtime/cancellation.ts";
import { sleep } from "../../runtime/sleep.ts";
import type { ProducerIdentity } from "../partition/producer-identity.ts";
import { CoordinatorRequests, type Deadline } from "./coordinator-requests.ts";
import { endVerdict } from "./end-verdict.ts";
import { sendGroupOffsets } from "./send-group-offsets.ts";
import { askProtocol } from "./transaction-protocol.ts";
import type { TransactionHost, TransactionSettings } from "./transaction-host.ts";
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
  isOfTheCoordinator,
  timedOut,
  unanswered,
} from "./transaction-failures.ts";
import { addPartitions, endTransaction, initProducerId, type Writer } from "./transaction-requests.ts";
import {
  NEW_PRODUCER,
  refusal,
  type TransactionEvent,
  transactionOf,
  type TransactionProtocol,
  type TransactionState,
  transition,
} from "./transaction-state.ts";

/**
 * Carries out the decisions of {@link transition}: sends requests to the coordinators, one at a time, and reports
 * changes to the producer.
 */
export class TransactionManager {
  readonly #client: ClusterClient;
  readonly #settings: TransactionSettings;
  readonly #host: TransactionHost;
  readonly #requests: CoordinatorRequests;
  readonly #enrolment: PartitionEnrolment;
  readonly #groups = new Set<string>();
  /** The wait for partitions that the coordinator cannot add yet. */
  #enrolmentWait: Wait | undefined;
  #state: TransactionState = NEW_PRODUCER;
  #protocol: TransactionProtocol | undefined;
  #featuresAtMs = Number.NEGATIVE_INFINITY;
  #isBeginning = false;
  #number = 0;
  /** Ends the waits of the current transaction's background work. */
  #work = new Cancellation();

  constructor(client: ClusterClient, settings: TransactionSettings, host: TransactionHost) {
    this.#client = client;
    this.#settings = settings;
    this.#host = host;
    this.#requests = new CoordinatorRequests(client, () => this.#move({ name: "unsure" }));
    this.#enrolment = new PartitionEnrolment({
      tasks: client.tasks,
      clock: client.clock,
      add: (partitions) => this.#add(partitions),
      pause: (tried) => sleep(client, client.backoffMs(tried), this.#work),
      tried: (error) => {
        this.#enrolmentWait ??= client.waits.begin(
          `cannot add partitions to the transaction of ${settings.transactionalId}`,
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

  /** Rises with each transaction, so that records of one transaction do not get into another. */
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

  /** Whether `close` must abort a transaction. */
  get isUnfinished(): boolean {
    return "transaction" in this.#state;
  }

  /** The error if nothing may be sent again because the transaction cannot be committed any more. */
  get stopped(): KafkaError | undefined {
    const state = this.#state;
    if (state.name === "failed" || state.name === "fatal") return state.error;
    return state.name === "aborting" || state.name === "undecided" ? droppedError() : undefined;
  }

  /** The error for a record that has waited since transaction `number`; undefined if it may be sent. */
  refusalOf(number: number): KafkaError | undefined {
    if (number !== this.#number) return droppedError();
    return this.#state.name === "committing" && !this.#state.isCommitSent ? undefined : refusal(this.#state);
  }

  get(): Promise<ProducerIdentity> {
    const identity = this.current;
    return identity === undefined ? Promise.reject(refusal(this.#state) ?? droppedError()) : Promise.resolve(identity);
  }

  /** A batch was begun for the partition. */
  enlist(queue: PartitionQueue): void {
    if (this.protocol === 1) this.#enrolment.enlist(queue);
    else queue.added(this.#client.clock.monotonic());
  }

  /** A batch is sent. */
  sent(): void {
    if (transactionOf(this.#state)?.isTouched === false) this.#move({ name: "touched" });
  }

  /** Converts an error of Produce into the error of the transaction, which with protocol 2 survives a refused epoch. */
  failureOf(error: KafkaError): KafkaError {
    return failureOfWrite(error, this.#writingProtocol);
  }

  /** Records failed for good, so the transaction is lost, unless the user withdrew them. */
  recordsFailed(error: KafkaError): void {
    if (error.kind === "cancelled" || error.kind === "closed") return;
    if (isFatal(error)) this.#refuse(error);
    else this.#move({ name: "failed", error });
  }

  /** Gets an epoch if there is none, which aborts what an earlier producer with this transactional id left open. */
  async initialise(limit: TimeLimit): Promise<void> {
    if (this.#state.name === "fatal") throw refusal(this.#state) ?? this.#state.error;
    if (this.#isBeginning || this.#state.name === "uninitialised") await this.#alone(() => this.#prepare(limit));
  }

  async begin(limit: TimeLimit): Promise<void> {
    const { name } = this.#state;
    if (name !== "ready" && name !== "uninitialised" && !this.#isBeginning)
      this.#move({ name: "begin", protocol: 1, nowMs: 0 }); // throws the error for the wrong call
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
      await limit.wait(this.#requests.inTurn(() => this.#sendOffsets(offsets, group, limit)));
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
        await limit.wait(this.#requests.last);
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
      // No request in flight may arrive after the end: it would begin another transaction.
      await limit.wait(this.#host.quiet());
      await limit.wait(this.#requests.last);
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
    this.#client.hooks?.transactionMoved?.(this.transactionalId, before, this.#state);
    this.#tell();
    if (this.#state.name === "ready" || this.#state.name === "uninitialised") {
      this.#enrolment.reset();
      this.#groups.clear();
    }
    if (this.#state.name === "failed" || this.#state.name === "fatal") {
      // The cluster's features, and so the protocol, may have changed: ask again.
      this.#featuresAtMs = Number.NEGATIVE_INFINITY;
      this.#work.cancel(this.#state.error);
      this.#host.dropUnsent(this.#state.error);
    }
  }

  #tell(): void {
    this.#host.changed(this.#state.name === "open" ? undefined : () => refusal(this.#state) ?? droppedError());
  }

  #refuse(cause: KafkaError): void {
    // With protocol 2, a producer whose transaction timed out is not fenced.
    const late = this.#writingProtocol === 1 ? this.#timedOut() : undefined;
    this.#move({ name: "refused", error: fatalError(cause, this.#settings.transactionalId, late) });
  }

  #timedOut(): string | undefined {
    return timedOut(transactionOf(this.#state), this.#settings, this.#client.clock.monotonic());
  }

  /** Throws if an epoch is being requested already. */
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

  /** Finds the cluster's protocol, and gets an epoch for it if needed. */
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
        this.#requests.inTurn(() =>
          this.#requests.ask("transaction", transactionalId, "cannot get an epoch", limit, (connection) =>
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

  /** The cluster's protocol; asked again when the answer is old, because a cluster may be upgraded while we run. */
  #currentProtocol(limit: TimeLimit): Promise<TransactionProtocol> {
    const { clock, cluster } = this.#client;
    const isFresh = clock.monotonic() < this.#featuresAtMs + cluster.settings.metadataMaxAgeMs;
    if (isFresh && this.#protocol !== undefined) return Promise.resolve(this.#protocol);
    const { transactionalId } = this.#settings;
    return this.#requests.inTurn(async () => {
      const protocol = await askProtocol(this.#requests, transactionalId, this.#protocol !== undefined, limit);
      this.#featuresAtMs = clock.monotonic();
      return protocol;
    });
  }

  async #add(queues: readonly PartitionQueue[]): ReturnType<typeof addPartitions> {
    return this.#requests.inTurn(() => {
      const writer = this.#writer();
      this.#move({ name: "touched" });
      return this.#requests.ask(
        "transaction",
        this.#settings.transactionalId,
        "cannot add partitions to the transaction",
        this.#workLimit(),
        async (connection) => {
          const answers = await addPartitions(connection, writer, queues);
          // The coordinator's own errors are the same for all partitions: leave them to the retry policy.
          const moved = answers.find(({ errorCode }) => isOfTheCoordinator(errorCode));
          if (moved !== undefined) throw brokerError(moved.errorCode, "cannot add partitions to the transaction");
          this.#client.hooks?.transactionExtended?.(writer.transactionalId, answers);
          return answers;
        },
      );
    });
  }

  async #sendOffsets(offsets: readonly GroupOffset[], group: GroupMetadata, limit: Deadline): Promise<void> {
    const writer = this.#writer();
    const until: Deadline = { endsAtMs: limit.endsAtMs, signal: this.#work, tried: (error) => limit.tried?.(error) };
    this.#move({ name: "touched" });
    await sendGroupOffsets(this.#client, this.#requests, writer, { offsets, group, added: this.#groups }, until);
    this.#client.hooks?.transactionExtended?.(writer.transactionalId, [], group.groupId, offsets);
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
        this.#requests.inTurn(() =>
          this.#requests.ask(
            "transaction",
            transactionalId,
            isCommit ? "cannot commit the transaction" : "cannot abort the transaction",
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

  /** The coordinator did not end the transaction, or it is unknown whether it did. */
  #notEnded(isCommit: boolean, error: KafkaError): void {
    const isCommitSent = "isCommitSent" in this.#state && this.#state.isCommitSent;
    const verdict = endVerdict(isCommit, isCommitSent, error, this.#timedOut());
    switch (verdict.name) {
      case "fatal":
        this.#refuse(error);
        throw refusal(this.#state) ?? error;
      case "failed":
        this.#move({ name: "failed", error: verdict.error });
        throw refusal(this.#state) ?? error;
      case "nothing-open":
      case "committed":
        this.#move({ name: "unsure" });
        this.#move({ name: "ended", next: undefined });
        if (verdict.name === "committed") throw committedAlready(error);
        return;
      case "unanswered":
        this.#move({ name: "unanswered", error });
        throw unanswered(error, isCommitSent);
    }
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
}
