import { KafkaError, detailsOf } from "../../errors/kafka-error.ts";
import type { Cancellation } from "../../runtime/cancellation.ts";
import { sleep } from "../../runtime/sleep.ts";
import { type DescribedGroup, describeGroup } from "./describe-group.ts";
import type { MemberHost } from "./member.ts";

/** During a rebalance DescribeGroups does not contain the assignor, so it is repeated, with a pause in ms. */
const TRIES = 3;
const PAUSE_MS = 1000;

/**
 * The error for INCONSISTENT_GROUP_PROTOCOL, with the assignors of the other members and of this one. The broker's
 * response does not contain them; DescribeGroups does.
 */
export async function unsharedAssignor(
  host: MemberHost,
  refusal: KafkaError,
  signal: Cancellation,
): Promise<KafkaError> {
  const { groupId, assignors } = host.group;
  const offered = assignors.map(({ name }) => `"${name}"`).join(", ");
  let others = "the other members have none of the assignors that this one offers";
  let remedy = "give all members one in common";
  try {
    const found = await describe(host, signal);
    const clients = [...new Set(found?.members.map(({ clientId }) => clientId))].sort().join(", ");
    if (found !== undefined && found.protocolType !== "" && found.protocolType !== "consumer") {
      others = `it is a group of the type "${found.protocolType}", not one of consumers`;
      remedy = "take another groupId";
    } else if (found !== undefined && found.protocolData !== "") {
      others = `its members (${clients}) use the assignor "${found.protocolData}"`;
      remedy =
        `add one named "${found.protocolData}" to partitionAssignmentStrategy, ` + "or give all members one in common";
    }
  } catch (error) {
    if (signal.aborted) throw error;
    host.client.cluster.log("debug", `group ${groupId}: cannot describe the group: ${KafkaError.from(error).message}`);
  }
  return new KafkaError(
    refusal.kind,
    `${refusal.message}: ${others}, and this member offers ${offered}. Do this: ${remedy}`,
    { ...detailsOf(refusal), cause: refusal },
  );
}

/** Describes the group when its assignor is known. */
async function describe(host: MemberHost, signal: Cancellation): Promise<DescribedGroup | undefined> {
  for (let attempt = 1; ; attempt++) {
    const found = await describeGroup(host, signal);
    if (found === undefined || found.errorCode !== 0 || found.protocolData !== "" || attempt === TRIES)
      return found?.errorCode === 0 ? found : undefined;
    await sleep(host.client, PAUSE_MS, signal);
  }
}
