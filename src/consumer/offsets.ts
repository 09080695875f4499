import type { ClusterClient } from "../cluster/cluster-client.ts";
import type { Coordinators } from "../cluster/coordinators.ts";
import { brokerError } from "../errors/broker-error.ts";
import { KafkaError } from "../errors/kafka-error.ts";
import type { Connection } from "../network/connection.ts";
import { type OffsetCommitResponse, offsetCommitApi } from "../protocol/messages/offset-commit.ts";
import { type OffsetFetchResponse, offsetFetchApi } from "../protocol/messages/offset-fetch.ts";
import type { AbortSignalLike } from "../runtime/cancellation.ts";
import type { TopicPartition } from "./topic-partition.ts";

/** An offset to commit: that of the next record to read, with a note of one's own. */
export interface OffsetToCommit extends TopicPartition {
  readonly offset: number;
  readonly metadata?: string | null;
}

/** Who commits: a member of a group, in one of its generations or epochs. */
export interface MemberIdentity {
  readonly memberId: string;
  readonly instanceId: string | null;
  /** The classic generation, or the member epoch of KIP-848. */
  readonly epoch: number;
  /** Whether it is the latter, which fetches of offsets name too. */
  readonly isEpoch: boolean;
}

/** What {@link Offsets} needs. */
export interface OffsetsHost {
  readonly client: ClusterClient;
  readonly coordinators: Coordinators;
  readonly groupId: string;
  readonly isReadCommitted: boolean;
  /** Undefined while it belongs to no generation. */
  identity(): MemberIdentity | undefined;
  /** The group does not take this member's word any more. */
  refused(identity: MemberIdentity, error: KafkaError): void;
}

/** From these versions on topics are named by id; names serve all of them before. */
const NAMED_COMMIT = 9;
const NAMED_FETCH = 9;
/** From this version on OffsetFetch takes several groups. */
const GROUPS_SINCE = 8;
const STALE_MEMBER_EPOCH = 113;
/** ILLEGAL_GENERATION, UNKNOWN_MEMBER_ID, FENCED_INSTANCE_ID, FENCED_MEMBER_EPOCH: the group went on without the member. */
const REFUSALS = [22, 25, 82, 110];

/** A group's committed offsets: writes and reads them, at whichever broker coordinates the group. */
export class Offsets {
  readonly #host: OffsetsHost;

  constructor(host: OffsetsHost) {
    this.#host = host;
  }

  /** Commits; settles when the coordinator has them. Rejects with what was refused. */
  async commit(offsets: readonly OffsetToCommit[], deadlineMs: number, signal?: AbortSignalLike): Promise<void> {
    if (offsets.length === 0) return;
    await this.#call(`committing offsets of group ${this.#host.groupId}`, deadlineMs, signal, (limit) => this.#commitOnce(offsets, limit));
  }

  /** What is committed for these partitions: −1 where nothing is. */
  fetch(partitions: readonly TopicPartition[], deadlineMs: number, signal?: AbortSignalLike): Promise<readonly number[]> {
    return this.#call(`fetching committed offsets of group ${this.#host.groupId}`, deadlineMs, signal, (limit) => this.#fetchOnce(partitions, limit));
  }

