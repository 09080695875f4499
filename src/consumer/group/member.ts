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

/**
 * Whether a member leaves its group when it is closed (KIP-1092): `"default"` depends on static membership, `"leave"`
 * always leaves, `"remain"` never.
 */
export type GroupMembershipOperation = "default" | "leave" | "remain";

/**
 * The state of a member. `unjoined`: it will join; `joining`: its request to join is in flight. Of a classic group also
 * `syncing` (it waits for its assignment), `leading` (it divides the partitions), `stable`, and `preparing` (the group
 * rebalances); of a group of KIP-848 `joined`. `away`: it left the group because the application did not ask for
 * records; `left`: for good; `failed`: it cannot continue.
 */
export type MemberState =
  "unjoined" | "joining" | "syncing" | "leading" | "stable" | "preparing" | "joined" | "away" | "left" | "failed";

/** Requests to the coordinator have failed since the last one that succeeded. */
export interface RequestFailure {
  /** When the first of them failed (monotonic ms). */
  readonly sinceMs: number;
  /** The last error. */
  readonly error: KafkaError;
}

/** A member of a group, for both protocols. */
export interface GroupMember {
  readonly stateName: MemberState;
  /** Set while its requests to the coordinator fail. */
  readonly failure: RequestFailure | undefined;
  start(): void;
  /** The member's identity for commits; undefined while it belongs to no generation. */
  identity(): MemberIdentity | undefined;
  /** The coordinator refused a request of this member. */
  refused(identity: MemberIdentity, error: KafkaError): void;
  /** The application works for too long without asking for records, or does not read at all. */
  stalled(): void;
  /** Whether the coordinator assigned this partition of a recreated topic. True for a protocol that assigns by name. */
  hasAssigned(topicId: string, partition: number): boolean;
  /** The host's topics have changed. */
  resubscribed(): void;
  /** The application asks for records. */
  polled(): void;
  /** Starts a rebalance. False if the protocol has no such request. */
  rejoin(reason: string): boolean;
  /** Leaves the group, if `operation` says so, and ends. */
  leave(operation: GroupMembershipOperation, deadlineMs: number): Promise<void>;
}

/** The part of the membership that a member needs. */
export interface MemberHost {
  readonly client: ClusterClient;
  readonly coordinators: Coordinators;
  readonly group: GroupSettings;
  /** The subscribed topics; with patterns they change. */
  readonly topics: readonly string[];
  readonly rack: string | null;
  readonly timings: GroupTimings;
  /** The partitions that the group may count as this member's. */
  readonly owned: readonly TopicPartition[];
  /** The owned partitions that the member is not giving back. */
  readonly kept: readonly TopicPartition[];
  move(target: readonly TopicPartition[], ended: (moved: Moved) => void): void;
  lose(reason: string): void;
  /** The time until which the session is valid (monotonic ms). */
  trust(untilMs: number): void;
  fail(error: KafkaError): void;
}

/** Reports a bug of the client. */
export function memberFault({ client, group }: MemberHost, what: string): void {
  client.cluster.fault(`member of group ${group.groupId}: ${what}`);
}

/** Sends a request to the group's coordinator, and forgets the coordinator if the error says so. */
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
