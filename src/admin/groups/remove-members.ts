import type { CallLimit } from "../../cluster/call-retries.ts";
import { done } from "../../cluster/routing/verdict.ts";
import { counted } from "../../errors/counted.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import { listOf, name, reading, shape, text } from "../../errors/shape.ts";
import { leaveGroupApi } from "../../protocol/messages/leave-group.ts";
import type { AdminContext } from "../admin-context.ts";
import { askItems, notAnswered, resultsOf } from "../ask-items.ts";
import { type CallOptions, callLimit, optionsWith } from "../call-options.ts";
import { itemError } from "../item-error.ts";
import { onlyOnce } from "../only-once.ts";
import { Results } from "../results.ts";
import { coordinatorRoute, coordinatorVerdict } from "./coordinator-verdict.ts";
import { askAboutGroups } from "./describe-consumer-groups.ts";

/** A member of a group, by one of its names. Java: `MemberToRemove`. */
export type MemberToRemove = StaticMember | DynamicMember;

/** A member by its `group.instance.id`. */
export interface StaticMember {
  /** The `group.instance.id` of the member. */
  readonly groupInstanceId: string;
}

/** A member by the id that it has in the group. */
export interface DynamicMember {
  /** The id that the member has in the group. */
  readonly memberId: string;
}

/** The options of `removeMembersFromConsumerGroup`. */
export interface RemoveMembersOptions extends CallOptions {
  /** The members to remove. Default: all. Java: `members`. */
  readonly members?: readonly MemberToRemove[];
  /** A text for the log of the brokers (KIP-800). Brokers from Kafka 3.2 on. Default: none. Java: `reason`. */
  readonly reason?: string;
}

const OPTIONS = optionsWith({
  members: listOf(
    shape({ groupInstanceId: name, memberId: name }, { noun: "field" }),
    ": name each member, [{ memberId }] or [{ groupInstanceId }]",
  ),
  reason: text,
});
/** From these versions on a request has several members, and a reason for each. */
const MEMBERS_SINCE = 3;
const REASONS_SINCE = 5;

/** See `Admin.removeMembersFromConsumerGroup`. */
export async function removeMembersFromConsumerGroup(
  context: AdminContext,
  groupId: string,
  options: RemoveMembersOptions,
): Promise<Results<MemberToRemove, undefined>> {
  const call = "removeMembersFromConsumerGroup";
  name(groupId, `${call}: groupId`);
  const limit = callLimit(options, call, OPTIONS);
  const endsAtMs = context.client.clock.monotonic() + limit.timeoutMs;
  const { reason } = options;
  const given = reading(`${call}: members`, () =>
    options.members?.map((one, i) => ownMember(one, `${call}: members[${i}]`)),
  );
  const keys = given ?? (await allMembers(context, groupId, limit));
  onlyOnce(keys.map(idOf), `${call}: members`);
  if (keys.length === 0) return new Results<MemberToRemove, undefined>([], idOf);
  const results = await askItems<MemberToRemove, undefined>(
    context.client,
    {
      what: `cannot remove ${counted(keys.length, "member")} from group ${groupId}`,
      keys,
      route: coordinatorRoute(context, "group", () => groupId),
      isChange: true,
      keysPerRequest: (connection) => (connection.version(leaveGroupApi) >= MEMBERS_SINCE ? keys.length : 1),
      send: async (connection, asked) => {
        const version = connection.version(leaveGroupApi);
        const [only] = asked;
        if (version < MEMBERS_SINCE) {
          if (only === undefined || !("memberId" in only))
            return [{ then: "fail", error: new KafkaError("unsupported", INSTANCE_NEEDS) }];
          const { errorCode } = await connection.request(
            leaveGroupApi,
            { groupId, memberId: only.memberId },
            { version },
          );
          return [verdictOn(only, errorCode, groupId)];
        }
        const response = await connection.request(
          leaveGroupApi,
          {
            groupId,
            members: asked.map((member) => ({
              memberId: "memberId" in member ? member.memberId : "",
              groupInstanceId: "memberId" in member ? null : member.groupInstanceId,
              ...(version >= REASONS_SINCE ? { reason: reason ?? null } : {}),
            })),
          },
          { version },
        );
        return asked.map((member) => {
          if (response.errorCode !== ErrorCode.NONE) return verdictOn(member, response.errorCode, groupId);
          const answer = response.members.find((one) =>
            "memberId" in member ? one.memberId === member.memberId : one.groupInstanceId === member.groupInstanceId,
          );
          return verdictOn(member, (answer ?? notAnswered("LeaveGroup")).errorCode, groupId);
        });
      },
    },
    { ...limit, timeoutMs: Math.max(1, Math.ceil(endsAtMs - context.client.clock.monotonic())) },
  );
  return resultsOf(keys, results, idOf);
}

const INSTANCE_NEEDS = "brokers before Kafka 2.4 do not remove members by groupInstanceId: pass their memberId";

function ownMember(member: MemberToRemove, path: string): MemberToRemove {
  const { groupInstanceId, memberId } = member as { readonly groupInstanceId?: string; readonly memberId?: string };
  if ((groupInstanceId === undefined) === (memberId === undefined))
    throw new KafkaError("config", `${path} needs either memberId or groupInstanceId`);
  return memberId === undefined ? { groupInstanceId: groupInstanceId ?? "" } : { memberId };
}

async function allMembers(
  context: AdminContext,
  groupId: string,
  limit: CallLimit,
): Promise<readonly MemberToRemove[]> {
  const [group] = (await askAboutGroups(context, [groupId], false, limit)).orThrow();
  return (group?.members ?? []).map(({ memberId, groupInstanceId }) =>
    groupInstanceId === undefined ? { memberId } : { groupInstanceId },
  );
}

function verdictOn(
  member: MemberToRemove,
  code: number,
  groupId: string,
): ReturnType<typeof coordinatorVerdict> | ReturnType<typeof done<undefined>> {
  if (code === ErrorCode.NONE) return done(undefined);
  return coordinatorVerdict(itemError(code, `cannot remove ${idOf(member)} from group ${groupId}`));
}

function idOf(member: MemberToRemove): string {
  return "memberId" in member ? `member ${member.memberId}` : `instance ${member.groupInstanceId}`;
}
