import type { AnyKafka } from "odradek";
import { KafkaJSNonRetriableError } from "../errors/kafkajs-error.ts";
import { KafkaJSProtocolError } from "../errors/protocol-error.ts";
import { protocolFault } from "../errors/protocol-faults.ts";
import { toKafkaJsError } from "../errors/to-kafkajs-error.ts";
import type { Cluster } from "../connecting/cluster.ts";
import type { Logger } from "../logging/logger.ts";
import { retry } from "../retry/retry.ts";
import { retrySettings } from "../retry/retry-options.ts";

/** The argument of `subscribe`. */
export interface SubscribeFields {
  readonly topic?: string | RegExp | undefined;
  readonly topics?: readonly (string | RegExp)[] | undefined;
  readonly fromBeginning?: boolean | undefined;
}

/** The parts that {@link resolveTopics} uses. */
export interface SubscribeParts {
  readonly cluster: Cluster;
  readonly logger: Logger;
  readonly groupId: string;
  readonly allowAutoTopicCreation: boolean;
}

/** Error codes of Kafka. */
const LEADER_NOT_AVAILABLE = 5;
const UNKNOWN_TOPIC_OR_PARTITION = 3;

/** The names and regular expressions of a subscription. Throws kafkajs's texts. */
export function checkedSubscription({ topic, topics }: SubscribeFields): readonly (string | RegExp)[] {
  if (!topic && !topics) throw new KafkaJSNonRetriableError('Missing required argument "topics"');
  if (topics !== undefined && (topics as unknown) !== null && !Array.isArray(topics))
    throw new KafkaJSNonRetriableError('Argument "topics" must be an array');
  const all: readonly unknown[] = topics ?? [topic];
  for (const one of all)
    if (typeof one !== "string" && !(one instanceof RegExp))
      throw new KafkaJSNonRetriableError(
        `Invalid topic ${String(one)} (${typeof one}), the topic name has to be a String or a RegExp`,
      );
  return all as readonly (string | RegExp)[];
}

/** The names that expressions match now, internal topics too, and the names that were given, in order. */
export async function matchedTopics(
  subscriptions: readonly (string | RegExp)[],
  kafka: AnyKafka,
  { logger, groupId }: SubscribeParts,
): Promise<string[]> {
  if (!subscriptions.some((one) => one instanceof RegExp)) return subscriptions as string[];
  const { topics } = await asked(() => kafka.request("Metadata", { topics: null, allowAutoTopicCreation: false }));
  const names = topics.flatMap(({ name }) => (name === null ? [] : [name]));
  return subscriptions.flatMap((one) => {
    if (typeof one === "string") return [one];
    const found = names.filter((name) => one.test(name));
    logger.debug("Subscription based on RegExp", { groupId, topicRegExp: one.toString(), matchedTopics: found });
    return found;
  });
}

/**
 * Waits until topics exist. A broker that may create them does: it says so only in a later answer, with Kafka 4. An
 * unknown topic that may not be created rejects with the broker's error.
 */
export async function topicsExist(
  topics: readonly string[],
  kafka: AnyKafka,
  { cluster, allowAutoTopicCreation }: SubscribeParts,
): Promise<void> {
  if (topics.length === 0) return;
  const names = topics.map((name) => ({ name }));
  await retry(cluster.host, retrySettings(cluster.config.retry), async (attempt) => {
    const answer = await asked(() => kafka.request("Metadata", { topics: names, allowAutoTopicCreation }));
    for (const { errorCode } of answer.topics) {
      if (errorCode === 0) continue;
      const error = new KafkaJSProtocolError(protocolFault(errorCode));
      const mayCome = errorCode === LEADER_NOT_AVAILABLE || errorCode === UNKNOWN_TOPIC_OR_PARTITION;
      if (mayCome && allowAutoTopicCreation) throw error;
      attempt.bail(error);
    }
  });
}

async function asked<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw toKafkaJsError(error);
  }
}
