import { isBytes } from "../../wire/is-bytes.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import { is, listOf } from "../../errors/shape.ts";
import { inWords, plainly } from "../../errors/words.ts";
import { decodeVersioned, encodeVersioned } from "../../protocol/embedded-formats.ts";
import { consumerProtocolAssignment } from "../../protocol/messages/consumer-protocol-assignment.ts";
import { consumerProtocolSubscription } from "../../protocol/messages/consumer-protocol-subscription.ts";
import type { JoinGroupResponseJoinGroupResponseMember } from "../../protocol/messages/join-group.ts";
import { isPlace, type TopicPartition } from "../topic-partition.ts";
import type { Assignor, AssignorInput, AssignorMember, GroupAssignment } from "./assignors/assignor.ts";

/** What a member says of itself when it joins. */
export interface Subscription {
  readonly topics: readonly string[];
  readonly owned: readonly TopicPartition[];
  readonly generation: number;
  readonly rack: string | null;
  readonly userData: Uint8Array | null;
}

/** The newest version of both formats: with generation (KIP-792) and rack (KIP-881). Older readers take what they know. */
const VERSION = 3;

export function encodeSubscription(subscription: Subscription): Uint8Array {
  const { topics, owned, generation, rack, userData } = subscription;
  return encodeVersioned(consumerProtocolSubscription, { topics: [...topics].sort(), userData, ownedPartitions: byTopic(owned), generationId: generation, rackId: rack }, VERSION);
}

/** A member as the leader sees it. Throws kind `protocol` for bytes that are no subscription. */
export function decodeMember(member: JoinGroupResponseJoinGroupResponseMember): AssignorMember {
  const { memberId, groupInstanceId: instanceId } = member;
  const { message } = decodeVersioned(consumerProtocolSubscription, member.metadata);
  const { topics, userData, ownedPartitions, generationId: generation, rackId: rack } = message;
  return { memberId, instanceId, topics, owned: listed(ownedPartitions), generation, rack, userData };
}

export function encodeAssignment(partitions: readonly TopicPartition[]): Uint8Array {
  return encodeVersioned(consumerProtocolAssignment, { assignedPartitions: byTopic(partitions), userData: null }, VERSION);
}

/** What a member got; nothing where the leader said nothing about it. */
export function decodeAssignment(bytes: Uint8Array): readonly TopicPartition[] {
  if (bytes.length === 0) return [];
  return listed(decodeVersioned(consumerProtocolAssignment, bytes).message.assignedPartitions);
}

/** The assignments of all members. Throws kind `config` where an assignor of the user's gives what there is not, or gives it twice. */
export function divide(assignor: Assignor, members: readonly AssignorMember[], partitions: ReadonlyMap<string, readonly (readonly string[])[]>): readonly { readonly memberId: string; readonly assignment: Uint8Array }[] {
  const result = assigned(assignor, members, partitions);
  const given = new Set<string>();
  for (const { topic, partition } of [...result.values()].flat()) {
    const key = `${topic}/${partition}`;
    if (given.has(key)) throw new KafkaError("config", `the assignor ${assignor.name} gives ${topic}-${partition} to two members`, { topic, partition });
    if (partitions.get(topic)?.[partition] === undefined) throw new KafkaError("config", `the assignor ${assignor.name} gives away ${topic}-${partition}, which does not exist`, { topic, partition });
    given.add(key);
  }
  return members.map(({ memberId }) => ({ memberId, assignment: encodeAssignment(result.get(memberId) ?? []) }));
}

/** What the assignor gives, once it is sure that it can be read: an assignor of the user's may give anything. */
function assigned(assignor: Assignor, members: readonly AssignorMember[], partitions: AssignorInput["partitions"]): GroupAssignment {
  const path = `the assignor ${assignor.name}: its assignment`;
  const result: unknown = assignor.assign({ members, partitions });
  is("a Map of lists of partitions by member id", (value) => Object.prototype.toString.call(value) === "[object Map]")(result, path);
  for (const [memberId, list] of result as ReadonlyMap<unknown, unknown>) {
    if (!members.some((member) => member.memberId === memberId)) throw new KafkaError("config", `${path} has partitions for ${inWords(memberId)}, which is no member: nobody would read them`);
    listOf(isPlace)(list, `${path} for ${plainly(memberId)}`);
  }
  return result as GroupAssignment;
}

/** What the assignor adds to this member's subscription. Throws kind `config` for what is no bytes. */
export function userDataOf(assignor: Assignor, owned: readonly TopicPartition[], generation: number): Uint8Array | null {
  const data = assignor.userData?.(owned, generation) ?? null;
  is("a Uint8Array or null", (value) => value === null || isBytes(value))(data, `the assignor ${assignor.name}: what userData() returns`);
  return data;
}

function byTopic(partitions: readonly TopicPartition[]): { readonly topic: string; readonly partitions: readonly number[] }[] {
  const topics = new Map<string, number[]>();
  for (const { topic, partition } of partitions) topics.set(topic, [...(topics.get(topic) ?? []), partition]);
  return [...topics].sort(([a], [b]) => (a < b ? -1 : 1)).map(([topic, list]) => ({ topic, partitions: list.sort((a, b) => a - b) }));
}

function listed(topics: readonly { readonly topic: string; readonly partitions: readonly number[] }[]): readonly TopicPartition[] {
  return topics.flatMap(({ topic, partitions }) => partitions.map((partition) => ({ topic, partition })));
}
