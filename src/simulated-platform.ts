import { loadAdminCalls } from "./admin/lazy-calls.ts";
import { loadConnectionLimit } from "./cluster/lazy-connection-limit.ts";
import { loadMapping } from "./cluster/lazy-map-broker.ts";
import { loadAttempt } from "./exactly-once/late-attempt.ts";
import { loadTransactions } from "./producer/transactions/late-transactions.ts";
import type { SchedulerOptions } from "./simulation/scheduler.ts";
import { type SimulatedPlatform, simulatedPlatform as withoutCode } from "./simulation/simulated-platform.ts";

/** Creates from a seed everything that the client needs from a host. */
export function simulatedPlatform(options: SchedulerOptions): SimulatedPlatform {
  const platform = withoutCode(options);
  return {
    ...platform,
    run: async (main) => {
      // Loading a module takes the host's time, and virtual time does not wait for it.
      await Promise.all([loadAdminCalls(), loadTransactions(), loadAttempt(), loadConnectionLimit(), loadMapping()]);
      return platform.run(main);
    },
  };
}
