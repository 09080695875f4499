import { exactlyOnceScenario } from "../../src/scenarios/exactly-once-scenario.ts";
import { groupScenario } from "../../src/scenarios/group-scenario.ts";
import { newPartitionsScenario } from "../../src/scenarios/new-partitions-scenario.ts";
import { positionScenario } from "../../src/scenarios/position-scenario.ts";
import { transactionScenario } from "../../src/scenarios/transaction-scenario.ts";
import { type Scenario, type ScenarioRun, runScenario } from "../../src/simulation.ts";
import { maxConnectionsScenario } from "./max-connections-scenario.ts";
import { randomCalls } from "./random-calls-scenario.ts";

/** A scenario for one seed. */
export interface SeededScenario {
  /** The condition that must hold, with the seed: the name of its test. */
  readonly what: string;
  readonly scenario: Scenario;
}

/** The scenarios that run with many seeds, by the names of their tests' files. */
export const SEEDED: Readonly<Record<string, (seed: number) => readonly SeededScenario[]>> = {
  groups: (seed) => [
    {
      what:
        `seed ${seed}: members of a group that come, go, crash and are stuck lose no record, and share the ` +
        "partitions again",
      scenario: groupScenario(),
    },
  ],
  // Even seeds use the transactions of Kafka 4.
  eos: (seed) => [
    {
      what: `seed ${seed}: under all faults of processes, brokers and the group, each input has exactly one output`,
      scenario: exactlyOnceScenario({ transactionVersion: seed % 2 === 0 ? 2 : 1 }),
    },
  ],
  positions: (seed) => [
    {
      what: `seed ${seed}: positions follow seeks and resets, and every other change is reported`,
      scenario: positionScenario(),
    },
  ],
  transactions: (seed) =>
    ([1, 2] as const).map((transactionVersion) => ({
      what:
        `transaction.version ${transactionVersion}, seed ${seed}: transactions are whole or not at all, once and in ` +
        "order",
      scenario: transactionScenario({ transactionVersion }),
    })),
  "new-partitions": (seed) => [
    {
      what: `seed ${seed}: partitions that are new to a producer get its records once, and in order`,
      scenario: newPartitionsScenario({ forgets: seed % 2 === 0 }),
    },
  ],
  "max-connections": (seed) => [
    {
      what: `seed ${seed}: eight brokers with six connections: each record arrives once and in order, no seventh is open`,
      scenario: maxConnectionsScenario(),
    },
  ],
  "random-calls": (seed) => [
    {
      what: `seed ${seed}: random calls settle in time, fail with KafkaErrors, and wrong ones have no effect`,
      scenario: randomCalls(),
    },
  ],
};

/** The first broken invariants of a run, and its plan of faults as text. */
export async function outcomeOf(
  { scenario }: SeededScenario,
  seed: number,
): Promise<{ readonly violations: ScenarioRun["violations"]; readonly plan: string }> {
  const { violations, plan } = await runScenario(scenario, { seed });
  return { violations: violations.slice(0, 5), plan: JSON.stringify(plan) };
}
