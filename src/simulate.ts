import { loadAdminCalls } from "./admin/lazy-calls.ts";
import { loadRequests } from "./admin/raw/request-client.ts";
import { loadConnectionLimit } from "./cluster/lazy-connection-limit.ts";
import { loadLogin } from "./cluster/lazy-login.ts";
import { loadMapping } from "./cluster/lazy-map-broker.ts";
import { loadVersions } from "./cluster/lazy-versions.ts";
import { loadAttempt } from "./exactly-once/late-attempt.ts";
import { loadTransactions } from "./producer/transactions/late-transactions.ts";
import { loadProperties } from "./properties/lazy-properties.ts";
import type { Drain } from "./runtime/drain.ts";
import { type SimulationOptions, type SimulationRun, type World, simulate as runWorld } from "./simulation/world.ts";

/**
 * Runs `body` in its own world, in virtual time. Rejects as `body` does, and when no event is left that could end it.
 */
export async function simulate<T>(
  options: SimulationOptions & { readonly drain: Drain },
  body: (world: World) => PromiseLike<T>,
): Promise<SimulationRun<T>> {
  // Loading a module takes the host's time, and virtual time does not wait for it.
  const { users, sasl } = (options as SimulationOptions | undefined) ?? {};
  await Promise.all([loadAdminCalls(), loadRequests(), loadVersions(), loadProperties(), loadTransactions()]);
  await Promise.all([loadAttempt(), loadConnectionLimit(), loadMapping()]);
  if (users !== undefined || sasl !== undefined) await loadLogin();
  return runWorld(options, body);
}
