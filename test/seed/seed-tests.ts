import { consumerTests } from "./consumers.ts";
import { otherTests } from "./others.ts";
import { producerTests } from "./producers.ts";
import type { SeedTest } from "./seed-world.ts";

/** Every test of the seed that there is a counterpart for. docs/seed-tests.md names the others, with the reason. */
export const seedTests: readonly SeedTest[] = [...consumerTests, ...producerTests, ...otherTests];
