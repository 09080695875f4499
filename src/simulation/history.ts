/**
 * What a workload says it did, and what the world saw: what checkers look at. Plain data, so that it can be written to
 * a file.
 */
export type HistoryEvent =
  | SendEvent
  | AckEvent
  | FailEvent
  | LogEvent
  | DeliverEvent
  | SeekEvent
  | BufferEvent
  | ProduceEvent
  | ConnectEvent
  | RequestEvent
  | ResponseEvent
  | EpochEvent
  | MalformedEvent
  | ConnectionEndEvent
  | AbortEvent
  | CloseEvent
  | LeakEvent
  | CrashEvent
  | FailureEvent
  | NoteEvent
  | FaultEvent
  | TruncationEvent
  | SaidEvent
  | DetailEvent
  | OwnershipEvent
  | DoneEvent
  | CommitEvent
  | GroupEvent
  | BusyEvent
  | ResetEvent
  | RetentionEvent
  | PauseEvent
  | FetchEvent
  | RecreationEvent;

/** When and where something happened: part of every event. */
export interface HistoryEventBase {
  /** In ms of virtual time since the beginning. */
  readonly atMs: number;
  /** The node that did it. */
  readonly node: string;
}

/** A record was handed to a producer. `id` names it, and is in its value; `order` counts the calls of that producer. */
export interface SendEvent extends HistoryEventBase {
  readonly type: "send";
  readonly id: string;
  readonly producer: string;
  readonly order: number;
  readonly topic: string;
  /** A digest of key, value and headers. */
  readonly digest: string;
  readonly deadlineMs: number;
  /** Until when it may wait for room in the buffer. Default: until its deadline. */
  readonly roomByMs?: number;
}

/** A record was acknowledged. */
export interface AckEvent extends HistoryEventBase {
  readonly type: "ack";
  readonly id: string;
  readonly topic: string;
  readonly partition: number;
  /** −1 where it is not known. */
  readonly offset: number;
  /** What the record's timestamp is said to be, in ms since the epoch. */
  readonly timestamp?: number;
}

/** A record failed, with what is known of its fate. */
export interface FailEvent extends HistoryEventBase {
  readonly type: "fail";
  readonly id: string;
  readonly outcome: "notWritten" | "written" | "indefinite" | undefined;
  readonly kind: string;
  readonly retriable: boolean;
}

/** A record as the log holds it at the end. */
export interface LogEvent extends HistoryEventBase {
  readonly type: "log";
  readonly id: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly digest: string;
  readonly timestamp: number;
}

/** A record was handed to the application. */
export interface DeliverEvent extends HistoryEventBase {
  readonly type: "deliver";
  readonly consumer: string;
  readonly id: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly digest: string;
}

/** A new leader lacked the end of a partition's log: offsets from `toOffset` on are others', or nobody's. */
export interface TruncationEvent extends HistoryEventBase {
  readonly type: "truncation";
  readonly topic: string;
  readonly partition: number;
  readonly toOffset: number;
  /** Whether only what was not committed is gone. */
  readonly isClean: boolean;
}

/** The position of a consumer was moved, by the application or by a reset. */
export interface SeekEvent extends HistoryEventBase {
  readonly type: "seek";
  readonly consumer: string;
  readonly topic: string;
  readonly partition: number;
  /** Where it was moved to. Absent: reading begins anew where it was, with what was in hand. */
  readonly to?: number;
}

/** A consumer told that its position was gone from the log, and that it took another by its policy. */
export interface ResetEvent extends HistoryEventBase {
  readonly type: "reset";
  readonly consumer: string;
  readonly topic: string;
  readonly partition: number;
  readonly from: number;
  readonly to: number;
  readonly policy: "earliest" | "latest";
}

/** The log of a partition begins later than before: what lay below `toOffset` was deleted. */
export interface RetentionEvent extends HistoryEventBase {
  readonly type: "retention";
  readonly topic: string;
  readonly partition: number;
  readonly toOffset: number;
}

