import type { TopicPartition } from "../../topic-partition.ts";
import { type Assignor, type AssignorInput, type GroupAssignment, compareMembers, nothingAssigned, subscribedTopics } from "./assignor.ts";

/** Deals all partitions of all topics out one by one, in order, to the next member that subscribes to the topic. */
function assign(input: AssignorInput): GroupAssignment {
  const { members, partitions } = input;
  const result: Map<string, TopicPartition[]> = nothingAssigned(members);
  const circle = [...members].sort(compareMembers).map(({ memberId, topics }) => ({ memberId, topics: new Set(topics) }));
  let at = 0;
  for (const topic of subscribedTopics(input)) {
    for (let partition = 0; partition < (partitions.get(topic)?.length ?? 0); partition++) {
      while (circle[at]?.topics.has(topic) !== true) at = (at + 1) % circle.length; // somebody has it
      result.get(circle[at]?.memberId ?? "")?.push({ topic, partition });
      at = (at + 1) % circle.length;
    }
  }
  return result;
}

/** Java: `RoundRobinAssignor`. */
export const roundRobinAssignor: Assignor = Object.freeze({ name: "roundrobin", rebalanceProtocol: "eager", assign });
