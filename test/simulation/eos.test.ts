// Exactly once under faults: the first seeds of the corpus. The others, and the seeds of the commit, are in long/.
import { testExactlyOnce } from "./eos-seeds.ts";
import { seedsOf, upTo } from "./seeds.ts";

testExactlyOnce(seedsOf(upTo(4), 0));
