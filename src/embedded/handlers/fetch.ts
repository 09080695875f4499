import * as ErrorCode from "../../errors/error-code.ts";
import {
  type FetchRequest,
  type FetchResponse,
  type FetchResponsePartitionData,
  fetchApi,
} from "../../protocol/messages/fetch.ts";
import type { Input } from "../../protocol/schema.ts";
import { type Awaited, untilEnough } from "../fetch-wait.ts";
import { type AnyHandler, type RequestContext, handler } from "../handler.ts";
import { endpointsOf, knownLeader, leaderError } from "../leadership.ts";
import type { FetchPlan, SessionPartition } from "../state/fetch-sessions.ts";
import type { PartitionLog } from "../state/partition-log.ts";
import type { Topic } from "../state/topics.ts";

type Answer = Input<FetchResponsePartitionData> & {
  readonly errorCode: number;
  readonly highWatermark: number;
  readonly records: readonly Uint8Array[];
};

const FOLLOWERS_SINCE = 11;
const TOPIC_IDS_SINCE = 13;
const LEADER_HINTS_SINCE = 16;
const READ_COMMITTED = 1;
const NO_EPOCH = -1;
/** The broker's own limit on a response. Java: `fetch.max.bytes`. */
const FETCH_MAX_BYTES = 57_671_680;
/** About the size of a response without its records: it counts in the quota of the client. */
const RESPONSE_BYTES = 20;
const PARTITION_BYTES = 60;

/**
 * Fetch, 4 to 18: long poll, incremental sessions (KIP-227), a first batch of any size (KIP-74), topic names or ids
 * (KIP-516), and from version 11 on reads from followers (KIP-392), up to the high watermark. Fetches of replicas are
 * not served: the brokers here share a log.
 */
export function fetch(): AnyHandler {
  return handler({ api: fetchApi, min: 4, max: 18, handle: serve });
}

async function serve(asked: FetchRequest, context: RequestContext): Promise<Input<FetchResponse>> {
  const { sessions, cluster, apiVersion, signal } = context;
  const request = withinQuota(asked, context);
  const opened = sessions.open(planOf(request, apiVersion >= TOPIC_IDS_SINCE));
  if (opened.errorCode !== ErrorCode.NONE) return { errorCode: opened.errorCode };
  await untilEnough(
    cluster,
    awaited(opened.partitions, request.isolationLevel === READ_COMMITTED, context),
    request.minBytes,
    request.maxWaitMs,
    signal,
  );
  const answers = readAll(request, opened.partitions, context);
  const throttleTimeMs = throttleOf(answers, context);
  if (throttleTimeMs > 0) return { throttleTimeMs, sessionId: sessions.postpone(opened) };
  const moved = new Set<number>();
  const told: Told[] = [];
  for (const { partition, answer } of answers) {
    if (
      !sessions.tell(
        opened,
        partition,
        answer.errorCode,
        answer.highWatermark,
        answer.records.length > 0 || answer.divergingEpoch !== undefined,
      )
    )
      continue;
    told.push({ partition, answer });
    if (answer.currentLeader?.leaderId !== undefined) moved.add(answer.currentLeader.leaderId);
  }
  const response = {
    sessionId: opened.session?.id ?? 0,
    responses: byTopic(told, apiVersion >= TOPIC_IDS_SINCE, context),
  };
  if (moved.size === 0) return response;
  return { ...response, nodeEndpoints: endpointsOf(moved, context) };
}

/** A request asks for no more than the client's quota ever allows: otherwise it would be throttled without end. */
function withinQuota(request: FetchRequest, { throttle, clientId }: RequestContext): FetchRequest {
  const most = throttle.mostFetched(clientId);
  return request.maxBytes <= most
    ? request
    : { ...request, maxBytes: Math.floor(most), minBytes: Math.min(request.minBytes, Math.floor(most)) };
}

/** Counts a response, and returns for how long the client is throttled. It then gets an empty response (KIP-219). */
function throttleOf(answers: readonly Told[], { throttle, clientId }: RequestContext): number {
  if (!throttle.has("consumer_byte_rate")) return 0;
  let bytes = RESPONSE_BYTES;
  for (const { answer } of answers) {
    bytes += PARTITION_BYTES;
    for (const { length } of answer.records) bytes += length;
  }
  return throttle.fetched(clientId, bytes);
}

