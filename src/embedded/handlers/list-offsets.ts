import { type ListOffsetsResponseListOffsetsPartitionResponse, listOffsetsApi } from "../../protocol/messages/list-offsets.ts";
import type { Input } from "../../protocol/schema.ts";
import { leaderError } from "../leadership.ts";
import { codes } from "../codes.ts";
import { type AnyHandler, handler } from "../handler.ts";
import type { PartitionLog } from "../state/partition-log.ts";

const LATEST = -1;
const EARLIEST = -2;
const MAX_TIMESTAMP = -3;

/** ListOffsets, 1 to 9. */
export function listOffsets(): AnyHandler {
  return handler({
    api: listOffsetsApi,
    min: 1,
    max: 9,
    handle: (request, { cluster, nodeId }) => ({
      topics: request.topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex, timestamp, currentLeaderEpoch }) => {
          const log = cluster.topics.byName(name)?.partitions[partitionIndex];
          const errorCode = log === undefined ? codes.UNKNOWN_TOPIC_OR_PARTITION : leaderError(log, nodeId, currentLeaderEpoch);
          return log === undefined || errorCode !== 0 ? { partitionIndex, errorCode } : { partitionIndex, ...lookUp(log, timestamp) };
        }),
      })),
    }),
  });
}

function lookUp(log: PartitionLog, timestamp: number): Input<Omit<ListOffsetsResponseListOffsetsPartitionResponse, "unknownTaggedFields">> {
  if (timestamp === LATEST) return { offset: log.highWatermark, leaderEpoch: log.leaderEpoch };
  if (timestamp === EARLIEST) return { offset: log.logStartOffset, leaderEpoch: log.leaderEpoch };
  const found = timestamp === MAX_TIMESTAMP ? log.maxTimestamp() : log.offsetForTimestamp(timestamp);
  return found === undefined ? { offset: -1, timestamp: -1 } : { ...found, leaderEpoch: log.leaderEpoch };
}
