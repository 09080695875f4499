import type { AnyKafka } from "odradek";
import { toKafkaJsError } from "../errors/to-kafkajs-error.ts";

/** A group as `describeGroup` returns it. */
export interface GroupDescription {
  errorCode: number;
  groupId: string;
  state: string;
  protocolType: string;
  protocol: string;
  members: {
    memberId: string;
    clientId: string;
    clientHost: string;
    memberMetadata: Buffer;
    memberAssignment: Buffer;
  }[];
}

/** The version of DescribeGroups in which a group that does not exist is `Dead`, and no error. */
const VERSION = 5;

/** Asks the coordinator of a group. A group that does not exist is `Dead`. Rejects with kafkajs's errors. */
export async function describeGroup(kafka: AnyKafka, groupId: string): Promise<GroupDescription | undefined> {
  try {
    const { groups } = await kafka.request(
      "DescribeGroups",
      { groups: [groupId] },
      { to: { coordinator: { group: groupId } }, version: VERSION },
    );
    const found = groups.find((group) => group.groupId === groupId);
    if (found === undefined) return undefined;
    const { errorCode, groupState: state, protocolType, protocolData: protocol } = found;
    const members = found.members.map((member) => ({
      memberId: member.memberId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      memberMetadata: Buffer.from(member.memberMetadata),
      memberAssignment: Buffer.from(member.memberAssignment),
    }));
    return { errorCode, groupId, state, protocolType, protocol, members };
  } catch (error) {
    throw toKafkaJsError(error);
  }
}
