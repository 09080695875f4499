import type { CallLimit } from "../../cluster/call-retries.ts";
import { done, type Verdict } from "../../cluster/routing/verdict.ts";
import type { TopicPartition } from "../../cluster/topic-partition.ts";
import { counted } from "../../errors/counted.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import type { Connection } from "../../network/connection.ts";
import {
  type ConsumerGroupDescribeResponseAssignment,
  type ConsumerGroupDescribeResponseDescribedGroup,
  type ConsumerGroupDescribeResponseMember,
  consumerGroupDescribeApi,
} from "../../protocol/messages/consumer-group-describe.ts";
import type { AclOperation } from "../../security/acl-words.ts";
import type { AdminContext } from "../admin-context.ts";
import { askItems, notAnswered, resultsOf } from "../ask-items.ts";
import { operationsIn } from "../authorized-operations.ts";
import { callLimit } from "../call-options.ts";
import { itemError } from "../item-error.ts";
import type { Results } from "../results.ts";
import { coordinatorRoute, coordinatorVerdict } from "./coordinator-verdict.ts";
import {
  type ClassicGroupDescription,
  DESCRIBE_OPTIONS,
  type DescribeGroupsOptions,
  describeClassic,
  partitionsOf,
} from "./describe-classic-groups.ts";
import { groupIds } from "./group-ids.ts";
import { type GroupState, type GroupType, stateOf } from "./group-words.ts";

/** A member of a consumer group. Java: `MemberDescription`. */
export interface ConsumerGroupMember {
  /** The id that the member has in the group. Java: `consumerId`. */
  readonly memberId: string;
  /** The `group.instance.id` of a static member; undefined for a dynamic one. */
  readonly groupInstanceId: string | undefined;
  /** The `client.id` of the member. */
  readonly clientId: string;
  /** The address from which it is connected. */
  readonly host: string;
  /** The partitions that it reads. */
  readonly assignment: readonly TopicPartition[];
  /** The partitions that it shall read once the others have given them back. Undefined in a classic group. */
  readonly targetAssignment: readonly TopicPartition[] | undefined;
  /** The epoch of the member. Undefined in a classic group. */
  readonly memberEpoch: number | undefined;
  /** Whether the member uses the new protocol (KIP-848). Undefined in a classic group, and before Kafka 4.0. */
  readonly isUpgraded: boolean | undefined;
}

/** A consumer group, of either protocol. Java: `ConsumerGroupDescription`. */
export interface ConsumerGroupDescription {
  /** The id of the group. */
  readonly groupId: string;
  /** The protocol of the group: `"consumer"` for that of KIP-848. */
  readonly type: Extract<GroupType, "classic" | "consumer">;
  /** The state of the group. */
  readonly state: GroupState;
  /** Whether it consists of offsets that were committed by no member. */
  readonly isSimpleConsumerGroup: boolean;
  /** The name of the assignor; `""` while there is none. */
  readonly partitionAssignor: string;
  /** The members. */
  readonly members: readonly ConsumerGroupMember[];
  /** The node id of its coordinator; undefined if that is not known. */
  readonly coordinatorId: number | undefined;
  /** The epoch of the group. Undefined for a classic group. */
  readonly groupEpoch: number | undefined;
  /** The epoch of the target assignment. Undefined for a classic group. */
  readonly targetAssignmentEpoch: number | undefined;
  /** The operations on the group that this user is allowed. Only with `includeAuthorizedOperations`. */
  readonly authorizedOperations: readonly AclOperation[] | undefined;
}

/** See `Admin.describeConsumerGroups`. */
export async function describeConsumerGroups(
  context: AdminContext,
  groups: readonly string[],
  options: DescribeGroupsOptions,
): Promise<Results<string, ConsumerGroupDescription>> {
  const keys = groupIds(groups, "describeConsumerGroups: groups");
  const limit = callLimit(options, "describeConsumerGroups", DESCRIBE_OPTIONS);
  return askAboutGroups(context, keys, options.includeAuthorizedOperations ?? false, limit);
}

/** {@link describeConsumerGroups}, for other calls. */
export async function askAboutGroups(
  context: AdminContext,
  keys: readonly string[],
  includeAuthorizedOperations: boolean,
  limit: CallLimit,
): Promise<Results<string, ConsumerGroupDescription>> {
  const results = await askItems<string, ConsumerGroupDescription>(
    context.client,
    {
      what: `cannot describe ${counted(keys.length, "group")}`,
      keys,
      route: coordinatorRoute(context, "group", (groupId) => groupId),
      send: async (connection, asked) => {
        const verdicts = await describe(connection, asked, includeAuthorizedOperations);
        const coordinatorId = context.nodeIdOf(connection);
        return verdicts.map((verdict) =>
          verdict.then === "done" ? done({ ...verdict.answer, coordinatorId }) : verdict,
        );
      },
    },
    limit,
  );
  return resultsOf(keys, results, (groupId) => groupId);
}

