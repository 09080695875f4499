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

/** The subscription of a member that joins. */
export interface Subscription {
  readonly topics: readonly string[];
  readonly owned: readonly TopicPartition[];
  readonly generation: number;
  readonly rack: string | null;
  readonly userData: Uint8Array | null;
}

/** The newest version of both formats: with generation (KIP-792) and rack (KIP-881). Older readers ignore the rest. */
const VERSION = 3;

export function encodeSubscription(subscription: Subscription): Uint8Array {
  const { topics, owned, generation, rack, userData } = subscription;
  return encodeVersioned(
    consumerProtocolSubscription,
    { topics: [...topics].sort(), userData, ownedPartitions: byTopic(owned), generationId: generation, rackId: rack },
    VERSION,
  );
}

/** A member as the leader knows it. Throws kind `protocol` if the bytes are not a subscription. */
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

/** The assignment of a member; empty if the leader sent none. */
export function decodeAssignment(bytes: Uint8Array): readonly TopicPartition[] {
  if (bytes.length === 0) return [];
  return listed(decodeVersioned(consumerProtocolAssignment, bytes).message.assignedPartitions);
}

/** The assignments that the leader sends, by member. */
export type EncodedAssignments = readonly { readonly memberId: string; readonly assignment: Uint8Array }[];

/** The encoded assignments, and the partitions that no member was assigned. */
export interface Division {
  readonly assignments: EncodedAssignments;
  readonly withheld: readonly string[];
}

/**
 * Checks and encodes the result of an assignor, because an assignor of the user may return anything. Throws kind
 * `config` if it is not an assignment, names a member or partition that does not exist, or gives a partition to two
 * members.
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
      throw new KafkaError("config", `${path} has partitions for ${inWords(memberId)}, which is not a member`);
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

/** The user data that the assignor adds to this member's subscription. Throws kind `config` if it is not bytes. */
export function userDataOf(
  assignor: Assignor,
  owned: readonly TopicPartition[],
  generation: number,
): Uint8Array | null {
  const data = assignor.userData?.(owned, generation) ?? null;
  is("a Uint8Array or null", (value) => value === null || isBytes(value))(
    data,
    `the assignor ${assignor.name}: the result of userData()`,
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
