import * as ErrorCode from "../errors/error-code.ts";
import type { GroupOffset } from "../cluster/group-offsets.ts";
import type { ConnectionHookEvent, RequestHookEvent, RequestWritten } from "../hooks/connection-events.ts";
import type { BatchStarted, GroupHookEvent, OffsetsCommitted } from "../hooks/consumer-events.ts";
import type { HookEvent } from "../hooks/hook-event.ts";
import type { HookEvents } from "../hooks/hook-events.ts";
import type {
  HookBatch,
  HookMember,
  HookRequest,
  HookSentBatch,
  HookSites,
  ObservedClient,
  ObservedConnection,
} from "../hooks/hook-sites.ts";

/** The fields of an event without those that every event has. */
type Fields<E> = Omit<E, keyof HookEvent>;

/** The name of a call of a client. */
export type SiteName = keyof HookSites & keyof HookEvents;

/** A function for each call of a client, which makes its event. */
export type HookMakers = {
  readonly [N in SiteName]: (
    client: ObservedClient,
    ...args: Parameters<NonNullable<HookSites[N]>>
  ) => Fields<HookEvents[N]>;
};

/** The functions that make the events of clients. */
export const HOOK_MAKERS: HookMakers = {
  connectionOpened: (client, connection, sinceMs) => ({ ...place(connection), durationMs: since(client, sinceMs) }),
  connectionAuthenticated: (_, connection, lifetimeMs) => ({
    ...place(connection),
    sessionLifetimeMs: Number.isFinite(lifetimeMs) ? lifetimeMs : undefined,
  }),
  connectionRefused: (_, connection, error) => ({ ...place(connection), error }),
  connectionClosed: (_, connection, error) => ({ ...place(connection), error }),
  requestWritten: written,
  requestAnswered: (client, connection, entry, inFlight, responseSizeInBytes) => ({
    ...written(client, connection, entry, inFlight),
    sentAtMs: wall(client, sentMs(entry)),
    responseSizeInBytes,
    durationMs: since(client, sentMs(entry)),
  }),
  requestFailed: (client, connection, entry, error) => ({
    ...request(client, connection, entry),
    sentAtMs: entry.writtenMs < 0 ? undefined : wall(client, entry.writtenMs),
    error,
  }),
  requestTimedOut: (client, connection, entry) => ({
    ...request(client, connection, entry),
    sentAtMs: entry.writtenMs < 0 ? undefined : wall(client, entry.writtenMs),
    timeoutMs: entry.timeoutMs,
  }),
  requestThrottled: (_, connection, apiName, throttleMs) => ({ ...place(connection), apiName, throttleMs }),
  requestQueueChanged: (_, connection, queueSize) => ({ ...place(connection), queueSize }),
  heartbeatAnswered: (client, member, sinceMs) => ({ ...group(member), durationMs: since(client, sinceMs) }),
  rebalanceStarted: (_, member, reason) => ({ ...group(member), reason }),
  groupJoined: (_, member, { leader, members, protocolName }) => ({
    ...group(member),
    leaderId: leader,
    isLeader: leader === member.memberId,
    assignor: protocolName ?? "",
    memberIds: members.map(({ memberId }) => memberId),
  }),
  groupSynced: (_, member, assignment) => ({ ...group(member), assignment: [...assignment] }),
  rebalanceEnded: (client, member, { assignment, joined, sinceMs, topics }) => ({
    ...group(member),
    protocol: joined === undefined ? "consumer" : "classic",
    assignor: joined?.protocolName ?? undefined,
    leaderId: joined?.leader,
    isLeader: joined?.leader === member.memberId,
    assignment: [...assignment],
    unsubscribed: assignment.filter(({ topic }) => !topics.includes(topic)),
    topics: [...topics],
    durationMs: since(client, sinceMs),
  }),
  fetchStarted: (_, nodeId) => ({ nodeId }),
  fetchEnded: (client, nodeId, sinceMs, response, error) => {
    const answers = (response?.responses ?? []).flatMap(({ partitions }) => partitions);
    const sizes = answers.map(({ records }) => records?.length ?? 0).filter((size) => size > 0);
    return {
      nodeId,
      durationMs: since(client, sinceMs),
      partitions: sizes.length,
      bytes: sizes.reduce((sum, size) => sum + size, 0),
      error,
    };
  },
  offsetsCommitted: commit,
  commitFailed: (client, member, offsets, sinceMs, error) => ({ ...commit(client, member, offsets, sinceMs), error }),
  batchStarted: batchOf,
  batchProcessed: (client, batch, sinceMs) => ({ ...batchOf(client, batch), durationMs: since(client, sinceMs) }),
  batchSent: (client, batch, nodeId) => ({
    ...partitionOf(batch),
    nodeId,
    sizeInBytes: batch.builder.sizeInBytes,
    attempt: batch.attempts,
    queuedMs: since(client, batch.createdMs),
  }),
  batchAcknowledged: (client, batch, baseOffset) => ({
    ...partitionOf(batch),
    baseOffset: baseOffset < 0 ? undefined : baseOffset,
    durationMs: since(client, batch.createdMs),
  }),
  batchRetried: (_, batch, waitMs, error) => ({ ...partitionOf(batch), attempt: batch.attempts, waitMs, error }),
  batchFailed: (_, batch, error) => ({ ...partitionOf(batch), error }),
  transactionMoved: (_, transactionalId, from, to) => ({
    transactionalId,
    from: from.name,
    to: to.name,
    error: to.error,
  }),
  transactionExtended: (_, transactionalId, added, groupId, offsets = []) => ({
    transactionalId,
    partitions: added
      .filter(({ errorCode }) => errorCode === ErrorCode.NONE)
      .map(({ topic, partition }) => ({ topic, partition })),
    groupId,
    offsets: [...offsets],
  }),
  clientStopped: (client) => ({ lifetimeMs: since(client, client.createdMs) }),
  clientCrashed: (_, error) => ({ error }),
};

