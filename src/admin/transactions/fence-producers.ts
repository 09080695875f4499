import { done } from "../../cluster/routing/verdict.ts";
import { counted } from "../../errors/counted.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { name } from "../../errors/shape.ts";
import { initProducerIdApi } from "../../protocol/messages/init-producer-id.ts";
import type { AdminContext } from "../admin-context.ts";
import { askItems, resultsOf } from "../ask-items.ts";
import { brokersLimit, type CallOptions, callLimit } from "../call-options.ts";
import { coordinatorRoute, coordinatorVerdict } from "../groups/coordinator-verdict.ts";
import { itemError } from "../item-error.ts";
import type { Results } from "../results.ts";
import { transactionalIds } from "./transactional-ids.ts";

/**
 * The producer id and epoch that a transactional id has after its producer was fenced. Java: `FenceProducersResult`.
 */
export interface FencedProducer {
  /** The id of the next producer. */
  readonly producerId: number;
  /** The epoch of the next producer; older ones are refused. */
  readonly producerEpoch: number;
}

/** The coordinator still ends the transaction of the fenced producer. */
const AGAIN: readonly number[] = [ErrorCode.CONCURRENT_TRANSACTIONS];

/** See `Admin.fenceProducers`. `call`: the name of the method, for errors. */
export async function fenceProducers(
  context: AdminContext,
  ids: readonly string[],
  options: CallOptions,
  call = "fenceProducers",
): Promise<Results<string, FencedProducer>> {
  const keys = transactionalIds(ids, `${call}: transactionalIds`);
  const limit = callLimit(options, call);
  const { client } = context;
  const results = await askItems<string, FencedProducer>(
    client,
    {
      what: `cannot fence the producers of ${counted(keys.length, "transactional id")}`,
      keys,
      route: coordinatorRoute(context, "transaction", (id) => id),
      isChange: true,
      keysPerRequest: () => 1,
      send: async (connection, asked, within) =>
        Promise.all(
          asked.map(async (transactionalId) => {
            const { errorCode, producerId, producerEpoch } = await connection.request(initProducerIdApi, {
              transactionalId,
              // No producer uses the new epoch, so this time counts for no transaction.
              transactionTimeoutMs: brokersLimit(client, within),
            });
            return errorCode === ErrorCode.NONE
              ? done({ producerId, producerEpoch })
              : coordinatorVerdict(itemError(errorCode, `cannot fence the producer of ${transactionalId}`), AGAIN);
          }),
        ),
    },
    limit,
  );
  return resultsOf(keys, results, (id) => id);
}

/** See `Admin.forceTerminateTransaction`. */
export async function forceTerminateTransaction(
  context: AdminContext,
  transactionalId: string,
  options: CallOptions,
): Promise<void> {
  name(transactionalId, "forceTerminateTransaction: transactionalId");
  (await fenceProducers(context, [transactionalId], options, "forceTerminateTransaction")).orThrow();
}
