import type { Message } from "../api.ts";
import { KafkaJSNonRetriableError } from "../errors/kafkajs-error.ts";

/** What `send` and `sendBatch` take, besides messages. `timeout` is in ms. */
export interface SendSettings {
  readonly acks?: number | undefined;
  readonly timeout?: number | undefined;
  readonly compression?: number | undefined;
}

/** The messages of a call for one topic; a topic may come twice. */
export interface TopicMessages {
  readonly topic: string;
  readonly messages: readonly Message[];
}

/** Throws the error of kafkajs for the first argument that is wrong, in kafkajs's order. */
export function checkArguments(topics: readonly TopicMessages[], acks: number, isIdempotent: boolean): void {
  if (topics.some(({ topic }) => !topic)) throw new KafkaJSNonRetriableError("Invalid topic");
  if (isIdempotent && acks !== -1)
    throw new KafkaJSNonRetriableError(
      "Not requiring ack for all messages invalidates the idempotent producer's EoS guarantees",
    );
  for (const { topic, messages } of topics) {
    if (!(messages as unknown))
      throw new KafkaJSNonRetriableError(`Invalid messages array [${String(messages)}] for topic "${topic}"`);
    const wrong = messages.find((message) => message.value === undefined);
    if (wrong !== undefined)
      throw new KafkaJSNonRetriableError(
        `Invalid message without value for topic "${topic}": ${JSON.stringify(wrong)}`,
      );
  }
}