function since({ clock }: ObservedClient, sinceMs: number): number {
  return Math.max(0, clock.monotonic() - sinceMs);
}

/** A time of the monotonic clock by the wall clock. */
function wall({ clock }: ObservedClient, atMs: number): number {
  return Math.round(clock.now() - (clock.monotonic() - atMs));
}

function place({ address, nodeId, purpose }: ObservedConnection): Fields<ConnectionHookEvent> {
  return { broker: address, nodeId, purpose };
}

/** When a request was written. One that was written before anybody observed it has only the time of its timeout. */
function sentMs(entry: HookRequest): number {
  return entry.writtenMs < 0 ? entry.sentMs : entry.writtenMs;
}

function request(client: ObservedClient, connection: ObservedConnection, entry: HookRequest): Fields<RequestHookEvent> {
  const isBare = entry.apiKey < 0;
  return {
    ...place(connection),
    apiName: entry.apiName,
    apiKey: isBare ? undefined : entry.apiKey,
    apiVersion: isBare ? undefined : entry.apiVersion,
    correlationId: entry.correlationId,
    createdAtMs: wall(client, entry.createdMs === 0 ? sentMs(entry) : entry.createdMs),
  };
}

function written(
  client: ObservedClient,
  connection: ObservedConnection,
  entry: HookRequest,
  inFlight: number,
): Fields<RequestWritten> {
  return {
    ...request(client, connection, entry),
    sizeInBytes: entry.sizeInBytes,
    queuedMs: entry.createdMs === 0 ? 0 : Math.max(0, sentMs(entry) - entry.createdMs),
    inFlight,
  };
}

function group({ groupId, memberId, generation }: HookMember): Fields<GroupHookEvent> {
  return { groupId, memberId, generation };
}

function commit(
  client: ObservedClient,
  member: HookMember,
  offsets: readonly GroupOffset[],
  sinceMs: number,
): Fields<OffsetsCommitted> {
  return { ...group(member), offsets: offsets.map((one) => ({ ...one })), durationMs: since(client, sinceMs) };
}

function batchOf({ clock }: ObservedClient, batch: HookBatch): Fields<BatchStarted> {
  const { topic, partition, firstOffset, lastOffset, records, highWatermark, maxTimestamp } = batch;
  const ageMs = maxTimestamp < 0 ? 0 : Math.max(0, clock.now() - maxTimestamp);
  return { topic, partition, firstOffset, lastOffset, records, highWatermark, ageMs };
}

function partitionOf({ topic, partition, count }: HookSentBatch): {
  readonly topic: string;
  readonly partition: number;
  readonly records: number;
} {
  return { topic, partition, records: count };
}
