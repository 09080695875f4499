import * as ErrorCode from "../errors/error-code.ts";
import type { AnyHandler } from "./handler.ts";
import { askedPartitions } from "./intercepts/asked-partitions.ts";
import { withErrors } from "./intercepts/partition-answers.ts";
import { type Fields, isPartitionApi, listOf } from "./intercepts/topic-fields.ts";

const ILLEGAL = ErrorCode.ILLEGAL_SASL_STATE;

/**
 * The answer to a request that may not be sent between handshake and token: ILLEGAL_SASL_STATE in the request's own
 * response. If that has no place for it, the response is empty, as Kafka's is: a client may take Metadata of all topics
 * for an empty cluster. Undefined if the request has no response.
 */
export function illegalStateAnswer(api: AnyHandler["api"], message: unknown): Fields | undefined {
  if (api.name === "Produce" && (message as Fields)["acks"] === 0) return undefined;
  const whole = api.response.fields.some(([name]) => name === "errorCode") ? { errorCode: ILLEGAL } : {};
  if (api.name === "Metadata") {
    const topics = listOf(message, "topics") as readonly Fields[];
    return {
      ...whole,
      topics: topics.map(({ name, topicId }) => ({ errorCode: ILLEGAL, name: name ?? "", topicId })),
    };
  }
  if (!isPartitionApi(api.name) || "errorCode" in whole) return whole;
  const names = { all: () => [], nameOf: () => undefined, inSession: () => [] };
  const failed = askedPartitions(api.name, message, names).map((partition) => ({ ...partition, errorCode: ILLEGAL }));
  return withErrors(api.name, {}, failed) as Fields;
}
