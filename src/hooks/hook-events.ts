import type { GroupOffset } from "../cluster/group-offsets.ts";
import type { TopicPartition } from "../cluster/topic-partition.ts";
import type { KafkaError } from "../errors/kafka-error.ts";

/** The client that an event is about. */
export interface HookClient {
  /** The kind of client. The requests of `kafka.request` and of the calls below it belong to an `admin`. */
  readonly kind: "producer" | "consumer" | "admin";
  /** The client id in its requests. Java: `client.id`. */
  readonly clientId: string;
  /** The number of the client among those of its kind of one `Kafka`, from 1. */
  readonly number: number;
  /** The group of a consumer; undefined for other clients, and for a consumer without a group. */
  readonly groupId: string | undefined;
}

/** The fields of every event. */
export interface HookEvent {
  /** The client that the event is about. */
  readonly client: HookClient;
  /** When it happened, in ms since the epoch. */
  readonly atMs: number;
}

/** A connection to a broker. */
export interface ConnectionHookEvent extends HookEvent {
  /** The broker, as `host:port`. */
  readonly broker: string;
  /** The broker's id; undefined at a bootstrap server. */
  readonly nodeId: number | undefined;
  /** What the connection is for. A client has up to one for each broker and purpose. */
  readonly purpose: "produce" | "fetch" | "coordinator" | "other";
}

/** A connection is open: the broker has told its versions, and, with the option `sasl`, has accepted the login. */
export interface ConnectionOpened extends ConnectionHookEvent {
  /** The time since the attempt began, in ms: name lookup, TCP, TLS, handshake and login. */
  readonly durationMs: number;
}

/** A broker has accepted a login, the first of a connection or a renewal of the session (KIP-368). */
export interface ConnectionAuthenticated extends ConnectionHookEvent {
  /** For how long the broker accepts the session, in ms; undefined without an end. */
  readonly sessionLifetimeMs: number | undefined;
}

/** A connection could not be opened. The client tries again, unless the error says that this is of no use. */
export interface ConnectionRefused extends ConnectionHookEvent {
  /** The reason. */
  readonly error: KafkaError;
}

/** A connection that was open has closed. */
export interface ConnectionClosed extends ConnectionHookEvent {
  /** The reason. Its kind is `closed` if this client closed it: it was idle, or the client was closed. */
  readonly error: KafkaError;
}

/** A request to a broker. */
export interface RequestHookEvent extends ConnectionHookEvent {
  /** Kafka's name of the API, for example `Produce`. */
  readonly apiName: string;
  /** The API's number; undefined for a token of SASL that has no header. */
  readonly apiKey: number | undefined;
  /** The version of the request; undefined for a token of SASL that has no header. */
  readonly apiVersion: number | undefined;
  /** The request's number on its connection; −1 for a token of SASL that has no header. */
  readonly correlationId: number;
  /** When the request was made, in ms since the epoch. */
  readonly createdAtMs: number;
}

/** A request was passed to the network. */
export interface RequestWritten extends RequestHookEvent {
  /** Its size in bytes, with the length in front. */
  readonly sizeInBytes: number;
  /** How long it waited before, in ms: for the end of a throttle, or for another login. */
  readonly queuedMs: number;
  /** The number of requests on the connection that wait for their response, this one included. */
  readonly inFlight: number;
}

/** A request was answered, perhaps with an error in the response. With `acks: 0`: it was written. */
export interface RequestAnswered extends RequestWritten {
  /** When the request was written, in ms since the epoch. */
  readonly sentAtMs: number;
  /** The size of the response in bytes, without the length in front; 0 if there is none. */
  readonly responseSizeInBytes: number;
  /** The time from the write to the response, in ms. For Fetch and JoinGroup brokers wait on purpose. */
  readonly durationMs: number;
}