/** The partitions that a request names, and its session id and epoch. */
function planOf(request: FetchRequest, usesTopicIds: boolean): FetchPlan {
  const { sessionId, sessionEpoch } = request;
  const named = request.topics.flatMap(({ topic, topicId, partitions }) =>
    partitions.map(
      ({ partition, fetchOffset, partitionMaxBytes, currentLeaderEpoch, lastFetchedEpoch }): SessionPartition => ({
        topic,
        topicId,
        partition,
        fetchOffset,
        maxBytes: partitionMaxBytes,
        currentLeaderEpoch,
        lastFetchedEpoch,
        toldHighWatermark: -1,
      }),
    ),
  );
  const forgotten = request.forgottenTopicsData.flatMap(({ topic, topicId, partitions }) =>
    partitions.map((partition) => ({ topic, topicId, partition })),
  );
  return { sessionId, sessionEpoch, usesTopicIds, named, forgotten };
}

/**
 * The partitions that exist. An unknown partition does not end the wait; its error is returned together with the
 * others.
 */
function awaited(
  partitions: readonly SessionPartition[],
  isCommittedOnly: boolean,
  context: RequestContext,
): readonly Awaited[] {
  return partitions.flatMap((partition): Awaited[] => {
    const log = find(partition, context);
    if (log === undefined) return [];
    const { fetchOffset, maxBytes } = partition;
    return [
      {
        log,
        nodeId: context.nodeId,
        fetchOffset,
        maxBytes,
        isCommittedOnly,
        hasError: errorOf(log, partition, context) !== ErrorCode.NONE || divergence(log, partition) !== undefined,
      },
    ];
  });
}

function topicOf(partition: SessionPartition, { cluster: { topics }, apiVersion }: RequestContext): Topic | undefined {
  return apiVersion >= TOPIC_IDS_SINCE ? topics.byId(partition.topicId) : topics.byName(partition.topic);
}

/** The log of a partition that exists and that the client may read. */
function find(partition: SessionPartition, context: RequestContext): PartitionLog | undefined {
  if (isDenied(partition, context)) return undefined;
  return topicOf(partition, context)?.partitions[partition.partition];
}

/** Whether the client may not read the partition's topic, which it does not learn the existence of by name. */
function isDenied(partition: SessionPartition, context: RequestContext): boolean {
  const { access, apiVersion } = context;
  if (access === undefined) return false;
  const name = apiVersion >= TOPIC_IDS_SINCE ? topicOf(partition, context)?.name : partition.topic;
  return name !== undefined && access.denies("READ", "TOPIC", name);
}

function errorOf(log: PartitionLog, partition: SessionPartition, { nodeId, apiVersion }: RequestContext): number {
  const { currentLeaderEpoch, fetchOffset, lastFetchedEpoch, maxBytes } = partition;
  const error = leaderError(log, nodeId, Math.max(NO_EPOCH, currentLeaderEpoch), apiVersion >= FOLLOWERS_SINCE);
  if (error !== ErrorCode.NONE) return error;
  if (lastFetchedEpoch >= 0 && log.epochs.endOf(lastFetchedEpoch, log.logEndOffset).endOffset < 0)
    return ErrorCode.OFFSET_OUT_OF_RANGE;
  if (fetchOffset < log.logStartOffset) return ErrorCode.OFFSET_OUT_OF_RANGE;
  if (divergence(log, partition) !== undefined) return ErrorCode.NONE;
  // An offset above the high watermark is no error: the fetch waits for it.
  if (fetchOffset > log.replication.endOffsetOf(nodeId)) return ErrorCode.OFFSET_OUT_OF_RANGE;
  return maxBytes < 0 ? ErrorCode.UNKNOWN_SERVER_ERROR : ErrorCode.NONE;
}

/**
 * The offset at which the client's log, read up to here in an epoch, and this log diverge; undefined if they do not
 * (KIP-320).
 */
