import type { ClusterState } from "./handler.ts";
import { isInternalTopic } from "./state/internal-topic-names.ts";
import type { BrokerInfo } from "./state/broker-info.ts";
import type { Group } from "./state/groups/group.ts";
import type { CommittedOffset } from "./state/groups/committed-offsets.ts";
import type { TopicPartition, TransactionStatus } from "./state/transactions/transaction.ts";

/** The state of a cluster at one moment. */
export interface ClusterSnapshot {
  /** All brokers, by node id. */
  readonly brokers: readonly BrokerSnapshot[];
  /** All topics but those of coordinators, `__consumer_offsets` and `__transaction_state`. */
  readonly topics: readonly TopicSnapshot[];
  /** All transactional ids that a coordinator knows. */
  readonly transactions: readonly TransactionSnapshot[];
  /** All groups that a coordinator knows. */
  readonly groups: readonly GroupSnapshot[];
}

/** A transactional id, as its coordinator knows it. */
export interface TransactionSnapshot {
  /** The producer's `transactionalId`. */
  readonly transactionalId: string;
  /** The node id of its coordinator. */
  readonly coordinatorId: number;
  /** The current producer id. */
  readonly producerId: number;
  /** The epoch. It rises when another producer takes over, and with version 2 also with each transaction. */
  readonly producerEpoch: number;
  /** The state of its last transaction. */
  readonly state: TransactionStatus;
  /** The partitions that were added to the transaction. */
  readonly partitions: readonly TopicPartition[];
}

/** A group, and its committed offsets. */
export interface GroupSnapshot {
  /** The group's id. */
  readonly groupId: string;
  /** The node id of its coordinator. */
  readonly coordinatorId: number;
  /** The group's protocol: `"consumer"` is that of KIP-848. */
  readonly type: "classic" | "consumer";
  /** The state: `Empty`, `PreparingRebalance`, `CompletingRebalance`, `Assigning`, `Reconciling` or `Stable`. */
  readonly state: string;
  /** The classic generation, or the group epoch. */
  readonly generation: number;
  /** The members that the coordinator has now. */
  readonly members: readonly GroupMemberSnapshot[];
  /** The committed offsets. */
  readonly offsets: readonly CommittedOffset[];
}

/** A member of a group. */
export interface GroupMemberSnapshot {
  /** The member's id. */
  readonly memberId: string;
  /** The name of a static member (KIP-345); null for a dynamic one. */
  readonly groupInstanceId: string | null;
  /** The `clientId` of its connection. */
  readonly clientId: string;
}

/** A broker. */
export interface BrokerSnapshot {
  /** The node id, from 0. */
  readonly nodeId: number;
  /** The host on which it listens. */
  readonly host: string;
  /** The port on which it listens. */
  readonly port: number;
  /** Whether it runs: false from `stopBroker` until `startBroker`. */
  readonly isUp: boolean;
  /** How many connections are open. */
  readonly connections: number;
}

/** A topic with its partitions. */
export interface TopicSnapshot {
  /** The name of the topic. */
  readonly topic: string;
  /** The topic id: URL-safe base64 without padding, as Kafka prints it. */
  readonly topicId: string;
  /** The configs that were set. */
  readonly configs: Readonly<Record<string, string>>;
  /** The partitions, by number. */
  readonly partitions: readonly PartitionSnapshot[];
}

/** A partition, as its leader has it. */
export interface PartitionSnapshot {
  /** The number of the partition, from 0. */
  readonly partition: number;
  /** The node id of the leader; −1 if there is none. */
  readonly leaderId: number;
  /** The leader epoch, which rises with each change of the leader. */
  readonly leaderEpoch: number;
  /** The node ids of all replicas. */
  readonly replicas: readonly number[];
  /** The in-sync replicas. */
  readonly isr: readonly number[];
  /** The offset of the first record that was not deleted. */
  readonly logStartOffset: number;
  /** The offset after the last committed record: consumers read up to it. */
  readonly highWatermark: number;
  /** The end of what `read_committed` may read: the beginning of the first open transaction. */
  readonly lastStableOffset: number;
  /** The offset after the last record of the leader. */
  readonly logEndOffset: number;
  /** How many batches the leader has. */
  readonly batches: number;
  /** The size of these batches, in bytes. */
  readonly sizeInBytes: number;
}

interface NodeState {
  readonly info: BrokerInfo;
  readonly socket: object | undefined;
  readonly broker: { readonly connectionCount: number };
}

/** Copies the state that tests look at. */
export function snapshotOf(
  nodes: Iterable<NodeState>,
  { topics, transactions, groups, coordinators }: ClusterState,
): ClusterSnapshot {
  return {
    brokers: Array.from(nodes, ({ info: { nodeId, host, port }, socket, broker }) => ({
      nodeId,
      host,
      port,
      isUp: socket !== undefined,
      connections: broker.connectionCount,
    })),
    topics: [...topics.all].filter(isUsers).map(({ name, topicId, configs, partitions }) => ({
      topic: name,
      topicId,
      configs: Object.fromEntries(configs),
      partitions: partitions.map(
        ({
          partition,
          leaderId,
          leaderEpoch,
          replicas,
          isr,
          logStartOffset,
          highWatermark,
          lastStableOffset,
          logEndOffset,
          batchCount,
          sizeInBytes,
        }) => ({
          partition,
          leaderId,
          leaderEpoch,
          replicas,
          isr,
          logStartOffset,
          highWatermark,
          lastStableOffset,
          logEndOffset,
          batches: batchCount,
          sizeInBytes,
        }),
      ),
    })),
    transactions: [...transactions.all].map(({ transactionalId, producerId, epoch, status, partitions }) => ({
      transactionalId,
      coordinatorId: coordinators.of("transaction", transactionalId),
      producerId,
      producerEpoch: epoch,
      state: status,
      partitions: [...partitions.values()],
    })),
    groups: [...groups.all].map((group) => ({
      groupId: group.groupId,
      coordinatorId: coordinators.of("group", group.groupId),
      ...membersOf(group),
      offsets: group.offsets.all,
    })),
  };
}

/** The topics that Kafka makes for itself are left out. */
function isUsers({ name }: { readonly name: string }): boolean {
  return !isInternalTopic(name);
}

function membersOf({ members }: Group): Pick<GroupSnapshot, "type" | "state" | "generation" | "members"> {
  const { type, state } = members;
  if (type === "classic")
    return {
      type,
      state,
      generation: members.generationId,
      members: members.members.all.map(({ memberId, groupInstanceId, clientId }) => ({
        memberId,
        groupInstanceId,
        clientId,
      })),
    };
  return {
    type,
    state,
    generation: members.groupEpoch,
    members: members.all.map(({ memberId, details }) => ({
      memberId,
      groupInstanceId: details.instanceId,
      clientId: details.clientId,
    })),
  };
}
