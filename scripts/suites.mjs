// Which suite each test file belongs to, and which layer each suite stands in. test/house/suites.test.ts checks the
// table; test/floors.json has each suite's number of tests. The layers: "test" is `npm test`, "ci" is what .ci/run
// adds, "wide" is `npm run test:wide`.
import { readdirSync } from "node:fs";
import { join } from "node:path";

/**
 * `files`: prefixes of paths. The first suite with a prefix of a file's path has the file; "unit" has the rest. A suite
 * that is `alone` measures real time or heap, or starts programs that need the cores: its files run one after the
 * other, and .ci/run and `npm test` start it when nothing else runs. A suite with `waiting` waits for its brokers most
 * of the time: `waiting` of its files run at once, each in a process of its own, and .ci/run computes beside it.
 */
export const SUITES = {
  alone: { layer: "test", alone: true, files: ["test/memory/", "test/runtimes/heartbeat"] },
  packed: { layer: "test", files: ["test/package/loads"] },
  laws: { layer: "ci", alone: true, files: ["test/runtimes/conformance", "test/runtimes/docs", "test/runtimes/pool"] },
  long: {
    layer: "ci",
    files: [
      "test/client/close-while-rebalancing",
      "test/client/consumer-damaged-response",
      "test/client/consumer-run-retries",
      "test/client/exactly-once-groups",
      "test/client/producer-settles-in-turns",
      "test/client/thrown-out-while-closing",
      "test/house/lint.",
      "test/runtimes/breaking-everywhere",
      "test/simulation/day-of-rebalances",
      "test/simulation/determinism",
      "test/simulation/long/",
      "test/simulation/order-service",
      "test/simulation/payment-service",
      "test/simulation/planted-",
    ],
  },
  package: { layer: "ci", files: ["test/package/"] },
  engines: { layer: "ci", alone: true, files: ["test/hosts/engines", "test/hosts/publish"] },
  hosts: { layer: "wide", alone: true, files: ["test/hosts/cells"] },
  runtimes: { layer: "wide", alone: true, files: ["test/hosts/"] },
  brokers: { layer: "wide", alone: true, files: ["test/kafka/older-brokers"] },
  kafka: { layer: "ci", waiting: 3, files: ["test/kafka/"] },
  interop: { layer: "wide", alone: true, files: ["test/interop/"] },
  tools: { layer: "wide", files: ["test/wide/"] },
  ecosystem: { layer: "wide", alone: true, files: ["test/ecosystem/"] },
  "kafkas-tools": { layer: "wide", alone: true, files: ["test/kafka-tools/"] },
  unit: { layer: "test", files: [""] },
};

/**
 * Milliseconds that these files take at least, by prefix: for runs before which nothing was measured, and for files
 * that work in a hook or in a child process, whose time node:test does not count. Long files start first.
 */
export const AT_LEAST_MS = {
  "test/kafka/exactly-once": 300_000,
  "test/kafka/groups-edges": 170_000,
  "test/kafka/groups-unreliable": 150_000,
  "test/kafka/java-transactions": 110_000,
  "test/kafka/java-groups-embedded": 90_000,
  "test/kafka/groups-beside-java": 70_000,
  "test/kafka/secured-changes": 80_000,
  "test/kafka/secured-errors": 70_000,
  "test/kafka/secured-reauthentication": 80_000,
  "test/kafka/secured-tokens": 80_000,
  "test/kafka/": 50_000,
  "test/simulation/planted-bugs": 90_000,
  "test/simulation/planted-group-bugs": 60_000,
  "test/client/exactly-once-groups": 40_000,
  "test/client/close-while-rebalancing": 30_000,
  "test/simulation/day-of-rebalances": 25_000,
  "test/simulation/planted-": 20_000,
  "test/simulation/long/": 20_000,
  "test/simulation/payment-service": 20_000,
  "test/simulation/groups": 10_000,
  "test/simulation/workload": 10_000,
  "test/simulation/eos": 8000,
  "test/simulation/positions": 8000,
  "test/simulation/new-partitions": 8000,
  "test/cli/cli": 10_000,
  "test/client/consumer-damaged-response": 10_000,
  "test/client/consumer-run-retries": 10_000,
  "test/house/lint": 8000,
  "test/house/examples": 5000,
  "src/records/edge-cases": 10_000,
  "src/records/codecs": 8000,
};

/**
 * A file that takes longer is ended: it waits for something that does not come. The slowest takes 5 minutes, 15 at a
 * load of 20, and .ci/run has files at the lowest priority.
 */
export const SLOWEST_FILE_MS = 40 * 60_000;
/** Of the wide layer, which has whole parts in one file. */
export const SLOWEST_WIDE_FILE_MS = 75 * 60_000;

/** The suite of a test file, by its path below the repository's root. */
export function suiteOf(path) {
  return Object.keys(SUITES).find((name) => SUITES[name].files.some((prefix) => path.startsWith(prefix)));
}

/** Every test file, by its source: what is left in build/ of a file that was deleted is not run. */
export function testFiles(root) {
  const collect = (folder) =>
    readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      return entry.isDirectory() ? collect(path) : path.endsWith(".test.ts") ? [path] : [];
    });
  return ["src", "packages/kafkajs/src", "test"].flatMap(collect).sort();
}
