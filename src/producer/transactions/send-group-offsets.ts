import type { ClusterClient } from "../../cluster/cluster-client.ts";
import type { GroupMetadata, GroupOffset } from "../../cluster/group-offsets.ts";
import { checkSameTopics, topicIds } from "../../cluster/topic-ids.ts";
import type { CoordinatorRequests, Deadline } from "./coordinator-requests.ts";
import { addOffsets, commitOffsets, type Writer } from "./transaction-requests.ts";

/** Offsets to add to a transaction. */
export interface OffsetsToSend {
  readonly offsets: readonly GroupOffset[];
  readonly group: GroupMetadata;
  /** The groups that were added to the transaction already, by protocol 1. */
  readonly added: Set<string>;
}

/** Adds a group's offsets to the transaction. With protocol 1, the group must be added first. */
export async function sendGroupOffsets(
  client: ClusterClient,
  requests: CoordinatorRequests,
  writer: Writer,
  { offsets, group, added }: OffsetsToSend,
  until: Deadline,
): Promise<void> {
  const { groupId } = group;
  if (writer.protocol === 1 && !added.has(groupId)) {
    const what = `cannot add group ${groupId} to the transaction`;
    await requests.ask("transaction", writer.transactionalId, what, until, (connection) =>
      addOffsets(connection, writer, groupId),
    );
    added.add(groupId);
  }
  const ids = topicIds(new Set(offsets.map(({ topic }) => topic)), client.snapshot);
  const what = `cannot commit offsets of group ${groupId} in the transaction`;
  await requests.ask("group", groupId, what, until, (connection) => {
    checkSameTopics(ids, client.snapshot, what);
    return commitOffsets(connection, writer, { offsets, group, ids });
  });
}