/** A topic was deleted, to be made anew: what has its name from now on is another, and its offsets begin anew. */
export interface RecreationEvent extends HistoryEventBase {
  readonly type: "recreation";
  readonly topic: string;
}

/** The application paused a partition, or wants it again. */
export interface PauseEvent extends HistoryEventBase {
  readonly type: "pause";
  readonly consumer: string;
  readonly topic: string;
  readonly partition: number;
  readonly isPaused: boolean;
}

/** A broker was asked for more of a partition, by name or as part of a session. `node` is the client's. */
export interface FetchEvent extends HistoryEventBase {
  readonly type: "fetch";
  readonly topic: string;
  readonly partition: number;
}

/** What a client holds, against its bound. */
export interface BufferEvent extends HistoryEventBase {
  readonly type: "buffer";
  readonly what: "producer" | "consumer";
  readonly bytes: number;
  readonly limit: number;
  /** All that was begun has ended: nothing may be held any more. */
  readonly isIdle?: boolean;
}

/** A batch of a produce request as a broker got it. */
export interface ProduceEvent extends HistoryEventBase {
  readonly type: "produce";
  readonly request: number;
  readonly topic: string;
  readonly partition: number;
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  readonly count: number;
  readonly digest: string;
}

/** A client began to connect. */
export interface ConnectEvent extends HistoryEventBase {
  readonly type: "connect";
  readonly to: string;
}

/** A client wrote a request. */
export interface RequestEvent extends HistoryEventBase {
  readonly type: "request";
  readonly connection: number;
  readonly to: string;
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly correlationId: number;
  readonly bytes: number;
}

/** A response reached its client. */
export interface ResponseEvent extends HistoryEventBase {
  readonly type: "response";
  readonly connection: number;
  readonly correlationId: number;
  readonly bytes: number;
  /**
   * For so long the broker wants to hear nothing (KIP-219). Absent: 0, or it does not stand at the response's
   * beginning.
   */
  readonly throttleMs?: number;
}

/** The leader epoch under which a client fetches a partition is another than in its last fetch. */
export interface EpochEvent extends HistoryEventBase {
  readonly type: "epoch";
  readonly topic: string;
  readonly partition: number;
  readonly epoch: number;
}

/** Bytes that no broker sends reached a client: its connection is of no use any more. */
export interface MalformedEvent extends HistoryEventBase {
  readonly type: "malformed";
  readonly connection: number;
}

/** A connection is closed. */
export interface ConnectionEndEvent extends HistoryEventBase {
  readonly type: "connection-end";
  readonly connection: number;
  /** Whose doing it was: one of the two ends closed it, or a fault broke it. */
  readonly by?: "client" | "server" | "network";
}

/** A call was cancelled by its signal, and ended with an error of this kind. */
export interface AbortEvent extends HistoryEventBase {
  readonly type: "abort";
  readonly what: string;
  readonly kind: string;
  readonly tookMs: number;
  readonly limitMs: number;
}

/** A client was asked to close, and did. */
export interface CloseEvent extends HistoryEventBase {
  readonly type: "close";
  readonly what: string;
  readonly tookMs: number;
  readonly limitMs: number;
}

/** A node went down: what it had begun is nobody's any more. */
export interface CrashEvent extends HistoryEventBase {
  readonly type: "crash";
}

/** What a node had left when all was closed. */
export interface LeakEvent extends HistoryEventBase {
  readonly type: "leak";
  readonly tasks: number;
  readonly delays: number;
  readonly connections: number;
}

/** Something that nobody caught, or a contract that was broken. */
export interface FailureEvent extends HistoryEventBase {
  readonly type: "failure";
  readonly message: string;
}

/** A phase, a fault, anything for the reader. */
export interface NoteEvent extends HistoryEventBase {
  readonly type: "note";
  readonly text: string;
}

