import { done, type Verdict } from "../../cluster/routing/verdict.ts";
import type { TopicPartition } from "../../cluster/topic-partition.ts";
import { brokerError } from "../../errors/broker-error.ts";
import { counted } from "../../errors/counted.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { detailsOf, KafkaError } from "../../errors/kafka-error.ts";
import { type Check, flag } from "../../errors/shape.ts";
import type { Connection } from "../../network/connection.ts";
import { consumerProtocolAssignment } from "../../protocol/messages/consumer-protocol-assignment.ts";
import { describeGroupsApi } from "../../protocol/messages/describe-groups.ts";
import { decodeVersioned } from "../../protocol/embedded-formats.ts";
import type { AclOperation } from "../../security/acl-words.ts";
import type { AdminContext } from "../admin-context.ts";
import { askItems, notAnswered, resultsOf } from "../ask-items.ts";
import { operationsIn } from "../authorized-operations.ts";
import { type CallOptions, callLimit, optionsWith } from "../call-options.ts";
import { itemError } from "../item-error.ts";
import type { Results } from "../results.ts";
import { coordinatorRoute, coordinatorVerdict } from "./coordinator-verdict.ts";
import { groupIds } from "./group-ids.ts";
import { type GroupState, stateOf } from "./group-words.ts";

/** A member of a classic group. Java: `MemberDescription`. */
export interface ClassicGroupMember {
  /** The id that the member has in the group. */
  readonly memberId: string;
  /** The `group.instance.id` of a static member; undefined for a dynamic one. */
  readonly groupInstanceId: string | undefined;
  /** The `client.id` of the member. */
  readonly clientId: string;
  /** The address from which it is connected. */
  readonly host: string;
  /** The bytes that it sent with its join request, in the format of the group's protocol. */
  readonly memberMetadata: Uint8Array;
  /** The bytes of its assignment, in the format of the group's protocol. */
  readonly memberAssignment: Uint8Array;
}

/** A classic group, whose members need be no consumers. Java: `ClassicGroupDescription`. */
export interface ClassicGroupDescription {
  /** The id of the group. */
  readonly groupId: string;
  /** The protocol type: `"consumer"`; of Kafka Connect `"connect"`; `""` for offsets without members. */
  readonly protocolType: string;
  /** The protocol that the members agreed on; of consumers the name of the assignor. `""` while there is none. */
  readonly protocol: string;
  /** The state of the group. */
  readonly state: GroupState;
  /** The members. */
  readonly members: readonly ClassicGroupMember[];
  /** The operations on the group that this user is allowed. Only with `includeAuthorizedOperations`. */
  readonly authorizedOperations: readonly AclOperation[] | undefined;
}

/** The options of calls that describe groups. */
export interface DescribeGroupsOptions extends CallOptions {
  /** Also returns the operations that this user is allowed. Default false. Java: `includeAuthorizedOperations`. */
  readonly includeAuthorizedOperations?: boolean;
}

export const DESCRIBE_OPTIONS: Check = optionsWith({ includeAuthorizedOperations: flag });
const OPERATIONS_SINCE = 3;

/** See `Admin.describeClassicGroups`. */
export async function describeClassicGroups(
  context: AdminContext,
  groups: readonly string[],
  options: DescribeGroupsOptions,
): Promise<Results<string, ClassicGroupDescription>> {
  const keys = groupIds(groups, "describeClassicGroups: groups");
  const limit = callLimit(options, "describeClassicGroups", DESCRIBE_OPTIONS);
  const { includeAuthorizedOperations = false } = options;
  const results = await askItems<string, ClassicGroupDescription>(
    context.client,
    {
      what: `cannot describe ${counted(keys.length, "group")}`,
      keys,
      route: coordinatorRoute(context, "group", (groupId) => groupId),
      send: (connection, asked) => describeClassic(connection, asked, includeAuthorizedOperations),
    },
    limit,
  );
  return resultsOf(keys, results, (groupId) => groupId);
}

/** Sends one DescribeGroups request. Returns a verdict on each group. */
export async function describeClassic(
  connection: Connection,
  asked: readonly string[],
  includeAuthorizedOperations: boolean,
): Promise<readonly Verdict<ClassicGroupDescription>[]> {
  const version = connection.version(describeGroupsApi);
  const operations = version >= OPERATIONS_SINCE ? { includeAuthorizedOperations } : {};
  const { groups } = await connection.request(describeGroupsApi, { groups: asked, ...operations }, { version });
  return asked.map((groupId) => {
    const group = groups.find((one) => one.groupId === groupId) ?? notAnswered("DescribeGroups");
    const what = `cannot describe group ${groupId}`;
    const { errorCode, errorMessage, groupState } = group;
    if (errorCode !== ErrorCode.NONE) return coordinatorVerdict(itemError(errorCode, what, errorMessage));
    // Before version 6 a group that does not exist is a dead one.
    if (groupState === "Dead") return { then: "fail", error: notFound(what) };
    return done({
      groupId,
      protocolType: group.protocolType,
      protocol: group.protocolData,
      state: stateOf(groupState),
      members: group.members.map((member) => ({
        memberId: member.memberId,
        groupInstanceId: member.groupInstanceId ?? undefined,
        clientId: member.clientId,
        host: member.clientHost,
        memberMetadata: member.memberMetadata,
        memberAssignment: member.memberAssignment,
      })),
      authorizedOperations: operationsIn(group.authorizedOperations),
    });
  });
}

function notFound(what: string): KafkaError {
  const error = brokerError(ErrorCode.GROUP_ID_NOT_FOUND, what);
  return new KafkaError(error.kind, `${what}: there is no such group (GROUP_ID_NOT_FOUND)`, detailsOf(error));
}

/** The partitions in the assignment of a consumer; none while it has no assignment. */
export function partitionsOf(assignment: Uint8Array): readonly TopicPartition[] {
  if (assignment.length === 0) return [];
  const { assignedPartitions } = decodeVersioned(consumerProtocolAssignment, assignment).message;
  return assignedPartitions.flatMap(({ topic, partitions }) => partitions.map((partition) => ({ topic, partition })));
}
