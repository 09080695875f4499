import { type DescribeGroupsResponse, describeGroupsApi } from "../../protocol/messages/describe-groups.ts";
import type { AbortSignalLike } from "../../runtime/cancellation.ts";
import { type MemberHost, askCoordinator } from "./member.ts";

/** A classic group as its coordinator describes it. */
export type DescribedGroup = DescribeGroupsResponse["groups"][number];

/** Since version 6 an unknown group is an error (KIP-1043); before, it is a dead one without members. */
const WITHOUT_UNKNOWN = 5;

/** Asks the coordinator to describe the member's group. Undefined if the response does not contain it. */
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
