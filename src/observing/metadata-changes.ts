import type { MetadataSnapshot, TopicMetadata } from "../cluster/metadata.ts";
import type { HookEvent } from "../hooks/hook-event.ts";
import type { LeaderMoved, MetadataChanged } from "../hooks/hook-events.ts";

/** The changes between two snapshots of the metadata, for hooks. */
export interface MetadataChanges {
  /** Undefined if nothing has changed. */
  readonly changed: Omit<MetadataChanged, keyof HookEvent> | undefined;
  readonly moved: readonly Omit<LeaderMoved, keyof HookEvent>[];
}

/** Compares two snapshots. Topics that have not changed are the same object in both. */
export function metadataChanges(before: MetadataSnapshot, now: MetadataSnapshot): MetadataChanges {
  const changedTopics: string[] = [];
  const moved: Omit<LeaderMoved, keyof HookEvent>[] = [];
  for (const [topic, after] of now.topics) {
    const earlier = before.topics.get(topic);
    if (earlier === after) continue;
    changedTopics.push(topic);
    moved.push(...movesOf(topic, earlier, after));
  }
  for (const topic of before.topics.keys()) if (!now.topics.has(topic)) changedTopics.push(topic);
  const nodeIds = [...now.brokers.keys()].sort((a, b) => a - b);
  const isSame =
    changedTopics.length === 0 &&
    before.clusterId === now.clusterId &&
    before.brokers.size === now.brokers.size &&
    [...now.brokers].every(([nodeId, { host, port }]) => {
      const known = before.brokers.get(nodeId);
      return known?.host === host && known.port === port;
    });
  return { changed: isSame ? undefined : { clusterId: now.clusterId ?? undefined, nodeIds, changedTopics }, moved };
}

/** The partitions of a topic that was known before and that have other leaders now. */
function movesOf(
  topic: string,
  earlier: TopicMetadata | undefined,
  after: TopicMetadata,
): readonly Omit<LeaderMoved, keyof HookEvent>[] {
  if (earlier === undefined) return [];
  return after.partitions.flatMap(({ partition, leaderId, leaderEpoch }) => {
    const fromNodeId = earlier.partitions[partition]?.leaderId;
    return fromNodeId === undefined || fromNodeId === leaderId
      ? []
      : [{ topic, partition, fromNodeId, toNodeId: leaderId, leaderEpoch }];
  });
}
