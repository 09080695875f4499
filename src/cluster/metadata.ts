import type {
  MetadataResponse,
  MetadataResponseMetadataResponsePartition,
  MetadataResponseMetadataResponseTopic,
} from "../protocol/messages/metadata.ts";

/** A broker in the metadata. */
export interface BrokerNode {
  readonly nodeId: number;
  readonly host: string;
  readonly port: number;
  readonly rack: string | null;
}

/** The leader of a partition. */
export interface PartitionMetadata {
  readonly partition: number;
  /** The leader's broker id; −1 if there is none. */
  readonly leaderId: number;
  readonly leaderEpoch: number;
  readonly errorCode: number;
  /** Undefined unless a client of the `Kafka` asked for them. */
  readonly lists?: ReplicaLists | undefined;
}

/** The node ids of a partition's replicas. */
export interface ReplicaLists {
  readonly replicas: readonly number[];
  readonly isr: readonly number[];
  readonly offlineReplicas: readonly number[];
}

/** A topic in the metadata. */
export interface TopicMetadata {
  readonly name: string;
  readonly topicId: string;
  /** 0, or the error because of which the partitions are not reliable. */
  readonly errorCode: number;
  /** Ordered by partition number, without gaps. */
  readonly partitions: readonly PartitionMetadata[];
}

/** The known state of the cluster at one moment. Immutable: updates replace it. */
export interface MetadataSnapshot {
  readonly clusterId: string | null;
  readonly controllerId: number;
  readonly brokers: ReadonlyMap<number, BrokerNode>;
  readonly topics: ReadonlyMap<string, TopicMetadata>;
  readonly updatedAtMs: number;
}

/** The snapshot before the first response. */
export const NO_METADATA: MetadataSnapshot = {
  clusterId: null,
  controllerId: -1,
  brokers: new Map(),
  topics: new Map(),
  updatedAtMs: -1,
};

/** The number of topics that are merged between two yields: less than 0.1 ms of work. */
const TOPICS_PER_STEP = 64;

/** {@link mergeInSteps}, without a pause. */
export function mergeMetadata(known: MetadataSnapshot, response: MetadataResponse, nowMs: number): MetadataSnapshot {
  const steps = mergeInSteps(known, response, nowMs);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/**
 * Merges a response into the known state, and yields wherever the host may have a turn. Brokers are replaced; topics in
 * the response are merged; other topics stay. A leader epoch never goes back (KIP-320): a response from a broker that
 * is behind does not bring back a replaced leader. The exception is a topic that was deleted and recreated, which has a
 * new id. Both snapshots share the topics that did not change, so that readers can skip them.
 */
export function* mergeInSteps(
  known: MetadataSnapshot,
  response: MetadataResponse,
  nowMs: number,
): Generator<undefined, MetadataSnapshot, undefined> {
  let topics: Map<string, TopicMetadata> | undefined;
  for (const [i, topic] of response.topics.entries()) {
    if (i % TOPICS_PER_STEP === TOPICS_PER_STEP - 1) yield;
    if (topic.name === null) continue;
    const before = (topics ?? known.topics).get(topic.name);
    const now = mergeTopic(topic.name, before, topic);
    if (now !== before) (topics ??= new Map(known.topics)).set(topic.name, now);
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
    topics: topics ?? known.topics,
    updatedAtMs: nowMs,
  };
}

function mergeTopic(
  name: string,
  known: TopicMetadata | undefined,
  topic: MetadataResponseMetadataResponseTopic,
): TopicMetadata {
  // The response has no partitions in this case; the error code says why.
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
  // A broker that does not know all partitions yet leaves gaps. They have no leader until it does.
  for (let i = 0; i < Math.max(partitions.length, isSame ? known.partitions.length : 0); i++) {
    partitions[i] ??= (isSame ? known.partitions[i] : undefined) ?? {
      partition: i,
      leaderId: -1,
      leaderEpoch: -1,
      errorCode: 0,
    };
  }
  const isUnchanged =
    isSame &&
    known.errorCode === 0 &&
    known.partitions.length === partitions.length &&
    partitions.every((partition, i) => partition === known.partitions[i]);
  return isUnchanged ? known : { name, topicId: topic.topicId, errorCode: 0, partitions };
}

function mergePartition(
  before: PartitionMetadata | undefined,
  now: MetadataResponseMetadataResponsePartition,
): PartitionMetadata {
  if (before !== undefined && now.leaderEpoch >= 0 && now.leaderEpoch < before.leaderEpoch) return before;
  const lists = listsOf(before, now);
  if (
    before?.leaderId === now.leaderId &&
    before.leaderEpoch === now.leaderEpoch &&
    before.errorCode === now.errorCode &&
    before.lists === lists
  )
    return before;
  return {
    partition: now.partitionIndex,
    leaderId: now.leaderId,
    leaderEpoch: now.leaderEpoch,
    errorCode: now.errorCode,
    ...(lists === undefined ? {} : { lists }),
  };
}

/** The lists of replicas: those known before if they are the same, or if the response was read without lists. */
function listsOf(
  before: PartitionMetadata | undefined,
  { replicaNodes, isrNodes, offlineReplicas }: MetadataResponseMetadataResponsePartition,
): ReplicaLists | undefined {
  if (replicaNodes.length === 0) return before?.lists;
  const lists = { replicas: replicaNodes, isr: isrNodes, offlineReplicas };
  const isSame = before?.lists !== undefined && JSON.stringify(before.lists) === JSON.stringify(lists);
  return isSame ? before.lists : lists;
}

/** A partition's leader according to a produce or fetch response (KIP-951). */
export interface LeaderHint {
  readonly topic: string;
  readonly partition: number;
  readonly leaderId: number;
  readonly leaderEpoch: number;
  /** The new leader's address, if the response contains it. */
  readonly node?: BrokerNode;
}

/** The snapshot with the hint applied, or undefined if the hint is not newer. */
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
