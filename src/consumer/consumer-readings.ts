import { clientReadings } from "../cluster/client-readings.ts";
import type { Reading, Readings } from "../cluster/metrics.ts";
import type { Cursor } from "./partitions/cursor.ts";
import type { Fetcher } from "./fetching/fetcher.ts";
import type { Membership } from "./group/membership.ts";
import type { Timing } from "./partitions/timing.ts";

/**
 * The number of records between the position and the end of the readable part, as the last fetch reported it; undefined
 * while either is not known.
 */
export function lagOf<K, V>({ position, log }: Cursor<K, V>, isReadCommitted: boolean): number | undefined {
  const end = isReadCommitted ? log.lastStableOffset : log.highWatermark;
  return position < 0 || end < 0 ? undefined : Math.max(0, end - position);
}

/**
 * The metrics of a consumer, under the names in Java's `consumer-fetch-manager-metrics`, `consumer-coordinator-metrics`
 * and `consumer-metrics`.
 */
export function consumerReadings<K, V>(
  fetcher: Fetcher<K, V>,
  membership: Membership<K, V> | undefined,
): readonly Readings[] {
  const { client, counters, timing, settings, partitions } = fetcher;
  const { tags } = client.name;
  const group = "consumer-fetch-manager-metrics";
  const lags = [...partitions].flatMap((cursor) => {
    const lag = lagOf(cursor, settings.isReadCommitted);
    return lag === undefined ? [] : [{ cursor, lag }];
  });
  const whole: Reading[] = [
    { kind: "total", name: "records-consumed", value: counters.records },
    { kind: "total", name: "bytes-consumed", value: counters.fetchedBytes },
    { kind: "total", name: "fetch", value: counters.fetches },
    ...timed("fetch-latency", timing),
    { kind: "average", name: "fetch-size", sum: counters.fetchedBytes, count: counters.fetches },
    { kind: "average", name: "records-per-request", sum: counters.records, count: counters.fetches },
  ];
  if (lags.length > 0)
    whole.push({ kind: "gauge", name: "records-lag-max", value: Math.max(...lags.map(({ lag }) => lag)) });
  return [
    { group, tags, readings: whole },
    ...[...partitions.tallies].map(([topic, { records, bytes }]) => ({
      group,
      tags: { ...tags, topic },
      readings: [
        { kind: "total", name: "records-consumed", value: records } as const,
        { kind: "total", name: "bytes-consumed", value: bytes } as const,
      ],
    })),
    ...lags.map(({ cursor: { topic, partition }, lag }) => ({
      group,
      tags: { ...tags, topic, partition: String(partition) },
      readings: [{ kind: "gauge", name: "records-lag", value: lag } as const],
    })),
    ...(membership === undefined
      ? []
      : [
          {
            group: "consumer-coordinator-metrics",
            tags,
            readings: memberReadings(membership, client.clock.monotonic()),
          },
        ]),
    ...clientReadings(client, "consumer"),
  ];
}

function memberReadings<K, V>({ timings, owned }: Membership<K, V>, nowMs: number): readonly Reading[] {
  const { join, sync, heartbeat, commit, rebalance } = timings;
  return [
    { kind: "gauge", name: "assigned-partitions", value: owned.length },
    ...counted("join", "join-time", join),
    ...counted("sync", "sync-time", sync),
    { kind: "total", name: "heartbeat", value: heartbeat.count },
    { kind: "gauge", name: "heartbeat-response-time-max", value: heartbeat.maxMs },
    ...since("last-heartbeat-seconds-ago", heartbeat, nowMs),
    ...counted("commit", "commit-latency", commit),
    { kind: "gauge", name: "rebalance-total", value: rebalance.count }, // Java reports this rate per hour
    ...timed("rebalance-latency", rebalance),
    ...since("last-rebalance-seconds-ago", rebalance, nowMs),
  ];
}

function counted(name: string, time: string, timing: Timing): readonly Reading[] {
  return [{ kind: "total", name, value: timing.count }, ...timed(time, timing)];
}

function timed(name: string, { sumMs, count, maxMs }: Timing): readonly Reading[] {
  return [
    { kind: "average", name, sum: sumMs, count },
    { kind: "gauge", name: `${name}-max`, value: maxMs },
  ];
}

/** The time since the last occurrence; absent if there was none. */
function since(name: string, { lastAtMs }: Timing, nowMs: number): readonly Reading[] {
  return lastAtMs < 0 ? [] : [{ kind: "gauge", name, value: (nowMs - lastAtMs) / 1000 }];
}
