// Changes to the topics of groups: they get more partitions, lose old records, and are recreated.
import type { Random } from "../simulation/random.ts";
import type { World } from "../simulation/world.ts";

/** Whether partitions or topics come and go in this seed, which clients learn only from metadata. */
export function topicsChange(world: World): boolean {
  const { grows, recreates } = drawn(world.random("topic-faults"));
  return grows || recreates;
}

function drawn(random: Random): { readonly grows: boolean; readonly loses: boolean; readonly recreates: boolean } {
  const [grows, loses, recreates] = [random.below(3) === 0, random.below(3) === 0, random.below(3) === 0];
  return { grows, loses, recreates };
}

/** Runs until `untilMs`; `counts` gets the number of partitions to write to when it changes. */
export async function topicFaults(world: World, counts: Map<string, number>, untilMs: number): Promise<void> {
  const random = world.random("topic-faults");
  const { grows, loses, recreates } = drawn(random);
  const at = (): Promise<void> => world.sleep(random.between(3000, untilMs - 3000));
  await Promise.all([
    grows ? at().then(() => grow(world, counts, random)) : undefined,
    loses ? lose(world, random, untilMs) : undefined,
    recreates ? at().then(() => recreate(world, random, random.between(1, 3000))) : undefined,
  ]);
}

function grow(world: World, counts: Map<string, number>, random: Random): void {
  const partitions = random.between(5, 7);
  world.note(`topic a grows to ${partitions} partitions`);
  world.cluster.growTopic("a", partitions);
  counts.set("a", partitions);
}

/** Deletes some of the first records of the partitions of `a`, at random times. */
async function lose(world: World, random: Random, untilMs: number): Promise<void> {
  while (world.nowMs < untilMs) {
    await world.sleep(random.between(1000, 8000));
    const partitions = world.cluster.snapshot().topics.find(({ topic }) => topic === "a")?.partitions ?? [];
    const found = partitions[random.below(partitions.length)];
    if (found === undefined || found.lastStableOffset <= found.logStartOffset) continue;
    const toOffset = random.between(found.logStartOffset + 1, found.lastStableOffset);
    world.cluster.deleteRecords("a", found.partition, toOffset);
    world.record({
      type: "retention",
      atMs: world.nowMs,
      node: "world",
      topic: "a",
      partition: found.partition,
      toOffset,
    });
  }
}

async function recreate(world: World, random: Random, awayMs: number): Promise<void> {
  world.note(`topic b is deleted for ${awayMs} ms`);
  world.record({ type: "recreation", atMs: world.nowMs, node: "world", topic: "b" });
  world.cluster.deleteTopic("b");
  await world.sleep(awayMs);
  // Unless a producer's request has already created it.
  if (world.cluster.snapshot().topics.every(({ topic }) => topic !== "b"))
    world.cluster.createTopic("b", random.between(3, 5));
}
