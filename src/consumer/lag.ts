import type { CallLimit } from "../cluster/cluster-client.ts";
import { LATEST, lookUpOffsets } from "../cluster/offsets/offset-lookup.ts";
import { lookUpRecordTimes } from "../cluster/offsets/record-times.ts";
import { ask } from "../cluster/routing/ask.ts";
import type { KeyResult } from "../cluster/routing/route-plan.ts";
import { done, refusal } from "../cluster/routing/verdict.ts";
import type { TopicPartition } from "../cluster/topic-partition.ts";
import { counted } from "../errors/counted.ts";
import type { KafkaError } from "../errors/kafka-error.ts";
import { rejectionOf } from "../errors/rejection.ts";
import { atLeastOneMs, type Check, flag, shape, signal } from "../errors/shape.ts";
import type { CommitOptions } from "./call-options.ts";
import type { Fetcher } from "./fetching/fetcher.ts";
import type { Cursor } from "./partitions/cursor.ts";

/** The options of `lag`. */
export interface LagOptions extends CommitOptions {
  /**
   * Also returns how old the next record of each partition is. Costs a Fetch request to each leader of a partition that
   * is behind. Default false.
   */
  readonly inTime?: boolean;
}

/** How far a consumer is behind in one partition. */
export interface PartitionLag extends TopicPartition {
  /**
   * The offset up to which the application has processed the partition, which a commit would store; undefined while
   * the position is not known.
   */
  readonly offset: number | undefined;
  /**
   * The end of the partition: the offset that the next record will get; with `read_committed` the first offset of an
   * open transaction. Undefined if it was not found: see `error`.
   */
  readonly end: number | undefined;
  /** The number of offsets from `offset` to `end`; undefined while one of them is not known. */
  readonly lag: number | undefined;
  /**
   * Only with `inTime`: the age of the next record to process, in ms, by its timestamp and the clock of this client; 0
   * if there is none. Undefined while it is not known.
   */
  readonly lagMs: number | undefined;
  /** Why `end` or `lagMs` is missing; undefined if nothing failed. */
  readonly error: KafkaError | undefined;
}

/** How far a consumer is behind. */
export interface ConsumerLag {
  /** Each partition that the consumer reads. */
  readonly partitions: readonly PartitionLag[];
  /** The sum of the known lags. */
  readonly total: number;
  /** Only with `inTime`: the longest of the known times, in ms; 0 if no record waits. Otherwise undefined. */
  readonly maxLagMs: number | undefined;
}

/** Checks {@link LagOptions}. */
export const checkLagOptions: Check = shape({ inTime: flag, timeoutMs: atLeastOneMs, signal });

/** An end is looked up again if no fetch has reported it for this time, in ms. Brokers hold a fetch for half of it. */
const FRESH_MS = 1000;

/** Looks up how far a consumer is behind: with one request to each leader, for ends that no fetch has just reported. */
export async function consumerLag<K, V>(
  fetcher: Fetcher<K, V>,
  limit: CallLimit,
  inTime: boolean,
): Promise<ConsumerLag> {
  const { client, handOut } = fetcher;
  const cursors = [...fetcher.partitions];
  const endsAtMs = client.clock.monotonic() + limit.timeoutMs;
  const ends = await endsOf(fetcher, cursors, limit);
  const found = cursors.map((cursor, i): PartitionLag => {
    const { topic, partition } = cursor;
    const doneTo = handOut.doneTo(cursor);
    const [offset, end] = [doneTo < 0 ? undefined : doneTo, ends[i]?.answer];
    const lag = offset === undefined || end === undefined ? undefined : Math.max(0, end - offset);
    return { topic, partition, offset, end, lag, lagMs: inTime && lag === 0 ? 0 : undefined, error: ends[i]?.error };
  });
  const timeoutMs = Math.max(1, endsAtMs - client.clock.monotonic());
  const partitions = inTime ? await withTimes(fetcher, found, { ...limit, timeoutMs }) : found;
  return {
    partitions,
    total: partitions.reduce((sum, { lag = 0 }) => sum + lag, 0),
    maxLagMs: inTime ? partitions.reduce((most, { lagMs = 0 }) => Math.max(most, lagMs), 0) : undefined,
  };
}

/** The end of each partition, or why it was not found. */
async function endsOf<K, V>(
  { client, settings }: Fetcher<K, V>,
  cursors: readonly Cursor<K, V>[],
  limit: CallLimit,
): Promise<readonly KeyResult<number>[]> {
  const nowMs = client.clock.monotonic();
  const old = cursors.filter(({ log }) => nowMs - log.answeredMs > FRESH_MS);
  const looked = await ask<Cursor<K, V>, number>(
    client,
    {
      what: `cannot look up the lag in ${counted(old.length, "partition")}`,
      keys: old,
      route: { to: "leader", partition: (cursor) => cursor },
      send: async (connection, asked) => {
        const found = await lookUpOffsets(
          connection,
          asked.map(({ topic, partition }) => ({ topic, partition, timestamp: LATEST })),
          lookupOptions(client, settings.isReadCommitted),
        );
        return found.map(({ offset, error }) => (error === undefined ? done(offset) : refusal(error)));
      },
    },
    limit,
  );
  await throwEnd(looked);
  const byCursor = new Map(old.map((cursor, i) => [cursor, looked[i]] as const));
  return cursors.map((cursor) => {
    const { highWatermark, lastStableOffset } = cursor.log;
    const known = settings.isReadCommitted ? lastStableOffset : highWatermark;
    return byCursor.get(cursor) ?? { error: undefined, answer: known };
  });
}

/** The partitions with the ages of their next records. */
async function withTimes<K, V>(
  { client, settings }: Fetcher<K, V>,
  partitions: readonly PartitionLag[],
  limit: CallLimit,
): Promise<readonly PartitionLag[]> {
  const behind = partitions.filter(({ lag = 0 }) => lag > 0);
  const { codecs, crc32c } = client.cluster.options;
  const options = { codecs, crc32c, ...lookupOptions(client, settings.isReadCommitted) };
  const looked = await ask<PartitionLag, number | undefined>(
    client,
    {
      what: `cannot look up the lag in time in ${counted(behind.length, "partition")}`,
      keys: behind,
      route: { to: "leader", partition: (one) => one },
      send: async (connection, asked) => {
        const places = asked.map(({ topic, partition, offset = 0 }) => ({ topic, partition, offset }));
        const found = await lookUpRecordTimes(connection, places, options);
        return found.map(({ timestamp, error }) => (error === undefined ? done(timestamp) : refusal(error)));
      },
    },
    limit,
  );
  await throwEnd(looked);
  const nowMs = client.clock.now();
  const byPartition = new Map(behind.map((one, i) => [one, looked[i]] as const));
  return partitions.map((one) => {
    const found = byPartition.get(one);
    if (found === undefined) return one;
    if (found.error !== undefined) return { ...one, error: found.error };
    return { ...one, lagMs: found.answer === undefined ? 0 : Math.max(0, nowMs - found.answer) };
  });
}

function lookupOptions(
  { snapshot, cluster }: Fetcher<unknown, unknown>["client"],
  isReadCommitted: boolean,
): Parameters<typeof lookUpOffsets>[2] {
  return { isReadCommitted, snapshot, timeoutMs: cluster.settings.requestTimeoutMs };
}

/** The signal or the end of the client ends the call; any other error is that of its partition. */
async function throwEnd(results: readonly KeyResult<unknown>[]): Promise<void> {
  const end = results.find(({ error }) => error?.kind === "cancelled" || error?.kind === "closed");
  if (end?.error !== undefined) await rejectionOf(end.error);
}
