import { loadLateCode } from "./late-code.ts";
import type { SchedulerOptions } from "./simulation/scheduler.ts";
import { type SimulatedPlatform, simulatedPlatform as withoutCode } from "./simulation/simulated-platform.ts";

/** Creates from a seed everything that the client needs from a host. */
export function simulatedPlatform(options: SchedulerOptions): SimulatedPlatform {
  const platform = withoutCode(options);
  return {
    ...platform,
    run: async (main) => {
      await loadLateCode();
      return platform.run(main);
    },
  };
}
