// Groups under faults: the rest of the corpus, and seeds of the commit (see seeds.ts).
import { testGroups } from "../group-seeds.ts";
import { seedsOf, upTo } from "../seeds.ts";

/** It found something: a topic that was made anew under a group of KIP-848. */
const FOUND = [6033];

testGroups(seedsOf([...FOUND, ...upTo(12).slice(3)]));
