import type { ClusterClient } from "../../cluster/cluster-client.ts";
import { done } from "../../cluster/routing/verdict.ts";
import { counted } from "../../errors/counted.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { flag, listOf, MAX_INT32, name, reading, shape, wholeFrom } from "../../errors/shape.ts";
import { createPartitionsApi } from "../../protocol/messages/create-partitions.ts";
import { askItems, notAnswered, resultsOf } from "../ask-items.ts";
import { brokersLimit, type CallOptions, callLimit, optionsWith } from "../call-options.ts";
import { itemError, itemVerdict } from "../item-error.ts";
import { onlyOnce } from "../only-once.ts";
import type { Results } from "../results.ts";

/** How many partitions a topic shall have. Java: `NewPartitions`. */
export interface NewPartitions {
  /** The name of the topic. */
  readonly topic: string;
  /** The number of partitions that the topic has afterwards, those of today included. Java: `totalCount`. */
  readonly totalCount: number;
  /**
   * The node ids of the replicas of each new partition, the preferred leader first: `[[1, 2]]` for one more partition.
   * Default: the brokers choose. Java: `newAssignments`.
   */
  readonly newAssignments?: readonly (readonly number[])[];
}

/** The options of `createPartitions`. */
export interface CreatePartitionsOptions extends CallOptions {
  /** Only checks whether the partitions could be created. Default false. Java: `validateOnly`. */
  readonly validateOnly?: boolean;
  /**
   * Whether topics that a quota of the brokers refused (KIP-599) are sent again when the quota allows it. Default true;
   * false: they fail with `codeName` THROTTLING_QUOTA_EXCEEDED. Java: `retryOnQuotaViolation`.
   */
  readonly retryOnQuotaViolation?: boolean;
}

const NEW_PARTITIONS = listOf(
  shape(
    {
      topic: name,
      totalCount: wholeFrom(1, MAX_INT32),
      newAssignments: listOf(listOf(wholeFrom(0, MAX_INT32)), ": pass the node ids of each new partition, [[1, 2]]"),
    },
    {
      needs: ["topic", "totalCount"],
      noun: "field",
      hints: { count: "totalCount", numPartitions: "totalCount", assignments: "newAssignments" },
    },
  ),
  ": pass the list of topics, [{ topic, totalCount }]",
);
const OPTIONS = optionsWith({ validateOnly: flag, retryOnQuotaViolation: flag });

/** See `Admin.createPartitions`. */
export async function createPartitions(
  client: ClusterClient,
  topics: readonly NewPartitions[],
  options: CreatePartitionsOptions,
): Promise<Results<string, undefined>> {
  const path = "createPartitions: topics";
  NEW_PARTITIONS(topics, path);
  const wanted = reading(path, () =>
    topics.map(({ topic, totalCount, newAssignments }) => ({
      name: topic,
      count: totalCount,
      assignments: newAssignments?.map((nodes) => ({ brokerIds: [...nodes] })) ?? null,
    })),
  );
  const names = onlyOnce(
    wanted.map((topic) => topic.name),
    path,
  );
  const limit = callLimit(options, "createPartitions", OPTIONS);
  const { validateOnly = false, retryOnQuotaViolation = true } = options;
  const results = await askItems<string, undefined>(
    client,
    {
      what: `cannot add partitions to ${counted(names.length, "topic")}`,
      keys: names,
      route: { to: "controller" },
      isChange: !validateOnly,
      send: async (connection, asked, within) => {
        const response = await connection.request(createPartitionsApi, {
          topics: wanted.filter((topic) => asked.includes(topic.name)),
          timeoutMs: brokersLimit(client, within),
          validateOnly,
        });
        const found = new Map(response.results.map((result) => [result.name, result]));
        return asked.map((topic) => {
          const { errorCode, errorMessage } = found.get(topic) ?? notAnswered("CreatePartitions");
          if (errorCode === ErrorCode.NONE) return done(undefined);
          const error = itemError(errorCode, `cannot add partitions to topic ${topic}`, errorMessage, { topic });
          return itemVerdict(error, retryOnQuotaViolation ? response.throttleTimeMs : "final");
        });
      },
    },
    limit,
  );
  return resultsOf(names, results, (topic) => topic);
}
