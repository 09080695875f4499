import * as ErrorCode from "../../errors/error-code.ts";
import {
  type TxnOffsetCommitRequest,
  type TxnOffsetCommitResponse,
  txnOffsetCommitApi,
} from "../../protocol/messages/txn-offset-commit.ts";
import type { Input } from "../../protocol/schema.ts";
import { AskedOffsets, commitOffsets, partitionsOf, refusedOffsets } from "../commit-offsets.ts";
import { type AnyHandler, type RequestContext, handler } from "../handler.ts";
import { OFFSETS_TOPIC } from "../state/internal-topic-names.ts";

/** From this version on, the commit itself adds the group's partition to the transaction (KIP-890). */
const ADDS_PARTITION_SINCE = 5;
/** From this version on, producers understand TRANSACTION_ABORTABLE. */
const ABORTABLE_SINCE = 4;
const LOADING_SINCE = 2;
/** From this version on, topics are named by id, and producers understand that the group does not exist (KIP-1319). */
const TOPIC_IDS_SINCE = 6;

/** TxnOffsetCommit, 0 to 6: offsets that are committed together with the transaction. */
export function txnOffsetCommit(): AnyHandler {
  return handler({
    api: txnOffsetCommitApi,
    min: 0,
    max: 6,
    handle: (request, context): Input<TxnOffsetCommitResponse> => {
      const { groupId, producerId, producerEpoch } = request;
      const { topics, groupCoordinator } = context.cluster;
      const isById = context.apiVersion >= TOPIC_IDS_SINCE;
      const denied = accessError(request, context);
      if (denied !== ErrorCode.NONE) return { topics: refusedOffsets(request.topics, isById, denied) };
      const asked = new AskedOffsets(topics, request.topics, isById, context.access);
      const error = errorOf(request, asked.known, context);
      const told =
        error === ErrorCode.COORDINATOR_LOAD_IN_PROGRESS && context.apiVersion < LOADING_SINCE
          ? ErrorCode.COORDINATOR_NOT_AVAILABLE
          : error;
      return {
        topics: asked.answer(
          commitOffsets(topics, asked.known, told, (offset) =>
            groupCoordinator.commitLater(groupId, producerId, producerEpoch, offset),
          ),
        ),
      };
    },
  });
}

function accessError({ transactionalId, groupId }: TxnOffsetCommitRequest, { access }: RequestContext): number {
  if (access?.denies("WRITE", "TRANSACTIONAL_ID", transactionalId) === true)
    return ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED;
  return access?.denies("READ", "GROUP", groupId) === true ? ErrorCode.GROUP_AUTHORIZATION_FAILED : ErrorCode.NONE;
}

/**
 * Why the commit is refused. The group's coordinator first asks the transaction coordinator, as brokers do before they
 * append a batch.
 */
function errorOf(
  request: TxnOffsetCommitRequest,
  topics: AskedOffsets["known"],
  { cluster, nodeId, apiVersion }: RequestContext,
): number {
  const {
    groupId,
    transactionalId,
    producerId,
    producerEpoch: epoch,
    memberId,
    groupInstanceId,
    generationIdOrMemberEpoch: generation,
  } = request;
  const { coordinators, transactionCoordinator, groups } = cluster;
  if (groupId === "") return ErrorCode.INVALID_GROUP_ID;
  // An empty commit does not add the partition to the transaction.
  if (
    !topics.some(({ name, partitions }) =>
      partitions.some(({ partitionIndex }) => cluster.topics.byName(name)?.partitions[partitionIndex] !== undefined),
    )
  )
    return ErrorCode.NONE;
  const elsewhere = coordinators.errorAt("group", groupId, nodeId);
  if (elsewhere !== ErrorCode.NONE) return elsewhere;
  if (groups.get(groupId)?.offsets.hasPending(producerId, epoch) !== true) {
    const unavailable =
      transactionalId === "" ? ErrorCode.INVALID_REQUEST : coordinators.errorOf("transaction", transactionalId);
    if (unavailable !== ErrorCode.NONE) return unavailable;
    const partition = { topic: OFFSETS_TOPIC, partition: coordinators.partitionOf(groupId) };
    const speaker = { transactionalId, producerId, epoch };
    const error =
      apiVersion >= ADDS_PARTITION_SINCE
        ? transactionCoordinator.add(speaker, [partition])
        : transactionCoordinator.verify(speaker, partition);
    if (error === ErrorCode.PRODUCER_FENCED) return ErrorCode.INVALID_PRODUCER_EPOCH;
    if (error === ErrorCode.TRANSACTION_ABORTABLE && apiVersion < ABORTABLE_SINCE) return ErrorCode.INVALID_TXN_STATE;
    if (error !== ErrorCode.NONE) return error;
  }
  const unknownGroup = apiVersion >= TOPIC_IDS_SINCE ? ErrorCode.GROUP_ID_NOT_FOUND : ErrorCode.ILLEGAL_GENERATION;
  return groups.commitError(groupId, { memberId, groupInstanceId, generation }, unknownGroup, {
    isTransactional: true,
    apiVersion,
    partitions: partitionsOf(topics, cluster.topics),
  });
}
