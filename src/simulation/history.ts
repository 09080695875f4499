/**
 * One event of a history: an action of a workload, or an observation of the world. Checkers read these. Plain data, so
 * that a history can be written to a file.
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

/** Time and place of an event: part of every event. */
export interface HistoryEventBase {
  /** In ms of virtual time since the beginning. */
  readonly atMs: number;
  /** The node that did it. */
  readonly node: string;
}

/**
 * The application passed a record to a producer. `id` names the record and is in its value; `order` counts the calls of
 * that producer.
 */
export interface SendEvent extends HistoryEventBase {
  readonly type: "send";
  readonly id: string;
  readonly producer: string;
  readonly order: number;
  readonly topic: string;
  /** A digest of key, value and headers. */
  readonly digest: string;
  readonly deadlineMs: number;
  /** How long it may wait for room in the buffer. Default: until its deadline. */
  readonly roomByMs?: number;
}

/** A record was acknowledged. */
export interface AckEvent extends HistoryEventBase {
  readonly type: "ack";
  readonly id: string;
  readonly topic: string;
  readonly partition: number;
  /** −1 when it is unknown. */
  readonly offset: number;
  /** The record's timestamp according to the acknowledgement, in ms since the epoch. */
  readonly timestamp?: number;
}

/** A record failed, with what the producer knows about its fate. */
export interface FailEvent extends HistoryEventBase {
  readonly type: "fail";
  readonly id: string;
  readonly outcome: "notWritten" | "written" | "indefinite" | undefined;
  readonly kind: string;
  readonly retriable: boolean;
}

/** A record of a partition at the end of the run. */
export interface LogEvent extends HistoryEventBase {
  readonly type: "log";
  readonly id: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly digest: string;
  readonly timestamp: number;
}

/** A consumer delivered a record to the application. */
export interface DeliverEvent extends HistoryEventBase {
  readonly type: "deliver";
  readonly consumer: string;
  readonly id: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly digest: string;
}

/** A new leader lacked the end of a partition: offsets from `toOffset` on are gone, or belong to other records. */
export interface TruncationEvent extends HistoryEventBase {
  readonly type: "truncation";
  readonly topic: string;
  readonly partition: number;
  readonly toOffset: number;
  /** Whether only uncommitted records are gone. */
  readonly isClean: boolean;
}

/** The application or a reset moved the position of a consumer. */
export interface SeekEvent extends HistoryEventBase {
  readonly type: "seek";
  readonly consumer: string;
  readonly topic: string;
  readonly partition: number;
  /** The new position. Absent: reading begins again at the current position, including the unprocessed records. */
  readonly to?: number;
}

/** A consumer reported that its position was no longer in the partition, and that it chose another by its policy. */
export interface ResetEvent extends HistoryEventBase {
  readonly type: "reset";
  readonly consumer: string;
  readonly topic: string;
  readonly partition: number;
  readonly from: number;
  readonly to: number;
  readonly policy: "earliest" | "latest";
}

/** The partition begins later than before: the records below `toOffset` were deleted. */
export interface RetentionEvent extends HistoryEventBase {
  readonly type: "retention";
  readonly topic: string;
  readonly partition: number;
  readonly toOffset: number;
}

/** A topic was deleted and is recreated: from now on the name means another topic, with its own offsets. */
export interface RecreationEvent extends HistoryEventBase {
  readonly type: "recreation";
  readonly topic: string;
}

/** The application paused or resumed a partition. */
export interface PauseEvent extends HistoryEventBase {
  readonly type: "pause";
  readonly consumer: string;
  readonly topic: string;
  readonly partition: number;
  readonly isPaused: boolean;
}

/** A client fetched a partition, by name or as part of a fetch session. `node` is the client's. */
export interface FetchEvent extends HistoryEventBase {
  readonly type: "fetch";
  readonly topic: string;
  readonly partition: number;
}

/** The bytes that a client buffers, and their limit. */
export interface BufferEvent extends HistoryEventBase {
  readonly type: "buffer";
  readonly what: "producer" | "consumer";
  readonly bytes: number;
  readonly limit: number;
  /** All started work has ended: the buffer must be empty. */
  readonly isIdle?: boolean;
}

