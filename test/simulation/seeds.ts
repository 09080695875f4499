import { commitSeed } from "../package/commit-seed.ts";

/** The number of seeds that are drawn from the commit's id, and that only this commit has: three, or ODRADEK_SEEDS. */
const DRAWN = 3;

/**
 * The first of them. scripts/test.mjs draws it in the same way, passes it to the tests, and prints the command that
 * repeats them.
 */
export function firstSeed(): number {
  return Number(process.env["ODRADEK_SEED"] ?? Number.parseInt(commitSeed().slice(0, 8), 16) % 1_000_000_000);
}

/** The seeds that a scenario runs with: those of the repository, then those of the commit. */
export function seedsOf(fixed: readonly number[], drawn: number = DRAWN): readonly number[] {
  const count = Number(process.env["ODRADEK_SEEDS"] ?? drawn);
  const first = firstSeed();
  return [...fixed, ...Array.from({ length: count }, (_, i) => first + i)];
}

/** The whole numbers from 1 to `last`. */
export function upTo(last: number): readonly number[] {
  return Array.from({ length: last }, (_, i) => i + 1);
}
