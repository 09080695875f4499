import { clientReadings } from "../cluster/client-readings.ts";
import type { ClusterClient } from "../cluster/cluster-client.ts";
import type { Reading, Readings } from "../cluster/metrics.ts";
import type { ProducerCounters, SentCounters } from "./sending/ledger.ts";
import type { Accumulator } from "./accepting/accumulator.ts";
import type { MemoryGate } from "./accepting/memory-gate.ts";

/** The metrics of a producer, under the names of Java's `producer-metrics` and `producer-topic-metrics`. */
export function producerReadings(
  client: ClusterClient,
  counters: Readonly<ProducerCounters>,
  gate: MemoryGate,
  accumulator: Accumulator,
): readonly Readings[] {
  const { tags } = client.name;
  const topics = accumulator.sentByTopic();
  const all = { ...accumulator.forgotten.sent };
  for (const { sent } of topics) for (const name of Object.keys(all) as (keyof SentCounters)[]) all[name] += sent[name];
  const whole: Reading[] = [
    ...sentReadings(all),
    { kind: "average", name: "batch-size", sum: all.bytes, count: all.batches },
    { kind: "average", name: "records-per-request", sum: all.records, count: counters.requests },
    { kind: "average", name: "record-queue-time", sum: counters.queuedMs, count: counters.queuedBatches },
    { kind: "gauge", name: "record-queue-time-max", value: counters.maxQueuedMs },
    { kind: "total", name: "batch-split", value: counters.splits },
    { kind: "gauge", name: "buffer-total-bytes", value: gate.capacityBytes },
    { kind: "gauge", name: "buffer-available-bytes", value: gate.capacityBytes - gate.usedBytes },
    { kind: "gauge", name: "waiting-threads", value: gate.waiting },
    // Java has no such metric: its `send` blocks the calling thread, so that few records can wait.
    { kind: "gauge", name: "buffer-waiting-bytes", value: gate.waitingBytes },
  ];
  const byTopic = topics.map(({ topic, sent }) => ({
    group: "producer-topic-metrics",
    tags: { ...tags, topic },
    readings: [...sentReadings(sent, "compression-rate"), { kind: "total", name: "byte", value: sent.bytes } as const],
  }));
  return [
    { group: "producer-metrics", tags, readings: whole },
    ...clientReadings(client, "producer", true),
    ...byTopic,
  ];
}

/**
 * The counters of sent records. Java names the average `compression-rate-avg` for a producer, and `compression-rate`
 * for a topic.
 */
function sentReadings(sent: SentCounters, compression = "compression-rate-avg"): Reading[] {
  return [
    { kind: "total", name: "record-send", value: sent.records },
    { kind: "total", name: "record-error", value: sent.errors },
    { kind: "total", name: "record-retry", value: sent.retriedRecords },
    { kind: "average", name: "compression-rate", sum: sent.bytes, count: sent.uncompressedBytes, as: compression },
  ];
}
