// The parts of `npm run test:wide`, and of each the files whose change makes its rows old: .ci/run names a part when
// one of them was touched after the commit that the part last ran on.
//   suites   suites of scripts/suites.mjs: each of their tests is a row
//   rows     a suite that writes its own rows, to build/wide/NAME.json
//   cells    the columns of its table, in place of "result"; expected: the rows that must be there
//   seeds    a scenario of test/simulation: SEEDS seeds that are drawn from the commit are one row
//   command  a program of the repository: its last line is the row's result

/** Seeds of each workload. */
export const SEEDS = 1000;

const SCENARIOS = ["src/simulation", "src/scenarios", "src/embedded", "src/cluster", "src/network", "test/simulation"];
const GROUPS = [...SCENARIOS, "src/consumer"];

export const PARTS = {
  hosts: {
    title: "What runs on each host",
    rows: "hosts",
    cells: ["produce", "group", "transaction", "TLS", "SASL", "embedded", "simulate", "trace hash"],
    expected: [
      ...["node-20", "node-22", "node-24", "node-26"],
      ...["bun", "deno", "workerd", "chromium", "gjs", "quickjs"],
    ],
    files: [
      ...["src/platform", "src/simulation", "src/runtime", "test/hosts", "examples/hosts"],
      ...["scripts/hosts.mjs", "scripts/runtimes.mjs"],
    ],
  },
  tools: {
    title: "Hosts, bundlers and test runners",
    rows: "tools",
    files: ["scripts/bundle.mjs", "package.json", "src/platform", "test/package/tools", "test/wide"],
  },
  runtimes: {
    title: "One seed, one trace, on every runtime",
    suites: ["engines", "runtimes"],
    files: ["src/platform", "src/simulation", "src/runtime", "test/hosts", "scripts/runtimes.mjs"],
  },
  brokers: {
    title: "Older brokers",
    suites: ["brokers"],
    files: ["src/protocol", "protocol", "src/network", "test/kafka/older-brokers.test.ts"],
  },
  interop: {
    title: "Other languages' clients",
    suites: ["interop"],
    files: ["src/embedded", "protocol", "test/interop"],
  },
  ecosystem: {
    title: "What stands on kafkajs, on kafkajs and on its replacement",
    suites: ["ecosystem"],
    files: ["packages/kafkajs", "scripts/bundle-kafkajs.mjs", "src/consumer", "src/producer", "test/ecosystem"],
  },
  "kafkas-tools": {
    title: "Kafka's own tools, on a real Kafka and on the embedded cluster",
    suites: ["kafkas-tools"],
    files: ["src/embedded", "protocol", "test/kafka-tools"],
  },
  groups: { title: "Groups under faults", seeds: "groups", files: GROUPS },
  positions: { title: "Positions under faults", seeds: "positions", files: GROUPS },
  eos: { title: "Exactly once under faults", seeds: "eos", files: [...GROUPS, "src/producer", "src/exactly-once"] },
  transactions: { title: "Transactions under faults", seeds: "transactions", files: [...SCENARIOS, "src/producer"] },
  "new-partitions": {
    title: "New partitions under faults",
    seeds: "new-partitions",
    files: [...SCENARIOS, "src/producer"],
  },
  "random-calls": {
    title: "Random calls of every public method",
    seeds: "random-calls",
    files: [...GROUPS, "src/producer", "src/admin", "src/exactly-once"],
  },
  workload: {
    title: "The workload of odradek simulate",
    command: [
      "build/src/cli/main.js",
      "simulate",
      "--seeds",
      "SEEDS",
      "--from",
      "SEED",
      "--out",
      "build/wide/simulate",
    ],
    files: [...GROUPS, "src/producer", "src/cli"],
  },
  mutations: {
    title: "Mutated record batches",
    command: ["scripts/fuzz-records.mjs", "--count", "100000", "--seed", "SEED"],
    files: ["src/records", "src/wire", "test/records"],
  },
  logins: {
    title: "Mutated logins",
    command: ["scripts/fuzz-logins.mjs", "--count", "100000", "--seed", "SEED"],
    files: ["src/security", "src/network", "src/wire", "test/network/login"],
  },
};
