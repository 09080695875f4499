// Groups under faults: the quick seeds of the corpus. The others, and the seeds of the commit, are in long/.
import { testGroups } from "./group-seeds.ts";
import { seedsOf, upTo } from "./seeds.ts";

/** It found a bug: a topic that was recreated under a KIP-848 group. */
const FOUND = [6106];

testGroups(seedsOf([...FOUND, ...upTo(1)], 0));
