import { done } from "../../cluster/routing/verdict.ts";
import { counted } from "../../errors/counted.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import { flag, listOf, reading } from "../../errors/shape.ts";
import { deleteTopicsApi } from "../../protocol/messages/delete-topics.ts";
import type { AdminContext } from "../admin-context.ts";
import { askItems, notAnswered, resultsOf } from "../ask-items.ts";
import { brokersLimit, type CallOptions, callLimit, optionsWith } from "../call-options.ts";
import { itemError, itemVerdict } from "../item-error.ts";
import type { Results } from "../results.ts";
import { idOfRef, ownRefs, refInText, topicOf, type TopicRef, topicRef } from "./topic-ref.ts";

/** The options of `deleteTopics`. */
export interface DeleteTopicsOptions extends CallOptions {
  /**
   * Whether topics that a quota of the brokers refused (KIP-599) are sent again when the quota allows it. Default true;
   * false: they fail with `codeName` THROTTLING_QUOTA_EXCEEDED. Java: `retryOnQuotaViolation`.
   */
  readonly retryOnQuotaViolation?: boolean;
}

const REFS = listOf(topicRef, ": pass the list of names");
const OPTIONS = optionsWith({ retryOnQuotaViolation: flag });
/** From this version on, topics are structs, so that they can be named by id; before, they are plain names. */
const IDS_SINCE = 6;

/** See `Admin.deleteTopics`. */
export async function deleteTopics(
  { client, createdTopics }: AdminContext,
  topics: readonly TopicRef[],
  options: DeleteTopicsOptions,
): Promise<Results<TopicRef, undefined>> {
  REFS(topics, "deleteTopics: topics");
  const keys = reading("deleteTopics: topics", () => ownRefs(topics));
  const limit = callLimit(options, "deleteTopics", OPTIONS);
  const { retryOnQuotaViolation = true } = options;
  for (const ref of keys) if (typeof ref === "string") createdTopics.delete(ref);
  const results = await askItems<TopicRef, undefined>(
    client,
    {
      what: `cannot delete ${counted(keys.length, "topic")}`,
      keys,
      route: { to: "controller" },
      isChange: true,
      send: async (connection, asked, within) => {
        const version = connection.version(deleteTopicsApi);
        const timeoutMs = brokersLimit(client, within);
        const names = asked.filter((ref) => typeof ref === "string");
        const request =
          version >= IDS_SINCE
            ? { topics: asked.map((ref) => (typeof ref === "string" ? { name: ref } : { ...ref })), timeoutMs }
            : { topicNames: names, timeoutMs };
        const response =
          version < IDS_SINCE && names.length === 0
            ? { responses: [], throttleTimeMs: 0 }
            : await connection.request(deleteTopicsApi, request, { version });
        return asked.map((ref) => {
          if (typeof ref !== "string" && version < IDS_SINCE)
            return { then: "fail", error: new KafkaError("unsupported", `${ID_NEEDS} (${refInText(ref)})`) };
          const answer =
            response.responses.find((one) =>
              typeof ref === "string" ? one.name === ref : one.topicId === ref.topicId,
            ) ?? notAnswered("DeleteTopics");
          if (answer.errorCode === ErrorCode.NONE) return done(undefined);
          const error = itemError(
            answer.errorCode,
            `cannot delete ${refInText(ref)}`,
            answer.errorMessage,
            topicOf(ref),
          );
          return itemVerdict(error, retryOnQuotaViolation ? response.throttleTimeMs : "final");
        });
      },
    },
    limit,
  );
  return resultsOf(keys, results, idOfRef);
}

const ID_NEEDS = "brokers before Kafka 2.8 do not delete topics by id: name the topic";
