import * as ErrorCode from "../../errors/error-code.ts";
import {
  type AddPartitionsToTxnRequestAddPartitionsToTxnTopic,
  type AddPartitionsToTxnResponseAddPartitionsToTxnTopicResult,
  addPartitionsToTxnApi,
} from "../../protocol/messages/add-partitions-to-txn.ts";
import type { Input } from "../../protocol/schema.ts";
import { type AnyHandler, type RequestContext, handler } from "../handler.ts";
import { OFFSETS_TOPIC } from "../state/internal-topic-names.ts";
import { COORDINATOR_PARTITIONS } from "../state/coordinators.ts";
import type { TopicPartition } from "../state/transactions/transaction.ts";
import type { Speaker } from "../state/transactions/transactions.ts";

type Topics = readonly AddPartitionsToTxnRequestAddPartitionsToTxnTopic[];
type Results = Input<AddPartitionsToTxnResponseAddPartitionsToTxnTopicResult>[];

const FENCED_SINCE = 2;
const BATCHES_SINCE = 4;

/**
 * AddPartitionsToTxn, 0 to 5. Producers send one transaction; from version 4 on, which brokers use among themselves,
 * there may be several.
 */
export function addPartitionsToTxn(): AnyHandler {
  return handler({
    api: addPartitionsToTxnApi,
    min: 0,
    max: 5,
    handle: (request, context) => {
      if (context.apiVersion < BATCHES_SINCE) {
        const speaker = {
          transactionalId: request.v3AndBelowTransactionalId,
          producerId: request.v3AndBelowProducerId,
          epoch: request.v3AndBelowProducerEpoch,
        };
        if (context.access?.denies("WRITE", "TRANSACTIONAL_ID", speaker.transactionalId) === true)
          return {
            resultsByTopicV3AndBelow: byTopic(
              request.v3AndBelowTopics,
              () => ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
            ),
          };
        return { resultsByTopicV3AndBelow: add(speaker, request.v3AndBelowTopics, false, context) };
      }
      if (context.access?.deniesCluster("CLUSTER_ACTION") === true)
        return { errorCode: ErrorCode.CLUSTER_AUTHORIZATION_FAILED };
      return {
        resultsByTransaction: request.transactions.map(
          ({ transactionalId, producerId, producerEpoch, verifyOnly, topics }) => ({
            transactionalId,
            topicResults: add({ transactionalId, producerId, epoch: producerEpoch }, topics, verifyOnly, context),
          }),
        ),
      };
    },
  });
}

/**
 * Adds all partitions or none: if one does not exist or may not be written, the others get OPERATION_NOT_ATTEMPTED.
 */
function add(
  speaker: Speaker,
  topics: Topics,
  verifyOnly: boolean,
  { cluster, nodeId, apiVersion, access }: RequestContext,
): Results {
  const all = topics.flatMap(({ name, partitions }) =>
    partitions.map((partition): TopicPartition => ({ topic: name, partition })),
  );
  const exists = ({ topic, partition }: TopicPartition): boolean =>
    topic === OFFSETS_TOPIC
      ? partition >= 0 && partition < COORDINATOR_PARTITIONS
      : cluster.topics.byName(topic)?.partitions[partition] !== undefined;
  // Brokers, which send the later versions, have checked the rights of the producer themselves.
  const isDenied = ({ topic }: TopicPartition): boolean =>
    apiVersion < BATCHES_SINCE && access?.denies("WRITE", "TOPIC", topic) === true;
  if (!all.every((one) => exists(one) && !isDenied(one)))
    return byTopic(topics, (one) => {
      if (isDenied(one)) return ErrorCode.TOPIC_AUTHORIZATION_FAILED;
      return exists(one) ? ErrorCode.OPERATION_NOT_ATTEMPTED : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
    });
  if (speaker.transactionalId === "") return byTopic(topics, () => ErrorCode.INVALID_REQUEST);
  const elsewhere = cluster.coordinators.errorAt("transaction", speaker.transactionalId, nodeId);
  if (elsewhere !== ErrorCode.NONE) return byTopic(topics, () => elsewhere);
  if (verifyOnly) return byTopic(topics, (one) => cluster.transactionCoordinator.verify(speaker, one));
  const error = cluster.transactionCoordinator.add(speaker, all);
  return byTopic(topics, () =>
    error === ErrorCode.PRODUCER_FENCED && apiVersion < FENCED_SINCE ? ErrorCode.INVALID_PRODUCER_EPOCH : error,
  );
}

function byTopic(topics: Topics, errorOf: (one: TopicPartition) => number): Results {
  return topics.map(({ name, partitions }) => ({
    name,
    resultsByPartition: partitions.map((partitionIndex) => ({
      partitionIndex,
      partitionErrorCode: errorOf({ topic: name, partition: partitionIndex }),
    })),
  }));
}
