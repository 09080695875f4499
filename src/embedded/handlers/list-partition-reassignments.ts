import {
  type ListPartitionReassignmentsRequest,
  type ListPartitionReassignmentsResponse,
  type ListPartitionReassignmentsResponseOngoingPartitionReassignment,
  listPartitionReassignmentsApi,
} from "../../protocol/messages/list-partition-reassignments.ts";
import type { Input } from "../../protocol/schema.ts";
import { noAclAccess } from "../acl-messages.ts";
import { type AnyHandler, type RequestContext, handler } from "../handler.ts";
import { DONE } from "../outcome.ts";
import type { PartitionLog } from "../state/partition-log.ts";

/** ListPartitionReassignments, 0: the partitions whose replicas are being replaced. All others are left out. */
export function listPartitionReassignments(): AnyHandler {
  return handler({ api: listPartitionReassignmentsApi, min: 0, max: 0, handle: serve });
}

function serve(
  { topics }: ListPartitionReassignmentsRequest,
  { cluster, access }: RequestContext,
): Input<ListPartitionReassignmentsResponse> {
  if (access?.deniesCluster("DESCRIBE") === true) return noAclAccess("DESCRIBE");
  if (topics !== null && topics.length === 0) return DONE;
  const asked =
    topics === null
      ? Array.from(cluster.topics.all, ({ name, partitions }) => ({ name, partitions }))
      : topics.map(({ name, partitionIndexes }) => ({
          name,
          partitions: partitionIndexes.flatMap((index) => cluster.topics.byName(name)?.partitions[index] ?? []),
        }));
  return {
    ...DONE,
    topics: asked.flatMap(({ name, partitions }) => {
      const ongoing = partitions.flatMap(described);
      return ongoing.length === 0 ? [] : [{ name, partitions: ongoing }];
    }),
  };
}

function described({
  partition,
  replication: { replicas, adding, removing },
}: PartitionLog): readonly Input<ListPartitionReassignmentsResponseOngoingPartitionReassignment>[] {
  if (adding.length === 0 && removing.length === 0) return [];
  return [{ partitionIndex: partition, replicas, addingReplicas: adding, removingReplicas: removing }];
}
