// Nothing in the client works longer than 10 ms without a turn of the host: else the heartbeats of its own group would
// starve.
import { PerformanceObserver } from "node:perf_hooks";
import { test } from "node:test";
import assert from "node:assert/strict";
import type { EmbeddedCluster } from "../../src/embedded/embedded-cluster.ts";
import { type EmbeddedClusterOptions } from "../../src/embedded/embedded-cluster.ts";
import { EmbeddedCluster as OnNode } from "../../src/embedded.ts";
import { Kafka } from "../../src/node.ts";

const RECORDS = 500_000;
const HEARTBEAT_MS = 50;

/**
 * Beats every 50 ms, and counts the turns of the host and the time between them. Returns a function that stops it and
 * the measured values.
 */
function beat(): () => {
  readonly beats: number;
  readonly elapsedMs: number;
  readonly cpuMs: number;
  readonly collectionMs: number;
  readonly gaps: readonly number[];
} {
  const began = performance.now();
  const cpu = process.cpuUsage();
  let collectionMs = 0;
  const collections = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) collectionMs += duration;
  });
  collections.observe({ entryTypes: ["gc"] });
  let beats = 0;
  const timer = setInterval(() => beats++, HEARTBEAT_MS);
  const gaps: number[] = [];
  let last = performance.now();
  let isOn = true;
  const watch = (): void => {
    const now = performance.now();
    gaps.push(now - last);
    last = now;
    if (isOn) setImmediate(watch);
  };
  setImmediate(watch);
  return () => {
    isOn = false;
    clearInterval(timer);
    collections.disconnect();
    const { user, system } = process.cpuUsage(cpu);
    return {
      beats,
      elapsedMs: performance.now() - began,
      cpuMs: (user + system) / 1000,
      collectionMs,
      gaps: [...gaps].sort((a, b) => a - b),
    };
  };
}

async function fill(kafka: Kafka): Promise<void> {
  const producer = kafka.producer();
  const value = new Uint8Array(12);
  for (let i = 0; i < RECORDS;) {
    if (producer.enqueue({ topic: "t", value })) i++;
    else await producer.ready();
    if (i % 5000 === 0) await new Promise(setImmediate);
  }
  await producer.close();
}

for (const [where, options] of [
  ["in memory", {}],
  ["over TCP", { ports: [0] }],
] as const satisfies readonly (readonly [string, EmbeddedClusterOptions])[]) {
  for (const how of ["by record", "by batch"] as const) {
    test(`a heartbeat of 50 ms beside 500,000 buffered records, ${where}, ${how}`, async () => {
      const cluster: EmbeddedCluster = await OnNode.start({ ...options, topics: { t: 1 } });
      const kafka = new Kafka({ cluster });
      await fill(kafka);
      const consumer = kafka.consumer({ topics: ["t"], maxPartitionFetchBytes: 64_000_000 });
      let count = 0;
      let sum = 0;
      const stop = beat();
      if (how === "by record") {
        for await (const record of consumer) {
          sum += record.value?.length ?? 0;
          if (++count === RECORDS) break;
        }
      } else {
        for await (const batch of consumer.batches()) {
          for (const record of batch.records) {
            sum += record.value?.length ?? 0;
            count++;
          }
          if (count === RECORDS) break;
        }
      }
      const { beats, elapsedMs, cpuMs, collectionMs, gaps } = stop();
      await kafka.close();
      await cluster.close();
      assert.equal(sum, 12 * RECORDS);
      const at = (part: number): number => gaps[Math.floor((gaps.length - 1) * part)] ?? 0;
      console.log(
        `${where}, ${how}: ${elapsedMs.toFixed(0)} ms, ${beats} beats, ${gaps.length} turns, gaps p50 ` +
          `${at(0.5).toFixed(2)} p99 ${at(0.99).toFixed(2)} max ${at(1).toFixed(2)} ms, ` +
          `CPU ${cpuMs.toFixed(0)} ms, collection ${collectionMs.toFixed(0)} ms`,
      );
      // CPU time of this process, not wall-clock time: other work of the machine is not the client's. Collection takes
      // no turns, so it does not count; its time is wall-clock time, so at most half of the work is taken off for it.
      const workMs = Math.max(cpuMs - collectionMs, cpuMs / 2);
      assert.ok(gaps.length >= workMs / 10, `${gaps.length} turns of the host in ${workMs.toFixed(0)} ms of work`);
    });
  }
}
