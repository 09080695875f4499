import type { ClusterClient } from "./cluster-client.ts";
import type { Reading, Readings } from "./metrics.ts";
import type { Traffic } from "./broker-pool.ts";

/**
 * The metrics that every client has: its connections, in total and per broker, and the age of its metadata. `kind` is
 * `producer`, for example. `isSender` adds the totals that in Java only `Sender` reports.
 */
export function clientReadings(client: ClusterClient, kind: string, isSender = false): readonly Readings[] {
  const { clock, snapshot } = client;
  const { tags } = client.name;
  const traffic = client.traffic();
  const opened = sum(traffic, ({ opened }) => opened);
  const open = traffic.filter(({ isOpen }) => isOpen).length;
  const readings = trafficReadings(traffic);
  const whole: Reading[] = [
    ...(isSender ? readings : readings.filter(({ name }) => !name.startsWith("request-latency"))),
    { kind: "gauge", name: "connection-count", value: open },
    { kind: "total", name: "connection-creation", value: opened },
    { kind: "total", name: "connection-close", value: opened - open },
  ];
  if (isSender)
    whole.push({ kind: "gauge", name: "requests-in-flight", value: sum(traffic, ({ inFlight }) => inFlight) });
  if (isSender && snapshot.updatedAtMs >= 0)
    whole.push({ kind: "gauge", name: "metadata-age", value: (clock.monotonic() - snapshot.updatedAtMs) / 1000 });
  const nodes = [...snapshot.brokers.values()].map(({ nodeId, host, port }) => ({
    group: `${kind}-node-metrics`,
    tags: { ...tags, "node-id": `node-${nodeId}` },
    readings: trafficReadings(traffic.filter(({ address }) => address.host === host && address.port === port)),
  }));
  return [
    { group: `${kind}-metrics`, tags, readings: whole },
    ...nodes.filter(({ readings }) => readings.some((reading) => reading.kind === "total" && reading.value > 0)),
  ];
}

function trafficReadings(traffic: readonly Traffic[]): Reading[] {
  const responses = sum(traffic, ({ counters }) => counters.responses);
  return [
    { kind: "total", name: "request", value: sum(traffic, ({ counters }) => counters.requests) },
    { kind: "total", name: "response", value: responses },
    { kind: "total", name: "outgoing-byte", value: sum(traffic, ({ counters }) => counters.bytesOut) },
    { kind: "total", name: "incoming-byte", value: sum(traffic, ({ counters }) => counters.bytesIn) },
    {
      kind: "average",
      name: "request-latency",
      sum: sum(traffic, ({ counters }) => counters.latencyMs),
      count: responses,
    },
    {
      kind: "gauge",
      name: "request-latency-max",
      value: Math.max(0, ...traffic.map(({ counters }) => counters.maxLatencyMs)),
    },
  ];
}

function sum(traffic: readonly Traffic[], of: (one: Traffic) => number): number {
  return traffic.reduce((total, one) => total + of(one), 0);
}
