import type { ClusterClient } from "../cluster/cluster-client.ts";
import type { CoordinatorKind, Coordinators } from "../cluster/coordinators.ts";
import { brokerError } from "../errors/broker-error.ts";
import { KafkaError } from "../errors/kafka-error.ts";
import type { Connection } from "../network/connection.ts";
import { addOffsetsToTxnApi } from "../protocol/messages/add-offsets-to-txn.ts";
import { addPartitionsToTxnApi } from "../protocol/messages/add-partitions-to-txn.ts";
import { endTxnApi } from "../protocol/messages/end-txn.ts";
import { initProducerIdApi } from "../protocol/messages/init-producer-id.ts";
import { produceApi } from "../protocol/messages/produce.ts";
import { txnOffsetCommitApi } from "../protocol/messages/txn-offset-commit.ts";
import type { AbortSignalLike } from "../runtime/cancellation.ts";
import { sleep } from "../runtime/sleep.ts";
import { NO_IDENTITY, type ProducerIdentity } from "./batch.ts";
import type { OffsetAndPartition, TransactionGroup } from "./transaction-offsets.ts";
import type { TransactionProtocol } from "./transaction-state.ts";

/** The versions up to which the requests mean protocol 1: a later one tells the broker that partitions add themselves (KIP-890). */
const LAST_OF_PROTOCOL_1 = { addPartitions: 3, endTxn: 4, txnOffsetCommit: 4 } as const;
/** From these versions on brokers serve protocol 2. */
const FIRST_OF_PROTOCOL_2 = { produce: 12, endTxn: 5, txnOffsetCommit: 5 } as const;
/** From this version on a producer may name the epoch that it has, to get the next one (KIP-360). */
const RENEWS_SINCE = 3;
const FEATURE = "transaction.version";
const NONE = 0;
const INVALID_PRODUCER_ID_MAPPING = 49;
const CONCURRENT_TRANSACTIONS = 51;
/** The last transaction's markers are being written: that takes milliseconds, less than any other cause for waiting. Java: `retryBackoffMs` of AddPartitions. */
const MARKERS_BACKOFF_MS = 20;
/** UNKNOWN_MEMBER_ID, ILLEGAL_GENERATION, FENCED_INSTANCE_ID, STALE_MEMBER_EPOCH, FENCED_MEMBER_EPOCH: the group has moved on, and the partitions belong to somebody else. */
const GROUP_MOVED_ON = [22, 25, 82, 110, 113];

/** What a transactional producer asks of its coordinators: each call tries again until its deadline, at wherever the coordinator is. */
export class TransactionRequests {
  readonly #client: ClusterClient;
  readonly #coordinators: Coordinators;
  readonly #transactionalId: string;
  readonly #timeoutMs: number;
  /** Told when a request may still arrive though nobody waits for it any more. */
  onUnsure: () => void = () => undefined;
  #featuresAtMs = Number.NEGATIVE_INFINITY;

  constructor(client: ClusterClient, coordinators: Coordinators, transactionalId: string, timeoutMs: number) {
    this.#client = client;
    this.#coordinators = coordinators;
    this.#transactionalId = transactionalId;
    this.#timeoutMs = timeoutMs;
  }

