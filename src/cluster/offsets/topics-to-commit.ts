import type { OffsetCommitRequest } from "../../protocol/messages/offset-commit.ts";
import type { Input } from "../../protocol/schema.ts";
import { ZERO_UUID } from "../../wire/uuid.ts";
import type { GroupOffset } from "../group-offsets.ts";
import { groupByTopic } from "../routing/group-by-topic.ts";
import type { TopicIds } from "../topic-ids.ts";

/** The topics of OffsetCommit and TxnOffsetCommit, by id or by name, never both. */
export function topicsToCommit(
  offsets: readonly GroupOffset[],
  ids: TopicIds,
  isById: boolean,
): NonNullable<Input<OffsetCommitRequest>["topics"]> {
  return [...groupByTopic(offsets)].map(([name, list]) => {
    const partitions = list.map(({ partition, offset, leaderEpoch, metadata }) => ({
      partitionIndex: partition,
      committedOffset: offset,
      committedLeaderEpoch: leaderEpoch ?? -1,
      committedMetadata: metadata ?? "",
    }));
    return isById ? { topicId: ids.get(name) ?? ZERO_UUID, partitions } : { name, partitions };
  });
}
