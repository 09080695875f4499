// What a driver measures of its own process, and the line that it prints.
import { readFileSync, writeSync } from "node:fs";

/** CPU time of the broker so far, in ticks of 10 ms. */
function brokerTicks() {
  const pid = process.env.BROKER_PID;
  if (!pid) return 0;
  const text = readFileSync(`/proc/${pid}/stat`, "latin1");
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return Number(fields[11]) + Number(fields[12]);
}

/** What was used so far. With a `loopDelay` it begins anew: what it tells is of the time since the last snap. */
export function snap({ loopDelay } = {}) {
  const { user, system } = process.cpuUsage();
  const loop = loopDelay === undefined || loopDelay.count === 0 ? {} : loopDelays(loopDelay);
  loopDelay?.reset();
  return { at: performance.now(), cpu: user + system, broker: brokerTicks(), loop };
}

const round = (value) => (value === undefined ? undefined : Math.round(value * 1000) / 1000);

/** How late the event loop came to a timer of 1 ms, that millisecond included, in ms. */
function loopDelays(histogram) {
  const ms = (ns) => round(ns / 1e6);
  return {
    loopP99: ms(histogram.percentile(99)),
    loopP999: ms(histogram.percentile(99.9)),
    loopMax: ms(histogram.max),
  };
}

/** Percentiles in µs of latencies in ms. */
export function latencies(values) {
  const sorted = Float64Array.from(values).sort();
  const at = (p) => round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))] * 1000);
  return { p50us: at(0.5), p99us: at(0.99), p999us: at(0.999), maxus: round(sorted.at(-1) * 1000) };
}

/** `first`: when the first record came, if the rate is to be counted from there. */
export function emit({ adapter, scenario, count, size }, from, to, { first, ...extra } = {}) {
  const secs = (to.at - (first ?? from.at)) / 1000;
  const wallMs = to.at - from.at;
  const peak = Number(/VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "latin1"))[1]) / 1024;
  const line = {
    client: adapter.name,
    version: adapter.version,
    runtime: `Node ${process.versions.node}`,
    scenario,
    count,
    size,
    secs: round(secs),
    rate: Math.round(count / secs),
    mbps: round((count * size) / secs / 1e6),
    cpuUs: round((to.cpu - from.cpu) / count),
    clientCores: round((to.cpu - from.cpu) / 1000 / wallMs),
    brokerCores: round(((to.broker - from.broker) * 10) / wallMs),
    rssMb: Math.round(peak),
    ...to.loop,
    ...extra,
  };
  writeSync(1, `${JSON.stringify(line)}\n`);
}
