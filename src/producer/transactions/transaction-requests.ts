import type { GroupMetadata, GroupOffset } from "../../cluster/group-offsets.ts";
import { answersByPartition } from "../../cluster/offsets/answers-by-partition.ts";
import { groupByTopic } from "../../cluster/routing/group-by-topic.ts";
import { areKnown, named, type TopicIds } from "../../cluster/topic-ids.ts";
import { brokerError } from "../../errors/broker-error.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { REFUSED_MEMBER } from "../../errors/error-sets.ts";
import { detailsOf, KafkaError } from "../../errors/kafka-error.ts";
import type { Connection } from "../../network/connection.ts";
import { addOffsetsToTxnApi } from "../../protocol/messages/add-offsets-to-txn.ts";
import { addPartitionsToTxnApi } from "../../protocol/messages/add-partitions-to-txn.ts";
import { endTxnApi } from "../../protocol/messages/end-txn.ts";
import { initProducerIdApi } from "../../protocol/messages/init-producer-id.ts";
import { txnOffsetCommitApi } from "../../protocol/messages/txn-offset-commit.ts";
import { ZERO_UUID } from "../../wire/uuid.ts";
import { NO_IDENTITY, type ProducerIdentity } from "../partition/producer-identity.ts";
import { failureOfWrite } from "./transaction-failures.ts";
import type { TransactionProtocol } from "./transaction-state.ts";

/** Who writes: the id that outlives the producer, and its present number and epoch. */
export interface Writer {
  readonly transactionalId: string;
  readonly identity: ProducerIdentity;
  readonly protocol: TransactionProtocol;
}

/** A partition of a topic, and what the coordinator said of it. */
export interface AddedPartition {
  readonly topic: string;
  readonly partition: number;
  readonly errorCode: number;
}

/**
 * From this version on a request of protocol 1 would be one of brokers among themselves (AddPartitionsToTxn), or ask
 * for protocol 2.
 */
const LAST_OF_PROTOCOL_1 = { addPartitions: 3, endTxn: 4, txnOffsetCommit: 4 } as const;
/** Version 6 is for two-phase commit, which brokers do not offer yet. */
const INIT_PRODUCER_ID_CAP = 5;
/** An identity may be renewed from this version on (KIP-360). */
const RENEWS_SINCE = 3;
/** TxnOffsetCommit names the member from this version on (KIP-447). */
const MEMBERS_SINCE = 3;
/** Up to this version TxnOffsetCommit names topics by name, from the next on by id (KIP-1319). */
const NAMED_COMMIT = 5;
/** The group has gone on without this consumer. */
const NOT_A_MEMBER = [...REFUSED_MEMBER, ErrorCode.STALE_MEMBER_EPOCH];

/** Asks for an epoch. Whoever has the id now is fenced, unless it is the one that renews. */
export async function initProducerId(
  connection: Connection,
  transactionalId: string,
  transactionTimeoutMs: number,
  renewed: ProducerIdentity | undefined,
): Promise<ProducerIdentity> {
  const version = connection.version(initProducerIdApi, INIT_PRODUCER_ID_CAP);
  const known = version >= RENEWS_SINCE ? (renewed ?? NO_IDENTITY) : {};
  const response = await connection.request(
    initProducerIdApi,
    { transactionalId, transactionTimeoutMs, ...known },
    { version },
  );
  if (response.errorCode !== 0)
    throw brokerError(
      response.errorCode,
      `getting an epoch for transactional id ${transactionalId} (transactionTimeoutMs ${transactionTimeoutMs})`,
    );
  return { producerId: response.producerId, producerEpoch: response.producerEpoch };
}

/** Protocol 1: makes partitions part of the transaction before anything is written to them. */
export async function addPartitions(
  connection: Connection,
  { transactionalId, identity }: Writer,
  partitions: readonly { readonly topic: string; readonly partition: number }[],
): Promise<readonly AddedPartition[]> {
  const version = connection.version(addPartitionsToTxnApi, LAST_OF_PROTOCOL_1.addPartitions);
  const topics = [...groupByTopic(partitions)].map(([name, list]) => ({
    name,
    partitions: list.map(({ partition }) => partition),
  }));
  const response = await connection.request(
    addPartitionsToTxnApi,
    {
      v3AndBelowTransactionalId: transactionalId,
      v3AndBelowProducerId: identity.producerId,
      v3AndBelowProducerEpoch: identity.producerEpoch,
      v3AndBelowTopics: topics,
    },
    { version },
  );
  return response.resultsByTopicV3AndBelow.flatMap(({ name, resultsByPartition }) =>
    resultsByPartition.map(({ partitionIndex, partitionErrorCode }) => ({
      topic: name,
      partition: partitionIndex,
      errorCode: partitionErrorCode,
    })),
  );
}

