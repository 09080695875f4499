import { isPromiseOfNobody } from "../../cluster/user-callback.ts";
import { groupByTopic } from "../../cluster/routing/group-by-topic.ts";
import { ByteReader } from "../../wire/byte-reader.ts";
import { isBytes } from "../../wire/is-bytes.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import { is, listOf, shape } from "../../errors/shape.ts";
import { inWords, plainly } from "../../errors/words.ts";
import { decodeMessage } from "../../protocol/decode.ts";
import { decodeVersioned, encodeVersioned } from "../../protocol/embedded-formats.ts";
import { consumerProtocolAssignment } from "../../protocol/messages/consumer-protocol-assignment.ts";
import {
  type ConsumerProtocolSubscription,
  consumerProtocolSubscription,
} from "../../protocol/messages/consumer-protocol-subscription.ts";
import type { JoinGroupResponseJoinGroupResponseMember } from "../../protocol/messages/join-group.ts";
import { isPlace, type TopicPartition } from "../../cluster/topic-partition.ts";
import type {
  Assignor,
  AssignorInput,
  AssignorJoin,
  AssignorMember,
  AssignorResult,
  MemberAssignment,
  ReceivedAssignment,
} from "./assignors/assignor.ts";
import type { Steps } from "./assignors/steps.ts";

/** The newest version of both formats: with generation (KIP-792) and rack (KIP-881). Older readers ignore the rest. */
const NEWEST = 3;

const ASSIGNMENT = shape(
  { partitions: listOf(isPlace), userData: is("a Uint8Array or null", (value) => value === null || isBytes(value)) },
  { needs: ["partitions"], noun: "field" },
);

/**
 * The subscription of a member that joins, with what its assignor adds. Throws kind `config` if the assignor fails or
 * returns no bytes.
 */
export function encodeSubscription(assignor: Assignor, join: AssignorJoin, rack: string | null): Uint8Array {
  const { topics, owned, previous, generation } = join;
  if (assignor.subscription !== undefined) return ownSubscription(assignor, join);
  const userData = ask(assignor, "userData", () => assignor.userData?.(previous, generation, join) ?? null);
  is("a Uint8Array or null", (value) => value === null || isBytes(value))(
    userData,
    `the assignor ${assignor.name}: the result of userData()`,
  );
  return encodeVersioned(
    consumerProtocolSubscription,
    { topics: [...topics].sort(), userData, ownedPartitions: byTopic(owned), generationId: generation, rackId: rack },
    assignor.version ?? NEWEST,
  );
}

function ownSubscription(assignor: Assignor, join: AssignorJoin): Uint8Array {
  const bytes: unknown = ask(assignor, "subscription", () => assignor.subscription?.(join));
  is("a Uint8Array", isBytes)(bytes, `the assignor ${assignor.name}: the result of subscription()`);
  return bytes as Uint8Array;
}

/** Calls a method of a user's assignor. An error that it throws becomes one of kind `config`. */
function ask<T>(assignor: Assignor, method: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw assignorFailed(assignor, `${method}()`, error);
  }
}

/** Gives a member's assignment to its assignor. Throws kind `config` if the assignor fails. */
export function gotAssignment(assignor: Assignor, assignment: ReceivedAssignment): void {
  const result: unknown = ask(assignor, "onAssignment", () => assignor.onAssignment?.(Object.freeze(assignment)));
  if (isPromiseOfNobody(result))
    throw new KafkaError(
      "config",
      `onAssignment() of the assignor ${assignor.name} returned a promise, but must be synchronous: slow work belongs ` +
        "into onAssigned of the consumer",
    );
}

function assignorFailed({ name }: Assignor, method: string, error: unknown): KafkaError {
  const cause = KafkaError.from(error);
  return new KafkaError("config", `${method} of the assignor ${name} failed: ${cause.message}`, {
    cause: cause.kind === "internal" ? cause.cause : cause,
  });
}

/** A member as the leader knows it. Throws kind `protocol` if the bytes are not a subscription. */
export function decodeMember(member: JoinGroupResponseJoinGroupResponseMember): AssignorMember {
  const { topics, userData, ownedPartitions, generationId: generation, rackId: rack } = subscriptionIn(member.metadata);
  return { ...unreadableMember(member), topics, owned: listed(ownedPartitions), generation, rack, userData };
}

