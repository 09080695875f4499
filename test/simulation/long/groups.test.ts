// Groups under faults: the rest of the corpus, and seeds of the commit (see seeds.ts).
import { testGroups } from "../group-seeds.ts";
import { seedsOf, upTo } from "../seeds.ts";

/**
 * Seeds that found something: a topic that was created again under a group of KIP-848; a member that took the committed
 * offset of such a topic for none, since it had last heard that the topic was deleted; a cooperative member that joined
 * again while it was giving partitions back, and kept them.
 */
const FOUND = [6033, 899198927, 899199183];

testGroups(seedsOf([...FOUND, ...upTo(12).slice(3)]));