  /** The protocol that the cluster has finalised by now. Asked again as often as metadata is: a cluster may be upgraded while a producer lives. */
  async protocol(deadlineMs: number, signal: AbortSignalLike): Promise<TransactionProtocol> {
    return this.#ask("finding out the version of transactions", deadlineMs, signal, async (connection) => {
      const nowMs = this.#client.clock.monotonic();
      if (nowMs >= this.#featuresAtMs + this.#client.cluster.settings.metadataMaxAgeMs) {
        if (this.#featuresAtMs > Number.NEGATIVE_INFINITY) await connection.refreshFeatures();
        this.#featuresAtMs = nowMs;
      }
      const serves = connection.version(produceApi) >= FIRST_OF_PROTOCOL_2.produce && connection.version(endTxnApi) >= FIRST_OF_PROTOCOL_2.endTxn && connection.version(txnOffsetCommitApi) >= FIRST_OF_PROTOCOL_2.txnOffsetCommit;
      return serves && (connection.finalizedFeatures.get(FEATURE) ?? 0) >= 2 ? 2 : 1;
    });
  }

  /** An epoch to write under. What an earlier producer of this id left open is ended first, and that producer is fenced. */
  async initialise(known: ProducerIdentity | undefined, deadlineMs: number, signal: AbortSignalLike): Promise<ProducerIdentity> {
    let renewed = known ?? NO_IDENTITY;
    return this.#ask("InitProducerId", deadlineMs, signal, async (connection) => {
      const { producerId, producerEpoch } = connection.version(initProducerIdApi) >= RENEWS_SINCE ? renewed : NO_IDENTITY;
      const response = await connection.request(initProducerIdApi, { transactionalId: this.#transactionalId, transactionTimeoutMs: this.#timeoutMs, producerId, producerEpoch });
      // The cluster has forgotten the id (transactional.id.expiration.ms): there is nothing to renew.
      if (response.errorCode === INVALID_PRODUCER_ID_MAPPING && producerId >= 0) {
        renewed = NO_IDENTITY;
        throw new KafkaError("broker", "the transactional id had expired", { retriable: true, code: response.errorCode, outcome: "notWritten" });
      }
      await this.#check(response.errorCode, "InitProducerId", signal);
      return { producerId: response.producerId, producerEpoch: response.producerEpoch };
    });
  }

  /** Protocol 1: adds partitions, each by topic. */
  async addPartitions(identity: ProducerIdentity, partitions: ReadonlyMap<string, readonly number[]>, deadlineMs: number, signal: AbortSignalLike): Promise<void> {
    return this.#ask("AddPartitionsToTxn", deadlineMs, signal, async (connection) => {
      const version = connection.version(addPartitionsToTxnApi, LAST_OF_PROTOCOL_1.addPartitions);
      const message = { v3AndBelowTransactionalId: this.#transactionalId, v3AndBelowProducerId: identity.producerId, v3AndBelowProducerEpoch: identity.producerEpoch, v3AndBelowTopics: [...partitions].map(([name, list]) => ({ name, partitions: list })) };
      const response = await connection.request(addPartitionsToTxnApi, message, { version });
      const results = response.resultsByTopicV3AndBelow.flatMap(({ name, resultsByPartition }) => resultsByPartition.map(({ partitionIndex, partitionErrorCode }) => ({ what: `${name}-${partitionIndex}`, code: partitionErrorCode })));
      // All of them are added, or none is: the others say OPERATION_NOT_ATTEMPTED, and the one that is wrong says why.
      const failed = results.find(({ code }) => code !== NONE && code !== 55) ?? results.find(({ code }) => code !== NONE);
      if (failed !== undefined) await this.#check(failed.code, `adding ${failed.what} to the transaction`, signal);
    });
  }

  /** Protocol 1: says that offsets of a group will come. */
  async addOffsets(identity: ProducerIdentity, groupId: string, deadlineMs: number, signal: AbortSignalLike): Promise<void> {
    return this.#ask("AddOffsetsToTxn", deadlineMs, signal, async (connection) => {
      const response = await connection.request(addOffsetsToTxnApi, { transactionalId: this.#transactionalId, ...identity, groupId });
      await this.#check(response.errorCode, `adding the offsets of group ${groupId} to the transaction`, signal);
    });
  }

  /** Writes offsets to the group's coordinator; they count when the transaction is committed. */
  async commitOffsets(identity: ProducerIdentity, protocol: TransactionProtocol, group: TransactionGroup, offsets: readonly OffsetAndPartition[], deadlineMs: number, signal: AbortSignalLike): Promise<void> {
    const what = `committing offsets of group ${group.groupId} in the transaction`;
    const topics = [...new Set(offsets.map(({ topic }) => topic))].map((name) => ({
      name,
      partitions: offsets.filter(({ topic }) => topic === name).map(({ partition, offset, leaderEpoch = -1, metadata = null }) => ({ partitionIndex: partition, committedOffset: offset, committedLeaderEpoch: leaderEpoch, committedMetadata: metadata })),
    }));
    await this.#client.retry(what, deadlineMs, async () => {
      try {
        const connection = await this.#coordinators.connection("group", group.groupId, signal);
        const version = protocol === 1 ? connection.version(txnOffsetCommitApi, LAST_OF_PROTOCOL_1.txnOffsetCommit) : connection.version(txnOffsetCommitApi);
        const member = version >= 3 ? { generationId: group.generationId ?? -1, memberId: group.memberId ?? "", groupInstanceId: group.groupInstanceId ?? null } : {};
        const response = await connection.request(txnOffsetCommitApi, { transactionalId: this.#transactionalId, groupId: group.groupId, ...identity, ...member, topics }, { version });
        const failed = response.topics.flatMap(({ name, partitions }) => partitions.map(({ partitionIndex, errorCode }) => ({ name, partitionIndex, errorCode }))).find(({ errorCode }) => errorCode !== NONE);
        if (failed === undefined) return;
        if (GROUP_MOVED_ON.includes(failed.errorCode)) throw movedOn(brokerError(failed.errorCode, what));
        await this.#check(failed.errorCode, `${what} (${failed.name}-${failed.partitionIndex})`, signal);
      } catch (error) {
        throw this.#failed("group", group.groupId, error);
      }
    }, signal);
  }

  /** Ends the transaction. On protocol 2 the answer has the epoch of the next one. */
  async end(identity: ProducerIdentity, protocol: TransactionProtocol, committed: boolean, deadlineMs: number, signal: AbortSignalLike): Promise<ProducerIdentity | undefined> {
    return this.#ask(`EndTxn (${committed ? "commit" : "abort"})`, deadlineMs, signal, async (connection) => {
      const version = protocol === 1 ? connection.version(endTxnApi, LAST_OF_PROTOCOL_1.endTxn) : connection.version(endTxnApi);
      const response = await connection.request(endTxnApi, { transactionalId: this.#transactionalId, ...identity, committed }, { version });
      await this.#check(response.errorCode, `${committed ? "committing" : "aborting"} the transaction`, signal);
      return response.producerId < 0 ? undefined : { producerId: response.producerId, producerEpoch: response.producerEpoch };
    });
  }

  /** Asks the coordinator until it has answered: on one connection, so that requests arrive in the order in which they were made. */
  #ask<T>(what: string, deadlineMs: number, signal: AbortSignalLike, attempt: (connection: Connection) => Promise<T>): Promise<T> {
    const id = this.#transactionalId;
    return this.#client.retry(`${what} for transactional id ${id}`, deadlineMs, async () => {
      try {
        return await attempt(await this.#coordinators.connection("transaction", id, signal));
      } catch (error) {
        throw this.#failed("transaction", id, error);
      }
    }, signal);
  }

  #failed(kind: CoordinatorKind, key: string, error: unknown): KafkaError {
    const failure = KafkaError.from(error);
    this.#coordinators.failed(kind, key, failure);
    if (failure.outcome !== "notWritten") this.onUnsure();
    return failure;
  }

  async #check(code: number, what: string, signal: AbortSignalLike): Promise<void> {
    if (code === CONCURRENT_TRANSACTIONS) await sleep(this.#client, MARKERS_BACKOFF_MS, signal);
    if (code !== NONE) throw brokerError(code, `${what} (transactional id ${this.#transactionalId})`);
  }
}

function movedOn(cause: KafkaError): KafkaError {
  return new KafkaError("abortable", `${cause.message}: the group has rebalanced, and somebody else may read these partitions now; abort the transaction, and go on from the committed offsets`, { cause, outcome: "notWritten", ...(cause.code === undefined ? {} : { code: cause.code }), ...(cause.codeName === undefined ? {} : { codeName: cause.codeName }) });
}
