import { loadLateCode } from "./late-code.ts";
import type { Drain } from "./runtime/drain.ts";
import { type SimulationOptions, type SimulationRun, type World, simulate as runWorld } from "./simulation/world.ts";

/**
 * Runs `body` in its own world, in virtual time. Rejects as `body` does, and when no event is left that could end it.
 */
export async function simulate<T>(
  options: SimulationOptions & { readonly drain: Drain },
  body: (world: World) => PromiseLike<T>,
): Promise<SimulationRun<T>> {
  await loadLateCode();
  return runWorld(options, body);
}
