import type { Cluster } from "./cluster.js";
import type { Logger } from "./logging.js";

/** Partitions by topic. */
export type Assignment = { [topic: string]: number[] };

export type GroupMember = { memberId: string; memberMetadata: Buffer };

export type GroupMemberAssignment = { memberId: string; memberAssignment: Buffer };

export type GroupState = { name: string; metadata: Buffer };

/** Divides the partitions among the members of a group. */
export type Assigner = {
  name: string;
  version: number;
  /** Called on the leader. Returns the assignment of each member. */
  assign(group: { members: GroupMember[]; topics: string[] }): Promise<GroupMemberAssignment[]>;
  /** Called at each join. Returns the metadata of this member. */
  protocol(subscription: { topics: string[] }): GroupState;
};

/** Makes an assigner. Called once for each consumer. */
export type PartitionAssigner = (config: { cluster: Cluster; groupId: string; logger: Logger }) => Assigner;

export const PartitionAssigners: { roundRobin: PartitionAssigner };

export interface ISerializer<T> {
  encode(value: T): Buffer;
  decode(buffer: Buffer): T | null;
}

export type MemberMetadata = { version: number; topics: string[]; userData: Buffer };

export type MemberAssignment = { version: number; assignment: Assignment; userData: Buffer };

/** The bytes that members of a group exchange. */
export const AssignerProtocol: {
  MemberMetadata: ISerializer<MemberMetadata>;
  MemberAssignment: ISerializer<MemberAssignment>;
};
