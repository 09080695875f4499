import { brokerError } from "../errors/broker-error.ts";
import * as ErrorCode from "../errors/error-code.ts";
import { ZERO_UUID } from "../wire/uuid.ts";
import type { MetadataSnapshot } from "./metadata.ts";

/** The ids of topics by their names; all zeros where one is not known. */
export type TopicIds = ReadonlyMap<string, string>;

/** The ids that metadata has of these topics now. */
export function topicIds(topics: Iterable<string>, { topics: known }: MetadataSnapshot): Map<string, string> {
  return new Map([...topics].map((topic) => [topic, known.get(topic)?.topicId ?? ZERO_UUID]));
}

/** Whether a request may name topics by their ids. */
export function areKnown(ids: TopicIds): boolean {
  return [...ids.values()].every((id) => id !== ZERO_UUID);
}

/** A topic as a request names it: by id or by name, not by both. */
export function named<T extends { readonly name: string; readonly topicId: string }>(
  { name, topicId, ...rest }: T,
  isById: boolean,
): Omit<T, "name" | "topicId"> & ({ readonly topicId: string } | { readonly name: string }) {
  return isById ? { ...rest, topicId } : { ...rest, name };
}

/** Throws if metadata now has another id for one of the topics: it was deleted, and created anew under its name. */
export function checkSameTopics(ids: TopicIds, snapshot: MetadataSnapshot, what: string): void {
  for (const [topic, id] of ids) {
    const now = snapshot.topics.get(topic)?.topicId ?? ZERO_UUID;
    if (id !== ZERO_UUID && now !== ZERO_UUID && now !== id)
      throw brokerError(
        ErrorCode.UNKNOWN_TOPIC_ID,
        `${what}: topic ${topic} was deleted and created anew, and these offsets are of the deleted one`,
        { topic, retriable: false },
      );
  }
}
