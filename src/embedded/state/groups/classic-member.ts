/** An assignment protocol that a member supports, with the member's metadata for the assignor. */
export interface ClassicProtocol {
  readonly name: string;
  readonly metadata: Uint8Array;
}

/** A member, as the leader gets it. */
export interface JoinedMember {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly metadata: Uint8Array;
}

/** The response of JoinGroup. */
export interface JoinAnswer {
  readonly errorCode: number;
  readonly memberId: string;
  readonly generationId: number;
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  readonly leader: string;
  readonly skipAssignment: boolean;
  readonly members: readonly JoinedMember[];
}

/** The response of SyncGroup. */
export interface SyncAnswer {
  readonly errorCode: number;
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  readonly assignment: Uint8Array;
}

/** The fields of JoinGroup. */
export interface JoinRequest {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  readonly protocolType: string;
  readonly protocols: readonly ClassicProtocol[];
  /** Whether a member first gets an id, and must join again with it (KIP-394). */
  readonly requiresKnownMemberId: boolean;
  /** Whether a leader understands that it has nothing to assign (KIP-814). */
  readonly supportsSkippingAssignment: boolean;
}

/** The fields of SyncGroup. */
export interface SyncRequest {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly generationId: number;
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  readonly assignments: readonly { readonly memberId: string; readonly assignment: Uint8Array }[];
}

/** Answers a waiting request later. */
export type Reply<T> = (answer: T) => void;

/** An empty assignment. */
export const NO_BYTES: Uint8Array = new Uint8Array(0);

/** The data of a member that a new coordinator loads. */
type Saved = Pick<
  ClassicMember,
  | "memberId"
  | "groupInstanceId"
  | "clientId"
  | "clientHost"
  | "sessionTimeoutMs"
  | "rebalanceTimeoutMs"
  | "protocols"
  | "assignment"
>;

/** One member of a classic group. */
export class ClassicMember {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  sessionTimeoutMs: number;
  rebalanceTimeoutMs: number;
  protocols: readonly ClassicProtocol[];
  /** The assignment from the leader. */
  assignment: Uint8Array;
  /** Answers its JoinGroup, which waits for the others. */
  join: Reply<JoinAnswer> | undefined;
  /** Answers its SyncGroup, which waits for the leader. */
  sync: Reply<SyncAnswer> | undefined;
  /** It has never been in a generation, so it cannot send heartbeats. Its waiting join alone does not keep it alive. */
  isNew = false;
  /** When it is considered dead, unless it sends something. */
  deadlineMs: number = Infinity;

  constructor(saved: Saved) {
    this.memberId = saved.memberId;
    this.groupInstanceId = saved.groupInstanceId;
    this.clientId = saved.clientId;
    this.clientHost = saved.clientHost;
    this.sessionTimeoutMs = saved.sessionTimeoutMs;
    this.rebalanceTimeoutMs = saved.rebalanceTimeoutMs;
    this.protocols = saved.protocols;
    this.assignment = saved.assignment;
  }

  /** Whether it supports the same protocols in the same order, with the same metadata. */
  matches(protocols: readonly ClassicProtocol[]): boolean {
    return (
      protocols.length === this.protocols.length &&
      protocols.every(
        ({ name, metadata }, i) => this.protocols[i]?.name === name && isEqual(this.protocols[i].metadata, metadata),
      )
    );
  }

  /** It has sent something: its session begins again. */
  heard(nowMs: number): void {
    this.deadlineMs = nowMs + this.sessionTimeoutMs;
  }

  metadataOf(protocolName: string): Uint8Array {
    return this.protocols.find(({ name }) => name === protocolName)?.metadata ?? NO_BYTES;
  }

  /** Answers its JoinGroup, if one waits. */
  answerJoin(answer: JoinAnswer): void {
    const { join } = this;
    this.join = undefined;
    join?.(answer);
  }

  /** Answers its SyncGroup, if one waits. */
  answerSync(answer: SyncAnswer): void {
    const { sync } = this;
    this.sync = undefined;
    sync?.(answer);
  }
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** The response of a JoinGroup that failed. */
export function joinError(errorCode: number, memberId: string): JoinAnswer {
  return {
    errorCode,
    memberId,
    generationId: -1,
    protocolType: null,
    protocolName: null,
    leader: "",
    skipAssignment: false,
    members: [],
  };
}

/** The response of a SyncGroup that failed. */
export function syncError(errorCode: number): SyncAnswer {
  return { errorCode, protocolType: null, protocolName: null, assignment: NO_BYTES };
}
