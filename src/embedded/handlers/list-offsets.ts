import * as ErrorCode from "../../errors/error-code.ts";
import {
  type ListOffsetsRequest,
  type ListOffsetsRequestListOffsetsPartition,
  type ListOffsetsResponse,
  type ListOffsetsResponseListOffsetsPartitionResponse,
  listOffsetsApi,
} from "../../protocol/messages/list-offsets.ts";
import type { Input } from "../../protocol/schema.ts";
import { leaderError } from "../leadership.ts";
import { type AnyHandler, type RequestContext, handler } from "../handler.ts";
import type { PartitionLog } from "../state/partition-log.ts";

type Answer = Input<ListOffsetsResponseListOffsetsPartitionResponse>;

const LEADER_EPOCH_SINCE = 4;
const READ_COMMITTED = 1;
const LATEST = -1;
const EARLIEST = -2;
const MAX_TIMESTAMP = -3;
const EARLIEST_LOCAL = -4;
const LATEST_TIERED = -5;
const EARLIEST_PENDING_UPLOAD = -6;

/** The first version that understands a special timestamp. */
const SINCE: ReadonlyMap<number, number> = new Map([
  [LATEST, 1],
  [EARLIEST, 1],
  [MAX_TIMESTAMP, 7],
  [EARLIEST_LOCAL, 8],
  [LATEST_TIERED, 9],
  [EARLIEST_PENDING_UPLOAD, 11],
]);

/** ListOffsets, 1 to 11. There is no tiered storage: everything is local, and nothing waits for an upload. */
export function listOffsets(): AnyHandler {
  return handler({ api: listOffsetsApi, min: 1, max: 11, handle: serve });
}

function serve(request: ListOffsetsRequest, context: RequestContext): Input<ListOffsetsResponse> {
  return {
    topics: request.topics
      .filter(({ partitions }) => partitions.length > 0)
      .map(({ name, partitions }) => {
        const byIndex = new Map<number, ListOffsetsRequestListOffsetsPartition>();
        const twice = new Set<number>();
        for (const partition of partitions) {
          if (byIndex.has(partition.partitionIndex)) twice.add(partition.partitionIndex);
          byIndex.set(partition.partitionIndex, partition);
        }
        return {
          name,
          partitions: [...byIndex.values()].map((partition) =>
            // A partition that is named twice is refused, and appears once in the response.
            twice.has(partition.partitionIndex)
              ? { partitionIndex: partition.partitionIndex, errorCode: ErrorCode.INVALID_REQUEST }
              : one(name, partition, request.isolationLevel === READ_COMMITTED, context),
          ),
        };
      }),
  };
}

function one(
  name: string,
  { partitionIndex, timestamp, currentLeaderEpoch }: ListOffsetsRequestListOffsetsPartition,
  isCommittedOnly: boolean,
  context: RequestContext,
): Answer {
  if (context.access?.denies("DESCRIBE", "TOPIC", name) === true)
    return { partitionIndex, errorCode: ErrorCode.TOPIC_AUTHORIZATION_FAILED };
  if (timestamp < 0 && context.apiVersion < (SINCE.get(timestamp) ?? Infinity))
    return { partitionIndex, errorCode: ErrorCode.UNSUPPORTED_VERSION };
  const log = context.cluster.topics.byName(name)?.partitions[partitionIndex];
  const errorCode =
    log === undefined ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : leaderError(log, context.nodeId, currentLeaderEpoch);
  return log === undefined || errorCode !== ErrorCode.NONE
    ? { partitionIndex, errorCode }
    : answer(partitionIndex, lookUp(log, timestamp, isCommittedOnly), context.apiVersion);
}

/** Responses before version 4 have no leader epoch. */
function answer(partitionIndex: number, found: Omit<Answer, "unknownTaggedFields">, apiVersion: number): Answer {
  return { partitionIndex, ...found, leaderEpoch: apiVersion < LEADER_EPOCH_SINCE ? -1 : (found.leaderEpoch ?? -1) };
}

function lookUp(log: PartitionLog, timestamp: number, isCommittedOnly: boolean): Omit<Answer, "unknownTaggedFields"> {
  const { logStartOffset, epochs, leaderEpoch } = log;
  const endOffset = isCommittedOnly ? log.lastStableOffset : log.highWatermark;
  switch (timestamp) {
    case LATEST:
      return { offset: endOffset, leaderEpoch };
    case EARLIEST:
    case EARLIEST_LOCAL:
      return { offset: logStartOffset, leaderEpoch: epochs.epochAt(logStartOffset) };
    case LATEST_TIERED:
    case EARLIEST_PENDING_UPLOAD:
      return { offset: -1 };
    default: {
      const found = timestamp === MAX_TIMESTAMP ? log.maxTimestamp() : log.offsetForTimestamp(timestamp);
      return found !== undefined && found.offset < endOffset ? found : { offset: -1 };
    }
  }
}
