import type { ClusterClient } from "../../cluster/cluster-client.ts";
import { groupByTopic } from "../../cluster/routing/group-by-topic.ts";
import { done, refusal } from "../../cluster/routing/verdict.ts";
import { arePlaces, type TopicPartition } from "../../cluster/topic-partition.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { reading } from "../../errors/shape.ts";
import { listPartitionReassignmentsApi } from "../../protocol/messages/list-partition-reassignments.ts";
import { askOne } from "../ask-items.ts";
import { brokersLimit, type CallOptions, callLimit, optionsWith } from "../call-options.ts";
import { itemError } from "../item-error.ts";

/** A partition whose replicas are being moved. Java: `PartitionReassignment`. */
export interface PartitionReassignment extends TopicPartition {
  /** The node ids of all replicas, those that come and those that go included. */
  readonly replicas: readonly number[];
  /** The node ids of the replicas that come. */
  readonly addingReplicas: readonly number[];
  /** The node ids of the replicas that go. */
  readonly removingReplicas: readonly number[];
}

/** The options of `listPartitionReassignments`. */
export interface ListPartitionReassignmentsOptions extends CallOptions {
  /** Only these partitions. Default: all. Java: `partitions`. */
  readonly partitions?: readonly TopicPartition[];
}

const OPTIONS = optionsWith({ partitions: arePlaces });

/** See `Admin.listPartitionReassignments`. */
export async function listPartitionReassignments(
  client: ClusterClient,
  options: ListPartitionReassignmentsOptions,
): Promise<readonly PartitionReassignment[]> {
  const limit = callLimit(options, "listPartitionReassignments", OPTIONS);
  const partitions = reading("listPartitionReassignments: partitions", () => options.partitions?.slice());
  const what = "cannot list partition reassignments";
  if (partitions?.length === 0) return [];
  const topics =
    partitions === undefined
      ? null
      : [...groupByTopic(partitions)].map(([name, list]) => ({
          name,
          partitionIndexes: list.map(({ partition }) => partition),
        }));
  return askOne(
    client,
    {
      what,
      to: "controller",
      send: async (connection, within) => {
        const timeoutMs = brokersLimit(client, within);
        const response = await connection.request(listPartitionReassignmentsApi, { timeoutMs, topics });
        const { errorCode, errorMessage } = response;
        if (errorCode !== ErrorCode.NONE) return refusal(itemError(errorCode, what, errorMessage));
        return done(
          response.topics.flatMap(({ name: topic, partitions: list }) =>
            list.map(({ partitionIndex: partition, replicas, addingReplicas, removingReplicas }) => ({
              ...{ topic, partition, replicas, addingReplicas, removingReplicas },
            })),
          ),
        );
      },
    },
    limit,
  );
}
