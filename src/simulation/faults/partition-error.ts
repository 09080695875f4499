import type { FaultDefinition } from "../fault-definition.ts";
import type { PartitionApiName } from "../../embedded/intercepts/topic-fields.ts";
import type { QueuedError } from "../../embedded/intercepts/error-queue.ts";

/** The next `amount` requests of one API about one partition return an error for it. */
export const partitionError: FaultDefinition<"partition-error"> = {
  kind: "partition-error",
  amount: { least: 1, greatest: 6, unit: "requests" },
  words: ({ amount }) => `up to ${amount} requests about one partition return an error`,
  begin: ({ world: { cluster }, amount, nodeDraw, brokerDraw }) => {
    const all = cluster
      .snapshot()
      .topics.flatMap(({ topic, partitions }) => partitions.map(({ partition }) => ({ topic, partition })));
    const struck = all[brokerDraw % Math.max(1, all.length)];
    const error = PARTITION_ERRORS[nodeDraw % PARTITION_ERRORS.length];
    if (struck === undefined || error === undefined) return undefined;
    const errors = Array<QueuedError>(amount).fill(error[1]);
    return cluster.failPartition(error[0], struck.topic, struck.partition, errors);
  },
};

/** Errors of one partition from which a client must recover. */
const PARTITION_ERRORS: readonly (readonly [PartitionApiName, QueuedError])[] = [
  ["Produce", "NOT_LEADER_OR_FOLLOWER"],
  ["Produce", "REQUEST_TIMED_OUT"],
  ["Produce", "NOT_ENOUGH_REPLICAS_AFTER_APPEND"],
  ["Produce", "UNKNOWN_TOPIC_OR_PARTITION"],
  ["Fetch", "NOT_LEADER_OR_FOLLOWER"],
  ["Fetch", "UNKNOWN_LEADER_EPOCH"],
  ["Fetch", "UNKNOWN_TOPIC_OR_PARTITION"],
  ["ListOffsets", "LEADER_NOT_AVAILABLE"],
  ["Metadata", "LEADER_NOT_AVAILABLE"],
];
