import type { TopicPartition } from "../../../cluster/topic-partition.ts";
import {
  type AssignorBasis,
  type GroupAssignment,
  compareMembers,
  nothingAssigned,
  subscribedTopics,
} from "./assignor.ts";
import { type BuiltInAssignor, builtIn } from "./built-in.ts";
import type { Steps } from "./steps.ts";

/** Deals all partitions of all topics out one by one, in order, to the next member that subscribes to the topic. */
function* dealOut(input: AssignorBasis): Steps<GroupAssignment> {
  const { members, partitions } = input;
  const result: Map<string, TopicPartition[]> = nothingAssigned(members);
  const topics = yield* subscribedTopics(input);
  const circle: { readonly memberId: string; readonly topics: ReadonlySet<string> }[] = [];
  for (const member of [...members].sort(compareMembers)) {
    circle.push({ memberId: member.memberId, topics: new Set(member.topics) });
    yield;
  }
  let at = 0;
  for (const topic of topics) {
    for (let partition = 0; partition < (partitions.get(topic)?.length ?? 0); partition++) {
      while (circle[at]?.topics.has(topic) !== true) at = (at + 1) % circle.length; // at least one member has it
      result.get(circle[at]?.memberId ?? "")?.push({ topic, partition });
      at = (at + 1) % circle.length;
      if (partition % 64 === 0) yield;
    }
  }
  return result;
}

/**
 * The only assignor of a group of kafkajs, which calls Java's "roundrobin" by the name of its class. Both can lead such
 * a group: the order of members and partitions is the same. kafkajs gives partitions to members that do not subscribe
 * to their topic as well; this one does not.
 */
export const kafkajsAssignor: BuiltInAssignor = builtIn(
  { name: "RoundRobinAssigner", rebalanceProtocol: "eager" },
  dealOut,
);

/** Java: `RoundRobinAssignor`. */
export const roundRobinAssignor: BuiltInAssignor = builtIn({ name: "roundrobin", rebalanceProtocol: "eager" }, dealOut);
