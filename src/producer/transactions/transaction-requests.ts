import type { GroupMetadata, GroupOffset } from "../../cluster/group-offsets.ts";
import { answersByPartition } from "../../cluster/offsets/answers-by-partition.ts";
import { topicsToCommit } from "../../cluster/offsets/topics-to-commit.ts";
import { groupByTopic } from "../../cluster/routing/group-by-topic.ts";
import { areKnown, type TopicIds } from "../../cluster/topic-ids.ts";
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
import { NO_IDENTITY, type ProducerIdentity } from "../partition/producer-identity.ts";
import { failureOfWrite } from "./transaction-failures.ts";
import type { TransactionProtocol } from "./transaction-state.ts";

/** The writing producer: its transactional id, and its current producer id and epoch. */
export interface Writer {
  readonly transactionalId: string;
  readonly identity: ProducerIdentity;
  readonly protocol: TransactionProtocol;
}

/** A partition, and the coordinator's error code for it. */
export interface AddedPartition {
  readonly topic: string;
  readonly partition: number;
  readonly errorCode: number;
}

/**
 * The highest versions of protocol 1. From the next ones on, AddPartitionsToTxn is for brokers among themselves, and
 * the other requests mean protocol 2.
 */
const LAST_OF_PROTOCOL_1 = { addPartitions: 3, endTxn: 4, txnOffsetCommit: 4 } as const;
/** Version 6 is for two-phase commit, which brokers do not support yet. */
const INIT_PRODUCER_ID_CAP = 5;
/** The first version in which a producer can keep its id and get the next epoch (KIP-360). */
const RENEWS_SINCE = 3;
/** The first version of TxnOffsetCommit that names the group member (KIP-447). */
const MEMBERS_SINCE = 3;
/** The last version of TxnOffsetCommit with topic names; later ones use topic ids (KIP-1319). */
const NAMED_COMMIT = 5;
/** The group has rebalanced without this consumer. */
const NOT_A_MEMBER = [...REFUSED_MEMBER, ErrorCode.STALE_MEMBER_EPOCH];

/**
 * Requests an epoch. This fences any other producer with the same id; a producer that passes its identity gets its own
 * next epoch.
 */
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
      `cannot get an epoch for transactional id ${transactionalId} (transactionTimeoutMs ${transactionTimeoutMs})`,
    );
  return { producerId: response.producerId, producerEpoch: response.producerEpoch };
}

/** Protocol 1: adds partitions to the transaction, before anything is written to them. */
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

/** Protocol 1: adds a group's offsets to the transaction. */
export async function addOffsets(
  connection: Connection,
  { transactionalId, identity }: Writer,
  groupId: string,
): Promise<void> {
  const response = await connection.request(addOffsetsToTxnApi, { transactionalId, ...identity, groupId });
  if (response.errorCode !== 0)
    throw brokerError(
      response.errorCode,
      `cannot add the offsets of group ${groupId} to the transaction of ${transactionalId}`,
    );
}

/** The offsets that a transaction commits for a group. */
export interface OffsetsToCommit {
  readonly offsets: readonly GroupOffset[];
  readonly group: GroupMetadata;
  /**
   * The topics' ids when the commit was requested: an offset of a deleted topic must not be committed for a new topic
   * of the same name.
   */
  readonly ids: TopicIds;
}

/** Writes offsets that take effect when the transaction is committed. */
export async function commitOffsets(
  connection: Connection,
  { transactionalId, identity, protocol }: Writer,
  { offsets, group, ids }: OffsetsToCommit,
): Promise<void> {
  const cap = protocol === 1 ? LAST_OF_PROTOCOL_1.txnOffsetCommit : areKnown(ids) ? undefined : NAMED_COMMIT;
  const version = connection.version(txnOffsetCommitApi, cap);
  const { groupId, generationId = -1, memberId = "", groupInstanceId = null } = group;
  const member = version >= MEMBERS_SINCE ? { generationIdOrMemberEpoch: generationId, memberId, groupInstanceId } : {};
  const topics = topicsToCommit(offsets, ids, version > NAMED_COMMIT);
  const response = await connection.request(
    txnOffsetCommitApi,
    { transactionalId, groupId, ...identity, ...member, topics },
    { version },
  );
  const answers = answersByPartition(response.topics, ids);
  const errors = offsets.flatMap(({ topic, partition }) => {
    // If the response does not mention a partition, its commit did not succeed.
    const errorCode = answers.get({ topic, partition })?.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR;
    return errorCode === 0 ? [] : [failureOfWrite(offsetError(errorCode, groupId, topic, partition), protocol)];
  });
  // An error that is not retriable takes precedence.
  const worst = errors.find((error) => !error.retriable) ?? errors[0];
  if (worst !== undefined) throw worst;
}

/** Ends the transaction. With protocol 2, returns the identity for the next one. */
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
      `cannot ${committed ? "commit" : "abort"} the transaction of ${transactionalId}`,
    );
  return response.producerId < 0
    ? undefined
    : { producerId: response.producerId, producerEpoch: response.producerEpoch };
}

function offsetError(code: number, groupId: string, topic: string, partition: number): KafkaError {
  const error = brokerError(
    code,
    `cannot commit the offset of ${topic}-${partition} for group ${groupId} in a transaction`,
    { topic, partition },
  );
  if (!NOT_A_MEMBER.includes(code)) return error;
  return new KafkaError(
    "broker",
    `${error.message}: the group has rebalanced, and this consumer's records may be processed by another by now`,
    { ...detailsOf(error), cause: error },
  );
}
