import * as ErrorCode from "../../errors/error-code.ts";
import {
  type ListTransactionsRequest,
  type ListTransactionsResponse,
  listTransactionsApi,
} from "../../protocol/messages/list-transactions.ts";
import type { Input } from "../../protocol/schema.ts";
import { type AnyHandler, type RequestContext, handler } from "../handler.ts";
import type { Transaction } from "../state/transactions/transaction.ts";

const STATES = [
  "Empty",
  "Ongoing",
  "PrepareCommit",
  "PrepareAbort",
  "CompleteCommit",
  "CompleteAbort",
  "Dead",
  "PrepareEpochFence",
];

/** ListTransactions, 0 to 2 (KIP-664): lists the transactions that this broker coordinates. */
export function listTransactions(): AnyHandler {
  return handler({ api: listTransactionsApi, min: 0, max: 2, handle: serve });
}

function serve(
  request: ListTransactionsRequest,
  { cluster, nodeId, access }: RequestContext,
): Input<ListTransactionsResponse> {
  const { stateFilters, producerIdFilters, durationFilter, transactionalIdPattern } = request;
  const matches = matcher(transactionalIdPattern);
  if (matches === undefined) return { errorCode: ErrorCode.INVALID_REGULAR_EXPRESSION };
  const known = stateFilters.filter((state) => STATES.includes(state));
  const nowMs = cluster.clock.now();
  const isWanted = ({ transactionalId, status, producerId, startedAtMs }: Transaction): boolean =>
    cluster.coordinators.errorAt("transaction", transactionalId, nodeId) === ErrorCode.NONE &&
    (producerIdFilters.length === 0 || producerIdFilters.includes(producerId)) &&
    (stateFilters.length === 0 || known.includes(status)) &&
    (durationFilter < 0 || (startedAtMs >= 0 && nowMs - startedAtMs > durationFilter)) &&
    matches(transactionalId) &&
    access?.denies("DESCRIBE", "TRANSACTIONAL_ID", transactionalId) !== true;
  return {
    unknownStateFilters: stateFilters.filter((state) => !STATES.includes(state)),
    transactionStates: [...cluster.transactions.all]
      .filter(isWanted)
      .map(({ transactionalId, producerId, status }) => ({ transactionalId, producerId, transactionState: status })),
  };
}

/** Returns a function that tests whether a whole id matches; undefined for an invalid pattern. */
function matcher(pattern: string | null): ((transactionalId: string) => boolean) | undefined {
  if (pattern === null || pattern === "") return () => true;
  try {
    const whole = new RegExp(`^(?:${pattern})$`, "u");
    return (transactionalId) => whole.test(transactionalId);
  } catch {
    return undefined;
  }
}
