import { type Held, NOTHING } from "./assignment.ts";
import type { ClassicProtocol } from "./classic-member.ts";

/** How far a member is on its way to its assignment. */
export type ConsumerMemberState = "stable" | "unrevoked" | "unreleased";

/** The data of a member that uses the classic protocol in a KIP-848 group (migration). */
export interface ClassicSide {
  readonly sessionTimeoutMs: number;
  readonly protocols: readonly ClassicProtocol[];
}

/** The data that a member sends about itself. */
export interface MemberDetails {
  instanceId: string | null;
  rackId: string | null;
  clientId: string;
  clientHost: string;
  rebalanceTimeoutMs: number;
  serverAssignor: string | null;
  /** The topics that it subscribes to by name. */
  topicNames: readonly string[];
  /** The regular expression that its other topics match; empty for none. */
  topicRegex: string;
  classic: ClassicSide | undefined;
}

/** The epoch of a static member that has left temporarily. */
export const LEFT_FOR_A_WHILE = -2;

/** One member of a KIP-848 group. */
export class ConsumerMember {
  readonly memberId: string;
  details: MemberDetails = {
    instanceId: null,
    rackId: null,
    clientId: "",
    clientHost: "",
    rebalanceTimeoutMs: -1,
    serverAssignor: null,
    topicNames: [],
    topicRegex: "",
    classic: undefined,
  };
  epoch = 0;
  previousEpoch = -1;
  state: ConsumerMemberState = "stable";
  /** The partitions that it has and may keep. */
  assigned: Held = NOTHING;
  /** The partitions that it has and must give up before it gets others. */
  revoking: Held = NOTHING;
  /** When it is considered dead, unless it sends something. */
  sessionDeadlineMs: number = Infinity;
  /** When it is removed because it does not give up partitions; a classic member, because it does not join or sync. */
  rebalanceDeadlineMs: number = Infinity;

  constructor(memberId: string) {
    this.memberId = memberId;
  }

  /** The same member under a new id. It must get its whole assignment again. */
  comesBackAs(memberId: string): ConsumerMember {
    const member = new ConsumerMember(memberId);
    member.details = { ...this.details };
    member.previousEpoch = 0;
    member.state = this.state;
    member.assigned = this.assigned;
    member.revoking = this.revoking;
    return member;
  }

  isReconciledTo(epoch: number): boolean {
    return this.state === "stable" && this.epoch === epoch;
  }

  /** All partitions that it has, including those that it must give up. */
  get held(): Held {
    const held = new Map([...this.assigned].map(([topicId, partitions]) => [topicId, new Map(partitions)]));
    for (const [topicId, partitions] of this.revoking)
      held.set(topicId, new Map([...(held.get(topicId) ?? []), ...partitions]));
    return held;
  }

  holds(topicId: string, partition: number): boolean {
    return this.assigned.get(topicId)?.has(partition) === true || this.revoking.get(topicId)?.has(partition) === true;
  }
}
