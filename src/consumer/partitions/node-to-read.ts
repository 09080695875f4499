import type { ClusterClient } from "../../cluster/cluster-client.ts";
import type { Cursor } from "./cursor.ts";

/**
 * The broker to read a partition from: the replica that its leader
 * named, while that is believed and there, else its leader. −1: none.
 */
export function nodeToRead<K, V>({ snapshot, clock }: ClusterClient, cursor: Cursor<K, V>): number {
  if (
    cursor.preferredNodeId >= 0 &&
    clock.monotonic() < cursor.preferredUntilMs &&
    snapshot.brokers.has(cursor.preferredNodeId)
  )
    return cursor.preferredNodeId;
  cursor.preferredNodeId = -1;
  return snapshot.topics.get(cursor.topic)?.partitions[cursor.partition]?.leaderId ?? -1;
}
