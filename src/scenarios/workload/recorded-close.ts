import type { Kafka } from "../../kafka.ts";
import type { SimulatedNode } from "../../simulation/simulated-node.ts";
import type { SimulatedRuntime } from "../../simulation/simulated-runtime.ts";
import type { World } from "../../simulation/world.ts";

/** A client of the workload. */
export interface Client {
  readonly node: SimulatedNode;
  readonly kafka: Kafka<SimulatedRuntime>;
}

/** How long a close may take. */
export const CLOSE_MS = 60_000;

/** Closes a client. A close that does not end is its own failure; the run is still checked after it. */
export async function recordedClose(world: World, { node, kafka }: Client): Promise<boolean> {
  const beforeMs = world.nowMs;
  const isClosed = await Promise.race([kafka.close().then(() => true), world.sleep(2 * CLOSE_MS).then(() => false)]);
  world.record({
    type: "close",
    atMs: world.nowMs,
    node: node.name,
    what: "kafka",
    tookMs: world.nowMs - beforeMs,
    limitMs: CLOSE_MS,
  });
  return isClosed;
}
