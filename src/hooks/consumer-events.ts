import type { GroupOffset } from "../cluster/group-offsets.ts";
import type { TopicPartition } from "../cluster/topic-partition.ts";
import type { KafkaError } from "../errors/kafka-error.ts";
import type { HookEvent } from "./hook-event.ts";

/** A member of a group. */
export interface GroupHookEvent extends HookEvent {
  /** The group's id. */
  readonly groupId: string;
  /** The member's id; empty before the coordinator has given one. */
  readonly memberId: string;
  /** The generation of a classic group, or the member's epoch (KIP-848); −1 before it has joined. */
  readonly generation: number;
}

/** A heartbeat was answered without an error. */
export interface HeartbeatAnswered extends GroupHookEvent {
  /** The time to the response, in ms. */
  readonly durationMs: number;
}

/**
 * A rebalance begins for a member: it joins its group for the first time, has learned that it must join again and gives
 * its partitions back first, or gets another assignment (KIP-848). Callbacks of `run` may still be at work.
 */
export interface RebalanceStarted extends GroupHookEvent {
  /** Why. */
  readonly reason: string;
}

/** A member of a classic group has joined: JoinGroup was answered. The members wait for their assignments. */
export interface GroupJoined extends GroupHookEvent {
  /** The member that divides the partitions. */
  readonly leaderId: string;
  /** Whether this member does. */
  readonly isLeader: boolean;
  /** The name of the assignor that all members have. */
  readonly assignor: string;
  /** The ids of the members, if this one is the leader; others do not get them. */
  readonly memberIds: readonly string[];
}

/** A member has got its assignment: SyncGroup was answered, or a heartbeat has brought one (KIP-848). */
export interface GroupSynced extends GroupHookEvent {
  /** The partitions that are this member's, or will be when others have given them back. */
  readonly assignment: readonly TopicPartition[];
}

/** A member owns the partitions of its assignment; callbacks such as `onAssigned` have ended. */
export interface RebalanceEnded extends GroupHookEvent {
  /** The protocol of the group: `classic`, or `consumer` (KIP-848). */
  readonly protocol: "classic" | "consumer";
  /** The name of the assignor, of a classic group; undefined for KIP-848, in which the coordinator divides. */
  readonly assignor: string | undefined;
  /** The member that has divided the partitions; undefined for KIP-848. */
  readonly leaderId: string | undefined;
  /** Whether this member did. */
  readonly isLeader: boolean;
  /** The partitions that the member owns. */
  readonly assignment: readonly TopicPartition[];
  /** The partitions of the assignment whose topic this member does not subscribe to. They are not read. */
  readonly unsubscribed: readonly TopicPartition[];
  /** The topics that the member subscribes to. */
  readonly topics: readonly string[];
  /** The time since {@link RebalanceStarted}, in ms. */
  readonly durationMs: number;
}

/** A request for records is about to be sent to a broker. */
export interface FetchStarted extends HookEvent {
  /** The broker's id. */
  readonly nodeId: number;
}

/** A fetch has ended. */
export interface FetchEnded extends HookEvent {
  /** The broker's id. */
  readonly nodeId: number;
  /** The time since {@link FetchStarted}, in ms. The broker waits for records up to `fetchMaxWaitMs`. */
  readonly durationMs: number;
  /** The number of partitions with records in the response. */
  readonly partitions: number;
  /** The number of bytes of records in the response. */
  readonly bytes: number;
  /** Why it failed; undefined if it did not. The client tries again. */
  readonly error: KafkaError | undefined;
}

/** Offsets were committed. */
export interface OffsetsCommitted extends GroupHookEvent {
  /** The offsets, each of the next record to read. */
  readonly offsets: readonly GroupOffset[];
  /** The time that the commit took, with all tries, in ms. */
  readonly durationMs: number;
}

/** A commit was refused, or no answer came in time. */
export interface CommitFailed extends OffsetsCommitted {
  /** The reason. */
  readonly error: KafkaError;
}

/** A batch of records was handed to the application: to a loop, or to the callbacks of `run`. */
export interface BatchStarted extends HookEvent {
  /** The topic's name. */
  readonly topic: string;
  /** The partition's number. */
  readonly partition: number;
  /** The offset of the batch's first record, or that at which reading begins in it. */
  readonly firstOffset: number;
  /** The offset of the batch's last record. */
  readonly lastOffset: number;
  /** The number of records in the batch. Fewer are delivered if reading begins in its middle. */
  readonly records: number;
  /** The offset after the last record that may be read of the partition, when the batch was fetched. */
  readonly highWatermark: number;
  /** The time between the batch's last record and now, in ms, by the record's timestamp. */
  readonly ageMs: number;
}

/** The application asks for what comes after a batch, or all its callbacks have ended: the batch is processed. */
export interface BatchProcessed extends BatchStarted {
  /** The time since {@link BatchStarted}, in ms. */
  readonly durationMs: number;
}