/** A member whose subscription cannot be read: it gets nothing. */
export function unreadableMember(member: JoinGroupResponseJoinGroupResponseMember): AssignorMember {
  const { memberId, groupInstanceId: instanceId, metadata } = member;
  return { memberId, instanceId, topics: [], owned: [], generation: -1, rack: null, userData: null, metadata };
}

/**
 * All versions begin with the fields of version 0. Members of kafkajs may name a later version and leave out the fields
 * that it adds: NestJS does.
 */
function subscriptionIn(bytes: Uint8Array): ConsumerProtocolSubscription {
  try {
    return decodeVersioned(consumerProtocolSubscription, bytes).message;
  } catch (error) {
    const reader = new ByteReader(bytes);
    if (reader.int16() <= 0) throw error;
    return decodeMessage(consumerProtocolSubscription, reader, 0);
  }
}

/** An assignment as the leader sends it to a member. */
export function encodeAssignment(
  { partitions, userData = null }: MemberAssignment,
  version: number = NEWEST,
): Uint8Array {
  return encodeVersioned(consumerProtocolAssignment, { assignedPartitions: byTopic(partitions), userData }, version);
}

/** The assignment of a member; empty if the leader sent none. */
export function decodeAssignment(bytes: Uint8Array): Required<MemberAssignment> {
  if (bytes.length === 0) return { partitions: [], userData: null };
  const { assignedPartitions, userData } = decodeVersioned(consumerProtocolAssignment, bytes).message;
  return { partitions: listed(assignedPartitions), userData };
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
 * members. Bytes are not checked.
 */
export function* encodeDivision(
  assignor: Assignor,
  { members, partitions }: Pick<AssignorInput, "members" | "partitions">,
  returned: unknown,
): Steps<Division> {
  const path = `the assignor ${assignor.name}: its assignment`;
  is(
    "a Map by member id, of lists of partitions, { partitions, userData } or bytes",
    (value) => Object.prototype.toString.call(value) === "[object Map]",
  )(returned, path);
  const memberIds = new Set(members.map(({ memberId }) => memberId));
  const isGiven = new Map([...partitions].map(([topic, list]) => [topic, new Uint8Array(list.length)]));
  const result = new Map<string, MemberAssignment | Uint8Array>();
  for (const [memberId, given] of returned as AssignorResult) {
    if (!memberIds.has(memberId))
      throw new KafkaError("config", `${path} has partitions for ${inWords(memberId)}, which is not a member`);
    const one = memberAssignment(given, `${path} for ${plainly(memberId)}`);
    result.set(memberId, one);
    if (isBytes(one)) give(assignor, isGiven, givenIn(one), false);
    else give(assignor, isGiven, one.partitions, true);
    yield;
  }
  const version = assignor.version ?? NEWEST;
  const assignments: { memberId: string; assignment: Uint8Array }[] = [];
  for (const { memberId } of members) {
    const one = result.get(memberId) ?? { partitions: [] };
    assignments.push({ memberId, assignment: isBytes(one) ? one : encodeAssignment(one, version) });
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

/** The assignment that an assignor gave one member, checked. Throws kind `config`. */
function memberAssignment(given: unknown, path: string): MemberAssignment | Uint8Array {
  if (isBytes(given)) return given;
  if (Array.isArray(given)) {
    listOf(isPlace)(given, path);
    return { partitions: given as readonly TopicPartition[] };
  }
  is("a list of partitions, { partitions, userData } or bytes", (value) => typeof value === "object" && value !== null)(
    given,
    path,
  );
  ASSIGNMENT(given, path);
  return given as MemberAssignment;
}

/** Marks partitions as given. With `isChecked` they must exist, and must not be given already. */
function give(
  { name }: Assignor,
  isGiven: ReadonlyMap<string, Uint8Array>,
  partitions: readonly TopicPartition[],
  isChecked: boolean,
): void {
  for (const { topic, partition } of partitions) {
    const given = isGiven.get(topic);
    if (given?.[partition] === undefined) {
      if (!isChecked) continue;
      throw new KafkaError("config", `the assignor ${name} gives away ${topic}-${partition}, which does not exist`, {
        topic,
        partition,
      });
    }
    if (given[partition] === 1 && isChecked)
      throw new KafkaError("config", `the assignor ${name} gives ${topic}-${partition} to two members`, {
        topic,
        partition,
      });
    given[partition] = 1;
  }
}

/** The partitions in an assignment of the user's own bytes; none if they cannot be read. */
function givenIn(bytes: Uint8Array): readonly TopicPartition[] {
  try {
    return decodeAssignment(bytes).partitions;
  } catch {
    return [];
  }
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
