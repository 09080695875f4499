import { brokerError } from "../../errors/broker-error.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import type { Connection } from "../../network/connection.ts";
import { heartbeatApi } from "../../protocol/messages/heartbeat.ts";
import { type JoinGroupResponse, joinGroupApi } from "../../protocol/messages/join-group.ts";
import { leaveGroupApi } from "../../protocol/messages/leave-group.ts";
import { syncGroupApi } from "../../protocol/messages/sync-group.ts";
import type { Cancellation } from "../../runtime/cancellation.ts";
import type { TopicPartition } from "../../cluster/topic-partition.ts";
import type { AssignorJoin } from "./assignors/assignor.ts";
import { type EncodedAssignments, encodeSubscription } from "./classic-messages.ts";
import type { ClassicAction, ClassicEvent } from "./classic-state.ts";
import { type MemberHost, askCoordinator } from "./member.ts";
import { unsharedAssignor } from "./unshared-assignor.ts";

/** A JoinGroup or SyncGroup may take longer than the rebalance that it waits for by this time, in ms. As in Java. */
const JOIN_SLACK_MS = 5000;

/** JoinGroup has this version since Kafka 3.2 (KIP-800). */
const JOIN_WITH_REASON = 8;

type Action<N extends ClassicAction["do"]> = Extract<ClassicAction, { readonly do: N }>;

/** The partitions that a member owned before it joins, for assignors that leave partitions where they were. */
export interface PreviousAssignment {
  readonly owned: readonly TopicPartition[];
  readonly generation: number;
}

/** The result of a JoinGroup: the event, and the response if the group accepted the member. */
export interface JoinResult {
  readonly event: ClassicEvent;
  readonly response: JoinGroupResponse | undefined;
}

/** The requests of a classic member: writes JoinGroup, SyncGroup, Heartbeat and LeaveGroup, and reads the responses. */
export class ClassicRequests {
  readonly #host: MemberHost;
  /** The version of the last JoinGroup that succeeded. */
  #joinVersion = 0;

  constructor(host: MemberHost) {
    this.#host = host;
  }

