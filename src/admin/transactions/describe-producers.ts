import { groupByTopic } from "../../cluster/routing/group-by-topic.ts";
import { PartitionMap } from "../../cluster/routing/partition-map.ts";
import { done } from "../../cluster/routing/verdict.ts";
import { arePlaces, type TopicPartition } from "../../cluster/topic-partition.ts";
import { counted } from "../../errors/counted.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { MAX_INT32, reading, wholeFrom } from "../../errors/shape.ts";
import {
  type DescribeProducersResponsePartitionResponse,
  describeProducersApi,
} from "../../protocol/messages/describe-producers.ts";
import type { AdminContext } from "../admin-context.ts";
import { askItems, notAnswered, resultsOf } from "../ask-items.ts";
import { type CallOptions, callLimit, optionsWith } from "../call-options.ts";
import { itemError } from "../item-error.ts";
import { leaderRoute, leaderVerdict } from "../leader-route.ts";
import { partitionId } from "../partition-id.ts";
import type { Results } from "../results.ts";

/** The state of a producer in a partition. Java: `ProducerState`. */
export interface ProducerState {
  /** The id of the producer. */
  readonly producerId: number;
  /** The epoch of the producer. */
  readonly producerEpoch: number;
  /** The sequence number of its last record; undefined if the partition has none of its records. */
  readonly lastSequence: number | undefined;
  /** The timestamp of its last record, in ms since the epoch; undefined as `lastSequence`. */
  readonly lastTimestamp: number | undefined;
  /** The epoch of the coordinator that wrote the last marker; undefined if there is none. */
  readonly coordinatorEpoch: number | undefined;
  /** The first offset of its open transaction; undefined if none is open. */
  readonly currentTransactionStartOffset: number | undefined;
}

/** The options of `describeProducers`. */
export interface DescribeProducersOptions extends CallOptions {
  /** The node id of the replica to ask. Default: the leader of each partition. Java: `brokerId`. */
  readonly brokerId?: number;
}

const OPTIONS = optionsWith({ brokerId: wholeFrom(0, MAX_INT32) });

/** See `Admin.describeProducers`. */
export async function describeProducers(
  context: AdminContext,
  partitions: readonly TopicPartition[],
  options: DescribeProducersOptions,
): Promise<Results<TopicPartition, readonly ProducerState[]>> {
  const path = "describeProducers: partitions";
  arePlaces(partitions, path);
  const all = reading(path, () => partitions.map(({ topic, partition }) => ({ topic, partition })));
  const keys = [...new Map(all.map((key) => [partitionId(key), key])).values()];
  const limit = callLimit(options, "describeProducers", OPTIONS);
  const { brokerId } = options;
  const results = await askItems<TopicPartition, readonly ProducerState[]>(
    context.client,
    {
      what: `cannot describe the producers of ${counted(keys.length, "partition")}`,
      keys,
      route: brokerId === undefined ? leaderRoute(context) : { to: "broker", nodeId: () => brokerId },
      send: async (connection, asked) => {
        const { topics } = await connection.request(describeProducersApi, {
          topics: [...groupByTopic(asked)].map(([topic, list]) => ({
            name: topic,
            partitionIndexes: list.map(({ partition }) => partition),
          })),
        });
        const found = new PartitionMap<DescribeProducersResponsePartitionResponse>();
        for (const { name: topic, partitions: list } of topics)
          for (const one of list) found.set({ topic, partition: one.partitionIndex }, one);
        return asked.map((key) => {
          const { errorCode, errorMessage, activeProducers } = found.get(key) ?? notAnswered("DescribeProducers");
          if (errorCode === ErrorCode.NONE) return done(activeProducers.map(stateOf));
          const error = itemError(errorCode, `cannot describe the producers of ${partitionId(key)}`, errorMessage, key);
          return brokerId === undefined ? leaderVerdict(error) : { then: "fail", error };
        });
      },
    },
    limit,
  );
  return resultsOf(keys, results, partitionId);
}

function stateOf(producer: DescribeProducersResponsePartitionResponse["activeProducers"][number]): ProducerState {
  return {
    producerId: producer.producerId,
    producerEpoch: producer.producerEpoch,
    lastSequence: known(producer.lastSequence),
    lastTimestamp: known(producer.lastTimestamp),
    coordinatorEpoch: known(producer.coordinatorEpoch),
    currentTransactionStartOffset: known(producer.currentTxnStartOffset),
  };
}

function known(value: number): number | undefined {
  return value < 0 ? undefined : value;
}
