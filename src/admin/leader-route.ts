import type { Route } from "../cluster/routing/route.ts";
import type { TopicPartition } from "../cluster/topic-partition.ts";
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
