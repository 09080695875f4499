import type { LoadedCalls } from "../admin-calls.ts";
import type { AdminContext } from "../admin-context.ts";
import { createPartitions } from "./create-partitions.ts";
import { createTopics } from "./create-topics.ts";
import { deleteTopics } from "./delete-topics.ts";
import { describeTopics } from "./describe-topics.ts";
import { listTopics } from "./list-topics.ts";
import type { TopicCalls } from "./topic-calls.ts";
import { waitForTopics } from "./wait-for-topics.ts";

export function topicCalls(context: AdminContext): LoadedCalls<TopicCalls> {
  return {
    createTopics: (topics, options = {}) => createTopics(context, topics, options),
    deleteTopics: (topics, options = {}) => deleteTopics(context, topics, options),
    listTopics: (options = {}) => listTopics(context.client, options),
    createPartitions: (topics, options = {}) => createPartitions(context.client, topics, options),
    describeTopics: (topics, options = {}) => describeTopics(context, topics, options),
    waitForTopics: (topics, options = {}) => waitForTopics(context, topics, options),
  };
}
