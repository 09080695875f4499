import type { HistoryEventBase } from "./history-event-base.ts";

/** A hook of a group member was called (`begin`), or has ended. */
export interface OwnershipEvent extends HistoryEventBase {
  /** The type of the event. */
  readonly type: "ownership";
  /** The consumer; each consumer of a node has another name. */
  readonly member: string;
  /** The member id that the coordinator gave it. */
  readonly memberId: string;
  /** The hook: the partitions were assigned, are to be given back, or are lost already. */
  readonly what: "assigned" | "revoked" | "lost";
  /** `begin`: the hook was called; `end`: it has returned, or its promise has settled. */
  readonly moment: "begin" | "end";
  /** `committed`: the offset that the coordinator had at that time, also if no client has heard of it. */
  readonly partitions: readonly (HistoryPartition & { readonly committed?: number })[];
  /** The ids of all members that the coordinator counts at that time. */
  readonly members: readonly string[];
  /** Whether it commits its offsets itself before it gives partitions back. */
  readonly isAutoCommitting: boolean;
  /**
   * Whether it has an instance id with which it may come back unnoticed after a crash. False under KIP-848: there an
   * instance id is free only after its member left or timed out.
   */
  readonly isStatic: boolean;
  /** Whether it is closing. */
  readonly isClosing?: boolean;
  /** Whether it uses the classic protocol, if known. */
  readonly isClassic?: boolean;
  /**
   * The type of the group at that time. A classic group becomes a `"consumer"` group (KIP-848) when the first member of
   * that protocol joins.
   */
  readonly groupType?: "classic" | "consumer";
  /** After this time without a request the coordinator removes a classic member. */
  readonly sessionTimeoutMs?: number;
}

/** A coordinator accepted an offset of a group: all records below it are processed. `node` is the client's. */
export interface CommitEvent extends HistoryEventBase {
  /** The type of the event. */
  readonly type: "commit";
  /** The group's id. */
  readonly groupId: string;
  /** The member's id, which the coordinator gave it or the member chose itself. */
  readonly memberId: string;
  /** The name of the topic. */
  readonly topic: string;
  /** The number of the partition, from 0. */
  readonly partition: number;
  /** The committed offset: that of the next record to read. */
  readonly offset: number;
  /** The generation or member epoch in the request. */
  readonly generation: number;
  /** The generation of the group at that time, if it is a classic group. */
  readonly groupGeneration?: number;
}

/** The state of a group, long after the last fault. */
export interface GroupEvent extends HistoryEventBase {
  /** The type of the event. */
  readonly type: "group";
  /** The group's id. */
  readonly groupId: string;
  /** The group's state, by Kafka's names. */
  readonly state: string;
  /** `owners` are the consumers that own the partition. */
  readonly partitions: readonly (HistoryPartition & {
    readonly committed: number;
    readonly owners: readonly string[];
  })[];
  /** Consumers that read, but are not members. */
  readonly outsiders?: readonly string[];
}

/** The application of a member works longer than it may, and asks for no records meanwhile. */
export interface BusyEvent extends HistoryEventBase {
  /** The type of the event. */
  readonly type: "busy";
  /** The consumer; each consumer of a node has another name. */
  readonly member: string;
  /** How long the application works, in ms of virtual time. */
  readonly durationMs: number;
  /** How long it may work before the member leaves the group, in ms. */
  readonly maxPollIntervalMs: number;
}

/** A partition of a topic. */
export interface HistoryPartition {
  /** The name of the topic. */
  readonly topic: string;
  /** The number of the partition, from 0. */
  readonly partition: number;
}
