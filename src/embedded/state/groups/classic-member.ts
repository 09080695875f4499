/** A way to assign partitions that a member knows, with what the assignor is told of the member. */
export interface ClassicProtocol {
  readonly name: string;
  readonly metadata: Uint8Array;
}

/** What a member that the leader assigns to is called. */
export interface JoinedMember {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly metadata: Uint8Array;
}

/** What JoinGroup is answered. */
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

/** What SyncGroup is answered. */
export interface SyncAnswer {
  readonly errorCode: number;
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  readonly assignment: Uint8Array;
}

/** What JoinGroup says of a member. */
export interface JoinRequest {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  readonly protocolType: string;
  readonly protocols: readonly ClassicProtocol[];
  /** Whether a member is first told its id, and joins with it then (KIP-394). */
  readonly requiresKnownMemberId: boolean;
  /** Whether a leader understands that it has nothing to assign (KIP-814). */
  readonly supportsSkippingAssignment: boolean;
}

/** An answer that is given later, to a request that waits. */
export type Reply<T> = (answer: T) => void;

export const NO_BYTES: Uint8Array = new Uint8Array(0);

/** What is kept of a member for who takes over its group. */
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
  /** What the leader gave it. */
  assignment: Uint8Array;
  /** Its JoinGroup that waits for the others. */
  join: Reply<JoinAnswer> | undefined;
  /** Its SyncGroup that waits for the leader. */
  sync: Reply<SyncAnswer> | undefined;
  /**
   * It has never been in a generation: it cannot send heartbeats, so it is not kept for ever only because its join
   * waits.
   */
  isNew = false;
  /** When it is taken for dead, unless it is heard of. */
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

  /** Whether it knows the same protocols, in the same order, and says the same of itself. */
  matches(protocols: readonly ClassicProtocol[]): boolean {
    return (
      protocols.length === this.protocols.length &&
      protocols.every(
        ({ name, metadata }, i) => this.protocols[i]?.name === name && isEqual(this.protocols[i].metadata, metadata),
      )
    );
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

/** A JoinGroup that failed. */
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

/** A SyncGroup that failed. */
export function syncError(errorCode: number): SyncAnswer {
  return { errorCode, protocolType: null, protocolName: null, assignment: NO_BYTES };
}
