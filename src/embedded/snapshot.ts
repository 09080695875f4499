import type { BrokerInfo, ClusterState } from "./handler.ts";
import type { Group } from "./state/groups/group.ts";
import type { CommittedOffset } from "./state/groups/committed-offsets.ts";
import type { TopicPartition, TransactionStatus } from "./state/transactions/transaction.ts";

/** What a cluster holds at one moment. */
export interface ClusterSnapshot {
  readonly brokers: readonly BrokerSnapshot[];
  readonly topics: readonly TopicSnapshot[];
  readonly transactions: readonly TransactionSnapshot[];
  readonly groups: readonly GroupSnapshot[];
}

/** A transactional id, and what its coordinator knows. */
export interface TransactionSnapshot {
  readonly transactionalId: string;
  readonly coordinatorId: number;
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly state: TransactionStatus;
  readonly partitions: readonly TopicPartition[];
}

/** A group, and what it has committed. */
export interface GroupSnapshot {
  readonly groupId: string;
  readonly coordinatorId: number;
  readonly type: "classic" | "consumer";
  /** By Kafka's names: `Empty`, `PreparingRebalance`, `CompletingRebalance`, `Assigning`, `Reconciling`, `Stable`. */
  readonly state: string;
  /** The classic generation, or the group epoch. */
  readonly generation: number;
  readonly members: readonly GroupMemberSnapshot[];
  readonly offsets: readonly CommittedOffset[];
}

/** A member of a group. */
export interface GroupMemberSnapshot {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly clientId: string;
}

/** A broker. */
export interface BrokerSnapshot {
  readonly nodeId: number;
  readonly host: string;
  readonly port: number;
  readonly isUp: boolean;
  readonly connections: number;
}

/** A topic with its partitions. */
export interface TopicSnapshot {
  readonly topic: string;
  readonly topicId: string;
  /** The configs that were set. */
  readonly configs: Readonly<Record<string, string>>;
  readonly partitions: readonly PartitionSnapshot[];
}

/** A partition, as its leader has it. */
export interface PartitionSnapshot {
  readonly partition: number;
  /** −1: nobody leads. */
  readonly leaderId: number;
  readonly leaderEpoch: number;
  readonly replicas: readonly number[];
  /** The replicas that are in sync. */
  readonly isr: readonly number[];
  readonly logStartOffset: number;
  /** The offset after the last record that is committed: consumers read up to it. */
  readonly highWatermark: number;
  /** What `read_committed` may read: below the first transaction that is still open. */
  readonly lastStableOffset: number;
  /** The offset after the last record of the leader. */
  readonly logEndOffset: number;
  readonly batches: number;
  readonly sizeInBytes: number;
}

interface NodeState {
  readonly info: BrokerInfo;
  readonly socket: object | undefined;
  readonly broker: { readonly connectionCount: number };
}

/** Copies what tests look at. */
export function snapshotOf(nodes: Iterable<NodeState>, { topics, transactions, groups, coordinators }: ClusterState): ClusterSnapshot {
  return {
    brokers: Array.from(nodes, ({ info: { nodeId, host, port }, socket, broker }) => ({ nodeId, host, port, isUp: socket !== undefined, connections: broker.connectionCount })),
    topics: Array.from(topics.all, ({ name, topicId, configs, partitions }) => ({
      topic: name,
      topicId,
      configs: Object.fromEntries(configs),
      partitions: partitions.map(({ partition, leaderId, leaderEpoch, replicas, isr, logStartOffset, highWatermark, lastStableOffset, logEndOffset, batchCount, sizeInBytes }) => ({ partition, leaderId, leaderEpoch, replicas, isr, logStartOffset, highWatermark, lastStableOffset, logEndOffset, batches: batchCount, sizeInBytes })),
    })),
    transactions: [...transactions.all].map(({ transactionalId, producerId, epoch, status, partitions }) => ({ transactionalId, coordinatorId: coordinators.of("transaction", transactionalId), producerId, producerEpoch: epoch, state: status, partitions: [...partitions.values()] })),
    groups: [...groups.all].map((group) => ({ groupId: group.groupId, coordinatorId: coordinators.of("group", group.groupId), ...membersOf(group), offsets: group.offsets.all })),
  };
}

function membersOf({ members }: Group): Pick<GroupSnapshot, "type" | "state" | "generation" | "members"> {
  const { type, state } = members;
  if (type === "classic") return { type, state, generation: members.generationId, members: members.members.all.map(({ memberId, groupInstanceId, clientId }) => ({ memberId, groupInstanceId, clientId })) };
  return { type, state, generation: members.groupEpoch, members: members.all.map(({ memberId, details }) => ({ memberId, groupInstanceId: details.instanceId, clientId: details.clientId })) };
}
