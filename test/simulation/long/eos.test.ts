// Exactly once under faults: the rest of the corpus, and seeds of the commit (see seeds.ts).
import { seedsOf, upTo } from "../seeds.ts";
import { testSeeds } from "../test-seeds.ts";

/** A static leader that hung while it gave a partition back to its cooperative group. */
const FOUND = [102];

testSeeds("eos", seedsOf([...FOUND, ...upTo(8).slice(4)]));
