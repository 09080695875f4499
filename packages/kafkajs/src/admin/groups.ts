import type { Admin, DeleteGroupsResult, GroupDescription, GroupOverview } from "../api.ts";
import { KafkaJSDeleteGroupsError } from "../errors/admin-errors.ts";
import { KafkaJSProtocolError } from "../errors/protocol-error.ts";
import { protocolFault } from "../errors/protocol-faults.ts";
import { type AdminRequests, checkCode, firstServed, type ToBroker } from "./admin-requests.ts";
import { inText, refuse } from "./argument-checks.ts";

/** The calls about groups. */
export function groupCalls(requests: AdminRequests): Pick<Admin, "listGroups" | "describeGroups" | "deleteGroups"> {
  return {
    listGroups: () => listGroups(requests),
    describeGroups: (groupIds) => describeGroups(requests, groupIds),
    deleteGroups: (groupIds) => deleteGroups(requests, groupIds),
  };
}

/** What a coordinator says that is not the group's coordinator any more, or not yet. kafkajs gives up then. */
export const GROUP_MOVES: readonly string[] = [
  "NOT_COORDINATOR_FOR_GROUP",
  "GROUP_COORDINATOR_NOT_AVAILABLE",
  "GROUP_LOAD_IN_PROGRESS",
];

/** Every broker has the groups that it coordinates. */
async function listGroups(requests: AdminRequests): Promise<{ groups: GroupOverview[] }> {
  const { brokers } = await requests.brokers();
  const lists = await Promise.all(
    brokers.map(({ nodeId }) =>
      requests.tryRead(["GROUP_COORDINATOR_NOT_AVAILABLE", "GROUP_LOAD_IN_PROGRESS"], async () => {
        const { errorCode, groups } = await requests.request("ListGroups", {}, { to: { broker: nodeId } });
        checkCode(errorCode);
        return groups.map(({ groupId, protocolType }) => ({ groupId, protocolType }));
      }),
    ),
  );
  return { groups: lists.flat() };
}

/** A group as kafkajs describes it. */
type Description = GroupDescription & { readonly errorCode: number };

async function describeGroups(requests: AdminRequests, groupIds: unknown): Promise<{ groups: GroupDescription[] }> {
  if (!Array.isArray(groupIds)) refuse(`Invalid groupIds array ${inText(groupIds)}`);
  const wrong = groupIds.findIndex((groupId) => typeof groupId !== "string");
  if (wrong >= 0) refuse(`Invalid groupId name: ${inText(groupIds[wrong])}`);
  const ids = groupIds as readonly string[];
  let places: ReadonlyMap<number, Place> | undefined = await placesOf(requests, ids);
  const groups = await requests.tryWhileRetriable(async () => {
    places ??= await placesOf(requests, ids);
    const asked = [...places.values()];
    places = undefined;
    return await Promise.all(asked.map((place) => describedAt(requests, place)));
  });
  return { groups: groups.flat() };
}

/** One group. Without members it is `Empty`, and `Dead` if there is none of this name. */
export async function describeGroup(requests: AdminRequests, groupId: string): Promise<Description> {
  const to = await requests.coordinatorOf(groupId);
  const [description] = await describedAt(requests, { to, groupIds: [groupId] });
  return description ?? deadGroup(groupId);
}

/** Some groups, and the broker that coordinates them. */
interface Place {
  readonly to: ToBroker;
  readonly groupIds: string[];
}

async function placesOf(requests: AdminRequests, groupIds: readonly string[]): Promise<ReadonlyMap<number, Place>> {
  const coordinators = await Promise.all(groupIds.map((groupId) => requests.coordinatorOf(groupId)));
  const places = new Map<number, Place>();
  for (const [i, to] of coordinators.entries()) {
    const { broker } = to.to;
    const place = places.get(broker) ?? { to, groupIds: [] };
    places.set(broker, place);
    place.groupIds.push(groupIds[i] ?? "");
  }
  return places;
}

/** What a broker says of a group that does not exist, in versions that kafkajs does not speak. */
const GROUP_ID_NOT_FOUND = 69;

async function describedAt(requests: AdminRequests, { to, groupIds }: Place): Promise<Description[]> {
  const { groups } = await firstServed([5, 0], (version) =>
    requests.request("DescribeGroups", { groups: groupIds }, { ...to, version }),
  );
  return groups.map(({ errorCode, groupId, groupState, protocolType, protocolData, members }) => {
    if (errorCode === GROUP_ID_NOT_FOUND) return deadGroup(groupId);
    checkCode(errorCode);
    return {
      errorCode,
      groupId,
      state: groupState as GroupDescription["state"],
      protocolType,
      protocol: protocolData,
      members: members.map(({ memberId, clientId, clientHost, memberMetadata, memberAssignment }) => ({
        memberId,
        clientId,
        clientHost,
        memberMetadata: Buffer.from(memberMetadata),
        memberAssignment: Buffer.from(memberAssignment),
      })),
    };
  });
}

function deadGroup(groupId: string): Description {
  return { errorCode: 0, groupId, state: "Dead", protocolType: "", protocol: "", members: [] };
}

async function deleteGroups(requests: AdminRequests, groupIds: unknown): Promise<DeleteGroupsResult[]> {
  if (!Array.isArray(groupIds)) refuse(`Invalid groupIds array ${inText(groupIds)}`);
  // kafkajs prints whether there is a wrong name, not the name.
  if (groupIds.some((groupId) => typeof groupId !== "string")) refuse("Invalid groupId name: true");
  let left = groupIds as readonly string[];
  const results: DeleteGroupsResult[] = [];
  return await requests.tryCall([...GROUP_MOVES, "NOT_CONTROLLER"], "Could not delete groups", async () => {
    if (left.length === 0) return results;
    const places = await placesOf(requests, left);
    const answers = await Promise.all(
      [...places.values()].map(({ to, groupIds: groupsNames }) =>
        requests.request("DeleteGroups", { groupsNames }, to),
      ),
    );
    const all = answers.flatMap((answer) => answer.results).map(({ groupId, errorCode }) => ({ groupId, errorCode }));
    const failed = all.filter(({ errorCode }) => errorCode !== 0);
    results.push(...all.filter(({ errorCode }) => errorCode === 0));
    left = failed.map(({ groupId }) => groupId);
    if (failed.length > 0) throw deletionError(failed);
    return results;
  });
}

function deletionError(failed: readonly { readonly groupId: string; readonly errorCode: number }[]): Error {
  const groups = failed.map(({ groupId, errorCode }) => ({
    groupId,
    errorCode,
    error: new KafkaJSProtocolError(protocolFault(errorCode)),
  }));
  return new KafkaJSDeleteGroupsError("Error in DeleteGroups", groups);
}
