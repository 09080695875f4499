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

/**
 * Loads the code that clients otherwise load when they need it. A program in virtual time does this first: a module
 * takes the host's time to load, and virtual time does not wait for it.
 */
export function loadLateCode(): Promise<unknown> {
  return Promise.all([
    loadAdminCalls(),
    loadRequests(),
    loadConnectionLimit(),
    loadControllers(),
    loadLogin(),
    loadMapping(),
    loadVersions(),
    loadAttempt(),
    loadRequestLog(),
    loadTransactions(),
    loadProperties(),
    loadTokenProviders(),
  ]);
}
