import { type Held, NOTHING } from "./assignment.ts";
import type { ClassicProtocol } from "./classic-member.ts";

/** Where a member stands on its way to what it shall have. */
export type ConsumerMemberState = "stable" | "unrevoked" | "unreleased";

/** What is known of a member that speaks the classic protocol to a group of the new one (KIP-848, migration). */
export interface ClassicSide {
  readonly sessionTimeoutMs: number;
  readonly protocols: readonly ClassicProtocol[];
}

/** What a member says of itself. */
export interface MemberDetails {
  instanceId: string | null;
  rackId: string | null;
  clientId: string;
  clientHost: string;
  rebalanceTimeoutMs: number;
  serverAssignor: string | null;
  /** The topics that it names. */
  topicNames: readonly string[];
  /** The regular expression that its other topics match; empty for none. */
  topicRegex: string;
  classic: ClassicSide | undefined;
}

/** The epoch of a static member that has left for a while. */
export const LEFT_FOR_A_WHILE = -2;

/** One member of a group of KIP-848. */
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
  /** What it has, and may keep. */
  assigned: Held = NOTHING;
  /** What it has, and has to give back before it gets anything else. */
  revoking: Held = NOTHING;
  /** When it is taken for dead, unless it is heard of. */
  sessionDeadlineMs: number = Infinity;
  /** When it is removed because it does not give back; for a classic member, because it does not join or sync. */
  rebalanceDeadlineMs: number = Infinity;

  constructor(memberId: string) {
    this.memberId = memberId;
  }

  /** The same member under another id, who has to be told everything again. */
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

  /** All that it has, also what it has to give back. */
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
