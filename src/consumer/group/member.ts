import type { ClusterClient } from "../../cluster/cluster-client.ts";
import type { Coordinators } from "../../cluster/coordinators.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import type { Connection } from "../../network/connection.ts";
import type { AbortSignalLike } from "../../runtime/cancellation.ts";
import type { MemberIdentity } from "./offsets.ts";
import type { TopicPartition } from "../../cluster/topic-partition.ts";
import type { Moved } from "./holdings.ts";
import type { GroupSettings } from "./options.ts";
import type { GroupTimings } from "./timings.ts";

/** What a leaving member says: as its kind does by default, surely, or nothing (KIP-1092). */
export type GroupMembershipOperation = "default" | "leave" | "remain";

/** A member of a group, whichever protocol it speaks. */
export interface GroupMember {
  start(): void;
  /** For commits; undefined while it belongs to no generation. */
  identity(): MemberIdentity | undefined;
  /** A request in its name was refused. */
  refused(identity: MemberIdentity, error: KafkaError): void;
  /** The application works on something for longer than it said, or does not read at all. */
  stalled(): void;
  /**
   * Whether the coordinator assigned this partition of a topic that was created again under its name. One that assigns
   * by name says nothing of that: true.
   */
  hasAssigned(topicId: string, partition: number): boolean;
  /** The host's topics are others than before. */
  resubscribed(): void;
  /** The application asks for records. */
  polled(): void;
  /** Starts a rebalance. False where the member's protocol has no such request. */
  rejoin(reason: string): boolean;
  /** Tells the group, if it is to be told, and ends. */
  leave(operation: GroupMembershipOperation, deadlineMs: number): Promise<void>;
}

/** What a member needs of its surroundings. */
export interface MemberHost {
  readonly client: ClusterClient;
  readonly coordinators: Coordinators;
  readonly group: GroupSettings;
  /** What is subscribed to; with patterns this changes. */
  readonly topics: readonly string[];
  readonly rack: string | null;
  readonly timings: GroupTimings;
  /** What the group may take for this member's. */
  readonly owned: readonly TopicPartition[];
  /** Of that, what it is not giving back. */
  readonly kept: readonly TopicPartition[];
  move(target: readonly TopicPartition[], ended: (moved: Moved) => void): void;
  lose(reason: string): void;
  /** Until when what is held is surely this member's own. */
  trust(untilMs: number): void;
  fail(error: KafkaError): void;
}

/** Something happened that cannot, were this client right. */
export function memberFault({ client, group }: MemberHost, what: string): void {
  client.cluster.fault(`member of group ${group.groupId}: ${what}`);
}

/** A request to the group's coordinator, which is forgotten where it is not there any more. */
export async function askCoordinator<T>(
  host: MemberHost,
  purpose: "coordinator" | "other",
  signal: AbortSignalLike | undefined,
  request: (connection: Connection) => Promise<T>,
): Promise<T> {
  const { coordinators, group } = host;
  const connection = await coordinators.connection("group", group.groupId, signal, purpose);
  try {
    return await request(connection);
  } catch (error) {
    const failure = KafkaError.from(error);
    coordinators.failed("group", group.groupId, failure);
    throw failure;
  }
}
