import type { TimeLimit } from "../../cluster/time-limit.ts";
import { counted } from "../../errors/counted.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import { listOf, MAX_INT32, name, reading, wholeFrom } from "../../errors/shape.ts";
import { metadataApi } from "../../protocol/messages/metadata.ts";
import type { AdminContext } from "../admin-context.ts";
import { type CallOptions, callLimit, optionsWith } from "../call-options.ts";
import { itemError } from "../item-error.ts";
import { type MissingPart, missingParts, partsInWords, type SeenTopic } from "./missing-parts.ts";

/** The options of `waitForTopics`. */
export interface WaitForTopicsOptions extends CallOptions {
  /** How many partitions each topic must have at least, for example after `createPartitions`. Default 1. */
  readonly partitions?: number;
}

const NAMES = listOf(name, ': pass the list of names, ["orders"]');
const OPTIONS = optionsWith({ partitions: wholeFrom(1, MAX_INT32) });
/** After these codes the topic may still come. All others are final. */
const MAY_COME: readonly number[] = [
  ErrorCode.NONE,
  ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
  ErrorCode.LEADER_NOT_AVAILABLE,
];

/** See `Admin.waitForTopics`. */
export async function waitForTopics(
  context: AdminContext,
  topics: readonly string[],
  options: WaitForTopicsOptions,
): Promise<void> {
  NAMES(topics, "waitForTopics: topics");
  const names = reading("waitForTopics: topics", () => [...new Set(topics)]);
  const limit = callLimit(options, "waitForTopics", OPTIONS);
  const { partitions = 1 } = options;
  if (names.length === 0) return;
  const what = `cannot find ${names.length === 1 ? `topic ${names[0] ?? ""}` : counted(names.length, "topic")} on every broker`;
  await context.client.call(what, limit, async (within) => {
    const missing = await look(context, names, partitions, what, within);
    if (missing.length > 0) throw new KafkaError("broker", partsInWords(missing), { retriable: true });
  });
}

/** Asks each broker once. Returns what is missing. */
async function look(
  { client }: AdminContext,
  names: readonly string[],
  partitions: number,
  what: string,
  { signal, endsAtMs: deadlineMs }: TimeLimit,
): Promise<readonly MissingPart[]> {
  const beganMs = client.clock.monotonic();
  const { brokers } = await client.awaitMetadata(({ updatedAtMs }) => updatedAtMs >= beganMs, {
    ...{ deadlineMs, what, signal },
  });
  const parts = await Promise.all(
    [...brokers.keys()].map(async (nodeId): Promise<readonly MissingPart[]> => {
      let seen: readonly SeenTopic[];
      try {
        const connection = await client.connection(nodeId, "other", signal);
        const topics = names.map((one) => ({ name: one }));
        seen = (await connection.request(metadataApi, { topics, allowAutoTopicCreation: false })).topics;
      } catch (error) {
        const failure = KafkaError.from(error);
        if (signal.aborted || !failure.retriable) throw failure;
        return [{ nodeId, what: `does not answer (${failure.message})` }];
      }
      for (const { name: topic, errorCode } of seen)
        if (!MAY_COME.includes(errorCode)) throw itemError(errorCode, `cannot wait for topic ${topic ?? ""}`);
      return missingParts(nodeId, names, partitions, seen);
    }),
  );
  return parts.flat();
}
