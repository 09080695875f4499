import type {
  MetadataResponse,
  MetadataResponseMetadataResponsePartition,
  MetadataResponseMetadataResponseTopic,
} from "../protocol/messages/metadata.ts";

export interface BrokerNode {
  readonly nodeId: number;
  readonly host: string;
  readonly port: number;
  readonly rack: string | null;
}

export interface PartitionMetadata {
  readonly partition: number;
  /** −1 while there is no leader. */
  readonly leaderId: number;
  readonly leaderEpoch: number;
  readonly errorCode: number;
}

export interface TopicMetadata {
  readonly name: string;
  readonly topicId: string;
  /** 0, or why the partitions are not to be relied on. */
  readonly errorCode: number;
  /** By partition number, without gaps. */
  readonly partitions: readonly PartitionMetadata[];
}

/** What is known of a cluster at one moment. Never changed: a new one takes its place. */
export interface MetadataSnapshot {
  readonly clusterId: string | null;
  readonly controllerId: number;
  readonly brokers: ReadonlyMap<number, BrokerNode>;
  readonly topics: ReadonlyMap<string, TopicMetadata>;
  readonly updatedAtMs: number;
}

export const NO_METADATA: MetadataSnapshot = {
  clusterId: null,
  controllerId: -1,
  brokers: new Map(),
  topics: new Map(),
  updatedAtMs: -1,
};

/**
 * What a response adds to what was known. Brokers are replaced, topics that the response names are merged, others stay.
 * A leader epoch never goes back (KIP-320): a broker that is behind does not bring back a leader that was replaced,
 * unless the topic was made anew, which its id tells.
 */
export function mergeMetadata(known: MetadataSnapshot, response: MetadataResponse, nowMs: number): MetadataSnapshot {
  const topics = new Map(known.topics);
  for (const topic of response.topics) {
    if (topic.name === null) continue;
    topics.set(topic.name, mergeTopic(topic.name, topics.get(topic.name), topic));
  }
  return {
    clusterId: response.clusterId ?? known.clusterId,
    controllerId: response.controllerId,
    brokers: new Map(
      response.brokers.map((broker) => [
        broker.nodeId,
        { nodeId: broker.nodeId, host: broker.host, port: broker.port, rack: broker.rack },
      ]),
    ),
    topics,
    updatedAtMs: nowMs,
  };
}

function mergeTopic(
  name: string,
  known: TopicMetadata | undefined,
  topic: MetadataResponseMetadataResponseTopic,
): TopicMetadata {
  // Without partitions there is nothing new to know of them; the error says why.
  if (topic.errorCode !== 0)
    return {
      name,
      topicId: known?.topicId ?? topic.topicId,
      errorCode: topic.errorCode,
      partitions: known?.partitions ?? [],
    };
  const isSame = known !== undefined && known.topicId === topic.topicId;
  const partitions: PartitionMetadata[] = [];
  for (const partition of topic.partitions) {
    const before = isSame ? known.partitions[partition.partitionIndex] : undefined;
    partitions[partition.partitionIndex] = mergePartition(before, partition);
  }
  // A broker that has not heard of all partitions yet leaves gaps: they have no leader until it has.
  for (let i = 0; i < Math.max(partitions.length, isSame ? known.partitions.length : 0); i++) {
    partitions[i] ??= (isSame ? known.partitions[i] : undefined) ?? {
      partition: i,
      leaderId: -1,
      leaderEpoch: -1,
      errorCode: 0,
    };
  }
  return { name, topicId: topic.topicId, errorCode: 0, partitions };
}

function mergePartition(
  before: PartitionMetadata | undefined,
  now: MetadataResponseMetadataResponsePartition,
): PartitionMetadata {
  if (before !== undefined && now.leaderEpoch >= 0 && now.leaderEpoch < before.leaderEpoch) return before;
  return {
    partition: now.partitionIndex,
    leaderId: now.leaderId,
    leaderEpoch: now.leaderEpoch,
    errorCode: now.errorCode,
  };
}

/** What a response about records said of a partition's leader (KIP-951). */
export interface LeaderHint {
  readonly topic: string;
  readonly partition: number;
  readonly leaderId: number;
  readonly leaderEpoch: number;
  /** The new leader's address, if the response told it. */
  readonly node?: BrokerNode;
}

/** The snapshot after a hint, or undefined where it says nothing new. */
export function applyLeaderHint(known: MetadataSnapshot, hint: LeaderHint): MetadataSnapshot | undefined {
  const topic = known.topics.get(hint.topic);
  const before = topic?.partitions[hint.partition];
  if (topic === undefined || before === undefined || hint.leaderId < 0 || hint.leaderEpoch <= before.leaderEpoch)
    return undefined;
  if (hint.node === undefined && !known.brokers.has(hint.leaderId)) return undefined;
  const partitions = topic.partitions.map((p) =>
    p === before ? { ...p, leaderId: hint.leaderId, leaderEpoch: hint.leaderEpoch, errorCode: 0 } : p,
  );
  const brokers = hint.node === undefined ? known.brokers : new Map(known.brokers).set(hint.leaderId, hint.node);
  return { ...known, brokers, topics: new Map(known.topics).set(hint.topic, { ...topic, partitions }) };
}
