import type { CallLimit } from "../../cluster/call-retries.ts";
import type { ClusterClient } from "../../cluster/cluster-client.ts";
import { groupByTopic } from "../../cluster/routing/group-by-topic.ts";
import { done, refusal, type Verdict } from "../../cluster/routing/verdict.ts";
import { arePlaces, type TopicPartition } from "../../cluster/topic-partition.ts";
import { counted } from "../../errors/counted.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import { oneOf, reading } from "../../errors/shape.ts";
import type { Connection } from "../../network/connection.ts";
import { type ElectLeadersResponse, electLeadersApi } from "../../protocol/messages/elect-leaders.ts";
import { askItems, askOne, notAnswered, resultsOf } from "../ask-items.ts";
import { brokersLimit, type CallOptions, callLimit } from "../call-options.ts";
import { itemError, itemVerdict } from "../item-error.ts";
import { partitionId } from "../partition-id.ts";
import { Results } from "../results.ts";

/**
 * The kind of an election: the first of the replicas, if it is in sync; or any replica that is alive, if no replica in
 * sync is, which loses records. Java: `ElectionType`.
 */
export type ElectionType = "PREFERRED" | "UNCLEAN";

/** Whether a partition has another leader, or the right one already. */
export type ElectionOutcome = "elected" | "notNeeded";

const TYPES = ["PREFERRED", "UNCLEAN"] as const;
const TYPE = oneOf(...TYPES);
/** Brokers before this version elect the preferred replica only, and the request has no type. */
const TYPES_SINCE = 1;

/** See `Admin.electLeaders`. */
export async function electLeaders(
  client: ClusterClient,
  electionType: ElectionType,
  partitions: readonly TopicPartition[] | undefined,
  options: CallOptions,
): Promise<Results<TopicPartition, ElectionOutcome>> {
  TYPE(electionType, "electLeaders: electionType");
  if (partitions !== undefined) arePlaces(partitions, "electLeaders: partitions");
  const limit = callLimit(options, "electLeaders");
  if (partitions === undefined) return electAll(client, electionType, limit);
  const own = reading("electLeaders: partitions", () =>
    partitions.map(({ topic, partition }) => ({ topic, partition })),
  );
  const keys = [...new Map(own.map((key) => [partitionId(key), key])).values()];
  const results = await askItems<TopicPartition, ElectionOutcome>(
    client,
    {
      what: `cannot elect the leaders of ${counted(keys.length, "partition")}`,
      keys,
      route: { to: "controller" },
      isChange: true,
      send: async (connection, asked, within) => {
        const response = await request(connection, electionType, asked, brokersLimit(client, within));
        return asked.map((key) => {
          const found = response.replicaElectionResults
            .find(({ topic }) => topic === key.topic)
            ?.partitionResult.find((one) => one.partitionId === key.partition);
          if (found !== undefined) return outcomeOf(found, key);
          const { errorCode } = response;
          return errorCode === ErrorCode.NONE
            ? notAnswered("ElectLeaders")
            : itemVerdict(itemError(errorCode, whatOf(key)));
        });
      },
    },
    limit,
  );
  return resultsOf(keys, results, partitionId);
}

async function electAll(
  client: ClusterClient,
  electionType: ElectionType,
  limit: CallLimit,
): Promise<Results<TopicPartition, ElectionOutcome>> {
  const what = "cannot elect the leaders of all partitions";
  const { replicaElectionResults } = await askOne(
    client,
    {
      what,
      to: "controller",
      isChange: true,
      send: async (connection, within) => {
        const response = await request(connection, electionType, undefined, brokersLimit(client, within));
        return response.errorCode === ErrorCode.NONE ? done(response) : refusal(itemError(response.errorCode, what));
      },
    },
    limit,
  );
  const entries = replicaElectionResults.flatMap(({ topic, partitionResult }) =>
    partitionResult.map((one) => {
      const key = { topic, partition: one.partitionId };
      const verdict = outcomeOf(one, key);
      return [key, verdict.then === "done" ? verdict.answer : verdict.error] as const;
    }),
  );
  return new Results(entries, partitionId);
}

function request(
  connection: Connection,
  electionType: ElectionType,
  partitions: readonly TopicPartition[] | undefined,
  timeoutMs: number,
): Promise<ElectLeadersResponse> {
  const version = connection.version(electLeadersApi);
  if (version < TYPES_SINCE && electionType === "UNCLEAN")
    throw new KafkaError("unsupported", "elections of type UNCLEAN need brokers of Kafka 2.4");
  const topicPartitions =
    partitions === undefined
      ? null
      : [...groupByTopic(partitions)].map(([topic, list]) => ({
          ...{ topic },
          partitions: list.map(({ partition }) => partition),
        }));
  const type = version < TYPES_SINCE ? {} : { electionType: TYPES.indexOf(electionType) };
  return connection.request(electLeadersApi, { topicPartitions, timeoutMs, ...type }, { version });
}

function outcomeOf(
  { errorCode, errorMessage }: { readonly errorCode: number; readonly errorMessage: string | null },
  key: TopicPartition,
): Verdict<ElectionOutcome> {
  if (errorCode === ErrorCode.NONE) return done("elected");
  if (errorCode === ErrorCode.ELECTION_NOT_NEEDED) return done("notNeeded");
  return itemVerdict(itemError(errorCode, whatOf(key), errorMessage, key));
}

function whatOf(key: TopicPartition): string {
  return `cannot elect a leader of ${partitionId(key)}`;
}
