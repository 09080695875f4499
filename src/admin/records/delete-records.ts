import { groupByTopic } from "../../cluster/routing/group-by-topic.ts";
import { PartitionMap } from "../../cluster/routing/partition-map.ts";
import { done } from "../../cluster/routing/verdict.ts";
import type { TopicPartition } from "../../cluster/topic-partition.ts";
import { counted } from "../../errors/counted.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { either, listOf, MAX_INT32, name, oneOf, reading, shape, wholeFrom } from "../../errors/shape.ts";
import { deleteRecordsApi } from "../../protocol/messages/delete-records.ts";
import type { AdminContext } from "../admin-context.ts";
import { askItems, notAnswered, resultsOf } from "../ask-items.ts";
import { brokersLimit, type CallOptions, callLimit } from "../call-options.ts";
import { itemError } from "../item-error.ts";
import { leaderRoute, leaderVerdict } from "../leader-route.ts";
import { onlyOnce } from "../only-once.ts";
import { partitionId } from "../partition-id.ts";
import type { Results } from "../results.ts";

/** The records of a partition to delete. Java: `RecordsToDelete`. */
export interface RecordsToDelete extends TopicPartition {
  /** All records before this offset are deleted; −1 deletes all that the partition has. Java: `beforeOffset`. */
  readonly beforeOffset: number;
}

/** A partition after records were deleted. Java: `DeletedRecords`. */
export interface DeletedRecords {
  /** The first offset that the partition still has, or that the next record will get. */
  readonly lowWatermark: number;
}

const RECORDS = listOf(
  shape(
    {
      topic: name,
      partition: wholeFrom(0, MAX_INT32),
      beforeOffset: either("a whole number from 0, or -1 for all records", wholeFrom(0), oneOf(-1)),
    },
    { needs: ["topic", "partition", "beforeOffset"], noun: "field", hints: { offset: "beforeOffset" } },
  ),
  ": name each partition, [{ topic, partition, beforeOffset }]",
);

/** See `Admin.deleteRecords`. */
export async function deleteRecords(
  context: AdminContext,
  records: readonly RecordsToDelete[],
  options: CallOptions,
): Promise<Results<TopicPartition, DeletedRecords>> {
  const path = "deleteRecords: records";
  const { client } = context;
  RECORDS(records, path);
  const keys = reading(path, () =>
    records.map(({ topic, partition, beforeOffset }) => ({ topic, partition, beforeOffset })),
  );
  onlyOnce(keys.map(partitionId), path);
  const limit = callLimit(options, "deleteRecords");
  const results = await askItems<RecordsToDelete, DeletedRecords>(
    client,
    {
      what: `cannot delete records of ${counted(keys.length, "partition")}`,
      keys,
      route: leaderRoute(context),
      isChange: true,
      send: async (connection, asked, within) => {
        const { topics } = await connection.request(deleteRecordsApi, {
          topics: [...groupByTopic(asked)].map(([topic, list]) => ({
            name: topic,
            partitions: list.map(({ partition, beforeOffset }) => ({
              partitionIndex: partition,
              offset: beforeOffset,
            })),
          })),
          timeoutMs: brokersLimit(client, within),
        });
        const found = new PartitionMap<(typeof topics)[number]["partitions"][number]>();
        for (const { name: topic, partitions } of topics)
          for (const one of partitions) found.set({ topic, partition: one.partitionIndex }, one);
        return asked.map((key) => {
          const { errorCode, lowWatermark } = found.get(key) ?? notAnswered("DeleteRecords");
          if (errorCode === ErrorCode.NONE) return done({ lowWatermark });
          const { topic, partition, beforeOffset } = key;
          const what = `cannot delete the records of ${partitionId(key)}${beforeOffset < 0 ? "" : ` before ${beforeOffset}`}`;
          const error = itemError(errorCode, what, null, { topic, partition });
          return leaderVerdict(error);
        });
      },
    },
    limit,
  );
  return resultsOf<TopicPartition, DeletedRecords>(
    keys.map(({ topic, partition }) => ({ topic, partition })),
    results,
    partitionId,
  );
}
