// Transactions under faults: a corpus, and seeds of the commit (see seeds.ts).
import { seedsOf, upTo } from "./seeds.ts";
import { testSeeds } from "./test-seeds.ts";

testSeeds("transactions", seedsOf(upTo(7)));
