import type { GroupOffset } from "../cluster/group-offsets.ts";
import type { TopicPartition } from "../cluster/topic-partition.ts";
import type { KafkaError } from "../errors/kafka-error.ts";
import type { ObservedConnection } from "../network/connection-options.ts";
import type { FetchResponse } from "../protocol/messages/fetch.ts";
import type { InFlight } from "../network/in-flight.ts";
import type { ProducerBatch } from "../producer/partition/batch.ts";
import type { TransactionMoved } from "./hook-events.ts";

/**
 * The calls by which a client tells what happens in it. `observe` makes them, for the hooks that somebody listens to;
 * a client that nobody observes has none of them, and then an event costs a look at one field. They take what is at
 * hand where they are called, and make the public events of it: so the code for events is only in programs that
 * observe. Times are of the monotonic clock.
 */
export interface HookSites {
  readonly connectionOpened?: ((connection: ObservedConnection, sinceMs: number) => void) | undefined;
  readonly connectionAuthenticated?: ((connection: ObservedConnection, lifetimeMs: number) => void) | undefined;
  readonly connectionRefused?: ((connection: ObservedConnection, error: KafkaError) => void) | undefined;
  readonly connectionClosed?: ((connection: ObservedConnection, error: KafkaError) => void) | undefined;
  readonly requestWritten?: ((connection: ObservedConnection, entry: InFlight, inFlight: number) => void) | undefined;
  readonly requestAnswered?:
    ((connection: ObservedConnection, entry: InFlight, inFlight: number, sizeInBytes: number) => void) | undefined;
  readonly requestFailed?: ((connection: ObservedConnection, entry: InFlight, error: KafkaError) => void) | undefined;
  readonly requestTimedOut?: ((connection: ObservedConnection, entry: InFlight) => void) | undefined;
  readonly requestThrottled?: ((connection: ObservedConnection, throttleMs: number) => void) | undefined;
  readonly requestQueueChanged?: ((connection: ObservedConnection, queueSize: number) => void) | undefined;
  readonly heartbeatAnswered?: ((member: HookMember, sinceMs: number) => void) | undefined;
  readonly rebalanceStarted?: ((member: HookMember, reason: string) => void) | undefined;
  readonly groupJoined?: ((member: HookMember, joined: HookJoined) => void) | undefined;
  readonly groupSynced?: ((member: HookMember, assignment: readonly TopicPartition[]) => void) | undefined;
  readonly rebalanceEnded?: ((member: HookMember, rebalance: HookRebalance) => void) | undefined;
  readonly fetchStarted?: ((nodeId: number) => void) | undefined;
  readonly fetchEnded?: ((nodeId: number, sinceMs: number, response: FetchResponse | undefined, error: KafkaError | undefined) => void) | undefined;
  readonly offsetsCommitted?:
    ((member: HookMember, offsets: readonly GroupOffset[], sinceMs: number) => void) | undefined;
  readonly commitFailed?:
    | ((member: HookMember, offsets: readonly GroupOffset[], sinceMs: number, error: KafkaError) => void)
    | undefined;
  readonly batchStarted?: ((batch: HookBatch) => void) | undefined;
  readonly batchProcessed?: ((batch: HookBatch, sinceMs: number) => void) | undefined;
  readonly batchSent?: ((batch: ProducerBatch, nodeId: number) => void) | undefined;
  readonly batchAcknowledged?: ((batch: ProducerBatch, baseOffset: number) => void) | undefined;
  readonly batchRetried?: ((batch: ProducerBatch, waitMs: number, error: KafkaError) => void) | undefined;
  readonly batchFailed?: ((batch: ProducerBatch, error: KafkaError) => void) | undefined;
  readonly transactionMoved?:
    | ((id: string, from: TransactionMoved["from"], to: TransactionMoved["to"], error: KafkaError | undefined) => void)
    | undefined;
  readonly transactionExtended?:
    | ((
        id: string,
        partitions: readonly TopicPartition[],
        groupId: string | undefined,
        offsets: readonly GroupOffset[],
      ) => void)
    | undefined;
  readonly clientStopped?: (() => void) | undefined;
  readonly clientCrashed?: ((error: unknown) => void) | undefined;
}

/** Whether somebody wants to know the times of requests, which then must be kept. */
export function wantsRequests(hooks: HookSites | undefined): boolean {
  return (
    hooks !== undefined &&
    (hooks.requestAnswered ?? hooks.requestWritten ?? hooks.requestFailed ?? hooks.requestTimedOut) !== undefined
  );
}

/** A client, as the parts of it see it that tell what happens. */
export interface Observed {
  /** Undefined while nobody observes the client. */
  readonly hooks: HookSites | undefined;
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
}
