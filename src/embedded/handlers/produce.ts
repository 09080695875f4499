import * as ErrorCode from "../../errors/error-code.ts";
import {
  type ProduceRequest,
  type ProduceRequestPartitionProduceData,
  type ProduceResponse,
  type ProduceResponsePartitionProduceResponse,
  produceApi,
} from "../../protocol/messages/produce.ts";
import type { Input } from "../../protocol/schema.ts";
import { appendBatch } from "../append.ts";
import { type AnyHandler, type RequestContext, handler } from "../handler.ts";
import { writable } from "../writable-topics.ts";
import { type Appended, untilCommitted } from "../commit-wait.ts";
import { HostTurns } from "../../runtime/host-turns.ts";
import { endpointsOf, knownLeader, leaderError } from "../leadership.ts";
import { openBatch } from "../open-batch.ts";
import { isInternalTopic } from "../state/internal-topic-names.ts";
import type { PartitionLog } from "../state/partition-log.ts";
import type { Topic } from "../state/topics.ts";
import {
  ADDS_PARTITIONS_SINCE,
  type Refusals,
  transactionalBatches,
  verifyTransaction,
} from "../transactional-produce.ts";

type Produced = Input<ProduceResponse> | undefined | "disconnect";
type Answer = Input<ProduceResponsePartitionProduceResponse>;
type Response = Input<ProduceResponse>;

/** Records that were appended and are not committed yet. */
interface Uncommitted extends Appended {
  readonly answer: Answer;
  readonly topic: Topic;
}

/** Only a client with this id may write to internal topics. Java: `AdminUtils.ADMIN_CLIENT_ID`. */
const ADMIN_CLIENT = "__admin_client";
const TOPIC_IDS_SINCE = 13;
const LEADER_HINTS_SINCE = 10;
const ALL_REPLICAS = -1;

/**
 * Produce, 3 to 13. With acks=all the response waits until all in-sync replicas have the records, at most for the
 * request's timeout. With acks=0 there is no response; an error closes the connection, as in Kafka, because the client
 * could not learn of it otherwise.
 */
export function produce(): AnyHandler {
  return handler({
    api: produceApi,
    min: 3,
    max: 13,
    advertisedMin: 0,
    handle: (request, context) => {
      const produced = serve(request, context);
      if (!context.throttle.has("producer_byte_rate")) return produced;
      return Promise.resolve(produced).then((answer) => throttled(answer, context));
    },
  });
}

/** Counts the request, when its response is sent, and throttles a client that is above its quota (KIP-219). */
function throttled(answer: Produced, { throttle, clientId, sizeInBytes }: RequestContext): Produced {
  const throttleTimeMs = throttle.produced(clientId, sizeInBytes);
  return typeof answer === "object" ? { ...answer, throttleTimeMs } : answer;
}

function serve(request: ProduceRequest, context: RequestContext): Produced | PromiseLike<Produced> {
  if (context.access === undefined) return write(request, context);
  const { allowed, refused } = writable(request, context, context.access);
  const produced = write({ ...request, topicData: allowed }, context);
  if (refused.length === 0) return produced;
  return Promise.resolve(produced).then((answer) =>
    typeof answer === "object" ? { ...answer, responses: [...(answer.responses ?? []), ...refused] } : "disconnect",
  );
}

function write(request: ProduceRequest, context: RequestContext): Produced | PromiseLike<Produced> {
  const batches = transactionalBatches(request, context);
  if (batches === undefined) return append(request, context);
  return verifyTransaction(batches, request, context).then((refusals) => append(request, context, refusals));
}

type TopicAnswer = Input<NonNullable<ProduceResponse["responses"]>[number]> & { readonly partitionResponses: Answer[] };

/** The state after the appends of a request. */
interface AppendResult {
  readonly responses: TopicAnswer[];
  readonly uncommitted: Uncommitted[];
}

function append(request: ProduceRequest, context: RequestContext, refusals?: Refusals): Produced | Promise<Produced> {
  const result: AppendResult = { responses: [], uncommitted: [] };
  const steps = appendAll(request, context, refusals, result);
  const turns = new HostTurns(context.cluster);
  while (steps.next().done !== true) if (turns.isDue) return appendRest(steps, turns, request, context, result);
  return finish(request, context, result);
}

/**
 * Continues the appends in turns, because megabytes of small records take longer than the host may be blocked. The next
 * request of the connection is served only afterwards.
 */
async function appendRest(
  steps: Iterator<undefined>,
  turns: HostTurns,
  request: ProduceRequest,
  context: RequestContext,
  result: AppendResult,
): Promise<Produced> {
  do if (turns.isDue) await turns.take();
  while (steps.next().done !== true);
  return finish(request, context, result);
}

/** Appends to one partition in each step. */
function* appendAll(
  request: ProduceRequest,
  context: RequestContext,
  refusals: Refusals | undefined,
  { responses, uncommitted }: AppendResult,
): Generator<undefined, void, undefined> {
  const { cluster, apiVersion } = context;
  const isById = apiVersion >= TOPIC_IDS_SINCE;
  for (const { name, topicId, partitions } of byTopic(request.topicData, isById)) {
    const topic = isById ? cluster.topics.byId(topicId) : cluster.topics.byName(name);
    const partitionResponses: Answer[] = [];
    responses.push(isById ? { topicId, partitionResponses } : { name, partitionResponses });
    for (const data of partitions.values()) {
      const refused =
        topic === undefined
          ? refusals?.all
          : (refusals?.all ?? refusals?.byPartition.get(topic.partitions[data.index]));
      partitionResponses.push(
        refused === undefined
          ? one(topic, data, request, context, uncommitted)
          : { ...refusal(data.index, refused.errorCode), ...refused },
      );
      yield;
    }
  }
}

