import type { ClusterClient } from "../../cluster/cluster-client.ts";
import type { Cursor } from "./cursor.ts";

/**
 * The broker to read a partition from: the replica that its leader named, while that is valid and known, otherwise its
 * leader. −1 for none.
 */
export function nodeToRead<K, V>(
  { snapshot, clock }: ClusterClient,
  { topic, partition, route: { replica } }: Cursor<K, V>,
): number {
  if (replica.isBelieved(clock.monotonic()) && snapshot.brokers.has(replica.nodeId)) return replica.nodeId;
  replica.leave();
  return snapshot.topics.get(topic)?.partitions[partition]?.leaderId ?? -1;
}