/** A fault of the plan strikes. `node` and `broker` are whom it meets. */
export interface FaultEvent extends HistoryEventBase {
  readonly type: "fault";
  readonly kind: string;
  readonly broker: string;
  readonly amount: number;
  readonly durationMs: number;
}

/** A line of the log of a node's client. */
export interface SaidEvent extends HistoryEventBase {
  readonly type: "said";
  readonly level: string;
  readonly message: string;
}

/** What is recorded with `detail: true` only. */
export type DetailEvent = TransitEvent | BodyEvent | GrowthEvent;

/** A whole request reached its broker (`arrival`), or the broker wrote the answer (`reply`). `node` is the broker. */
export interface TransitEvent extends HistoryEventBase {
  readonly type: "arrival" | "reply";
  readonly connection: number;
  readonly correlationId: number;
}

/** What a request or a response says, decoded, for a person. */
export interface BodyEvent extends HistoryEventBase {
  readonly type: "body";
  readonly of: "request" | "response";
  readonly connection: number;
  readonly correlationId: number;
  readonly text: string;
}

/** The log of a partition is longer or shorter than before, or has another leader. `node` is the leader. */
export interface GrowthEvent extends HistoryEventBase {
  readonly type: "growth";
  readonly topic: string;
  readonly partition: number;
  readonly highWatermark: number;
}

/** A partition of a topic. */
export interface HistoryPartition {
  readonly topic: string;
  readonly partition: number;
}

/** A hook of a member of a group was called (`begin`), or has ended. */
export interface OwnershipEvent extends HistoryEventBase {
  readonly type: "ownership";
  /** The consumer; another name for each one that a node makes. */
  readonly member: string;
  /** What the group calls it. */
  readonly memberId: string;
  readonly what: "assigned" | "revoked" | "lost";
  readonly moment: "begin" | "end";
  /** `committed`: what its coordinator had for it at that moment, also where nobody was told. */
  readonly partitions: readonly (HistoryPartition & { readonly committed?: number })[];
  /** The ids of all whom the coordinator counts among the members at that moment. */
  readonly members: readonly string[];
  /** Whether it commits by itself before partitions go. */
  readonly isAutoCommitting: boolean;
  /**
   * Whether it has an instance id under which it may come back after a crash, unnoticed. Not so under KIP-848: there an
   * instance id is free when its member has left, or is timed out.
   */
  readonly isStatic: boolean;
  /** Whether it is being closed. */
  readonly isClosing?: boolean;
  /** Whether it speaks the classic protocol, where that is known. */
  readonly isClassic?: boolean;
  /**
   * The type of the group at that moment. A classic group becomes a `"consumer"` group (KIP-848) when the first member
   * joins that speaks that protocol.
   */
  readonly groupType?: "classic" | "consumer";
  /** How long a coordinator that hears nothing of a classic member counts it as one. */
  readonly sessionTimeoutMs?: number;
}

/** The application is done with a record, and is about to ask for another. */
export interface DoneEvent extends HistoryEventBase {
  readonly type: "done";
  readonly consumer: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** A coordinator took an offset for a group: all below it is done. `node` is the client's. */
export interface CommitEvent extends HistoryEventBase {
  readonly type: "commit";
  readonly groupId: string;
  readonly memberId: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** The generation that the request names, and that of the group, where it is of the classic protocol. */
  readonly generation: number;
  readonly groupGeneration?: number;
}

/** How a group is, long after the last fault. */
export interface GroupEvent extends HistoryEventBase {
  readonly type: "group";
  readonly groupId: string;
  readonly state: string;
  /** Owners are the consumers that have it. */
  readonly partitions: readonly (HistoryPartition & {
    readonly committed: number;
    readonly owners: readonly string[];
  })[];
  /** Consumers that read, and are no members. */
  readonly outsiders?: readonly string[];
}

/** The application of a member takes longer than it may; its loop asks for nothing meanwhile. */
export interface BusyEvent extends HistoryEventBase {
  readonly type: "busy";
  readonly member: string;
  readonly durationMs: number;
  readonly maxPollIntervalMs: number;
}
