import { done } from "../../cluster/routing/verdict.ts";
import type { TopicPartition } from "../../cluster/topic-partition.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { MAX_INT32, name, reading, shape, wholeFrom } from "../../errors/shape.ts";
import { writeTxnMarkersApi } from "../../protocol/messages/write-txn-markers.ts";
import type { AdminContext } from "../admin-context.ts";
import { answersOf } from "../../cluster/routing/ask.ts";
import { askItems, notAnswered } from "../ask-items.ts";
import { type CallOptions, callLimit } from "../call-options.ts";
import { itemError } from "../item-error.ts";
import { leaderRoute, leaderVerdict } from "../leader-route.ts";
import { partitionId } from "../partition-id.ts";

/** An open transaction in one partition, by the facts of `describeProducers`. Java: `AbortTransactionSpec`. */
export interface AbortTransactionSpec extends TopicPartition {
  /** The id of the producer whose transaction is open. */
  readonly producerId: number;
  /** Its epoch. */
  readonly producerEpoch: number;
  /** The coordinator epoch of `describeProducers`. Default, also for one that is undefined there: 0. */
  readonly coordinatorEpoch?: number | undefined;
}

const SPEC = shape(
  {
    topic: name,
    partition: wholeFrom(0, MAX_INT32),
    producerId: wholeFrom(0),
    producerEpoch: wholeFrom(0, 32_767),
    coordinatorEpoch: wholeFrom(0, MAX_INT32),
  },
  { needs: ["topic", "partition", "producerId", "producerEpoch"], noun: "field" },
);

/** See `Admin.abortTransaction`. */
export async function abortTransaction(
  context: AdminContext,
  spec: AbortTransactionSpec,
  options: CallOptions,
): Promise<void> {
  SPEC(spec, "abortTransaction");
  const {
    topic,
    partition,
    producerId,
    producerEpoch,
    coordinatorEpoch = 0,
  } = reading("abortTransaction", () => ({
    ...spec,
  }));
  const limit = callLimit(options, "abortTransaction");
  const key: TopicPartition = { topic, partition };
  const what = `cannot abort the transaction of producer ${producerId} in ${partitionId(key)}`;
  answersOf(
    await askItems<TopicPartition, true>(
      context.client,
      {
        what,
        keys: [key],
        route: leaderRoute(context),
        isChange: true,
        send: async (connection) => {
          const { markers } = await connection.request(writeTxnMarkersApi, {
            markers: [
              {
                ...{ producerId, producerEpoch, coordinatorEpoch, transactionResult: false },
                topics: [{ name: topic, partitionIndexes: [partition] }],
              },
            ],
          });
          const code = markers[0]?.topics[0]?.partitions[0]?.errorCode ?? notAnswered("WriteTxnMarkers");
          if (code === ErrorCode.NONE) return [done(true)];
          const error = itemError(code, what, null, key);
          return [leaderVerdict(error)];
        },
      },
      limit,
    ),
  );
}
