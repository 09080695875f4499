import { ZERO_UUID } from "../../wire/uuid.ts";
import { PartitionMap } from "../routing/partition-map.ts";
import type { TopicIds } from "../topic-ids.ts";

/** A topic of a response: it has a name or an id, as the request did. */
export interface AnsweredTopic<P> {
  readonly name: string;
  readonly topicId?: string;
  readonly partitions: readonly P[];
}

/** The parts of a response by partition. `ids` gives the names of topics that the response names by id. */
export function answersByPartition<P extends { readonly partitionIndex: number }>(
  topics: readonly AnsweredTopic<P>[],
  ids: TopicIds,
): PartitionMap<P> {
  const names = new Map<string, string>();
  for (const [name, id] of ids) if (id !== ZERO_UUID) names.set(id, name);
  const answers = new PartitionMap<P>();
  for (const { name, topicId = ZERO_UUID, partitions } of topics) {
    const topic = name === "" ? names.get(topicId) : name;
    if (topic === undefined) continue;
    for (const one of partitions) answers.set({ topic, partition: one.partitionIndex }, one);
  }
  return answers;
}
