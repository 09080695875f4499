import type { BrokerInfo } from "./broker-info.ts";

/** What metadata says of a partition. A `PartitionLog` is one that is always right. */
export interface PartitionView {
  readonly partition: number;
  readonly leaderId: number;
  readonly leaderEpoch: number;
  readonly replicas: readonly number[];
  readonly isr: readonly number[];
  readonly eligibleLeaders: readonly number[];
  /** Who led last. */
  readonly lastLeaderId: number;
}

export interface TopicView {
  readonly name: string;
  readonly topicId: string;
  readonly partitions: readonly PartitionView[];
}

/** What a broker knows of its cluster. */
export interface MetadataView {
  /** The brokers that are up. */
  brokers(): readonly BrokerInfo[];
  readonly topics: {
    readonly all: Iterable<TopicView>;
    byName(name: string): TopicView | undefined;
    byId(topicId: string): TopicView | undefined;
  };
}

/** What it knows now, and goes on to say whatever happens: the broker is told of nothing any more. */
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
  return {
    brokers: () => known,
    topics: {
      all,
      byName: (wanted) => all.find(({ name }) => name === wanted),
      byId: (wanted) => all.find(({ topicId }) => topicId === wanted),
    },
  };
}
