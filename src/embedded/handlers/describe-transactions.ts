import * as ErrorCode from "../../errors/error-code.ts";
import {
  type DescribeTransactionsResponseTransactionState,
  describeTransactionsApi,
} from "../../protocol/messages/describe-transactions.ts";
import type { Input } from "../../protocol/schema.ts";
import { type AnyHandler, type RequestContext, handler } from "../handler.ts";
import type { Transaction } from "../state/transactions/transaction.ts";

/** DescribeTransactions, 0 (KIP-664). */
export function describeTransactions(): AnyHandler {
  return handler({
    api: describeTransactionsApi,
    min: 0,
    max: 0,
    handle: ({ transactionalIds }, context) => ({
      transactionStates: transactionalIds.map((transactionalId) => describe(transactionalId, context)),
    }),
  });
}

function describe(
  transactionalId: string,
  { cluster, nodeId, access }: RequestContext,
): Input<DescribeTransactionsResponseTransactionState> {
  if (access?.denies("DESCRIBE", "TRANSACTIONAL_ID", transactionalId) === true)
    return { transactionalId, errorCode: ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED };
  if (transactionalId === "") return { transactionalId, errorCode: ErrorCode.INVALID_REQUEST };
  const elsewhere = cluster.coordinators.errorAt("transaction", transactionalId, nodeId);
  if (elsewhere !== ErrorCode.NONE) return { transactionalId, errorCode: elsewhere };
  const transaction = cluster.transactions.get(transactionalId);
  if (transaction === undefined) return { transactionalId, errorCode: ErrorCode.TRANSACTIONAL_ID_NOT_FOUND };
  const { status, timeoutMs, startedAtMs, producerId, epoch } = transaction;
  return {
    transactionalId,
    transactionState: status,
    transactionTimeoutMs: timeoutMs,
    transactionStartTimeMs: startedAtMs,
    producerId,
    producerEpoch: epoch,
    topics: topicsOf(transaction, (topic) => access?.denies("DESCRIBE", "TOPIC", topic) !== true),
  };
}

/** The topics of a transaction that the client may see. */
function topicsOf(
  { partitions }: Transaction,
  isVisible: (topic: string) => boolean,
): Input<DescribeTransactionsResponseTransactionState["topics"]> {
  const topics = new Map<string, number[]>();
  for (const { topic, partition } of partitions.values()) topics.set(topic, [...(topics.get(topic) ?? []), partition]);
  return [...topics].filter(([topic]) => isVisible(topic)).map(([topic, all]) => ({ topic, partitions: all }));
}
