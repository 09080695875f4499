import type {
  ConnectionOpened,
  ConnectionAuthenticated,
  ConnectionRefused,
  ConnectionClosed,
  RequestWritten,
  RequestAnswered,
  RequestFailed,
  RequestTimedOut,
  RequestThrottled,
  RequestQueueChanged,
} from "./connection-events.ts";
import type {
  HeartbeatAnswered,
  RebalanceStarted,
  GroupJoined,
  GroupSynced,
  RebalanceEnded,
  FetchStarted,
  FetchEnded,
  OffsetsCommitted,
  CommitFailed,
  BatchStarted,
  BatchProcessed,
} from "./consumer-events.ts";
import type { HookEvent } from "./hook-event.ts";
import type {
  BatchSent,
  BatchAcknowledged,
  BatchRetried,
  BatchFailed,
  TransactionMoved,
  TransactionExtended,
  RecordAcknowledged,
} from "./producer-events.ts";

/** The hooks by name, each with its event. docs/hooks.md has a table of them. */
export interface HookEvents {
  /** A connection is open: the broker has sent its versions, and, with the option `sasl`, has accepted the login. */
  readonly connectionOpened: ConnectionOpened;
  /** A broker has accepted a login, the first of a connection or a renewal of the session (KIP-368). */
  readonly connectionAuthenticated: ConnectionAuthenticated;
  /** A connection could not be opened. */
  readonly connectionRefused: ConnectionRefused;
  /** A connection that was open has closed. */
  readonly connectionClosed: ConnectionClosed;
  /** A request was passed to the network. */
  readonly requestWritten: RequestWritten;
  /** A request was answered, perhaps with an error in the response. */
  readonly requestAnswered: RequestAnswered;
  /** A request failed without a response: its connection was lost, or it was never sent. */
  readonly requestFailed: RequestFailed;
  /** A request was not answered within its timeout. */
  readonly requestTimedOut: RequestTimedOut;
  /** A response says that the client is above a quota: nothing is sent on this connection for a while (KIP-219). */
  readonly requestThrottled: RequestThrottled;
  /** Requests of a connection wait before they are written: for the end of a throttle, or for another login. */
  readonly requestQueueChanged: RequestQueueChanged;
  /** The metadata of the cluster has changed. */
  readonly metadataChanged: MetadataChanged;
  /** A partition has another leader. */
  readonly leaderMoved: LeaderMoved;
  /** A heartbeat was answered without an error. */
  readonly heartbeatAnswered: HeartbeatAnswered;
  /** A rebalance begins for a member, which may have to give partitions back first. */
  readonly rebalanceStarted: RebalanceStarted;
  /** A member of a classic group has joined: JoinGroup was answered. */
  readonly groupJoined: GroupJoined;
  /** A member has got its assignment: SyncGroup was answered, or a heartbeat has brought one (KIP-848). */
  readonly groupSynced: GroupSynced;
  /** A member owns the partitions of its assignment; callbacks such as `onAssigned` have ended. */
  readonly rebalanceEnded: RebalanceEnded;
  /** A request for records is about to be sent to a broker. */
  readonly fetchStarted: FetchStarted;
  /** A fetch has ended. */
  readonly fetchEnded: FetchEnded;
  /** Offsets were committed. */
  readonly offsetsCommitted: OffsetsCommitted;
  /** A commit was refused, or no answer came in time. */
  readonly commitFailed: CommitFailed;
  /** A batch of records was handed to the application: to a loop, or to the callbacks of `run`. */
  readonly batchStarted: BatchStarted;
  /** The application asks for what comes after a batch, or all its callbacks have ended: the batch is processed. */
  readonly batchProcessed: BatchProcessed;
  /** A batch of records was put into a request. */
  readonly batchSent: BatchSent;
  /** A batch was acknowledged. */
  readonly batchAcknowledged: BatchAcknowledged;
  /** A batch was not written, and is sent again. */
  readonly batchRetried: BatchRetried;
  /** The records of a batch failed for good. */
  readonly batchFailed: BatchFailed;
  /** A transactional producer is in another state. */
  readonly transactionMoved: TransactionMoved;
  /** A transactional producer has added partitions, or offsets of a group, to its transaction. */
  readonly transactionExtended: TransactionExtended;
  /** A client was closed. */
  readonly clientStopped: ClientStopped;
  /** The loop of a consumer has ended with an error, or a producer cannot continue. */
  readonly clientCrashed: ClientCrashed;
  /** A record was acknowledged. */
  readonly recordAcknowledged: RecordAcknowledged;
}

/** The name of a hook. */
export type HookName = keyof HookEvents;

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
