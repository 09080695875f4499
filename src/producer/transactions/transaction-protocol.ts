import type { CoordinatorRequests, Deadline } from "./coordinator-requests.ts";
import type { TransactionProtocol } from "./transaction-state.ts";

/** The level of this feature tells which protocol a cluster uses (KIP-890). */
const FEATURE = "transaction.version";

/** Asks the coordinator which protocol the cluster uses now. `isKnown`: it has been asked before. */
export function askProtocol(
  requests: CoordinatorRequests,
  transactionalId: string,
  isKnown: boolean,
  limit: Deadline,
): Promise<TransactionProtocol> {
  const what = "cannot find out which transaction protocol the brokers speak";
  return requests.ask("transaction", transactionalId, what, limit, async (connection) => {
    if (isKnown) await connection.refreshFeatures();
    return (connection.finalizedFeatures.get(FEATURE) ?? 0) >= 2 ? 2 : 1;
  });
}
