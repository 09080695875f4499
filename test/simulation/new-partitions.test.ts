// Partitions that are new to a producer, with faults from the first millisecond: a corpus, and seeds of the commit (see
// seeds.ts).
import { seedsOf, upTo } from "./seeds.ts";
import { testSeeds } from "./test-seeds.ts";

testSeeds("new-partitions", seedsOf(upTo(10)));
