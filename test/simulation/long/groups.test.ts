// Groups under faults: the rest of the corpus, and seeds of the commit (see seeds.ts).
import { seedsOf, upTo } from "../seeds.ts";
import { testSeeds } from "../test-seeds.ts";

/**
 * Seeds that found bugs: a topic that was recreated under a KIP-848 group; a member that took the committed offset of
 * such a topic for none, because it had last heard that the topic was deleted; a cooperative member that joined again
 * while it gave partitions back, and kept them.
 */
const FOUND = [6033, 899198927, 899199183];

testSeeds("groups", seedsOf([...FOUND, ...upTo(12).slice(1)]));
