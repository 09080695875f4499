import type { TopicPartition } from "../../cluster/topic-partition.ts";
import type { CallOptions } from "../call-options.ts";
import type { Results } from "../results.ts";
import type { DeletedRecords, RecordsToDelete } from "./delete-records.ts";
import type { ListedOffset, ListOffsetsOptions, OffsetsToList } from "./list-offsets.ts";

/** The calls of an admin about records and offsets of partitions. */
export interface RecordCalls {
  /**
   * Deletes the oldest records of partitions for good; `beforeOffset: -1` deletes all that a partition has. Each item
   * is a partition, with its new first offset as value. A partition that does not exist fails at once. Accepted when
   * it returns. Deadline, `signal` and `close()`: see {@link Admin}. Brokers from Kafka 0.11 on. Java:
   * `deleteRecords`.
   */
  deleteRecords(
    records: readonly RecordsToDelete[],
    options?: CallOptions,
  ): Promise<Results<TopicPartition, DeletedRecords>>;

  /**
   * Looks up an offset of each partition: the first, the next, or that of a time. Each item is a partition; its value
   * is undefined if no record fits. A partition that does not exist fails at once. Deadline, `signal` and `close()`:
   * see {@link Admin}. Brokers from Kafka 0.10.1 on. Java: `listOffsets`.
   */
  listOffsets(
    offsets: readonly OffsetsToList[],
    options?: ListOffsetsOptions,
  ): Promise<Results<TopicPartition, ListedOffset | undefined>>;
}
