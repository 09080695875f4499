import * as ErrorCode from "../../../errors/error-code.ts";
import { ClassicMember, type JoinAnswer, type SyncAnswer } from "./classic-member.ts";
import { ClassicMembers } from "./classic-members.ts";

/** The states of a classic group, by Kafka's names. */
export type ClassicState = "Empty" | "PreparingRebalance" | "CompletingRebalance" | "Stable";

/** The last complete generation of a group: a new coordinator loads nothing else. */
interface Saved {
  readonly generationId: number;
  readonly protocolType: string | undefined;
  readonly protocolName: string | undefined;
  readonly leaderId: string | undefined;
  readonly members: readonly ClassicMember[];
}

/** The state of a classic group: its members, its protocol and the number of its generation. */
export class ClassicGeneration {
  readonly members: ClassicMembers = new ClassicMembers();
  state: ClassicState = "Empty";
  generationId: number;
  protocolType: string | undefined;
  protocolName: string | undefined;
  /** When it became empty; its offsets expire counting from then. */
  emptySinceMs = 0;
  #saved: Saved = {
    generationId: 0,
    protocolType: undefined,
    protocolName: undefined,
    leaderId: undefined,
    members: [],
  };

  constructor(generationId: number) {
    this.generationId = generationId;
  }

  /** Its last member has left. */
  becomeEmpty(nowMs: number): void {
    this.state = "Empty";
    this.protocolName = undefined;
    this.emptySinceMs = nowMs;
    this.save();
  }

  /** Remembers this generation: a new coordinator loads it. */
  save(): void {
    const { generationId, protocolType, protocolName } = this;
    this.#saved = {
      generationId,
      protocolType,
      protocolName,
      leaderId: this.members.leaderId,
      members: this.members.all.map((member) => new ClassicMember(member)),
    };
  }

  /** Returns to the last complete generation, as a new coordinator does. */
  restore(): void {
    const { generationId, protocolType, protocolName, leaderId, members } = this.#saved;
    this.members.clear();
    for (const member of members) this.members.add(new ClassicMember(member));
    this.members.leaderId = leaderId;
    this.generationId = generationId;
    this.protocolType = protocolType;
    this.protocolName = protocolName;
    this.state = members.length === 0 ? "Empty" : "Stable";
  }

  /** The response of JoinGroup for a member of this generation. */
  joined(member: ClassicMember): JoinAnswer {
    const isLeader = this.members.leaderId === member.memberId;
    return {
      errorCode: ErrorCode.NONE,
      memberId: member.memberId,
      generationId: this.generationId,
      protocolType: this.protocolType ?? null,
      protocolName: this.protocolName ?? null,
      leader: this.members.leaderId ?? "",
      skipAssignment: false,
      members: isLeader ? this.members.described(this.protocolName ?? "") : [],
    };
  }

  /** The response of SyncGroup for a member of this generation. */
  synced(member: ClassicMember): SyncAnswer {
    return {
      errorCode: ErrorCode.NONE,
      protocolType: this.protocolType ?? null,
      protocolName: this.protocolName ?? null,
      assignment: member.assignment,
    };
  }
}
