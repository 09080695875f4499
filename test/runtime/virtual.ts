// A client may be in the virtual time of the test: its late code is loaded before.
import "../client/late-code.ts";
import { nodeDrain } from "../../src/platform/node/drain.ts";
import { type SimulatedPlatform, simulatedPlatform } from "../../src/simulation/simulated-platform.ts";

/** Runs a test in virtual time; no task and no delay may live when it ends. */
export async function inVirtualTime<T>(body: (platform: SimulatedPlatform) => Promise<T>, seed = 1): Promise<T> {
  const platform = simulatedPlatform({ seed, drain: nodeDrain });
  const result = await platform.run(() => body(platform));
  const { tasks, delays } = platform.runtime;
  if (tasks !== 0 || delays !== 0) throw new Error(`${tasks} tasks and ${delays} delays live at the end`);
  return result;
}