/** Protocol 1: makes a group's offsets part of the transaction. */
export async function addOffsets(
  connection: Connection,
  { transactionalId, identity }: Writer,
  groupId: string,
): Promise<void> {
  const response = await connection.request(addOffsetsToTxnApi, { transactionalId, ...identity, groupId });
  if (response.errorCode !== 0)
    throw brokerError(
      response.errorCode,
      `adding the offsets of group ${groupId} to the transaction of ${transactionalId}`,
    );
}

/** What a transaction is to commit for a group. */
export interface OffsetsToCommit {
  readonly offsets: readonly GroupOffset[];
  readonly group: GroupMetadata;
  /**
   * The topics' ids when the commit was asked for: an offset of a topic
   * that was deleted must not become one of the topic that took its name.
   */
  readonly ids: TopicIds;
}

/** Writes offsets that count when the transaction is committed. */
export async function commitOffsets(
  connection: Connection,
  { transactionalId, identity, protocol }: Writer,
  { offsets, group, ids }: OffsetsToCommit,
): Promise<void> {
  const cap = protocol === 1 ? LAST_OF_PROTOCOL_1.txnOffsetCommit : areKnown(ids) ? undefined : NAMED_COMMIT;
  const version = connection.version(txnOffsetCommitApi, cap);
  const { groupId, generationId = -1, memberId = "", groupInstanceId = null } = group;
  const member = version >= MEMBERS_SINCE ? { generationIdOrMemberEpoch: generationId, memberId, groupInstanceId } : {};
  const topics = [...groupByTopic(offsets)].map(([name, list]) =>
    named(
      {
        name,
        topicId: ids.get(name) ?? ZERO_UUID,
        partitions: list.map(({ partition, offset, leaderEpoch, metadata }) => ({
          partitionIndex: partition,
          committedOffset: offset,
          committedLeaderEpoch: leaderEpoch ?? -1,
          committedMetadata: metadata ?? "",
        })),
      },
      version > NAMED_COMMIT,
    ),
  );
  const response = await connection.request(
    txnOffsetCommitApi,
    { transactionalId, groupId, ...identity, ...member, topics },
    { version },
  );
  const answers = answersByPartition(response.topics, ids);
  const errors = offsets.flatMap(({ topic, partition }) => {
    // An answer that does not mention a partition is no success.
    const errorCode = answers.get({ topic, partition })?.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR;
    return errorCode === 0 ? [] : [failureOfWrite(offsetError(errorCode, groupId, topic, partition), protocol)];
  });
  // One that is not retriable counts for all.
  const worst = errors.find((error) => !error.retriable) ?? errors[0];
  if (worst !== undefined) throw worst;
}

/** Ends the transaction. On protocol 2 the answer is the identity of the next one. */
export async function endTransaction(
  connection: Connection,
  { transactionalId, identity, protocol }: Writer,
  committed: boolean,
): Promise<ProducerIdentity | undefined> {
  const version = connection.version(endTxnApi, protocol === 1 ? LAST_OF_PROTOCOL_1.endTxn : undefined);
  const response = await connection.request(endTxnApi, { transactionalId, ...identity, committed }, { version });
  if (response.errorCode !== 0)
    throw brokerError(
      response.errorCode,
      `${committed ? "committing" : "aborting"} the transaction of ${transactionalId}`,
    );
  return response.producerId < 0
    ? undefined
    : { producerId: response.producerId, producerEpoch: response.producerEpoch };
}

function offsetError(code: number, groupId: string, topic: string, partition: number): KafkaError {
  const error = brokerError(
    code,
    `committing the offset of ${topic}-${partition} for group ${groupId} in a transaction`,
    { topic, partition },
  );
  if (!NOT_A_MEMBER.includes(code)) return error;
  return new KafkaError(
    "broker",
    `${error.message}: the group has rebalanced, and this consumer's records may be processed by another by now`,
    { ...detailsOf(error), cause: error },
  );
}
