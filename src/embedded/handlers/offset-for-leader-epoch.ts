import * as ErrorCode from "../../errors/error-code.ts";
import {
  type OffsetForLeaderEpochResponseEpochEndOffset,
  offsetForLeaderEpochApi,
} from "../../protocol/messages/offset-for-leader-epoch.ts";
import type { Input } from "../../protocol/schema.ts";
import { type AnyHandler, handler } from "../handler.ts";
import { leaderError } from "../leadership.ts";

/** OffsetForLeaderEpoch, 2 to 4: where a leader epoch ended. Consumers use it to detect a truncated log (KIP-320). */
export function offsetForLeaderEpoch(): AnyHandler {
  return handler({
    api: offsetForLeaderEpochApi,
    min: 2,
    max: 4,
    handle: (request, { cluster, nodeId, access }) => ({
      topics: request.topics.map(({ topic, partitions }) => ({
        topic,
        partitions: partitions.map(
          ({ partition, currentLeaderEpoch, leaderEpoch }): Input<OffsetForLeaderEpochResponseEpochEndOffset> => {
            if (access?.denies("DESCRIBE", "TOPIC", topic) === true)
              return { partition, errorCode: ErrorCode.TOPIC_AUTHORIZATION_FAILED };
            const log = cluster.topics.byName(topic)?.partitions[partition];
            const errorCode =
              log === undefined ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : leaderError(log, nodeId, currentLeaderEpoch);
            return log === undefined || errorCode !== ErrorCode.NONE
              ? { partition, errorCode }
              : { partition, errorCode, ...log.epochs.endOf(leaderEpoch, log.logEndOffset) };
          },
        ),
      })),
    }),
  });
}
