// Groups under faults, by seed: the quick ones of the corpus. The others, and the seeds of the commit, are in long/.
import { testGroups } from "./group-seeds.ts";
import { seedsOf, upTo } from "./seeds.ts";

/** It found something: a topic that was made anew under a group of KIP-848. */
const FOUND = [6106];

testGroups(seedsOf([...FOUND, ...upTo(3)], 0));
