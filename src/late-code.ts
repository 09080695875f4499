import { loadAdminCalls } from "./admin/lazy-calls.ts";
import { loadRequests } from "./admin/raw/request-client.ts";
import { loadConnectionLimit } from "./cluster/lazy-connection-limit.ts";
import { loadControllers } from "./cluster/lazy-controllers.ts";
import { loadLogin } from "./cluster/lazy-login.ts";
import { loadMapping } from "./cluster/lazy-map-broker.ts";
import { loadVersions } from "./cluster/lazy-versions.ts";
import { loadAttempt } from "./exactly-once/late-attempt.ts";
import { loadRequestLog } from "./lazy-request-log.ts";
import { loadTransactions } from "./producer/transactions/late-transactions.ts";
import { loadProperties } from "./properties/lazy-properties.ts";
import { loadTokenProviders } from "./security/token-providers.ts";

const LOADS: readonly (() => Promise<unknown>)[] = [
  loadAdminCalls,
  loadRequests,
  loadConnectionLimit,
  loadControllers,
  loadLogin,
  loadMapping,
  loadVersions,
  loadAttempt,
  loadRequestLog,
  loadTransactions,
  loadProperties,
  loadTokenProviders,
];

/**
 * Loads the code that clients otherwise load when they need it. A program in virtual time does this first: a module
 * takes the host's time to load, and virtual time does not wait for it. One after the other, because several may lie in
 * one file of the package, and the loader of a program that embeds it need not be able to load a file twice at once.
 */
export async function loadLateCode(): Promise<void> {
  for (const load of LOADS) await load();
}
