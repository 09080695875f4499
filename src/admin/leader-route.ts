import type { Route } from "../cluster/routing/route.ts";
import type { Verdict } from "../cluster/routing/verdict.ts";
import type { TopicPartition } from "../cluster/topic-partition.ts";
import * as ErrorCode from "../errors/error-code.ts";
import type { KafkaError } from "../errors/kafka-error.ts";
import type { AdminContext } from "./admin-context.ts";

/**
 * The route to the leader of a partition. A partition that does not exist fails after one fresh Metadata, unless this
 * admin created its topic in the last 5 s: brokers learn of a topic one after the other.
 */
export function leaderRoute({ client, createdTopics }: AdminContext): Extract<Route<TopicPartition>, { to: "leader" }> {
  return {
    to: "leader",
    partition: (key) => key,
    awaitsAbsent: ({ topic }) => createdTopics.isNew(topic, client.clock.monotonic()),
  };
}

/** After these errors nothing was done, and newer metadata says which broker leads the partition, or that none does. */
const ELSEWHERE: readonly (number | undefined)[] = [
  ErrorCode.NOT_LEADER_OR_FOLLOWER,
  ErrorCode.LEADER_NOT_AVAILABLE,
  ErrorCode.FENCED_LEADER_EPOCH,
  ErrorCode.KAFKA_STORAGE_ERROR,
  // The leader does not know of the partition yet, or not any more.
  ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
];

/** The verdict on a partition that its leader refused. */
export function leaderVerdict(error: KafkaError): Verdict<never> {
  return { then: ELSEWHERE.includes(error.code) ? "lookUp" : "fail", error };
}
