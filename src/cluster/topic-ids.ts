import { brokerError } from "../errors/broker-error.ts";
import * as ErrorCode from "../errors/error-code.ts";
import { ZERO_UUID } from "../wire/uuid.ts";
import type { MetadataSnapshot } from "./metadata.ts";

/** The ids of topics by name; all zeros if an id is not known. */
export type TopicIds = ReadonlyMap<string, string>;

/** The current ids of these topics according to the metadata. */
export function topicIds(topics: Iterable<string>, { topics: known }: MetadataSnapshot): Map<string, string> {
  return new Map([...topics].map((topic) => [topic, known.get(topic)?.topicId ?? ZERO_UUID]));
}

/** Whether all ids are known, so that a request may use them. */
export function areKnown(ids: TopicIds): boolean {
  return [...ids.values()].every((id) => id !== ZERO_UUID);
}

/** Throws if a topic's id has changed in the metadata: it was deleted and recreated under the same name. */
export function checkSameTopics(ids: TopicIds, snapshot: MetadataSnapshot, what: string): void {
  for (const [topic, id] of ids) {
    const now = snapshot.topics.get(topic)?.topicId ?? ZERO_UUID;
    if (id !== ZERO_UUID && now !== ZERO_UUID && now !== id)
      throw brokerError(
        ErrorCode.UNKNOWN_TOPIC_ID,
        `${what}: topic ${topic} was deleted and recreated, and these offsets belong to the deleted topic`,
        { topic, retriable: false },
      );
  }
}
