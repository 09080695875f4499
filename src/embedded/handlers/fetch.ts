import { type FetchRequest, type FetchResponse, type FetchResponsePartitionData, fetchApi } from "../../protocol/messages/fetch.ts";
import type { Input } from "../../protocol/schema.ts";
import { sleep } from "../../runtime/sleep.ts";
import { Cancellation } from "../../runtime/cancellation.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import { codes } from "../codes.ts";
import { type AnyHandler, type RequestContext, handler } from "../handler.ts";
import { leaderError } from "../leadership.ts";
import type { Session, SessionPartition } from "../state/fetch-sessions.ts";
import type { PartitionLog } from "../state/partition-log.ts";

type Answer = Input<FetchResponsePartitionData>;

/** Fetch, 4 to 17: long poll, incremental sessions (KIP-227), the first batch in any case (KIP-74), names or ids (KIP-516). */
export function fetch(): AnyHandler {
  return handler({ api: fetchApi, min: 4, max: 17, handle: serve });
}

async function serve(request: FetchRequest, context: RequestContext): Promise<Input<FetchResponse>> {
  const { session, partitions, errorCode } = openSession(request, context);
  if (errorCode !== 0) return { errorCode };
  await untilEnough(request, partitions, context);
  const results = readAll(request, partitions, context);
  const isIncremental = session !== undefined && request.sessionEpoch > 0;
  const told = results.filter(({ partition, answer }) => !isIncremental || isNews(partition, answer));
  for (const { partition, answer } of told) partition.toldHighWatermark = answer.highWatermark ?? -1;
  const moved = new Set(told.map(({ answer }) => answer.currentLeader?.leaderId ?? -1));
  return {
    sessionId: session?.id ?? 0,
    responses: byTopic(told, context.apiVersion >= 13),
    nodeEndpoints: context.cluster.brokers().filter((broker) => moved.has(broker.nodeId)).map((broker) => ({ ...broker })),
  };
}

function isNews(partition: SessionPartition, answer: Answer): boolean {
  return answer.errorCode !== 0 || (answer.records?.length ?? 0) > 0 || answer.highWatermark !== partition.toldHighWatermark;
}

/** The partitions that a request is about: its own, or those that its session remembers with what the request changes. */
function openSession(request: FetchRequest, context: RequestContext): { readonly session: Session | undefined; readonly partitions: readonly SessionPartition[]; readonly errorCode: number } {
  const { sessions } = context;
  const refuse = (errorCode: number): ReturnType<typeof openSession> => ({ session: undefined, partitions: [], errorCode });
  const named = new Map(request.topics.flatMap((topic) => topic.partitions.map((p): readonly [string, SessionPartition] => [keyOf(topic, p.partition), { topic: topic.topic, topicId: topic.topicId, partition: p.partition, fetchOffset: p.fetchOffset, maxBytes: p.partitionMaxBytes, currentLeaderEpoch: p.currentLeaderEpoch, toldHighWatermark: -1 }])));
  // Epoch 0 asks for a session, -1 for none (or for the end of one); anything else goes on with the one that there is.
  if (request.sessionEpoch <= 0) {
    if (request.sessionId !== 0) sessions.remove(request.sessionId);
    const wants = request.sessionEpoch === 0 && context.apiVersion >= 7 && named.size > 0;
    return { session: wants ? sessions.create(named) : undefined, partitions: [...named.values()], errorCode: 0 };
  }
  const session = sessions.get(request.sessionId);
  if (session === undefined) return refuse(codes.FETCH_SESSION_ID_NOT_FOUND);
  if (session.epoch !== request.sessionEpoch) return refuse(codes.INVALID_FETCH_SESSION_EPOCH);
  session.epoch++;
  for (const [key, partition] of named) session.partitions.set(key, partition);
  for (const topic of request.forgottenTopicsData) for (const partition of topic.partitions) session.partitions.delete(keyOf(topic, partition));
  return { session, partitions: [...session.partitions.values()], errorCode: 0 };
}

function keyOf(topic: { readonly topic: string; readonly topicId: string }, partition: number): string {
  return `${topic.topicId}/${topic.topic}/${partition}`;
}

