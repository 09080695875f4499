import type { LoadedCalls } from "../admin-calls.ts";
import type { AdminContext } from "../admin-context.ts";
import { abortTransaction } from "./abort-transaction.ts";
import { describeProducers } from "./describe-producers.ts";
import { describeTransactions } from "./describe-transactions.ts";
import { fenceProducers, forceTerminateTransaction } from "./fence-producers.ts";
import { listTransactions } from "./list-transactions.ts";
import type { TransactionCalls } from "./transaction-calls.ts";

export function transactionCalls(context: AdminContext): LoadedCalls<TransactionCalls> {
  const { client } = context;
  return {
    listTransactions: (options = {}) => listTransactions(client, options),
    describeTransactions: (ids, options = {}) => describeTransactions(context, ids, options),
    describeProducers: (partitions, options = {}) => describeProducers(context, partitions, options),
    abortTransaction: (spec, options = {}) => abortTransaction(context, spec, options),
    fenceProducers: (ids, options = {}) => fenceProducers(context, ids, options),
    forceTerminateTransaction: (id, options = {}) => forceTerminateTransaction(context, id, options),
  };
}
