import { type ProduceRequest, type ProduceRequestPartitionProduceData, type ProduceResponse, type ProduceResponsePartitionProduceResponse, produceApi } from "../../protocol/messages/produce.ts";
import type { Input } from "../../protocol/schema.ts";
import { appendBatch } from "../append.ts";
import { codes } from "../codes.ts";
import { type AnyHandler, type RequestContext, handler } from "../handler.ts";
import { leaderError } from "../leadership.ts";
import { openBatch } from "../open-batch.ts";
import type { Topic } from "../state/topics.ts";
import { topicConfig } from "../topic-configs.ts";
import { ADDS_PARTITIONS_SINCE, type Refusals, transactionalBatches, verifyTransaction } from "../transactional-produce.ts";

type Produced = Input<ProduceResponse> | undefined | "disconnect";
type Answer = Input<ProduceResponsePartitionProduceResponse>;

const TOPIC_IDS_SINCE = 13;
const LEADER_HINTS_SINCE = 10;
const ALL_REPLICAS = -1;

/**
 * Produce, 3 to 13. The log is in memory and shared by all replicas, so acks 1 and all differ only in `min.insync.replicas`. With
 * acks 0 there is no response, and an error cuts the connection, as in Kafka: the client could not learn of it otherwise.
 */
export function produce(): AnyHandler {
  return handler({ api: produceApi, min: 3, max: 13, advertisedMin: 0, handle: serve });
}

function serve(request: ProduceRequest, context: RequestContext): Produced | PromiseLike<Produced> {
  const batches = transactionalBatches(request, context);
  if (batches === undefined) return append(request, context);
  return verifyTransaction(batches, request, context).then((refusals) => append(request, context, refusals));
}

function append(request: ProduceRequest, context: RequestContext, refusals?: Refusals): Produced {
  const { cluster, apiVersion } = context;
  const isById = apiVersion >= TOPIC_IDS_SINCE;
  const moved = new Set<number>();
  let hasError = false;
  const responses = byTopic(request.topicData, isById).map(({ name, topicId, partitions }) => {
    const topic = isById ? cluster.topics.byId(topicId) : cluster.topics.byName(name);
    const partitionResponses = [...partitions.values()].map((data): Answer => {
      const refused = topic === undefined ? refusals?.all : (refusals?.all ?? refusals?.byPartition.get(topic.partitions[data.index]));
      const answer = refused === undefined ? one(topic, data, request, context) : { ...refusal(data.index, refused.errorCode), ...refused };
      hasError ||= answer.errorCode !== codes.NONE;
      if (answer.currentLeader?.leaderId !== undefined) moved.add(answer.currentLeader.leaderId);
      return answer;
    });
    return isById ? { topicId, partitionResponses } : { name, partitionResponses };
  });
  if (request.acks === 0) return hasError ? "disconnect" : undefined;
  if (moved.size === 0) return { responses };
  return { responses, nodeEndpoints: cluster.brokers().filter((broker) => moved.has(broker.nodeId)).map((broker) => ({ ...broker })) };
}

interface TopicBatches {
  readonly name: string;
  readonly topicId: string;
  readonly partitions: Map<number, ProduceRequestPartitionProduceData>;
}

/** Each topic and each partition once: of a partition that is there twice the last is taken, and a topic without any is not answered. */
function byTopic(topicData: ProduceRequest["topicData"], isById: boolean): readonly TopicBatches[] {
  const topics = new Map<string, TopicBatches>();
  for (const { name, topicId, partitionData } of topicData) {
    const key = isById ? topicId : name;
    for (const data of partitionData) {
      const topic = topics.get(key) ?? { name, topicId, partitions: new Map<number, ProduceRequestPartitionProduceData>() };
      topics.set(key, topic);
      topic.partitions.set(data.index, data);
    }
  }
  return [...topics.values()];
}

function one(topic: Topic | undefined, data: ProduceRequestPartitionProduceData, request: ProduceRequest, context: RequestContext): Answer {
  const { nodeId, apiVersion, cluster } = context;
  const { index } = data;
  const log = topic?.partitions[index];
  if (topic === undefined && apiVersion >= TOPIC_IDS_SINCE) return refusal(index, codes.UNKNOWN_TOPIC_ID);
  if (topic === undefined || log === undefined) return refusal(index, codes.UNKNOWN_TOPIC_OR_PARTITION);
  const opened = openBatch(data.records, apiVersion, topic.name, index);
  if ("errorCode" in opened) return { ...refusal(index, opened.errorCode), ...opened };
  if (![ALL_REPLICAS, 0, 1].includes(request.acks)) return refusal(index, codes.INVALID_REQUIRED_ACKS);
  if (leaderError(log, nodeId, -1) !== codes.NONE) {
    const answer = refusal(index, codes.NOT_LEADER_OR_FOLLOWER);
    // The new leader is named, so that the client need not ask for metadata (KIP-951).
    return apiVersion < LEADER_HINTS_SINCE ? answer : { ...answer, currentLeader: { leaderId: log.leaderId, leaderEpoch: log.leaderEpoch } };
  }
  if (request.acks === ALL_REPLICAS) {
    const inSync = cluster.brokers().filter((broker) => log.replicas.includes(broker.nodeId)).length;
    // No more can be asked for than there are replicas (KIP-966).
    if (inSync < Math.min(log.replicas.length, Number(topicConfig(topic.configs, "min.insync.replicas")))) return refusal(index, codes.NOT_ENOUGH_REPLICAS);
  }
  return { index, ...appendBatch(topic, log, opened.batch, cluster.clock.now(), opened.batch.isTransactional && apiVersion >= ADDS_PARTITIONS_SINCE) };
}

function refusal(index: number, errorCode: number): Answer {
  return { index, errorCode, baseOffset: -1 };
}
