import { TimeLimit } from "../../cluster/time-limit.ts";
import { brokerError } from "../../errors/broker-error.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import type { JoinGroupResponse } from "../../protocol/messages/join-group.ts";
import { type MetadataResponseMetadataResponseTopic, metadataApi } from "../../protocol/messages/metadata.ts";
import { type Cancellation, cancelledError } from "../../runtime/cancellation.ts";
import { HostTurns } from "../../runtime/host-turns.ts";
import { type PartitionInfo, partitionInfo } from "../../cluster/partition-info.ts";
import type { Assignor, AssignorContext, AssignorInput, AssignorMember } from "./assignors/assignor.ts";
import { inTurns } from "./assignors/steps.ts";
import {
  type EncodedAssignments,
  decodeAssignment,
  decodeMember,
  encodeDivision,
  unreadableMember,
} from "./classic-messages.ts";
import { describeGroup } from "./describe-group.ts";
import type { MemberHost } from "./member.ts";

/** The result of the leader's work, for itself and for the other members. */
export interface LeaderResult {
  readonly assignments: EncodedAssignments;
  /** The number of partitions of each topic. */
  readonly counts: ReadonlyMap<string, number>;
  /**
   * In a cooperative group: the partitions that no member was assigned, because their owners must give them back first.
   */
  readonly withheld: string;
}

/**
 * Divides the partitions among the members of a classic group, as its leader. In a group of thousands that takes
 * seconds, and a user's assignor may take any time. The member's state is `leading` meanwhile (classic-state.ts), and
 * these things can happen:
 *
 * - The host gets turns: heartbeats are sent, and other consumers continue. Heartbeats keep the leader's session, as
 *   Java's do in COMPLETING_REBALANCE.
 * - A member joins or leaves: the coordinator begins another rebalance, and the next heartbeat returns
 *   REBALANCE_IN_PROGRESS. The member leaves `leading` and joins at once, because the SyncGroup of this generation
 *   would be refused. The signal fires: the division stops at its next turn, and the promise of a user's assignor is no
 *   longer awaited. If that settles later, even after the next division has begun, its result is dropped: each division
 *   has its own signal and number.
 * - The coordinator removed the leader (UNKNOWN_MEMBER_ID, ILLEGAL_GENERATION): the same, and the partitions are lost.
 * - The consumer is closed: the state is `left`, and the signal fires too, so that `close()` does not wait.
 * - The assignor does not return within the rebalance timeout: the coordinator then removes
 *   members that have not sent SyncGroup. The loop throws.
 */
export class ClassicLeader {
  readonly #host: MemberHost;

  constructor(host: MemberHost) {
    this.#host = host;
  }

  /** Rejects when `signal` fires, and with kind `config` if the assignor fails. */
  async divide(joined: JoinGroupResponse | undefined, protocol: string, signal: Cancellation): Promise<LeaderResult> {
    const { client, group, topics } = this.#host;
    if (joined === undefined)
      throw new KafkaError("internal", `group ${group.groupId}: the leader has no list of the members`);
    const context = this.#context(signal);
    const members = await this.#members(joined, context);
    // A member whose assignor writes subscriptions of its own cannot be read; its own topics are known nevertheless.
    const wanted = new Set<string>(members.some(({ topics: [first] }) => first === undefined) ? topics : []);
    for (const { topics } of members) for (const topic of topics) wanted.add(topic);
    const found = await this.#partitionsOf([...wanted], signal);
    const { partitions } = found;
    const counts = new Map([...partitions].map(([topic, list]) => [topic, list.length]));
    client.wantTopics(partitions.keys()); // so that metadata shows when they grow
    // A static leader came back: the group keeps its assignment, and the leader only watches it (KIP-814). The withheld
    // partitions are not known.
    if (joined.skipAssignment)
      return {
        assignments: [],
        counts: await this.#divided(counts, signal),
        withheld: group.isCooperative ? joined.memberId : "",
      };
    const assignor = group.assignors.find(({ name }) => name === protocol);
    if (assignor === undefined)
      throw new KafkaError(
        "protocol",
        `group ${group.groupId} chose the assignor "${protocol}", which this member does not have`,
      );
    const input = inputOf(group.groupId, joined, members, found);
    const returned = await this.#ask(assignor, input, signal);
    const { assignments, withheld } = await inTurns(encodeDivision(assignor, input, returned), context);
    return { assignments, counts, withheld: group.isCooperative ? withheld.join() : "" };
  }