/** Waits for enough bytes, an error to tell, or the time to be over. */
async function untilEnough(request: FetchRequest, partitions: readonly SessionPartition[], context: RequestContext): Promise<void> {
  const { cluster, signal } = context;
  const isEnough = (): boolean => {
    let bytes = 0;
    for (const partition of partitions) {
      const log = find(partition, context);
      if (log === undefined || leaderError(log, context.nodeId, partition.currentLeaderEpoch) !== 0 || partition.fetchOffset > log.highWatermark || partition.fetchOffset < log.logStartOffset) return true;
      for (const chunk of log.read(partition.fetchOffset, partition.maxBytes, true)) bytes += chunk.length;
      if (bytes >= request.minBytes && bytes > 0) return true;
    }
    return request.minBytes === 0;
  };
  if (isEnough() || request.maxWaitMs <= 0) return;
  const woken = new Cancellation();
  const stops = partitions.map((partition) => find(partition, context)?.onChange(() => {
    if (isEnough()) woken.cancel(new KafkaError("cancelled", "there is enough"));
  }));
  const unfollow = woken.follow(signal);
  try {
    await sleep(cluster, request.maxWaitMs, woken);
  } catch {
    // Woken: there is enough, or nobody waits any longer.
  } finally {
    unfollow();
    for (const stop of stops) stop?.();
  }
}

function find(partition: SessionPartition, context: RequestContext): PartitionLog | undefined {
  const { topics } = context.cluster;
  const topic = context.apiVersion >= 13 ? topics.byId(partition.topicId) : topics.byName(partition.topic);
  return topic?.partitions[partition.partition];
}

interface Result {
  readonly partition: SessionPartition;
  readonly answer: Answer;
}

function readAll(request: FetchRequest, partitions: readonly SessionPartition[], context: RequestContext): readonly Result[] {
  let left = request.maxBytes;
  let isFirst = true;
  const results: Result[] = [];
  for (const partition of partitions) {
    const answer = readOne(partition, Math.min(left, partition.maxBytes), isFirst, context);
    const size = (answer.records as readonly Uint8Array[] | null | undefined)?.reduce((sum, chunk) => sum + chunk.length, 0) ?? 0;
    left = Math.max(0, left - size);
    if (size > 0) isFirst = false;
    results.push({ partition, answer });
  }
  return results;
}

function readOne(partition: SessionPartition, maxBytes: number, isFirst: boolean, context: RequestContext): Answer {
  const partitionIndex = partition.partition;
  const log = find(partition, context);
  if (log === undefined) {
    const isUnknownId = context.apiVersion >= 13 && context.cluster.topics.byId(partition.topicId) === undefined;
    return { partitionIndex, errorCode: isUnknownId ? codes.UNKNOWN_TOPIC_ID : codes.UNKNOWN_TOPIC_OR_PARTITION, highWatermark: -1, records: [] };
  }
  const errorCode = leaderError(log, context.nodeId, partition.currentLeaderEpoch);
  if (errorCode === codes.NOT_LEADER_OR_FOLLOWER || errorCode === codes.FENCED_LEADER_EPOCH) return { partitionIndex, errorCode, highWatermark: -1, records: [], currentLeader: { leaderId: log.leaderId, leaderEpoch: log.leaderEpoch } };
  if (errorCode !== 0) return { partitionIndex, errorCode, highWatermark: -1, records: [] };
  const { highWatermark, logStartOffset } = log;
  if (partition.fetchOffset > highWatermark || partition.fetchOffset < logStartOffset) return { partitionIndex, errorCode: codes.OFFSET_OUT_OF_RANGE, highWatermark: -1, records: [] };
  // A batch larger than the partition's limit is sent when it is the first of the response: else it could never be read.
  return { partitionIndex, errorCode: 0, highWatermark, lastStableOffset: highWatermark, logStartOffset, abortedTransactions: null, records: log.read(partition.fetchOffset, maxBytes, isFirst) };
}

function byTopic(results: readonly Result[], isById: boolean): Input<FetchResponse["responses"]> {
  const topics = new Map<string, { readonly partition: SessionPartition; readonly partitions: Answer[] }>();
  for (const { partition, answer } of results) {
    const key = isById ? partition.topicId : partition.topic;
    const entry = topics.get(key);
    if (entry === undefined) topics.set(key, { partition, partitions: [answer] });
    else entry.partitions.push(answer);
  }
  return [...topics.values()].map(({ partition, partitions }) => (isById ? { topicId: partition.topicId, partitions } : { topic: partition.topic, partitions }));
}