function divergence(
  log: PartitionLog,
  { lastFetchedEpoch, fetchOffset }: SessionPartition,
): { readonly epoch: number; readonly endOffset: number } | undefined {
  if (lastFetchedEpoch < 0) return undefined;
  const { leaderEpoch, endOffset } = log.epochs.endOf(lastFetchedEpoch, log.logEndOffset);
  return endOffset >= 0 && (leaderEpoch < lastFetchedEpoch || endOffset < fetchOffset)
    ? { epoch: leaderEpoch, endOffset }
    : undefined;
}

interface Told {
  readonly partition: SessionPartition;
  readonly answer: Answer;
}

/**
 * Reads within the limits of the request and of each partition. The first batch of the response ignores both; otherwise
 * a large batch could never be read.
 */
function readAll(
  request: FetchRequest,
  partitions: readonly SessionPartition[],
  context: RequestContext,
): readonly Told[] {
  let left = Math.min(request.maxBytes, FETCH_MAX_BYTES);
  let isFirst = true;
  return partitions.map((partition) => {
    const answer = readOne(partition, Math.min(left, partition.maxBytes), isFirst, request.isolationLevel, context);
    for (const { length } of answer.records) left -= length;
    left = Math.max(0, left);
    if (answer.records.length > 0) isFirst = false;
    return { partition, answer };
  });
}

function readOne(
  partition: SessionPartition,
  maxBytes: number,
  isFirst: boolean,
  isolationLevel: number,
  context: RequestContext,
): Answer {
  const partitionIndex = partition.partition;
  const topic = topicOf(partition, context);
  const log = topic?.partitions[partitionIndex];
  const nothing = { partitionIndex, highWatermark: -1, records: [] };
  if (isDenied(partition, context)) return { ...nothing, errorCode: ErrorCode.TOPIC_AUTHORIZATION_FAILED };
  if (topic === undefined || log === undefined) {
    const isUnknownId = context.apiVersion >= TOPIC_IDS_SINCE && topic === undefined;
    return { ...nothing, errorCode: isUnknownId ? ErrorCode.UNKNOWN_TOPIC_ID : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION };
  }
  const errorCode = errorOf(log, partition, context);
  if (errorCode !== ErrorCode.NONE) {
    const hasMoved =
      context.apiVersion >= LEADER_HINTS_SINCE &&
      (errorCode === ErrorCode.NOT_LEADER_OR_FOLLOWER || errorCode === ErrorCode.FENCED_LEADER_EPOCH);
    return {
      ...nothing,
      errorCode,
      abortedTransactions: null,
      ...(hasMoved ? { currentLeader: knownLeader(topic, log, context) } : {}),
    };
  }
  const { logStartOffset } = log;
  const highWatermark = log.replication.readableTo(context.nodeId);
  const lastStableOffset = Math.min(log.lastStableOffset, highWatermark);
  const isCommittedOnly = isolationLevel === READ_COMMITTED;
  const known = { partitionIndex, errorCode, highWatermark, lastStableOffset, logStartOffset };
  const divergingEpoch = divergence(log, partition);
  if (divergingEpoch !== undefined)
    return { ...known, abortedTransactions: isCommittedOnly ? [] : null, divergingEpoch, records: [] };
  const records = log.read(
    partition.fetchOffset,
    maxBytes,
    isFirst,
    isCommittedOnly ? lastStableOffset : highWatermark,
  );
  return {
    ...known,
    abortedTransactions: isCommittedOnly ? log.abortedIn(partition.fetchOffset, records) : null,
    records,
  };
}

/** Groups the partitions by topic, unknown ones last. As in Kafka, only neighbours of the same topic are grouped. */
function byTopic(told: readonly Told[], isById: boolean, context: RequestContext): Input<FetchResponse["responses"]> {
  const isUnknown = ({ partition }: Told): boolean => find(partition, context) === undefined;
  const topics: { readonly key: string; readonly partitions: Answer[] }[] = [];
  for (const { partition, answer } of [...told.filter((one) => !isUnknown(one)), ...told.filter(isUnknown)]) {
    const key = isById ? partition.topicId : partition.topic;
    const last = topics.at(-1);
    if (last?.key === key) last.partitions.push(answer);
    else topics.push({ key, partitions: [answer] });
  }
  return topics.map(({ key, partitions }) => (isById ? { topicId: key, partitions } : { topic: key, partitions }));
}
