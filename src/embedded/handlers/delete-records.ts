import * as ErrorCode from "../../errors/error-code.ts";
import {
  type DeleteRecordsResponseDeleteRecordsPartitionResult,
  deleteRecordsApi,
} from "../../protocol/messages/delete-records.ts";
import type { Input } from "../../protocol/schema.ts";
import { untilReplicasFollow } from "../deletion-wait.ts";
import { type AnyHandler, type RequestContext, handler } from "../handler.ts";
import { leaderError } from "../leadership.ts";
import type { PartitionLog } from "../state/partition-log.ts";

type Result = Input<DeleteRecordsResponseDeleteRecordsPartitionResult> & { readonly errorCode: number };

/** Up to the high watermark. */
const EVERYTHING = -1;

/** The result for one partition, and its log if records may be deleted in it. */
interface Deleted {
  readonly topic: string;
  readonly result: Result;
  readonly log?: PartitionLog;
}

/**
 * DeleteRecords, 0 to 2: moves the start of logs. The response waits until the running replicas have moved theirs, at
 * most for the request's timeout: a replica whose replication is paused does not. The low watermark is the lowest start
 * of their logs.
 */
export function deleteRecords(): AnyHandler {
  return handler({
    api: deleteRecordsApi,
    min: 0,
    max: 2,
    handle: async (request, context) => {
      const wanted = new Map<string, Map<number, number>>();
      for (const { name, partitions } of request.topics) {
        const offsets = wanted.get(name) ?? new Map<number, number>();
        // If a partition occurs twice, the last one counts.
        for (const { partitionIndex, offset } of partitions) offsets.set(partitionIndex, offset);
        if (offsets.size > 0) wanted.set(name, offsets);
      }
      const deleted = [...wanted].flatMap(([topic, offsets]) =>
        [...offsets].map(([partition, offset]) => deleteOne(topic, partition, offset, context)),
      );
      const logs = deleted.flatMap(({ log }) => log ?? []);
      const late = await untilReplicasFollow(context.cluster, logs, request.timeoutMs, context.signal);
      return {
        topics: [...wanted.keys()].map((name) => ({
          name,
          partitions: deleted
            .filter(({ topic }) => topic === name)
            .map(({ result, log }) =>
              log !== undefined && late.has(log) ? { ...result, errorCode: ErrorCode.REQUEST_TIMED_OUT } : result,
            ),
        })),
      };
    },
  });
}

function deleteOne(
  topic: string,
  partitionIndex: number,
  offset: number,
  { cluster, access, nodeId }: RequestContext,
): Deleted {
  const refused = (errorCode: number): Deleted => ({ topic, result: { partitionIndex, lowWatermark: -1, errorCode } });
  if (access?.denies("DELETE", "TOPIC", topic) === true) return refused(ErrorCode.TOPIC_AUTHORIZATION_FAILED);
  const found = cluster.topics.byName(topic);
  const log = found?.partitions[partitionIndex];
  if (found === undefined || log === undefined) return refused(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
  if (leaderError(log, nodeId, -1) !== ErrorCode.NONE) return refused(ErrorCode.NOT_LEADER_OR_FOLLOWER);
  const { isCompacted, isDeleted } = found.settings(nodeId);
  if (isCompacted && !isDeleted) return refused(ErrorCode.POLICY_VIOLATION);
  const start = offset === EVERYTHING ? log.highWatermark : offset;
  if (start < 0 || start > log.highWatermark) return refused(ErrorCode.OFFSET_OUT_OF_RANGE);
  log.deleteBefore(start);
  return {
    topic,
    log,
    result: { partitionIndex, lowWatermark: log.logStartOffset, errorCode: ErrorCode.NONE },
  };
}