  async join(
    { call, memberId, reason }: Action<"join">,
    topics: readonly string[],
    previous: PreviousAssignment,
    signal: Cancellation,
  ): Promise<JoinResult> {
    const { group, owned, rack } = this.#host;
    const join: AssignorJoin = Object.freeze({
      topics,
      owned: group.isCooperative ? owned : [],
      previous: previous.owned,
      generation: previous.generation,
    });
    const protocols = group.assignors.map((assignor) => ({
      name: assignor.name,
      metadata: encodeSubscription(assignor, join, rack),
    }));
    let version = 0;
    const response = await this.#ask("join", signal, (connection) => {
      version = connection.version(joinGroupApi);
      const message = {
        groupId: group.groupId,
        sessionTimeoutMs: group.sessionTimeoutMs,
        memberId,
        protocolType: "consumer",
        protocols,
        ...(version >= 1 ? { rebalanceTimeoutMs: group.rebalanceTimeoutMs } : {}),
        ...(version >= 5 ? { groupInstanceId: group.instanceId } : {}),
        ...(version >= 8 ? { reason: reason.slice(0, 255) } : {}),
      };
      return connection.request(joinGroupApi, message, {
        version,
        timeoutMs: group.rebalanceTimeoutMs + JOIN_SLACK_MS,
      });
    });
    if (response.errorCode !== 0) {
      const refused = brokerError(response.errorCode, `cannot join group ${group.groupId}`);
      const isUnshared = response.errorCode === ErrorCode.INCONSISTENT_GROUP_PROTOCOL;
      const error = isUnshared ? await unsharedAssignor(this.#host, refused, signal) : refused;
      return { event: { type: "failed", call, error, memberId: response.memberId }, response: undefined };
    }
    this.#joinVersion = version;
    return {
      event: {
        type: "joined",
        call,
        memberId: response.memberId,
        generation: response.generationId,
        protocol: response.protocolName ?? "",
        isLeader: response.leader === response.memberId,
      },
      response,
    };
  }

  /** Returns the member's assignment, encoded. As the leader it sends the `assignments` of all members. */
  async sync(
    { memberId, generation, protocol }: Action<"sync">,
    assignments: EncodedAssignments,
    signal: Cancellation,
  ): Promise<Uint8Array> {
    const { group } = this.#host;
    const response = await this.#ask("sync", signal, (connection) => {
      const version = connection.version(syncGroupApi);
      const message = {
        groupId: group.groupId,
        generationId: generation,
        memberId,
        assignments,
        ...(version >= 3 ? { groupInstanceId: group.instanceId } : {}),
        ...(version >= 5 ? { protocolType: "consumer", protocolName: protocol } : {}),
      };
      return connection.request(syncGroupApi, message, {
        version,
        timeoutMs: group.rebalanceTimeoutMs + JOIN_SLACK_MS,
      });
    });
    if (response.errorCode !== 0)
      throw brokerError(response.errorCode, `cannot get the assignment of group ${group.groupId} (SyncGroup)`);
    return response.assignment;
  }

  /** `isLeading`: whether the member is dividing the partitions when the response arrives. */
  async heartbeat(
    { memberId, generation }: Action<"heartbeat">,
    isLeading: () => boolean,
    signal: Cancellation,
  ): Promise<void> {
    const { client, group } = this.#host;
    const response = await this.#ask("heartbeat", signal, (connection) => {
      const version = connection.version(heartbeatApi);
      const message = {
        groupId: group.groupId,
        generationId: generation,
        memberId,
        ...(version >= 3 ? { groupInstanceId: group.instanceId } : {}),
      };
      const timeoutMs = Math.min(group.sessionTimeoutMs, client.cluster.settings.requestTimeoutMs);
      return connection.request(heartbeatApi, message, { version, timeoutMs });
    });
    // Brokers before Kafka 2.7 return REBALANCE_IN_PROGRESS to a leader that has not sent its SyncGroup yet, although
    // no other rebalance has begun (KAFKA-10134).
    const isOld = this.#joinVersion < JOIN_WITH_REASON;
    if (response.errorCode === ErrorCode.REBALANCE_IN_PROGRESS && isOld && isLeading()) return;
    if (response.errorCode !== 0)
      throw brokerError(response.errorCode, `cannot send a heartbeat to group ${group.groupId}`);
  }

  /**
   * Leaves the group by `deadlineMs`. Uses another connection than JoinGroup, because a broker processes no other
   * request of a connection while a JoinGroup waits there. If it fails, the session expires instead.
   */
  async leave(memberId: string, reason: string, deadlineMs: number): Promise<void> {
    const { client, group } = this.#host;
    const what = `cannot leave group ${group.groupId}`;
    try {
      await client.retry(what, deadlineMs, () =>
        askCoordinator(this.#host, "other", undefined, async (connection) => {
          const version = connection.version(leaveGroupApi);
          const message =
            version >= 3
              ? {
                  groupId: group.groupId,
                  members: [{ memberId, groupInstanceId: group.instanceId, ...(version >= 5 ? { reason } : {}) }],
                }
              : { groupId: group.groupId, memberId };
          const response = await connection.request(leaveGroupApi, message, {
            version,
            timeoutMs: Math.max(1, deadlineMs - client.clock.monotonic()),
          });
          if (response.errorCode !== 0) throw brokerError(response.errorCode, what);
        }),
      );
    } catch (error) {
      client.cluster.log("debug", `${what}: ${KafkaError.from(error).message}`);
    }
  }

  /** Sends a request to the coordinator and measures how long the response takes. */
  #ask<T>(
    what: "join" | "sync" | "heartbeat",
    signal: Cancellation,
    request: (connection: Connection) => Promise<T>,
  ): Promise<T> {
    const { client, timings } = this.#host;
    return timings[what].measure(client.clock, () => askCoordinator(this.#host, "coordinator", signal, request));
  }
}
