import { TimeLimit } from "../../cluster/time-limit.ts";
import { brokerError } from "../../errors/broker-error.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import type { JoinGroupResponse } from "../../protocol/messages/join-group.ts";
import { metadataApi } from "../../protocol/messages/metadata.ts";
import { type Cancellation, cancelledError } from "../../runtime/cancellation.ts";
import { HostTurns } from "../../runtime/host-turns.ts";
import type { Assignor, AssignorContext, AssignorInput, AssignorMember } from "./assignors/assignor.ts";
import { inTurns } from "./assignors/steps.ts";
import { type EncodedAssignments, decodeAssignment, decodeMember, encodeDivision } from "./classic-messages.ts";
import { describeGroup } from "./describe-group.ts";
import type { MemberHost } from "./member.ts";

/** What the leader of a group has found out, and what it sends to the others. */
export interface LeaderResult {
  readonly assignments: EncodedAssignments;
  /** How many partitions each topic of the group had. */
  readonly counts: ReadonlyMap<string, number>;
  /** In a cooperative group: the partitions that no member was given; their owners give them back first. */
  readonly withheld: string;
}

/**
 * Divides the partitions among the members of a classic group, as its leader. In a group of thousands that takes
 * seconds, and an assignor of the user's may take any time. The member's state is `leading` meanwhile
 * (classic-state.ts), and this happens:
 *
 * - The host gets its turns: heartbeats go out, other consumers read on. Heartbeats keep the leader's session, as
 *   Java's do in COMPLETING_REBALANCE.
 * - A member comes or goes: the coordinator begins another rebalance, and the next heartbeat says
 *   REBALANCE_IN_PROGRESS. The member leaves `leading` and joins at once, since the SyncGroup of this generation would
 *   be refused. The signal fires: the division stops at its next turn, and a promise of the user's is not waited for
 *   any more. If it settles later, even after the next division has begun, nothing is done with the result: each
 *   division has a signal and a number of its own.
 * - The coordinator took the leader for dead (UNKNOWN_MEMBER_ID, ILLEGAL_GENERATION): the same, and partitions are
 *   lost.
 * - The consumer is closed: the state is `left`, and the signal fires too, so that `close()` does not wait.
 * - Nothing comes for `maxPollIntervalMs`, the rebalance timeout: the coordinator removes members that have not synced
 *   by then. The loop throws.
 */
export class ClassicLeader {
  readonly #host: MemberHost;

  constructor(host: MemberHost) {
    this.#host = host;
  }

  /** Rejects once `signal` fires, and with kind `config` where the assignor fails. */
  async divide(joined: JoinGroupResponse | undefined, protocol: string, signal: Cancellation): Promise<LeaderResult> {
    const { client, group } = this.#host;
    if (joined === undefined)
      throw new KafkaError("internal", `group ${group.groupId}: the leader has no list of the members`);
    const context = this.#context(signal);
    const members = await this.#members(joined, context);
    const wanted = new Set<string>();
    for (const { topics } of members) for (const topic of topics) wanted.add(topic);
    const partitions = await this.#partitionsOf([...wanted], signal);
    const counts = new Map([...partitions].map(([topic, list]) => [topic, list.length]));
    client.wantTopics(partitions.keys()); // to see it when they grow
    // A static leader that came back: the group goes on with what it has, and the leader only watches over it
    // (KIP-814). What was withheld nobody knows any more.
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
    const input = { members, partitions };
    const returned = await this.#ask(assignor, input, signal);
    const { assignments, withheld } = await inTurns(encodeDivision(assignor, input, returned), context);
    return { assignments, counts, withheld: group.isCooperative ? withheld.join() : "" };
  }

  /**
   * How many partitions of each topic are assigned. A static leader that comes back does not assign
   * anything (KIP-814), and does not know what grew while it was away: it assigned four partitions, was
   * killed, the topic grew to five, it came back. If it took the count of now, no change would ever be
   * seen, and nobody would get the fifth. Falls back to `counts` where the group cannot be described.
   */
  async #divided(counts: ReadonlyMap<string, number>, signal: Cancellation): Promise<ReadonlyMap<string, number>> {
    const { group, client } = this.#host;
    try {
      const members = (await describeGroup(this.#host, signal))?.members ?? [];
      if (members.length === 0) return counts;
      const assigned = new Map([...counts.keys()].map((topic) => [topic, 0]));
      for (const { memberAssignment } of members)
        for (const { topic } of decodeAssignment(memberAssignment)) assigned.set(topic, (assigned.get(topic) ?? 0) + 1);
      return assigned;
    } catch (error) {
      if (signal.aborted) throw error;
      client.cluster.log("debug", `group ${group.groupId}: describing it failed: ${KafkaError.from(error).message}`);
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
      taken.catch(() => undefined); // an assignor that does not await it ends no process
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
        members.push({
          memberId: member.memberId,
          instanceId: member.groupInstanceId,
          topics: [],
          owned: [],
          generation: -1,
          rack: null,
          userData: null,
        });
      }
    }
    return members;
  }

  /** What the assignor returns, waited for as long as the coordinator waits. */
  async #ask(assignor: Assignor, input: AssignorInput, signal: Cancellation): Promise<unknown> {
    const { client, group } = this.#host;
    const failed = `group ${group.groupId}: the assignor ${assignor.name}`;
    const limits = { timeoutMs: group.maxPollIntervalMs, what: "dividing the partitions", signal };
    return TimeLimit.around(client, limits, async (limit) => {
      try {
        return await limit.wait(Promise.resolve(assignor.assign(input, this.#context(limit.signal))));
      } catch (error) {
        if (signal.aborted) throw error;
        const failure = KafkaError.from(error);
        const timedOut =
          `has not returned an assignment within maxPollIntervalMs (${group.maxPollIntervalMs} ms), for which the ` +
          "coordinator waits for the leader of a rebalance. A promise that it returns must settle";
        // Not the kind of what was thrown: this is the user's to mend, and joining again would not help.
        throw new KafkaError(
          "config",
          limit.signal.aborted ? `${failed} ${timedOut}` : `${failed} failed: ${failure.message}`,
          { cause: failure.kind === "internal" ? failure.cause : failure },
        );
      }
    });
  }

  /** The topics that exist of these, with the racks of each partition's replicas. */
  async #partitionsOf(topics: readonly string[], signal: Cancellation): Promise<AssignorInput["partitions"]> {
    const { client } = this.#host;
    if (topics.length === 0) return new Map();
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
    return new Map(
      response.topics
        .filter(({ errorCode }) => errorCode === 0)
        .map((topic) => {
          const list: string[][] = [];
          for (const { partitionIndex, replicaNodes } of topic.partitions)
            list[partitionIndex] = replicaNodes.flatMap((node) => racks.get(node) ?? []);
          return [topic.name ?? "", Array.from(list, (one) => one ?? [])];
        }),
    );
  }
}
