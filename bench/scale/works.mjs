// The rows: what a client does at each number of partitions.
const M = 1_000_000;
/** So many keys that none of 5,000 partitions goes without. */
const MANY_KEYS = { POOL: "16384" };

/** `natives`: the row in which franz-go and rust-rdkafka are measured where they have no such work. */
export const WORKS = {
  lz4: { title: "produce, key, lz4", scenario: "produce-lz4", count: 2 * M, env: MANY_KEYS },
  none: { title: "produce, key", scenario: "produce-none", count: 2 * M, env: MANY_KEYS },
  spread: { title: "produce, round-robin", scenario: "spread", count: 2 * M },
  single: { title: "1,000 sends outstanding", scenario: "single", count: 300_000 },
  consume: { title: "consume, record by record", scenario: "consume-each", reads: true },
  "consume-batch": { title: "consume, by batch", scenario: "consume-batch", reads: true, natives: "consume" },
};

/** Records of the topic that the consumers read, written round-robin. */
export const FILLED = 2 * M;
export const SIZE = 100;
