import type { ClusterClient } from "../../cluster/cluster-client.ts";
import { done } from "../../cluster/routing/verdict.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import { listOf, oneOf, reading, text, wholeFrom } from "../../errors/shape.ts";
import { listTransactionsApi } from "../../protocol/messages/list-transactions.ts";
import { askAll } from "../ask-all.ts";
import { type CallOptions, callLimit, optionsWith } from "../call-options.ts";
import { coordinatorVerdict } from "../groups/coordinator-verdict.ts";
import { itemError } from "../item-error.ts";
import type { Listed } from "../listed.ts";
import { STATES, type TransactionState, transactionStateOf } from "./transaction-state.ts";

/** A transactional id in the list of transactions. Java: `TransactionListing`. */
export interface TransactionListing {
  /** The transactional id. */
  readonly transactionalId: string;
  /** The id of the producer that has it. */
  readonly producerId: number;
  /** The state of its last transaction. */
  readonly state: TransactionState;
}

/** The options of `listTransactions`. */
export interface ListTransactionsOptions extends CallOptions {
  /** Only transactions in one of these states. Default: any. Java: `filterStates`. */
  readonly filterStates?: readonly TransactionState[];
  /** Only those of these producers. Default: any. Java: `filterProducerIds`. */
  readonly filterProducerIds?: readonly number[];
  /**
   * Only those that began longer ago, in ms. Kafka counts from the last begin, also of transactions that are complete.
   * Default: any. Brokers from Kafka 3.8 on. Java: `filterOnDuration`.
   */
  readonly filterOnDurationMs?: number;
  /**
   * Only ids that match this regular expression, in the syntax of RE2, from the first letter to the last. Default: any.
   * Brokers from Kafka 4.1 on. Java: `filterOnTransactionalIdPattern`.
   */
  readonly filterOnTransactionalIdPattern?: string;
}

const OPTIONS = optionsWith(
  {
    filterStates: listOf(oneOf(...STATES)),
    filterProducerIds: listOf(wholeFrom(0)),
    filterOnDurationMs: wholeFrom(0),
    filterOnTransactionalIdPattern: text,
  },
  { filterOnDuration: "filterOnDurationMs" },
);
const DURATION_SINCE = 1;
const PATTERN_SINCE = 2;

/** See `Admin.listTransactions`. */
export async function listTransactions(
  client: ClusterClient,
  options: ListTransactionsOptions,
): Promise<Listed<TransactionListing>> {
  const limit = callLimit(options, "listTransactions", OPTIONS);
  const { filterOnDurationMs, filterOnTransactionalIdPattern: pattern } = options;
  const filters = reading("listTransactions", () => ({
    stateFilters: [...(options.filterStates ?? [])],
    producerIdFilters: [...(options.filterProducerIds ?? [])],
  }));
  const what = "cannot list transactions";
  return askAll<TransactionListing>(
    client,
    {
      what,
      send: async (connection) => {
        const version = connection.version(listTransactionsApi);
        if (filterOnDurationMs !== undefined && version < DURATION_SINCE) return needs("filterOnDurationMs", "3.8");
        if (pattern !== undefined && version < PATTERN_SINCE) return needs("filterOnTransactionalIdPattern", "4.1");
        const { errorCode, transactionStates } = await connection.request(
          listTransactionsApi,
          {
            ...filters,
            ...(version >= DURATION_SINCE ? { durationFilter: filterOnDurationMs ?? -1 } : {}),
            ...(version >= PATTERN_SINCE ? { transactionalIdPattern: pattern ?? null } : {}),
          },
          { version },
        );
        if (errorCode !== ErrorCode.NONE) return coordinatorVerdict(itemError(errorCode, what));
        return done(
          transactionStates.map(({ transactionalId, producerId, transactionState }) => ({
            transactionalId,
            producerId,
            state: transactionStateOf(transactionState),
          })),
        );
      },
    },
    limit,
  );
}

function needs(option: string, release: string): ReturnType<typeof coordinatorVerdict> {
  const error = new KafkaError(
    "unsupported",
    `the option ${option} of listTransactions needs brokers of Kafka ${release}`,
  );
  return { then: "fail", error };
}