/** A request failed without a response: its connection was lost, or it was never sent. */
export interface RequestFailed extends RequestHookEvent {
  /** When it was written, in ms since the epoch; undefined if it was not. */
  readonly sentAtMs: number | undefined;
  /** The reason. Its `outcome` says whether the broker may have carried the request out. */
  readonly error: KafkaError;
}

/** A request was not answered within its timeout. The connection is closed, and {@link RequestFailed} follows. */
export interface RequestTimedOut extends RequestHookEvent {
  /** When it was written, in ms since the epoch; undefined if it was not. */
  readonly sentAtMs: number | undefined;
  /** The timeout, in ms. */
  readonly timeoutMs: number;
}

/** A response says that the client is above a quota: nothing is sent on this connection for a while (KIP-219). */
export interface RequestThrottled extends ConnectionHookEvent {
  /** For how long, in ms. */
  readonly throttleMs: number;
}

/** Requests of a connection wait before they are written: for the end of a throttle, or for another login. */
export interface RequestQueueChanged extends ConnectionHookEvent {
  /** The number of requests that wait; 0 when all were written or have failed. */
  readonly queueSize: number;
}

/** The metadata of the cluster has changed. All open clients of a `Kafka` share it, and each tells it. */
export interface MetadataChanged extends HookEvent {
  /** The cluster's id; undefined for a very old broker. */
  readonly clusterId: string | undefined;
  /** The ids of the brokers that are up. */
  readonly nodeIds: readonly number[];
  /** The names of the topics whose partitions or leaders have changed, came or went. */
  readonly changedTopics: readonly string[];
}

/** A partition has another leader. */
export interface LeaderMoved extends HookEvent {
  /** The topic's name. */
  readonly topic: string;
  /** The partition's number. */
  readonly partition: number;
  /** The broker id of the leader before; −1 if there was none. */
  readonly fromNodeId: number;
  /** The broker id of the leader now; −1 if there is none. */
  readonly toNodeId: number;
  /** The epoch of the leader now. */
  readonly leaderEpoch: number;
}

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

/** A member begins to join its group, for the first time or again, or gets another assignment (KIP-848). */
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
  /** The ids of the members, if this one is the leader; others are not told. */
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

/** A commit was refused, or nobody answered in time. */
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

/** A batch of records was put into a request. */
export interface BatchSent extends HookEvent {
  /** The topic's name. */
  readonly topic: string;
  /** The partition's number. */
  readonly partition: number;
  /** The broker's id. */
  readonly nodeId: number;
  /** The number of records. */
  readonly records: number;
  /** The size of the batch in bytes, compressed. */
  readonly sizeInBytes: number;
  /** The number of this try, from 1. */
  readonly attempt: number;
  /** How long the batch's first record waited until the first try, in ms. */
  readonly queuedMs: number;
}

/** A batch was acknowledged. With `acks: 0`: it was written to the network. */
export interface BatchAcknowledged extends HookEvent {
  /** The topic's name. */
  readonly topic: string;
  /** The partition's number. */
  readonly partition: number;
  /** The number of records. */
  readonly records: number;
  /** The offset of the first record; undefined if the broker did not tell it. */
  readonly baseOffset: number | undefined;
  /** The time since the batch's first record was accepted, in ms. */
  readonly durationMs: number;
}

/** A batch was not written, and is sent again. */
export interface BatchRetried extends HookEvent {
  /** The topic's name. */
  readonly topic: string;
  /** The partition's number. */
  readonly partition: number;
  /** The number of records. */
  readonly records: number;
  /** The number of tries so far. */
  readonly attempt: number;
  /** When it may be sent again at the earliest, in ms from now. */
  readonly waitMs: number;
  /** Why the last try failed. */
  readonly error: KafkaError;
}

/** The records of a batch failed for good. */
export interface BatchFailed extends HookEvent {
  /** The topic's name. */
  readonly topic: string;
  /** The partition's number. */
  readonly partition: number;
  /** The number of records. */
  readonly records: number;
  /** The reason. */
  readonly error: KafkaError;
}