  #call<T>(what: string, deadlineMs: number, signal: AbortSignalLike | undefined, attempt: (limit: AbortSignalLike) => Promise<T>): Promise<T> {
    const { client } = this.#host;
    return client.call(what, { timeoutMs: Math.max(0, deadlineMs - client.clock.monotonic()), signal }, (limit) => attempt(limit.signal));
  }

  async #commitOnce(offsets: readonly OffsetToCommit[], signal: AbortSignalLike | undefined): Promise<void> {
    const { groupId } = this.#host;
    const what = `committing offsets of group ${groupId}`;
    const identity = this.#host.identity();
    if (identity === undefined) throw new KafkaError("broker", `${what}: this consumer is not a member of the group at the moment (it has not joined, or the group went on without it); its partitions may be others'`, { code: 25, codeName: "UNKNOWN_MEMBER_ID" });
    const { memberId, instanceId, epoch } = identity;
    const topics = [...new Set(offsets.map((o) => o.topic))].map((name) => ({
      name,
      partitions: offsets.filter((o) => o.topic === name).map((o) => ({ partitionIndex: o.partition, committedOffset: o.offset, committedLeaderEpoch: -1, committedMetadata: o.metadata ?? "" })),
    }));
    const response = await this.#ask(signal, (connection) => {
      const version = connection.version(offsetCommitApi, NAMED_COMMIT);
      return connection.request(offsetCommitApi, { groupId, generationIdOrMemberEpoch: epoch, memberId, ...(version >= 7 ? { groupInstanceId: instanceId } : {}), topics }, { version });
    });
    this.#check(firstError(response), what, identity);
  }

  async #fetchOnce(partitions: readonly TopicPartition[], signal: AbortSignalLike | undefined): Promise<readonly number[]> {
    const { groupId, isReadCommitted } = this.#host;
    const what = `fetching committed offsets of group ${groupId}`;
    const identity = this.#host.identity();
    const topics = [...new Set(partitions.map((p) => p.topic))].map((name) => ({ name, partitionIndexes: partitions.filter((p) => p.topic === name).map((p) => p.partition) }));
    const response = await this.#ask(signal, (connection) => {
      const version = connection.version(offsetFetchApi, NAMED_FETCH);
      const stable = version >= 7 ? { requireStable: isReadCommitted } : {};
      const member = version >= 9 && identity?.isEpoch === true ? { memberId: identity.memberId, memberEpoch: identity.epoch } : {};
      return connection.request(offsetFetchApi, version >= GROUPS_SINCE ? { groups: [{ groupId, ...member, topics }], ...stable } : { groupId, topics, ...stable }, { version });
    });
    const answer = groupAnswer(response, groupId);
    this.#check(answer.errorCode, what, identity);
    return partitions.map(({ topic, partition }) => {
      const found = answer.topics.find((t) => t.name === topic)?.partitions.find((p) => p.partitionIndex === partition);
      // Not to be taken for "nothing is committed": reading would begin anew, or skip.
      if (found === undefined) throw new KafkaError("protocol", `${what}: the response does not mention ${topic}-${partition}`, { retriable: true, topic, partition });
      if (found.errorCode !== 0) throw brokerError(found.errorCode, `${what}, ${topic}-${partition}`, { topic, partition });
      return found.committedOffset;
    });
  }

  /** On a connection of its own: while the member waits for the group, its coordinator connection answers nothing else. */
  async #ask<T>(signal: AbortSignalLike | undefined, request: (connection: Connection) => Promise<T>): Promise<T> {
    const { coordinators, groupId } = this.#host;
    const connection = await coordinators.connection("group", groupId, signal, "other");
    try {
      return await request(connection);
    } catch (error) {
      const failure = KafkaError.from(error);
      coordinators.failed("group", groupId, failure);
      throw failure;
    }
  }

  #check(errorCode: number, what: string, identity: MemberIdentity | undefined): void {
    if (errorCode === 0) return;
    const { coordinators, groupId } = this.#host;
    // The epoch went on while the request was under way: the next try says the new one.
    const isStale = errorCode === STALE_MEMBER_EPOCH && identity?.isEpoch === true;
    const error = brokerError(errorCode, what, isStale ? { retriable: true } : {});
    coordinators.failed("group", groupId, error);
    if (identity !== undefined && REFUSALS.includes(errorCode)) this.#host.refused(identity, error);
    throw error;
  }
}

function firstError(response: OffsetCommitResponse): number {
  return response.topics.flatMap((topic) => topic.partitions).find((partition) => partition.errorCode !== 0)?.errorCode ?? 0;
}

function groupAnswer(response: OffsetFetchResponse, groupId: string): Pick<OffsetFetchResponse, "errorCode" | "topics"> {
  if (response.groups.length === 0) return response;
  const found = response.groups.find((group) => group.groupId === groupId);
  if (found === undefined) throw new KafkaError("protocol", `OffsetFetch was asked for group ${groupId}, and the broker answered about something else`, { retriable: true });
  return found;
}
