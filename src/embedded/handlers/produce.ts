import { type ProduceRequestPartitionProduceData, type ProduceResponsePartitionProduceResponse, produceApi } from "../../protocol/messages/produce.ts";
import type { Input } from "../../protocol/schema.ts";
import { appendBatch } from "../append.ts";
import { codes } from "../codes.ts";
import { type AnyHandler, type RequestContext, handler } from "../handler.ts";
import { leaderError } from "../leadership.ts";
import type { Topic } from "../state/topics.ts";

type Answer = Input<ProduceResponsePartitionProduceResponse>;

/** Produce, 3 to 13. The log is in memory and shared by all replicas, so acks 1 and all are the same; with acks 0 there is no response. */
export function produce(): AnyHandler {
  return handler({
    api: produceApi,
    min: 3,
    max: 13,
    handle: (request, context) => {
      const { cluster } = context;
      const isById = context.apiVersion >= 13;
      const moved = new Set<number>();
      const responses = request.topicData.map(({ name, topicId, partitionData }) => {
        const topic = isById ? cluster.topics.byId(topicId) : cluster.topics.byName(name);
        const partitionResponses = partitionData.map((data): Answer => {
          if (![-1, 0, 1].includes(request.acks)) return refusal(data.index, codes.INVALID_REQUIRED_ACKS);
          const answer = one(topic, data, context, isById);
          if (answer.errorCode === codes.NOT_LEADER_OR_FOLLOWER && answer.currentLeader?.leaderId !== undefined) moved.add(answer.currentLeader.leaderId);
          return answer;
        });
        return isById ? { topicId, partitionResponses } : { name, partitionResponses };
      });
      if (request.acks === 0) return undefined;
      return { responses, nodeEndpoints: cluster.brokers().filter((broker) => moved.has(broker.nodeId)).map((broker) => ({ ...broker })) };
    },
  });
}

function one(topic: Topic | undefined, data: ProduceRequestPartitionProduceData, context: RequestContext, isById: boolean): Answer {
  const log = topic?.partitions[data.index];
  if (topic === undefined || log === undefined) return refusal(data.index, isById && topic === undefined ? codes.UNKNOWN_TOPIC_ID : codes.UNKNOWN_TOPIC_OR_PARTITION);
  const error = leaderError(log, context.nodeId, -1);
  // The new leader is named, so that the client need not ask for metadata (KIP-951).
  if (error !== 0) return { ...refusal(data.index, error), currentLeader: { leaderId: log.leaderId, leaderEpoch: log.leaderEpoch } };
  return { index: data.index, ...appendBatch(topic, log, data.records, context.cluster.clock.now()) };
}

function refusal(index: number, errorCode: number): Answer {
  return { index, errorCode, baseOffset: -1 };
}
