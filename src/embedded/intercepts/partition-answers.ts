import * as ErrorCode from "../../errors/error-code.ts";
import { ZERO_UUID } from "../../wire/uuid.ts";
import { type AskedPartition, indexOf } from "./asked-partitions.ts";
import { type Fields, type PartitionApiName, REQUEST_TOPICS, RESPONSE_PARTITIONS, listOf } from "./topic-fields.ts";

/** A partition, and the error code of its response. */
export interface FailedPartition extends AskedPartition {
  readonly errorCode: number;
}

/** The request without some of its partitions, so that these are not served. */
export function withoutPartitions(
  apiName: PartitionApiName,
  message: unknown,
  failed: readonly FailedPartition[],
): unknown {
  const { topics, name, id, partitions, index } = REQUEST_TOPICS[apiName];
  if (partitions === undefined) return message;
  const left = listOf(message, topics).flatMap((topic) => {
    const mine = failed.filter((one) => isTopic(topic as Fields, name, id, one));
    const kept = listOf(topic, partitions).filter(
      (partition) => !mine.some((one) => one.partition === indexOf(partition, index)),
    );
    return kept.length === 0 ? [] : [{ ...(topic as Fields), [partitions]: kept }];
  });
  return { ...(message as Fields), [topics]: left };
}

/**
 * The response with the errors of some partitions instead of their results. Partitions that the response does not
 * contain are added at the end.
 */
export function withErrors(apiName: PartitionApiName, response: unknown, failed: readonly FailedPartition[]): unknown {
  const { topics, name, id, partitions, index, errorCode, refusal } = RESPONSE_PARTITIONS[apiName];
  // If the whole request was refused, the response has no partitions.
  if (Number((response as Fields)["errorCode"] ?? ErrorCode.NONE) !== ErrorCode.NONE) return response;
  const errorOf = (one: FailedPartition): Fields => ({ ...refusal, [errorCode]: one.errorCode });
  const told = new Set<FailedPartition>();
  const answered = listOf(response, topics).map((topic) => {
    const mine = failed.filter((one) => isTopic(topic as Fields, name, id, one));
    const answers = listOf(topic, partitions).map((partition) => {
      const found = mine.find((one) => one.partition === undefined || one.partition === indexOf(partition, index));
      if (found === undefined) return partition;
      told.add(found);
      return { ...(partition as Fields), ...errorOf(found) };
    });
    return { ...(topic as Fields), [partitions]: answers };
  });
  // Metadata returns the partitions that exist; all other APIs return each partition of the request.
  const missing = REQUEST_TOPICS[apiName].partitions === undefined ? [] : failed.filter((one) => !told.has(one));
  const more = missing.map((one) => ({
    [name]: one.name,
    ...(id === undefined ? {} : { [id]: one.topicId }),
    [partitions]: [{ [index]: one.partition, ...errorOf(one) }],
  }));
  return { ...(response as Fields), [topics]: [...answered, ...joined(more, [name, id ?? name], partitions)] };
}

/** Merges topics with the same name or id. */
function joined(topics: readonly Fields[], keys: readonly string[], partitions: string): readonly Fields[] {
  const byName = new Map<string, Fields>();
  for (const topic of topics) {
    const key = keys.map((field) => String(topic[field])).join("/");
    byName.set(key, {
      ...topic,
      [partitions]: [...listOf(byName.get(key) ?? {}, partitions), ...listOf(topic, partitions)],
    });
  }
  return [...byName.values()];
}

/** Whether a topic of a message is the topic of a partition, by name or by id, whichever both have. */
function isTopic(topic: Fields, name: string, id: string | undefined, one: AskedPartition): boolean {
  const topicId = id === undefined ? undefined : topic[id];
  if (one.name === "" && one.topicId !== ZERO_UUID) return topicId === one.topicId;
  return topic[name] === one.name;
}
