import type { ClientKind, ClientName } from "../cluster/client-name.ts";
import type { GroupOffset } from "../cluster/group-offsets.ts";
import type { MetadataSnapshot } from "../cluster/metadata.ts";
import type { Readings } from "../cluster/metrics.ts";
import type { TopicPartition } from "../cluster/topic-partition.ts";
import type { KafkaError } from "../errors/kafka-error.ts";
import type { FetchResponse } from "../protocol/messages/fetch.ts";
import type { Clock } from "../runtime/async-runtime.ts";
import type { LogLevel } from "../runtime/platform.ts";
import type { TransactionMoved } from "./producer-events.ts";
import type { Traces } from "./traces.ts";

/**
 * The calls by which a client reports what happens in it. `observe` makes them, for the hooks that have listeners;
 * a client that is not observed has none of them, and then an event costs a look at one field. They take what is at
 * hand where they are called, and make the public events of it: so the code for events is only in programs that
 * observe. Times are of the monotonic clock.
 */
export interface HookSites {
  readonly connectionOpened?: ((connection: ObservedConnection, sinceMs: number) => void) | undefined;
  readonly connectionAuthenticated?: ((connection: ObservedConnection, lifetimeMs: number) => void) | undefined;
  readonly connectionRefused?: ((connection: ObservedConnection, error: KafkaError) => void) | undefined;
  readonly connectionClosed?: ((connection: ObservedConnection, error: KafkaError) => void) | undefined;
  readonly requestWritten?:
    ((connection: ObservedConnection, request: HookRequest, inFlight: number) => void) | undefined;
  readonly requestAnswered?:
    ((connection: ObservedConnection, request: HookRequest, inFlight: number, sizeInBytes: number) => void) | undefined;
  readonly requestFailed?:
    ((connection: ObservedConnection, request: HookRequest, error: KafkaError) => void) | undefined;
  readonly requestTimedOut?: ((connection: ObservedConnection, request: HookRequest) => void) | undefined;
  readonly requestThrottled?:
    ((connection: ObservedConnection, apiName: string, throttleMs: number) => void) | undefined;
  readonly requestQueueChanged?: ((connection: ObservedConnection, queueSize: number) => void) | undefined;
  readonly heartbeatAnswered?: ((member: HookMember, sinceMs: number) => void) | undefined;
  readonly rebalanceStarted?: ((member: HookMember, reason: string) => void) | undefined;
  readonly groupJoined?: ((member: HookMember, joined: HookJoined) => void) | undefined;
  readonly groupSynced?: ((member: HookMember, assignment: readonly TopicPartition[]) => void) | undefined;
  readonly rebalanceEnded?: ((member: HookMember, rebalance: HookRebalance) => void) | undefined;
  readonly fetchStarted?: ((nodeId: number) => void) | undefined;
  readonly fetchEnded?:
    | ((nodeId: number, sinceMs: number, response: FetchResponse | undefined, error: KafkaError | undefined) => void)
    | undefined;
  readonly offsetsCommitted?:
    ((member: HookMember, offsets: readonly GroupOffset[], sinceMs: number) => void) | undefined;
  readonly commitFailed?:
    ((member: HookMember, offsets: readonly GroupOffset[], sinceMs: number, error: KafkaError) => void) | undefined;
  readonly batchStarted?: ((batch: HookBatch) => void) | undefined;
  readonly batchProcessed?: ((batch: HookBatch, sinceMs: number) => void) | undefined;
  readonly batchSent?: ((batch: HookSentBatch, nodeId: number) => void) | undefined;
  readonly batchAcknowledged?: ((batch: HookSentBatch, baseOffset: number) => void) | undefined;
  readonly batchRetried?: ((batch: HookSentBatch, waitMs: number, error: KafkaError) => void) | undefined;
  readonly batchFailed?: ((batch: HookSentBatch, error: KafkaError) => void) | undefined;
  readonly transactionMoved?: ((id: string, from: HookTransaction, to: HookTransaction) => void) | undefined;
  readonly transactionExtended?:
    ((id: string, added: readonly HookAdded[], groupId?: string, offsets?: readonly GroupOffset[]) => void) | undefined;
  readonly clientStopped?: (() => void) | undefined;
  readonly clientCrashed?: ((error: unknown) => void) | undefined;
}

/** Whether a hook needs the times of requests, which then must be kept. */
export function wantsRequests(hooks: HookSites | undefined): boolean {
  return (
    hooks !== undefined &&
    (hooks.requestAnswered ?? hooks.requestWritten ?? hooks.requestFailed ?? hooks.requestTimedOut) !== undefined
  );
}

