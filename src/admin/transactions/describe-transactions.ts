import { done } from "../../cluster/routing/verdict.ts";
import type { TopicPartition } from "../../cluster/topic-partition.ts";
import { counted } from "../../errors/counted.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { describeTransactionsApi } from "../../protocol/messages/describe-transactions.ts";
import type { AdminContext } from "../admin-context.ts";
import { askItems, notAnswered, resultsOf } from "../ask-items.ts";
import { type CallOptions, callLimit } from "../call-options.ts";
import { coordinatorRoute, coordinatorVerdict } from "../groups/coordinator-verdict.ts";
import { itemError } from "../item-error.ts";
import type { Results } from "../results.ts";
import { transactionalIds } from "./transactional-ids.ts";
import { type TransactionState, transactionStateOf } from "./transaction-state.ts";

/** The transaction of a transactional id. Java: `TransactionDescription`. */
export interface TransactionDescription {
  /** The transactional id. */
  readonly transactionalId: string;
  /** The node id of its coordinator; undefined if that is not known. */
  readonly coordinatorId: number | undefined;
  /** The state of its last transaction. */
  readonly state: TransactionState;
  /** The id of its producer. */
  readonly producerId: number;
  /** The epoch of its producer. */
  readonly producerEpoch: number;
  /** After this time the coordinator aborts a transaction, in ms. */
  readonly transactionTimeoutMs: number;
  /** When the transaction began, in ms since the epoch; undefined if none is running. */
  readonly transactionStartTimeMs: number | undefined;
  /** The partitions that the transaction has written to. */
  readonly topicPartitions: readonly TopicPartition[];
}

/** See `Admin.describeTransactions`. */
export async function describeTransactions(
  context: AdminContext,
  ids: readonly string[],
  options: CallOptions,
): Promise<Results<string, TransactionDescription>> {
  const keys = transactionalIds(ids, "describeTransactions: transactionalIds");
  const limit = callLimit(options, "describeTransactions");
  const results = await askItems<string, TransactionDescription>(
    context.client,
    {
      what: `cannot describe the transactions of ${counted(keys.length, "transactional id")}`,
      keys,
      route: coordinatorRoute(context, "transaction", (id) => id),
      send: async (connection, asked) => {
        const { transactionStates } = await connection.request(describeTransactionsApi, { transactionalIds: asked });
        return asked.map((id) => {
          const found =
            transactionStates.find(({ transactionalId }) => transactionalId === id) ??
            notAnswered("DescribeTransactions");
          if (found.errorCode !== ErrorCode.NONE)
            return coordinatorVerdict(itemError(found.errorCode, `cannot describe the transaction of ${id}`));
          return done({
            transactionalId: id,
            coordinatorId: context.nodeIdOf(connection),
            state: transactionStateOf(found.transactionState),
            producerId: found.producerId,
            producerEpoch: found.producerEpoch,
            transactionTimeoutMs: found.transactionTimeoutMs,
            transactionStartTimeMs: found.transactionStartTimeMs < 0 ? undefined : found.transactionStartTimeMs,
            topicPartitions: found.topics.flatMap(({ topic, partitions }) =>
              partitions.map((partition) => ({ topic, partition })),
            ),
          });
        });
      },
    },
    limit,
  );
  return resultsOf(keys, results, (id) => id);
}
