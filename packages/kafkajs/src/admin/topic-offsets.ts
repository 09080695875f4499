import type { Admin, SeekEntry } from "../api.ts";
import { KafkaJSBrokerNotFound } from "../errors/connection-errors.ts";
import { type AdminRequests, checkCode } from "./admin-requests.ts";
import { toNumber } from "./argument-checks.ts";
import { partitionsOf } from "./topic-metadata.ts";
import { topicName } from "./topic-arguments.ts";

/** The offsets of a topic's partitions. */
export function topicOffsetCalls(
  requests: AdminRequests,
): Pick<Admin, "fetchTopicOffsets" | "fetchTopicOffsetsByTimestamp"> {
  return {
    fetchTopicOffsets: async (topic) => await fetchTopicOffsets(requests, topicName(topic)),
    fetchTopicOffsetsByTimestamp: async (topic, timestamp) =>
      await offsetsByTime(requests, topicName(topic), timestamp ?? LATEST),
  };
}

/** The timestamps that ListOffsets takes for the end and the beginning. */
const LATEST = -1;
const EARLIEST = -2;

/**
 * Errors after which the offsets are asked for again: the topic is not known yet, or its leader has moved. kafkajs
 * tries only the first again.
 */
const TRIED: readonly string[] = ["UNKNOWN_TOPIC_OR_PARTITION", "NOT_LEADER_FOR_PARTITION", "LEADER_NOT_AVAILABLE"];

/** The first and the next offset of each partition; `offset` is `high`. */
export async function fetchTopicOffsets(
  requests: AdminRequests,
  topic: string,
): Promise<(SeekEntry & { high: string; low: string })[]> {
  return await requests.tryCall(TRIED, undefined, async () => {
    const [ends, beginnings] = await offsetsAt(requests, topic, [LATEST, EARLIEST]);
    return [...(ends ?? [])].map(([partition, high]) => ({
      partition,
      offset: high,
      high,
      low: beginnings?.get(partition) ?? high,
    }));
  });
}

async function offsetsByTime(requests: AdminRequests, topic: string, timestamp: unknown): Promise<SeekEntry[]> {
  return await requests.tryCall(TRIED, undefined, async () => {
    const [ends, found] = await offsetsAt(requests, topic, [LATEST, toNumber(timestamp)]);
    return [...(ends ?? [])].map(([partition, end]) => {
      const offset = found?.get(partition) ?? end;
      return { partition, offset: Number(offset) >= 0 ? offset : end };
    });
  });
}

/** For each timestamp the offsets of all partitions, in the order of the partitions. -1 where a broker finds none. */
async function offsetsAt(
  requests: AdminRequests,
  topic: string,
  timestamps: readonly number[],
): Promise<ReadonlyMap<number, string>[]> {
  const byLeader = new Map<number, number[]>();
  const partitions = await partitionsOf(requests, topic);
  for (const { leader, partitionId } of partitions) {
    if (leader < 0) throw new KafkaJSBrokerNotFound(`Broker ${leader} not found in the cached metadata`);
    byLeader.set(leader, [...(byLeader.get(leader) ?? []), partitionId]);
  }
  return await Promise.all(
    timestamps.map(async (timestamp) => {
      const offsets = new Map(partitions.map(({ partitionId }) => [partitionId, String(LATEST)]));
      await Promise.all(
        [...byLeader].map(async ([broker, ids]) => {
          const wanted = ids.map((partitionIndex) => ({ partitionIndex, timestamp }));
          const { topics } = await requests.request(
            "ListOffsets",
            { replicaId: -1, topics: [{ name: topic, partitions: wanted }] },
            { to: { broker } },
          );
          for (const { partitionIndex, errorCode, offset } of topics.flatMap((one) => one.partitions)) {
            checkCode(errorCode);
            offsets.set(partitionIndex, String(offset));
          }
        }),
      );
      return offsets;
    }),
  );
}