  /**
   * The number of assigned partitions of each topic, for a static leader that has come back. It does not assign
   * anything (KIP-814), and does not know how topics grew meanwhile:
   *
   * 1. It assigned four partitions and was killed.
   * 2. The topic grew to five partitions, and the leader came back.
   * 3. If it took the current number, it would never see a change, and no member would get the fifth partition.
   *
   * Falls back to `counts` if the group cannot be described.
   */
  async #divided(counts: ReadonlyMap<string, number>, signal: Cancellation): Promise<ReadonlyMap<string, number>> {
    const { group, client } = this.#host;
    try {
      const members = (await describeGroup(this.#host, signal))?.members ?? [];
      if (members.length === 0) return counts;
      const assigned = new Map([...counts.keys()].map((topic) => [topic, 0]));
      for (const { memberAssignment } of members)
        for (const { topic } of decodeAssignment(memberAssignment).partitions)
          assigned.set(topic, (assigned.get(topic) ?? 0) + 1);
      return assigned;
    } catch (error) {
      if (signal.aborted) throw error;
      client.cluster.log(
        "debug",
        `group ${group.groupId}: cannot describe the group: ${KafkaError.from(error).message}`,
      );
      return counts;
    }
  }

  #context(signal: Cancellation): AssignorContext {
    const turns = new HostTurns(this.#host.client);
    const giveTurn = (): Promise<void> | undefined => {
      if (!signal.aborted && !turns.isDue) return undefined;
      const taken = turns.take().then(() => {
        if (signal.aborted) throw cancelledError(signal);
      });
      taken.catch(() => undefined); // an assignor that does not await it causes no unhandled rejection
      return taken;
    };
    return Object.freeze({ giveTurn, signal });
  }

  async #members(joined: JoinGroupResponse, context: AssignorContext): Promise<readonly AssignorMember[]> {
    const { client, group } = this.#host;
    const members: AssignorMember[] = [];
    for (const member of joined.members) {
      await context.giveTurn();
      try {
        members.push(decodeMember(member));
      } catch (error) {
        client.cluster.log(
          "warn",
          `group ${group.groupId}: the subscription of member ${member.memberId} cannot be read, it gets ` +
            `nothing: ${KafkaError.from(error).message}`,
        );
        members.push(unreadableMember(member));
      }
    }
    return members;
  }

  /** Calls the assignor, and waits as long as the coordinator waits. */
  async #ask(assignor: Assignor, input: AssignorInput, signal: Cancellation): Promise<unknown> {
    const { client, group } = this.#host;
    const failed = `group ${group.groupId}: the assignor ${assignor.name}`;
    const limits = { timeoutMs: group.rebalanceTimeoutMs, what: "cannot assign the partitions to the members", signal };
    return TimeLimit.around(client, limits, async (limit) => {
      try {
        return await limit.wait(Promise.resolve(assignor.assign(input, this.#context(limit.signal))));
      } catch (error) {
        if (signal.aborted) throw error;
        const failure = KafkaError.from(error);
        const timedOut =
          `has not returned an assignment within ${group.rebalanceTimeoutMs === group.maxPollIntervalMs ? "maxPollIntervalMs" : "rebalanceTimeoutMs"} (${group.rebalanceTimeoutMs} ms), for which the ` +
          "coordinator waits for the leader of a rebalance. A promise that it returns must settle";
        // Always kind `config`: the user must fix the assignor, and joining again would not help.
        throw new KafkaError(
          "config",
          limit.signal.aborted ? `${failed} ${timedOut}` : `${failed} failed: ${failure.message}`,
          { cause: failure.kind === "internal" ? failure.cause : failure },
        );
      }
    });
  }

  /** The existing ones of these topics, from a broker: metadata that the client has may be older than the members. */
  async #partitionsOf(topics: readonly string[], signal: Cancellation): Promise<FoundPartitions> {
    const { client } = this.#host;
    if (topics.length === 0) return { partitions: new Map(), topics: [] };
    const connection = await client.anyConnection(signal);
    const version = connection.version(metadataApi);
    const response = await connection.request(
      metadataApi,
      { topics: topics.map((name) => ({ name })), ...(version >= 4 ? { allowAutoTopicCreation: false } : {}) },
      { version },
    );
    const racks = new Map(response.brokers.map((broker) => [broker.nodeId, broker.rack]));
    const failed = response.topics.find(
      ({ errorCode }) =>
        errorCode !== 0 && brokerError(errorCode, "").retriable && errorCode !== ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
    );
    if (failed !== undefined)
      throw brokerError(failed.errorCode, `metadata of topic ${failed.name ?? ""} for the group's assignment`);
    const existing = response.topics.filter(({ errorCode }) => errorCode === 0);
    const partitions = new Map(
      existing.map((topic) => {
        const list: string[][] = [];
        for (const { partitionIndex, replicaNodes } of topic.partitions)
          list[partitionIndex] = replicaNodes.flatMap((node) => racks.get(node) ?? []);
        return [topic.name ?? "", Array.from(list, (one) => one ?? [])] as const;
      }),
    );
    return { partitions, topics: existing };
  }
}

/** The partitions of the topics that members subscribe to. */
interface FoundPartitions extends Pick<AssignorInput, "partitions"> {
  readonly topics: readonly MetadataResponseMetadataResponseTopic[];
}

/** The input of the assignor. Leaders and replicas are listed when it asks for them, because few assignors do. */
function inputOf(
  groupId: string,
  { memberId: leaderId, generationId: generation }: JoinGroupResponse,
  members: readonly AssignorMember[],
  { partitions, topics }: FoundPartitions,
): AssignorInput {
  let infos: ReadonlyMap<string, readonly PartitionInfo[]> | undefined;
  return {
    groupId,
    generation,
    leaderId,
    members,
    partitions,
    get partitionInfo() {
      return (infos ??= new Map(
        topics.map(({ name, partitions: list }) => [
          name ?? "",
          list.map(partitionInfo).sort((a, b) => a.partition - b.partition),
        ]),
      ));
    },
  };
}