type Described = Omit<ConsumerGroupDescription, "coordinatorId">;

/** Brokers before Kafka 3.7 have classic groups alone, and a group may be a classic one in any cluster. */
async function describe(
  connection: Connection,
  asked: readonly string[],
  includeAuthorizedOperations: boolean,
): Promise<readonly Verdict<Described>[]> {
  const verdicts = new Map<string, Verdict<Described>>();
  if (connection.brokerVersions.has(consumerGroupDescribeApi.key)) {
    const version = connection.version(consumerGroupDescribeApi);
    const { groups } = await connection.request(
      consumerGroupDescribeApi,
      { groupIds: asked, includeAuthorizedOperations },
      { version },
    );
    for (const groupId of asked) {
      const group = groups.find((one) => one.groupId === groupId) ?? notAnswered("ConsumerGroupDescribe");
      const { errorCode, errorMessage } = group;
      if (errorCode === ErrorCode.NONE) verdicts.set(groupId, done(descriptionOf(group, version)));
      else if (errorCode !== ErrorCode.GROUP_ID_NOT_FOUND && errorCode !== ErrorCode.UNSUPPORTED_VERSION)
        verdicts.set(
          groupId,
          coordinatorVerdict(itemError(errorCode, `cannot describe group ${groupId}`, errorMessage)),
        );
    }
  }
  const classic = asked.filter((groupId) => !verdicts.has(groupId));
  if (classic.length > 0) {
    const described = await describeClassic(connection, classic, includeAuthorizedOperations);
    for (const [i, groupId] of classic.entries()) {
      const verdict = described[i] ?? notAnswered("DescribeGroups");
      verdicts.set(groupId, verdict.then === "done" ? ofClassic(verdict.answer) : verdict);
    }
  }
  return asked.map((groupId) => verdicts.get(groupId) ?? notAnswered("DescribeGroups"));
}

const UPGRADED_SINCE = 1;
/** The member type of the new protocol (KIP-848). */
const CONSUMER = 1;

function descriptionOf(group: ConsumerGroupDescribeResponseDescribedGroup, version: number): Described {
  return {
    groupId: group.groupId,
    type: "consumer",
    state: stateOf(group.groupState),
    isSimpleConsumerGroup: false,
    partitionAssignor: group.assignorName,
    members: group.members.map((member) => memberOf(member, version)),
    groupEpoch: group.groupEpoch,
    targetAssignmentEpoch: group.assignmentEpoch,
    authorizedOperations: operationsIn(group.authorizedOperations),
  };
}

function memberOf(member: ConsumerGroupDescribeResponseMember, version: number): ConsumerGroupMember {
  return {
    memberId: member.memberId,
    groupInstanceId: member.instanceId ?? undefined,
    clientId: member.clientId,
    host: member.clientHost,
    assignment: placesOf(member.assignment),
    targetAssignment: placesOf(member.targetAssignment),
    memberEpoch: member.memberEpoch,
    isUpgraded: version >= UPGRADED_SINCE && member.memberType >= 0 ? member.memberType === CONSUMER : undefined,
  };
}

function placesOf({ topicPartitions }: ConsumerGroupDescribeResponseAssignment): readonly TopicPartition[] {
  return topicPartitions.flatMap(({ topicName: topic, partitions }) =>
    partitions.map((partition) => ({ topic, partition })),
  );
}

function ofClassic(group: ClassicGroupDescription): Verdict<Described> {
  const { groupId, protocol, protocolType, state, members, authorizedOperations } = group;
  if (protocolType !== "consumer" && protocolType !== "")
    return {
      then: "fail",
      error: new KafkaError(
        "broker",
        `cannot describe group ${groupId}: its members are no consumers, their protocol is "${protocolType}"; use ` +
          "describeClassicGroups",
      ),
    };
  return done({
    groupId,
    type: "classic",
    state,
    isSimpleConsumerGroup: protocolType === "",
    partitionAssignor: protocol,
    members: members.map(({ memberId, groupInstanceId, clientId, host, memberAssignment }) => ({
      ...{ memberId, groupInstanceId, clientId, host },
      assignment: partitionsOf(memberAssignment),
      targetAssignment: undefined,
      memberEpoch: undefined,
      isUpgraded: undefined,
    })),
    groupEpoch: undefined,
    targetAssignmentEpoch: undefined,
    authorizedOperations,
  });
}
