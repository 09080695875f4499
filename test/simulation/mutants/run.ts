// Plants each bug in a copy of the program and searches for it, seed by seed. Prints a line for each, as JSON or as a
// table.
//     node build/test/simulation/mutants/run.js [--quick] [--shrink] [--table] [PART OF A NAME …]
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runWorkload } from "../../../src/cli/workload.ts";
import type { FaultPlan } from "../../../src/simulation.ts";
import { type Mutant, MUTANTS, settings } from "./mutants.ts";
import { type PatchedCopy, patchedCopy } from "./patched-copy.ts";

/** The result of a planted bug. */
export interface Caught {
  readonly what: string;
  readonly invariant: string;
  /** The number of seeds that it took; 0: it was not found. */
  readonly seeds: number;
  /** All invariants that the run breaks. */
  readonly told: readonly string[];
  /** The invariants that the same run breaks without the bug: none. */
  readonly withoutBug: readonly string[];
  readonly message: string;
  readonly faults: number;
  /** After shrinking; −1: not requested. */
  readonly shrunkTo: number;
}

const MOST_SEEDS = 120;

type Result = Awaited<ReturnType<typeof runWorkload>>;

/** X5 appears only in the comparison of two runs. */
async function run(
  mutant: Mutant,
  { runWorkload: play }: Pick<PatchedCopy, "runWorkload">,
  seed: number,
): Promise<Result> {
  const result = await play(seed, settings(mutant));
  if (mutant.invariant !== "X5" || (await play(seed, settings(mutant))).traceHash === result.traceHash) return result;
  return {
    ...result,
    violations: [
      ...result.violations,
      {
        invariant: "X5",
        atMs: 0,
        message: "the same seed has another trace the second time: something is left in the process",
      },
    ],
  };
}

const has = (option: string): boolean => process.argv.includes(`--${option}`);

async function catchMutant(mutant: Mutant, copy: PatchedCopy): Promise<Caught> {
  const { what, invariant } = mutant;
  const others = new Set<string>();
  const inTurn = Array.from({ length: MOST_SEEDS }, (_, i) => i + 1);
  for (const seed of has("quick") && mutant.hint !== undefined ? [mutant.hint, ...inTurn] : inTurn) {
    const found = await run(mutant, copy, seed);
    const violations = found.violations.filter((violation) => violation.invariant === invariant);
    for (const { invariant: other } of found.violations) others.add(other);
    if (violations.length === 0) continue;
    const told = [...new Set(found.violations.map((violation) => violation.invariant))];
    const without = mutant.patches === undefined ? [] : (await run(mutant, { runWorkload }, seed)).violations;
    const shrunkTo = has("shrink") && invariant !== "X5" ? await shrink(mutant, copy, { ...found, violations }) : -1;
    return {
      what,
      invariant,
      seeds: seed,
      told,
      withoutBug: without.map(({ message }) => message),
      message: violations[0]?.message ?? "",
      faults: found.plan.faults.length,
      shrunkTo,
    };
  }
  return { what, invariant, seeds: 0, told: [...others], withoutBug: [], message: "", faults: 0, shrunkTo: -1 };
}

async function shrink(mutant: Mutant, copy: PatchedCopy, found: Result): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "odradek-mutant-"));
  try {
    const file = /replay (\S+\.json)/.exec(await copy.tellFailure(found, folder, settings(mutant)))?.[1] ?? "";
    return (JSON.parse(readFileSync(file, "utf8")) as { readonly plan: FaultPlan }).plan.faults.length;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function row({ what, told, seeds, faults, shrunkTo }: Caught): string {
  return `| ${what} | ${told.join(", ")} | ${seeds} | ${faults} | ${shrunkTo < 0 ? "–" : shrunkTo} |\n`;
}

if (has("table"))
  process.stdout.write(
    "| bug | found by | seeds needed | faults in its plan | after shrinking |\n|---|---|---|---|---|\n",
  );
const names = process.argv.slice(2).filter((name) => !name.startsWith("--"));
for (const [i, mutant] of MUTANTS.entries()) {
  if (names.length > 0 && !names.some((name) => mutant.what.includes(name) || mutant.invariant === name)) continue;
  const copy = await patchedCopy(String(i), mutant.patches ?? []);
  try {
    const caught = await catchMutant(mutant, copy);
    process.stdout.write(has("table") ? row(caught) : `${JSON.stringify(caught)}\n`);
  } finally {
    copy.remove();
  }
}
