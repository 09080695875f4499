// The real client under seeded faults: the rest of the corpus, and seeds of the commit (see seeds.ts).
import { CORPUS } from "../corpus.ts";
import { seedsOf } from "../seeds.ts";
import { testWorkload } from "../workload-seeds.ts";

const DRAWN = 10;

testWorkload(CORPUS, "the corpus's seed");
testWorkload(seedsOf([], DRAWN), "the commit's seed");