/** A batch of a Produce request, as a broker received it. */
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
  /** For this long the broker wants no request (KIP-219). Absent: 0, or it is not at the beginning of the response. */
  readonly throttleMs?: number;
}

/** A client fetches a partition under another leader epoch than in its last fetch. */
export interface EpochEvent extends HistoryEventBase {
  readonly type: "epoch";
  readonly topic: string;
  readonly partition: number;
  readonly epoch: number;
}

/** Bytes that no broker sends reached a client: it must close the connection. */
export interface MalformedEvent extends HistoryEventBase {
  readonly type: "malformed";
  readonly connection: number;
}

/** A connection was closed. */
export interface ConnectionEndEvent extends HistoryEventBase {
  readonly type: "connection-end";
  readonly connection: number;
  /** The end of the connection that closed it, or the network if a fault broke it. */
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

/** A client that was asked to close has closed. */
export interface CloseEvent extends HistoryEventBase {
  readonly type: "close";
  readonly what: string;
  readonly tookMs: number;
  readonly limitMs: number;
}

/** A node crashed: work that it had started never ends. */
export interface CrashEvent extends HistoryEventBase {
  readonly type: "crash";
}

/** The resources of a node that were left after all clients were closed. */
export interface LeakEvent extends HistoryEventBase {
  readonly type: "leak";
  readonly tasks: number;
  readonly delays: number;
  readonly connections: number;
}

/** An uncaught error, or a broken contract. */
export interface FailureEvent extends HistoryEventBase {
  readonly type: "failure";
  readonly message: string;
}

/** A phase, a fault, or any other remark for the reader. */
export interface NoteEvent extends HistoryEventBase {
  readonly type: "note";
  readonly text: string;
}

/** A fault of the plan begins. `node` and `broker` are the affected ones. */
export interface FaultEvent extends HistoryEventBase {
  readonly type: "fault";
  readonly kind: string;
  readonly broker: string;
  readonly amount: number;
  readonly durationMs: number;
}

/** A line that a node's client logged. */
export interface SaidEvent extends HistoryEventBase {
  readonly type: "said";
  readonly level: string;
  readonly message: string;
}

/** Events that are recorded only with `detail: true`. */
export type DetailEvent = TransitEvent | BodyEvent | GrowthEvent;

/** A whole request reached its broker (`arrival`), or the broker wrote the response (`reply`). `node` is the broker. */
export interface TransitEvent extends HistoryEventBase {
  readonly type: "arrival" | "reply";
  readonly connection: number;
  readonly correlationId: number;
}

/** A decoded request or response, as text. */
export interface BodyEvent extends HistoryEventBase {
  readonly type: "body";
  readonly of: "request" | "response";
  readonly connection: number;
  readonly correlationId: number;
  readonly text: string;
}

/** The high watermark or the leader of a partition changed. `node` is the leader. */
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

/** A hook of a group member was called (`begin`), or has ended. */
export interface OwnershipEvent extends HistoryEventBase {
  readonly type: "ownership";
  /** The consumer; each consumer of a node has another name. */
  readonly member: string;
  /** The member id that the coordinator gave it. */
  readonly memberId: string;
  readonly what: "assigned" | "revoked" | "lost";
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

/** The application has processed a record, and is about to ask for the next. */
export interface DoneEvent extends HistoryEventBase {
  readonly type: "done";
  readonly consumer: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** A coordinator accepted an offset of a group: all records below it are processed. `node` is the client's. */
export interface CommitEvent extends HistoryEventBase {
  readonly type: "commit";
  readonly groupId: string;
  readonly memberId: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** The generation in the request, and that of the group if the group is classic. */
  readonly generation: number;
  readonly groupGeneration?: number;
}

/** The state of a group, long after the last fault. */
export interface GroupEvent extends HistoryEventBase {
  readonly type: "group";
  readonly groupId: string;
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
  readonly type: "busy";
  readonly member: string;
  readonly durationMs: number;
  readonly maxPollIntervalMs: number;
}
