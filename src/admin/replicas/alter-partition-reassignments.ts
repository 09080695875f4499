import type { ClusterClient } from "../../cluster/cluster-client.ts";
import { groupByTopic } from "../../cluster/routing/group-by-topic.ts";
import { done } from "../../cluster/routing/verdict.ts";
import type { TopicPartition } from "../../cluster/topic-partition.ts";
import { counted } from "../../errors/counted.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import { either, flag, is, listOf, MAX_INT32, name, reading, shape, wholeFrom } from "../../errors/shape.ts";
import { alterPartitionReassignmentsApi } from "../../protocol/messages/alter-partition-reassignments.ts";
import { askItems, notAnswered, resultsOf } from "../ask-items.ts";
import { brokersLimit, type CallOptions, callLimit, optionsWith } from "../call-options.ts";
import { itemError, itemVerdict } from "../item-error.ts";
import { onlyOnce } from "../only-once.ts";
import { partitionId } from "../partition-id.ts";
import type { Results } from "../results.ts";

/** The replicas that a partition shall have. Java: `NewPartitionReassignment`. */
export interface NewPartitionReassignment extends TopicPartition {
  /** The node ids, the preferred leader first; null cancels the reassignment that is in progress. */
  readonly replicas: readonly number[] | null;
}

/** The options of `alterPartitionReassignments`. */
export interface AlterPartitionReassignmentsOptions extends CallOptions {
  /**
   * Whether the number of replicas may change. Default true. False needs Kafka 4.1 (KIP-860). Java:
   * `allowReplicationFactorChange`.
   */
  readonly allowReplicationFactorChange?: boolean;
}

const REASSIGNMENTS = listOf(
  shape(
    {
      topic: name,
      partition: wholeFrom(0, MAX_INT32),
      replicas: either(
        "the list of node ids, or null to cancel",
        is("null", (value) => value === null),
        listOf(wholeFrom(0, MAX_INT32)),
      ),
    },
    { needs: ["topic", "partition", "replicas"], noun: "field", hints: { targetReplicas: "replicas" } },
  ),
  ": name each partition, [{ topic, partition, replicas }]",
);
const OPTIONS = optionsWith({ allowReplicationFactorChange: flag });
const FACTOR_SINCE = 1;

/** See `Admin.alterPartitionReassignments`. */
export async function alterPartitionReassignments(
  client: ClusterClient,
  reassignments: readonly NewPartitionReassignment[],
  options: AlterPartitionReassignmentsOptions,
): Promise<Results<TopicPartition, undefined>> {
  const path = "alterPartitionReassignments: reassignments";
  REASSIGNMENTS(reassignments, path);
  const wanted = reading(path, () =>
    reassignments.map(({ topic, partition, replicas }) => ({
      ...{ topic, partition },
      replicas: replicas === null ? null : [...replicas],
    })),
  );
  onlyOnce(wanted.map(partitionId), path);
  const limit = callLimit(options, "alterPartitionReassignments", OPTIONS);
  const { allowReplicationFactorChange = true } = options;
  const results = await askItems<NewPartitionReassignment, undefined>(
    client,
    {
      what: `cannot reassign ${counted(wanted.length, "partition")}`,
      keys: wanted,
      route: { to: "controller" },
      isChange: true,
      send: async (connection, asked, within) => {
        const version = connection.version(alterPartitionReassignmentsApi);
        if (!allowReplicationFactorChange && version < FACTOR_SINCE) throw new KafkaError("unsupported", FACTOR_NEEDS);
        const response = await connection.request(
          alterPartitionReassignmentsApi,
          {
            timeoutMs: brokersLimit(client, within),
            topics: [...groupByTopic(asked)].map(([topic, list]) => ({
              name: topic,
              partitions: list.map(({ partition, replicas }) => ({ partitionIndex: partition, replicas })),
            })),
            ...(version < FACTOR_SINCE ? {} : { allowReplicationFactorChange }),
          },
          { version },
        );
        return asked.map(({ topic, partition }) => {
          const key = { topic, partition };
          const found = response.responses
            .find((one) => one.name === topic)
            ?.partitions.find((one) => one.partitionIndex === partition);
          const { errorCode, errorMessage } =
            response.errorCode === ErrorCode.NONE ? (found ?? notAnswered("AlterPartitionReassignments")) : response;
          return errorCode === ErrorCode.NONE
            ? done(undefined)
            : itemVerdict(itemError(errorCode, `cannot reassign ${partitionId(key)}`, errorMessage, key));
        });
      },
    },
    limit,
  );
  return resultsOf<TopicPartition, undefined>(
    wanted.map(({ topic, partition }) => ({ topic, partition })),
    results,
    partitionId,
  );
}

const FACTOR_NEEDS = "allowReplicationFactorChange: false needs brokers of Kafka 4.1";
