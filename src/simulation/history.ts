import type { AuthenticationEvent } from "./history/authentication-events.ts";
import type {
  BodyEvent,
  ConnectEvent,
  ConnectionEndEvent,
  MalformedEvent,
  RequestEvent,
  ResponseEvent,
  TransitEvent,
} from "./history/connection-events.ts";
import type {
  DeliverEvent,
  DoneEvent,
  EpochEvent,
  FetchEvent,
  PauseEvent,
  ResetEvent,
  SeekEvent,
} from "./history/consumer-events.ts";
import type { BusyEvent, CommitEvent, GroupEvent, OwnershipEvent } from "./history/group-events.ts";
import type {
  AbortEvent,
  BufferEvent,
  CloseEvent,
  CrashEvent,
  FailureEvent,
  FaultEvent,
  LeakEvent,
  NoteEvent,
  SaidEvent,
} from "./history/node-lifecycle-events.ts";
import type {
  GrowthEvent,
  LogEvent,
  RecreationEvent,
  RetentionEvent,
  TruncationEvent,
} from "./history/partition-events.ts";
import type { AckEvent, FailEvent, ProduceEvent, SendEvent } from "./history/producer-events.ts";

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
  | AuthenticationEvent
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

/** Events that are recorded only with `detail: true`. */
export type DetailEvent = TransitEvent | BodyEvent | GrowthEvent;

export type { AuthenticationEvent } from "./history/authentication-events.ts";
export type {
  BodyEvent,
  ConnectEvent,
  ConnectionEndEvent,
  MalformedEvent,
  RequestEvent,
  ResponseEvent,
  TransitEvent,
} from "./history/connection-events.ts";
export type {
  DeliverEvent,
  DoneEvent,
  EpochEvent,
  FetchEvent,
  PauseEvent,
  ResetEvent,
  SeekEvent,
} from "./history/consumer-events.ts";
export type { BusyEvent, CommitEvent, GroupEvent, HistoryPartition, OwnershipEvent } from "./history/group-events.ts";
export type {
  AbortEvent,
  BufferEvent,
  CloseEvent,
  CrashEvent,
  FailureEvent,
  FaultEvent,
  LeakEvent,
  NoteEvent,
  SaidEvent,
} from "./history/node-lifecycle-events.ts";
export type {
  GrowthEvent,
  LogEvent,
  RecreationEvent,
  RetentionEvent,
  TruncationEvent,
} from "./history/partition-events.ts";
export type { AckEvent, FailEvent, ProduceEvent, SendEvent } from "./history/producer-events.ts";
export type { HistoryEventBase } from "./history/history-event-base.ts";