/** A client, as the parts of it see it that report what happens. */
export interface Observed {
  /** Undefined while the client is not observed. */
  readonly hooks: HookSites | undefined;
  /** A response says that the client sends nothing on this connection for a while. */
  throttled(connection: ObservedConnection, apiName: string, throttleMs: number): void;
}

/** A client, as hooks see it. */
export interface ObservedClient {
  readonly kind: ClientKind;
  readonly name: ClientName;
  readonly groupId: string | undefined;
  readonly clock: Clock;
  /** When it was created (monotonic ms). */
  readonly createdMs: number;
  readonly snapshot: MetadataSnapshot;
  readonly cluster: { log(level: LogLevel, message: string): void };
  hooks: HookSites | undefined;
  /** Those who observe it. */
  listeners: HookListening | undefined;
  /** The tracing channels of the host; undefined if it has none. */
  traces: Traces | undefined;
  /** The log of requests of a client that nothing else observes; `listeners` has it otherwise. */
  requestLog: HookSites | undefined;
  /** The counters of a producer or consumer, for metrics. */
  readings: (() => readonly Readings[]) | undefined;
  /** The broker that a consumer reads a partition from; undefined if unknown. Producers have no such function. */
  readsFrom?: (partition: TopicPartition) => number | undefined;
  onMetadata(listener: (snapshot: MetadataSnapshot) => void): () => void;
}

/** The listeners of one client. */
export interface HookListening {
  /** Calls these listeners, by the names of their hooks, until the returned function is called. */
  add(listeners: ReadonlyMap<string, (event: never) => unknown>): () => void;
  /**
   * Passes the calls of the client to these, until the returned function is called: at once, in the middle of the
   * client's work, without an event that is made for them. They must be short, never throw, never call the client, and
   * keep none of their arguments.
   */
  addSites(sites: HookSites): () => void;
  /** The client has closed: from now on the metadata of its `Kafka` is not followed for it. */
  closed(): void;
}

/** A connection as its client sees it, for hooks. */
export interface ObservedConnection {
  readonly client: Observed;
  readonly address: string;
  readonly nodeId: number | undefined;
  readonly purpose: "produce" | "fetch" | "coordinator" | "other";
}

/** A request, for hooks. */
export interface HookRequest {
  readonly apiName: string;
  /** The API's key and the version; −1 for a token without a header. */
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly correlationId: number;
  readonly timeoutMs: number;
  /** When it was made, and when it was written (monotonic ms); 0 and −1 if that was not observed. */
  readonly createdMs: number;
  readonly writtenMs: number;
  /** When its timeout began (monotonic ms). */
  readonly sentMs: number;
  readonly sizeInBytes: number;
  /** The response, or a promise of it while it is decoded; undefined without one. */
  readonly response: unknown;
}

/** A batch of a producer, for hooks. */
export interface HookSentBatch {
  readonly topic: string;
  readonly partition: number;
  readonly count: number;
  readonly attempts: number;
  readonly createdMs: number;
  readonly builder: { readonly sizeInBytes: number };
}

/** The state of a transactional producer, for hooks. */
export interface HookTransaction {
  readonly name: TransactionMoved["to"];
  readonly error?: KafkaError;
}

/** A partition that was added to a transaction, or refused, for hooks. */
export interface HookAdded {
  readonly topic: string;
  readonly partition: number;
  readonly errorCode: number;
}

/** A member of a group, for hooks. */
export interface HookMember {
  readonly groupId: string;
  readonly memberId: string;
  readonly generation: number;
}

/** The response to JoinGroup, for hooks. */
export interface HookJoined {
  readonly leader: string;
  readonly protocolName: string | null;
  readonly members: readonly { readonly memberId: string }[];
}

/** A rebalance that has ended, for hooks. */
export interface HookRebalance {
  readonly joined: HookJoined | undefined;
  readonly assignment: readonly TopicPartition[];
  readonly topics: readonly string[];
  readonly sinceMs: number;
}

/** A batch that the application gets, for hooks. */
export interface HookBatch {
  readonly topic: string;
  readonly partition: number;
  readonly firstOffset: number;
  readonly lastOffset: number;
  readonly records: number;
  readonly highWatermark: number;
  readonly maxTimestamp: number;
  /** Its records, decoded while they are iterated over, also those before `firstOffset`. */
  readonly source: { readonly records: Iterable<{ readonly offset: number }> };
}
