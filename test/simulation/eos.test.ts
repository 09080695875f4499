// Exactly once under faults: the first seeds of the corpus. The others, and the seeds of the commit, are in long/.
import { seedsOf, upTo } from "./seeds.ts";
import { testSeeds } from "./test-seeds.ts";

testSeeds("eos", seedsOf(upTo(4), 0));
