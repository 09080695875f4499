import { groupByTopic } from "../../cluster/routing/group-by-topic.ts";
import { isBytes } from "../../wire/is-bytes.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import { is, listOf } from "../../errors/shape.ts";
import { inWords, plainly } from "../../errors/words.ts";
import { decodeVersioned, encodeVersioned } from "../../protocol/embedded-formats.ts";
import { consumerProtocolAssignment } from "../../protocol/messages/consumer-protocol-assignment.ts";
import { consumerProtocolSubscription } from "../../protocol/messages/consumer-protocol-subscription.ts";
import type { JoinGroupResponseJoinGroupResponseMember } from "../../protocol/messages/join-group.ts";
import { isPlace, type TopicPartition } from "../../cluster/topic-partition.ts";
import type { Assignor, AssignorInput, AssignorMember, GroupAssignment } from "./assignors/assignor.ts";
import type { Steps } from "./assignors/steps.ts";

/** What a member says of itself when it joins. */
export interface Subscription {
  readonly topics: readonly string[];
  readonly owned: readonly TopicPartition[];
  readonly generation: number;
  readonly rack: string | null;
  readonly userData: Uint8Array | null;
}

/**
 * The newest version of both formats: with generation (KIP-792) and rack (KIP-881). Older readers take what they know.
 */
const VERSION = 3;

export function encodeSubscription(subscription: Subscription): Uint8Array {
  const { topics, owned, generation, rack, userData } = subscription;
  return encodeVersioned(
    consumerProtocolSubscription,
    { topics: [...topics].sort(), userData, ownedPartitions: byTopic(owned), generationId: generation, rackId: rack },
    VERSION,
  );
}

/** A member as the leader sees it. Throws kind `protocol` for bytes that are no subscription. */
export function decodeMember(member: JoinGroupResponseJoinGroupResponseMember): AssignorMember {
  const { memberId, groupInstanceId: instanceId } = member;
  const { message } = decodeVersioned(consumerProtocolSubscription, member.metadata);
  const { topics, userData, ownedPartitions, generationId: generation, rackId: rack } = message;
  return { memberId, instanceId, topics, owned: listed(ownedPartitions), generation, rack, userData };
}

export function encodeAssignment(partitions: readonly TopicPartition[]): Uint8Array {
  return encodeVersioned(
    consumerProtocolAssignment,
    { assignedPartitions: byTopic(partitions), userData: null },
    VERSION,
  );
}

/** What a member got; nothing where the leader said nothing about it. */
export function decodeAssignment(bytes: Uint8Array): readonly TopicPartition[] {
  if (bytes.length === 0) return [];
  return listed(decodeVersioned(consumerProtocolAssignment, bytes).message.assignedPartitions);
}

/** What the leader sends for each member. */
export type EncodedAssignments = readonly { readonly memberId: string; readonly assignment: Uint8Array }[];

/** The assignments as they are sent, and the partitions that no member was given. */
export interface Division {
  readonly assignments: EncodedAssignments;
  readonly withheld: readonly string[];
}

/**
 * Checks and encodes what an assignor returned: one of the user's may return anything. Throws kind `config` for a
 * result that is no assignment, for a member or partition that does not exist, and for a partition that two members
 * get.
 */
export function* encodeDivision(
  assignor: Assignor,
  { members, partitions }: AssignorInput,
  returned: unknown,
): Steps<Division> {
  const path = `the assignor ${assignor.name}: its assignment`;
  is("a Map of lists of partitions by member id", (value) => Object.prototype.toString.call(value) === "[object Map]")(
    returned,
    path,
  );
  const result = returned as GroupAssignment;
  const memberIds = new Set(members.map(({ memberId }) => memberId));
  const isGiven = new Map([...partitions].map(([topic, list]) => [topic, new Uint8Array(list.length)]));
  for (const [memberId, list] of result) {
    if (!memberIds.has(memberId))
      throw new KafkaError(
        "config",
        `${path} has partitions for ${inWords(memberId)}, which is no member: nobody would read them`,
      );
    listOf(isPlace)(list, `${path} for ${plainly(memberId)}`);
    for (const { topic, partition } of list) {
      const given = isGiven.get(topic);
      if (given?.[partition] === undefined)
        throw new KafkaError(
          "config",
          `the assignor ${assignor.name} gives away ${topic}-${partition}, which does not exist`,
          { topic, partition },
        );
      if (given[partition] === 1)
        throw new KafkaError("config", `the assignor ${assignor.name} gives ${topic}-${partition} to two members`, {
          topic,
          partition,
        });
      given[partition] = 1;
    }
    yield;
  }
  const assignments: { memberId: string; assignment: Uint8Array }[] = [];
  for (const { memberId } of members) {
    assignments.push({ memberId, assignment: encodeAssignment(result.get(memberId) ?? []) });
    yield;
  }
  const withheld: string[] = [];
  for (const [topic, given] of isGiven) {
    for (let partition = given.indexOf(0); partition >= 0; partition = given.indexOf(0, partition + 1))
      withheld.push(`${topic}-${partition}`);
    yield;
  }
  return { assignments, withheld };
}

/** What the assignor adds to this member's subscription. Throws kind `config` for what is no bytes. */
export function userDataOf(
  assignor: Assignor,
  owned: readonly TopicPartition[],
  generation: number,
): Uint8Array | null {
  const data = assignor.userData?.(owned, generation) ?? null;
  is("a Uint8Array or null", (value) => value === null || isBytes(value))(
    data,
    `the assignor ${assignor.name}: what userData() returns`,
  );
  return data;
}

function byTopic(
  partitions: readonly TopicPartition[],
): { readonly topic: string; readonly partitions: readonly number[] }[] {
  return [...groupByTopic(partitions)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([topic, list]) => ({ topic, partitions: list.map(({ partition }) => partition).sort((a, b) => a - b) }));
}

function listed(
  topics: readonly { readonly topic: string; readonly partitions: readonly number[] }[],
): readonly TopicPartition[] {
  return topics.flatMap(({ topic, partitions }) => partitions.map((partition) => ({ topic, partition })));
}
