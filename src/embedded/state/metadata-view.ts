import type { BrokerInfo } from "./broker-info.ts";

/** The metadata of a partition. A `PartitionLog` is one that is always current. */
export interface PartitionView {
  readonly partition: number;
  readonly leaderId: number;
  readonly leaderEpoch: number;
  readonly replicas: readonly number[];
  readonly isr: readonly number[];
  readonly eligibleLeaders: readonly number[];
  /** The node id of the last leader. */
  readonly lastLeaderId: number;
}

/** The metadata of a topic. */
export interface TopicView {
  readonly name: string;
  readonly topicId: string;
  readonly partitions: readonly PartitionView[];
}

/** A broker's view of its cluster. */
export interface MetadataView {
  /** The brokers that are up. */
  brokers(): readonly BrokerInfo[];
  readonly topics: {
    readonly all: Iterable<TopicView>;
    byName(name: string): TopicView | undefined;
    byId(topicId: string): TopicView | undefined;
  };
}

/** A frozen copy of the broker's metadata. */
export function frozen(view: MetadataView): MetadataView {
  const known = [...view.brokers()];
  const all = Array.from(view.topics.all, ({ name, topicId, partitions }) => ({
    name,
    topicId,
    partitions: partitions.map(
      ({ partition, leaderId, leaderEpoch, replicas, isr, eligibleLeaders, lastLeaderId }) => ({
        partition,
        leaderId,
        leaderEpoch,
        replicas,
        isr,
        eligibleLeaders,
        lastLeaderId,
      }),
    ),
  }));
  const byName = new Map(all.map((topic) => [topic.name, topic]));
  const byId = new Map(all.map((topic) => [topic.topicId, topic]));
  return {
    brokers: () => known,
    topics: { all, byName: (name) => byName.get(name), byId: (topicId) => byId.get(topicId) },
  };
}
