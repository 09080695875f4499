import { anything, callback, type Check, flag, is, listOf, oneOf, shape, wholeFrom } from "../errors/shape.ts";
import { FAULT_KINDS } from "./fault-kinds.ts";
import { PLAN_OPTIONS } from "./fault-plan.ts";

// The options that users of the simulator pass. The cluster checks its own options.

const CLUSTER = {
  brokers: wholeFrom(1, 1000),
  topics: anything,
  autoCreateTopics: anything,
  numPartitions: anything,
  replicaLagTimeMaxMs: anything,
  transactionVersion: anything,
  transactionMarkerDelayMs: anything,
  groups: anything,
  users: anything,
  sasl: anything,
};
const seed: Check = is("a whole number", Number.isSafeInteger);
const positive: Check = is("a number above 0", (value) => typeof value === "number" && value > 0);
const LINK = shape({
  latencyUs: is(
    "the least and the most of it, [µs, µs]",
    (value) => Array.isArray(value) && value.length === 2 && value.every((us) => typeof us === "number" && us >= 0),
  ),
  bytesPerMs: positive,
  segmentBytes: wholeFrom(1),
});
const FAULT = shape(
  {
    atMs: anything,
    durationMs: anything,
    kind: oneOf(...FAULT_KINDS),
    node: anything,
    broker: anything,
    amount: anything,
  },
  { needs: ["atMs", "durationMs", "kind"], noun: "field" },
);
const PLAN = shape({ faults: listOf(FAULT) }, { needs: ["faults"], noun: "field" });
const SIMULATION = shape(
  { ...CLUSTER, seed, faults: PLAN, link: LINK, maxEvents: wholeFrom(1), detail: flag, drain: anything },
  { needs: ["seed"] },
);
const SCENARIO = shape({
  ...CLUSTER,
  link: LINK,
  maxEvents: wholeFrom(1),
  run: callback,
  limitMs: wholeFrom(0),
  checkers: listOf(callback),
  faults: (value, path) => (value === false ? undefined : PLAN_OPTIONS(value, path)),
});
const RUN = shape({ seed, plan: PLAN, detail: flag }, { needs: ["seed"] });
const SEARCH = shape({ seeds: wholeFrom(1), from: seed, shrinkRuns: wholeFrom(0), onRun: callback });

/** Throws kind `config`. */
export function checkSimulation(options: unknown, body: unknown): void {
  SIMULATION(options, "simulate");
  callback(body, "simulate: the body");
}

/** Throws kind `config`. `runScenario` checks that the scenario has a `run`. */
export function checkScenario(scenario: unknown, options: unknown): void {
  SCENARIO(scenario, "a scenario");
  RUN(options, "runScenario");
}

/** Throws kind `config`. */
export function checkSearch(options: unknown): void {
  SEARCH(options, "searchSeeds");
}