/** A transactional producer is in another state. */
export interface TransactionMoved extends HookEvent {
  /** Java: `transactional.id`. */
  readonly transactionalId: string;
  /**
   * The new state: `initialising` (it asks for an epoch), `ready`, `open` (a transaction has begun), `committing`,
   * `aborting`, `failed` (the transaction can only be aborted), `undecided` (no response came in time),
   * `uninitialised` (it needs a new epoch), `fatal` (another producer has taken over).
   */
  readonly to:
    | "uninitialised"
    | "initialising"
    | "ready"
    | "open"
    | "failed"
    | "committing"
    | "aborting"
    | "undecided"
    | "fatal";
  /** The state before. `ready` or `uninitialised` after `committing` means that the transaction was committed. */
  readonly from: TransactionMoved["to"];
  /** Why it failed; undefined in other states. */
  readonly error: KafkaError | undefined;
}

/** A transactional producer has added partitions, or offsets of a group, to its transaction. */
export interface TransactionExtended extends HookEvent {
  /** Java: `transactional.id`. */
  readonly transactionalId: string;
  /** The partitions that were added, by a request of their own; empty if writing adds them (KIP-890). */
  readonly partitions: readonly TopicPartition[];
  /** The group whose offsets are committed with the transaction; undefined if partitions were added. */
  readonly groupId: string | undefined;
  /** These offsets. */
  readonly offsets: readonly GroupOffset[];
}

/** A client was closed. */
export interface ClientStopped extends HookEvent {
  /** The time since it was created, in ms. */
  readonly lifetimeMs: number;
}

/** The loop of a consumer has ended with an error, or a producer cannot continue. */
export interface ClientCrashed extends HookEvent {
  /** The error, which the loop or the call rejects with. */
  readonly error: unknown;
}

/** A record was acknowledged. There is one of these for each record: it costs nothing unless it is listened to. */
export interface RecordAcknowledged extends HookEvent {
  /** The topic's name. */
  readonly topic: string;
  /** The partition's number. */
  readonly partition: number;
  /** The record's offset; undefined if the broker did not tell it. */
  readonly offset: number | undefined;
}

/** The hooks by name, each with its event. docs/hooks.md has a table of them. */
export interface HookEvents {
  readonly connectionOpened: ConnectionOpened;
  readonly connectionAuthenticated: ConnectionAuthenticated;
  readonly connectionRefused: ConnectionRefused;
  readonly connectionClosed: ConnectionClosed;
  readonly requestWritten: RequestWritten;
  readonly requestAnswered: RequestAnswered;
  readonly requestFailed: RequestFailed;
  readonly requestTimedOut: RequestTimedOut;
  readonly requestThrottled: RequestThrottled;
  readonly requestQueueChanged: RequestQueueChanged;
  readonly metadataChanged: MetadataChanged;
  readonly leaderMoved: LeaderMoved;
  readonly heartbeatAnswered: HeartbeatAnswered;
  readonly rebalanceStarted: RebalanceStarted;
  readonly groupJoined: GroupJoined;
  readonly groupSynced: GroupSynced;
  readonly rebalanceEnded: RebalanceEnded;
  readonly fetchStarted: FetchStarted;
  readonly fetchEnded: FetchEnded;
  readonly offsetsCommitted: OffsetsCommitted;
  readonly commitFailed: CommitFailed;
  readonly batchStarted: BatchStarted;
  readonly batchProcessed: BatchProcessed;
  readonly batchSent: BatchSent;
  readonly batchAcknowledged: BatchAcknowledged;
  readonly batchRetried: BatchRetried;
  readonly batchFailed: BatchFailed;
  readonly transactionMoved: TransactionMoved;
  readonly transactionExtended: TransactionExtended;
  readonly clientStopped: ClientStopped;
  readonly clientCrashed: ClientCrashed;
  readonly recordAcknowledged: RecordAcknowledged;
}

/** The name of a hook. */
export type HookName = keyof HookEvents;
