// The works that are measured. `scenario` and `size` go to the driver; `count` is for the slow, the JavaScript and the
// native clients, in a full run.
const M = 1_000_000;

export const WORKS = {
  "10B": { title: "10 B, as fast as it goes", scenario: "produce", size: 10, count: { js: M, fast: 4 * M } },
  "100B": { title: "100 B, as fast as it goes", scenario: "produce", size: 100, count: { js: M, fast: 3 * M } },
  "10KB": {
    title: "10 KB, as fast as it goes",
    scenario: "produce",
    size: 10_000,
    count: { js: 50_000, fast: 50_000 },
  },
  gzip: { title: "100 B with a key, gzip", scenario: "produce-gzip", size: 100, count: { js: M / 2, fast: M } },
  lz4: { title: "100 B with a key, lz4", scenario: "produce-lz4", size: 100, count: { js: M / 2, fast: 2 * M } },
  single: {
    title: "1,000 sends of 100 B outstanding, each awaited",
    scenario: "single",
    size: 100,
    count: { slow: 10_000, js: 200_000, fast: 600_000 },
    latency: true,
  },
  seq: {
    title: "one send of 100 B after the other",
    scenario: "seq",
    size: 100,
    count: { slow: 4000, js: 4000, fast: 4000 },
    latency: true,
  },
  start: {
    title: "process start to the first acknowledged record",
    scenario: "start-produce",
    size: 100,
    count: { js: 1, fast: 1 },
    start: true,
  },
  consume: { title: "consume 100 B, record by record", scenario: "consume-each", size: 100, topic: "small" },
  "consume-batch": { title: "consume 100 B, by batch", scenario: "consume-batch", size: 100, topic: "small" },
  "consume-10KB": { title: "consume 10 KiB, record by record", scenario: "consume-each", size: 10_240, topic: "large" },
  "consume-10KB-batch": { title: "consume 10 KiB, by batch", scenario: "consume-batch", size: 10_240, topic: "large" },
  e2e: {
    title: "end to end, 2,000 records of 100 B a second",
    scenario: "e2e",
    size: 100,
    count: { slow: 10_000, js: 10_000, fast: 10_000 },
    latency: true,
    reads: true,
  },
  "start-consume": {
    title: "process start to the first record of a fresh group",
    scenario: "start-consume",
    size: 100,
    topic: "small",
    start: true,
  },
  "100B-tls": {
    title: "100 B over TLS 1.3, as fast as it goes",
    scenario: "produce",
    size: 100,
    count: { js: M, fast: 3 * M },
    security: "tls",
  },
  "10KB-tls": {
    title: "10 KB over TLS 1.3, as fast as it goes",
    scenario: "produce",
    size: 10_000,
    count: { js: 50_000, fast: 50_000 },
    security: "tls",
  },
  "consume-tls": {
    title: "consume 100 B over TLS 1.3, record by record",
    scenario: "consume-each",
    size: 100,
    topic: "small",
    security: "tls",
  },
  "consume-10KB-tls": {
    title: "consume 10 KiB over TLS 1.3, record by record",
    scenario: "consume-each",
    size: 10_240,
    topic: "large",
    security: "tls",
  },
  "start-sasl": {
    title: "process start to the first acknowledged record over SASL_SSL (PLAIN)",
    scenario: "start-produce",
    size: 100,
    count: { js: 1, fast: 1 },
    start: true,
    security: "sasl",
  },
};

/** Topics that are filled once, for the works that read. */
export const FILLED = { small: { count: 3 * M, size: 100 }, large: { count: 300_000, size: 10_240 } };

const PLAIN = Object.keys(WORKS).filter((id) => WORKS[id].security === undefined);
export const PRODUCING = PLAIN.filter((id) => !reads(id));
export const CONSUMING = PLAIN.filter(reads);
/** They need the listeners of a broker that the harness started. */
export const SECURED = Object.keys(WORKS).filter((id) => WORKS[id].security !== undefined);

function reads(id) {
  return WORKS[id].topic !== undefined || WORKS[id].reads === true;
}

/** How many records this client gets for this work; `scale` is 1 for a full run. */
export function countFor(id, client, scale) {
  const work = WORKS[id];
  if (work.start) return 1;
  const pace = id === "single" && client.isSlow ? "slow" : client.isFast ? "fast" : "js";
  const full = work.topic === undefined ? work.count[pace] : FILLED[work.topic].count;
  return Math.max(100, Math.round(full * scale));
}