function finish(
  request: ProduceRequest,
  context: RequestContext,
  { responses, uncommitted }: AppendResult,
): Produced | Promise<Produced> {
  const { cluster } = context;
  const hasError = responses.some(({ partitionResponses }) =>
    partitionResponses.some(({ errorCode }) => errorCode !== ErrorCode.NONE),
  );
  if (request.acks === 0) return hasError ? "disconnect" : undefined;
  if (uncommitted.length === 0) return withLeaders({ responses }, context);
  return untilCommitted(cluster, uncommitted, request.timeoutMs, context.signal).then((outcomes) => {
    const settled = new Map(
      uncommitted.map(({ answer, topic, log }, i) => [
        answer,
        { ...answer, ...failure(outcomes[i] ?? ErrorCode.NONE, topic, log, context) },
      ]),
    );
    return withLeaders(
      {
        responses: responses.map((response) => ({
          ...response,
          partitionResponses: response.partitionResponses.map((answer) => settled.get(answer) ?? answer),
        })),
      },
      context,
    );
  });
}

/** An error, with the leader if that is another broker. */
function failure(
  errorCode: number,
  topic: Topic,
  log: PartitionLog,
  context: RequestContext,
): Pick<Answer, "errorCode" | "currentLeader"> {
  return errorCode === ErrorCode.NOT_LEADER_OR_FOLLOWER && context.apiVersion >= LEADER_HINTS_SINCE
    ? { errorCode, currentLeader: knownLeader(topic, log, context) }
    : { errorCode };
}

/** Adds the addresses of the leaders that the response names. */
function withLeaders(
  response: Response & { readonly responses: readonly { readonly partitionResponses: readonly Answer[] }[] },
  context: RequestContext,
): Response {
  const moved = new Set<number>();
  for (const { partitionResponses } of response.responses)
    for (const { currentLeader } of partitionResponses)
      if (currentLeader?.leaderId !== undefined) moved.add(currentLeader.leaderId);
  if (moved.size === 0) return response;
  return { ...response, nodeEndpoints: endpointsOf(moved, context) };
}

interface TopicBatches {
  readonly name: string;
  readonly topicId: string;
  readonly partitions: Map<number, ProduceRequestPartitionProduceData>;
}

/**
 * Groups the batches by topic, each topic and partition once. If a partition occurs twice, the last one counts; a topic
 * without partitions gets no response.
 */
function byTopic(topicData: ProduceRequest["topicData"], isById: boolean): readonly TopicBatches[] {
  const topics = new Map<string, TopicBatches>();
  for (const { name, topicId, partitionData } of topicData) {
    const key = isById ? topicId : name;
    for (const data of partitionData) {
      const topic = topics.get(key) ?? {
        name,
        topicId,
        partitions: new Map<number, ProduceRequestPartitionProduceData>(),
      };
      topics.set(key, topic);
      topic.partitions.set(data.index, data);
    }
  }
  return [...topics.values()];
}

function one(
  topic: Topic | undefined,
  data: ProduceRequestPartitionProduceData,
  request: ProduceRequest,
  context: RequestContext,
  uncommitted: Uncommitted[],
): Answer {
  const { nodeId, apiVersion, cluster } = context;
  const { index } = data;
  const log = topic?.partitions[index];
  if (topic === undefined && apiVersion >= TOPIC_IDS_SINCE) return refusal(index, ErrorCode.UNKNOWN_TOPIC_ID);
  if (topic === undefined || log === undefined) return refusal(index, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
  const opened = openBatch(data.records, apiVersion, topic.name, index);
  if ("errorCode" in opened) return { ...refusal(index, opened.errorCode), ...opened };
  if (![ALL_REPLICAS, 0, 1].includes(request.acks)) return refusal(index, ErrorCode.INVALID_REQUIRED_ACKS);
  if (isInternalTopic(topic.name) && context.clientId !== ADMIN_CLIENT)
    return refusal(index, ErrorCode.INVALID_TOPIC_EXCEPTION);
  if (leaderError(log, nodeId, -1) !== ErrorCode.NONE)
    return { index, baseOffset: -1, ...failure(ErrorCode.NOT_LEADER_OR_FOLLOWER, topic, log, context) };
  const mustBeSafe = request.acks === ALL_REPLICAS;
  if (mustBeSafe && log.isr.length < log.replication.minIsr)
    return { ...refusal(index, ErrorCode.NOT_ENOUGH_REPLICAS), logStartOffset: log.logStartOffset };
  const { count } = opened.batch;
  const result = appendBatch(
    topic,
    log,
    opened.batch,
    cluster.clock.now(),
    opened.batch.isTransactional && apiVersion >= ADDS_PARTITIONS_SINCE,
  );
  const answer = { index, ...result };
  const endOffset = (result.baseOffset ?? -1) + count;
  // A retry of a batch that was appended already waits for the commit too.
  if (mustBeSafe && result.errorCode === ErrorCode.NONE && log.highWatermark < endOffset)
    uncommitted.push({ answer, topic, log, nodeId, endOffset });
  return answer;
}

function refusal(index: number, errorCode: number): Answer {
  return { index, errorCode, baseOffset: -1 };
}
