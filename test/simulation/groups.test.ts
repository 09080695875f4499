// Groups under faults: the quick seeds of the corpus. The others, and the seeds of the commit, are in long/.
import { seedsOf, upTo } from "./seeds.ts";
import { testSeeds } from "./test-seeds.ts";

/** It found a bug: a topic that was recreated under a KIP-848 group. */
const FOUND = [6106];

testSeeds("groups", seedsOf([...FOUND, ...upTo(1)], 0));
