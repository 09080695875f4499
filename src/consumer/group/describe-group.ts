import { type DescribeGroupsResponse, describeGroupsApi } from "../../protocol/messages/describe-groups.ts";
import type { AbortSignalLike } from "../../runtime/cancellation.ts";
import { type MemberHost, askCoordinator } from "./member.ts";

/** A classic group as its coordinator describes it. */
export type DescribedGroup = DescribeGroupsResponse["groups"][number];

/** From version 6 on an unknown group is an error (KIP-1043); before, it is a dead one without members. */
const WITHOUT_UNKNOWN = 5;

/** Asks the coordinator what it knows of the member's group. Undefined where its response does not mention it. */
export function describeGroup(
  host: MemberHost,
  signal: AbortSignalLike | undefined,
): Promise<DescribedGroup | undefined> {
  return askCoordinator(host, "other", signal, async (connection) => {
    const response = await connection.request(
      describeGroupsApi,
      { groups: [host.group.groupId] },
      { version: connection.version(describeGroupsApi, WITHOUT_UNKNOWN) },
    );
    return response.groups[0];
  });
}
