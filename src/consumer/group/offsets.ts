import type { ClusterClient } from "../../cluster/cluster-client.ts";
import type { Coordinators } from "../../cluster/coordinators.ts";
import type { CommittedOffset, GroupOffset } from "../../cluster/group-offsets.ts";
import { areKnown, isAbout, named, topicIds } from "../../cluster/topic-ids.ts";
import type { Wait } from "../../cluster/waits.ts";
import { brokerError } from "../../errors/broker-error.ts";
import { counted } from "../../errors/counted.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { REFUSED_MEMBER } from "../../errors/error-sets.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import type { Connection } from "../../network/connection.ts";
import { type OffsetCommitResponse, offsetCommitApi } from "../../protocol/messages/offset-commit.ts";
import { type OffsetFetchResponse, offsetFetchApi } from "../../protocol/messages/offset-fetch.ts";
import type { AbortSignalLike } from "../../runtime/cancellation.ts";
import { ZERO_UUID } from "../../wire/uuid.ts";
import type { TopicPartition } from "../partitions/topic-partition.ts";

/** Who commits: a member of a group, in one of its generations or epochs. */
export interface MemberIdentity {
  readonly memberId: string;
  readonly instanceId: string | null;
  /** The classic generation, or the member epoch of KIP-848. */
  readonly epoch: number;
  /** Whether it is the latter, which fetches of offsets name too. */
  readonly isEpoch: boolean;
  /**
   * Goes up whenever everything that it held may be others': what was read before is not to be committed after. A
   * rebalance alone does not change it.
   */
  readonly tenure: number;
}

/** What {@link Offsets} needs. */
export interface OffsetsHost {
  readonly client: ClusterClient;
  readonly coordinators: Coordinators;
  readonly groupId: string;
  readonly isReadCommitted: boolean;
  /**
   * The id of the topic as this consumer reads it: not that of one which took its place under the same name. All zeros
   * while it is not known.
   */
  topicId(topic: string, partition: number): string;
  /** Undefined while it belongs to no generation. */
  identity(): MemberIdentity | undefined;
  /** The group does not take this member's word any more. */
  refused(identity: MemberIdentity, error: KafkaError): void;
}

/** How a commit is made. */
export interface CommitOptions {
  readonly signal?: AbortSignalLike | undefined;
  /**
   * Offsets of topics that are gone do not matter any more, and do not keep the others from being committed. Default:
   * false.
   */
  readonly mayDrop?: boolean;
  /** The wait of the loop that commits again and again. */
  readonly wait?: Wait | undefined;
  /**
   * The {@link MemberIdentity.tenure} in which it was asked for, where it had to wait for its turn. Default: the
   * present one.
   */
  readonly tenure?: number | undefined;
}

/** What all tries of one commit have in common. */
interface CommitAttempt {
  /** The member's, when the commit was asked for. */
  readonly tenure: number | undefined;
  /** When that was, by the monotonic clock. */
  readonly sinceMs: number;
  readonly mayDrop: boolean;
}

/**
 * Up to these versions topics are named by name, from the next on by id: then what was committed for a topic is never
 * taken for that of a later one of the same name.
 */
const NAMED_COMMIT = 9;
const NAMED_FETCH = 9;
/** From this version on OffsetFetch takes several groups. */
const GROUPS_SINCE = 8;

/** A group's committed offsets: writes and reads them, at whichever broker coordinates the group. */
export class Offsets {
  readonly #host: OffsetsHost;

  constructor(host: OffsetsHost) {
    this.#host = host;
  }

  /** The member's tenure; undefined while it belongs to no generation. */
  get tenure(): number | undefined {
    return this.#host.identity()?.tenure;
  }

  /** Commits; settles when the coordinator has them. Rejects with what was refused. */
  async commit(offsets: readonly GroupOffset[], deadlineMs: number, options: CommitOptions = {}): Promise<void> {
    const { signal, mayDrop = false, wait, tenure = this.tenure } = options;
    if (offsets.length === 0) return;
    const left = new Set(offsets);
    // As they are now: tried again, an offset of a topic that was deleted must not become one of the topic that took
    // its name.
    const ids = new Map(offsets.map(({ topic, partition }) => [topic, this.#host.topicId(topic, partition)]));
    const { client, groupId } = this.#host;
    const what = `committing offsets of group ${groupId}`;
    // Metadata must be able to tell whether a partition exists, also one that this consumer does not read.
    const topics = [...ids.keys()];
    const sinceMs = client.clock.monotonic();
    client.wantTopics(topics);
    try {
      await this.#call(
        what,
        deadlineMs,
        signal,
        (limit) => this.#commitOnce(left, ids, { tenure, sinceMs, mayDrop }, limit),
        wait,
      );
    } finally {
      client.releaseTopics(topics);
    }
  }

  /** What is committed for these partitions: null where nothing is. */
  fetch(
    partitions: readonly TopicPartition[],
    deadlineMs: number,
    signal?: AbortSignalLike,
  ): Promise<readonly (CommittedOffset | null)[]> {
    const sinceMs = this.#host.client.clock.monotonic();
    return this.#call(`fetching committed offsets of group ${this.#host.groupId}`, deadlineMs, signal, (limit) =>
      this.#fetchOnce(partitions, sinceMs, limit),
    );
  }

  #call<T>(
    what: string,
    deadlineMs: number,
    signal: AbortSignalLike | undefined,
    attempt: (limit: AbortSignalLike) => Promise<T>,
    wait?: Wait,
  ): Promise<T> {
    const { client } = this.#host;
    return client.call(
      what,
      { timeoutMs: Math.max(0, deadlineMs - client.clock.monotonic()), signal },
      (limit) => attempt(limit.signal),
      wait === undefined ? {} : { wait },
    );
  }

  /** What is taken leaves `left`. */
  async #commitOnce(
    left: Set<GroupOffset>,
    ids: Map<string, string>,
    { tenure, sinceMs, mayDrop }: CommitAttempt,
    signal: AbortSignalLike,
  ): Promise<void> {
    const { groupId } = this.#host;
    const what = `committing offsets of group ${groupId}`;
    const identity = this.#host.identity();
    if (identity === undefined || identity.tenure !== tenure)
      throw new KafkaError(
        "broker",
        `${what}: this consumer is not a member of the group at the moment (it has not joined, or the group went ` +
          "on without it); its partitions may be others'",
        { code: 25, codeName: "UNKNOWN_MEMBER_ID" },
      );
    const { memberId, instanceId, epoch } = identity;
    const offsets = [...left];
    for (const { topic, partition } of offsets)
      if (ids.get(topic) === ZERO_UUID) ids.set(topic, this.#host.topicId(topic, partition));
    const topics = topicsToCommit(offsets, ids);
    const response = await this.#ask(signal, (connection) => {
      const version = connection.version(offsetCommitApi, areKnown(ids) ? undefined : NAMED_COMMIT);
      return connection.request(
        offsetCommitApi,
        {
          groupId,
          generationIdOrMemberEpoch: epoch,
          memberId,
          ...(version >= 7 ? { groupInstanceId: instanceId } : {}),
          topics: topics.map((topic) => named(topic, version > NAMED_COMMIT)),
        },
        { version },
      );
    });
    let error: KafkaError | undefined;
    for (const one of offsets) {
      const code = codeFor(response, one, ids.get(one.topic) ?? "");
      const isUnknown = code === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION || code === ErrorCode.UNKNOWN_TOPIC_ID;
      const isGone = isUnknown && this.#isGone(one, ids.get(one.topic) ?? ZERO_UUID);
      if (code === 0 || (isGone && mayDrop)) left.delete(one);
      if (code === 0 || (isGone && mayDrop)) continue;
      // One that can never be committed decides: the others of the call are committed, or are tried again by the next
      // call.
      const absent = isUnknown ? this.#absence(one, sinceMs) : undefined;
      if (absent !== undefined)
        error = brokerError(code, `${what} (${one.topic}-${one.partition}: ${absent})`, {
          topic: one.topic,
          partition: one.partition,
          retriable: false,
        });
      else
        error ??= this.#refusal(
          code,
          `${what} (${one.topic}-${one.partition})`,
          identity,
          isGone && code === ErrorCode.UNKNOWN_TOPIC_ID,
        );
    }
    if (error !== undefined) throw error;
  }

  async #fetchOnce(
    partitions: readonly TopicPartition[],
    sinceMs: number,
    signal: AbortSignalLike,
  ): Promise<readonly (CommittedOffset | null)[]> {
    const { groupId, isReadCommitted, client } = this.#host;
    const what = `fetching committed offsets of group ${groupId}`;
    const identity = this.#host.identity();
    const ids = topicIds(
      partitions.map(({ topic }) => topic),
      client.snapshot,
    );
    const topics = [...ids].map(([name, topicId]) => ({
      name,
      topicId,
      partitionIndexes: partitions.filter((p) => p.topic === name).map((p) => p.partition),
    }));
    const response = await this.#ask(signal, (connection) => {
      const version = connection.version(offsetFetchApi, areKnown(ids) ? undefined : NAMED_FETCH);
      const stable = version >= 7 ? { requireStable: isReadCommitted } : {};
      const member =
        version >= 9 && identity?.isEpoch === true ? { memberId: identity.memberId, memberEpoch: identity.epoch } : {};
      const asked = topics.map((topic) => named(topic, version > NAMED_FETCH));
      return connection.request(
        offsetFetchApi,
        version >= GROUPS_SINCE
          ? { groups: [{ groupId, ...member, topics: asked }], ...stable }
          : { groupId, topics: asked, ...stable },
        { version },
      );
    });
    const answer = groupAnswer(response, groupId);
    if (answer.errorCode !== 0) throw this.#refusal(answer.errorCode, what, identity, false);
    return partitions.map(({ topic, partition }) => {
      const found = answer.topics
        .find((t) => isAbout(t, topic, ids.get(topic) ?? ""))
        ?.partitions.find((p) => p.partitionIndex === partition);
      // Not to be taken for "nothing is committed": reading would begin anew, or skip.
      if (found === undefined)
        throw new KafkaError("protocol", `${what}: the response does not mention ${topic}-${partition}`, {
          retriable: true,
          topic,
          partition,
        });
      // Nothing is committed for a topic that does not exist, and the other topics need not wait for it. But only
      // metadata that is younger than this call may say that it does not exist. The interleaving: the topic is
      // deleted, and this client learns it. The topic is created again. Another member reads it, commits, and gives
      // the partition to this client, which still asks by the id of the deleted topic.
      if (found.errorCode === ErrorCode.UNKNOWN_TOPIC_ID && this.#absence({ topic, partition }, sinceMs) !== undefined)
        return null;
      if (found.errorCode !== 0)
        throw brokerError(found.errorCode, `${what}, ${topic}-${partition}`, { topic, partition });
      return committed(topic, found);
    });
  }

  /** Whether metadata says so too: a coordinator may be behind. */
  #isGone({ topic, partition }: TopicPartition, topicId: string): boolean {
    const known = this.#host.client.snapshot.topics.get(topic);
    if (known === undefined) return false;
    const isAnother = topicId !== ZERO_UUID && known.topicId !== ZERO_UUID && known.topicId !== topicId;
    return (
      isAnother ||
      known.errorCode === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION ||
      (known.errorCode === 0 && partition >= known.partitions.length)
    );
  }

  /**
   * Why a partition that the coordinator does not know does not exist, by metadata that is younger than `sinceMs`;
   * undefined where the coordinator may be behind.
   */
  #absence({ topic, partition }: TopicPartition, sinceMs: number): string | undefined {
    const { snapshot } = this.#host.client;
    const known = snapshot.topics.get(topic);
    if (known === undefined || snapshot.updatedAtMs <= sinceMs) return undefined;
    if (known.errorCode === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION) return "there is no such topic";
    return known.errorCode === 0 && partition >= known.partitions.length
      ? `the topic has ${counted(known.partitions.length, "partition")}`
      : undefined;
  }

  /**
   * On a connection of its own: while the member waits for the group, its coordinator connection answers nothing else.
   */
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

  #refusal(errorCode: number, what: string, identity: MemberIdentity | undefined, isOfDeleted: boolean): KafkaError {
    const { coordinators, groupId } = this.#host;
    if (isOfDeleted)
      return brokerError(
        errorCode,
        `${what}: the topic that this offset belongs to was deleted, and perhaps created anew`,
        { retriable: false },
      );
    const isByHand = identity !== undefined && identity.epoch < 0 && errorCode === ErrorCode.UNKNOWN_MEMBER_ID;
    const error = brokerError(
      errorCode,
      isByHand ? `${what} by hand (with \`assign\`): the group has live members, and only they may commit` : what,
    );
    coordinators.failed("group", groupId, error);
    if (identity !== undefined && REFUSED_MEMBER.includes(errorCode)) this.#host.refused(identity, error);
    // The epoch or generation went on while the request was under way: the next try says the new one.
    const mayBeNext =
      errorCode === ErrorCode.ILLEGAL_GENERATION ||
      errorCode === ErrorCode.REBALANCE_IN_PROGRESS ||
      (errorCode === ErrorCode.STALE_MEMBER_EPOCH && identity?.isEpoch === true);
    return mayBeNext && identity !== undefined && this.#host.identity()?.tenure === identity.tenure
      ? brokerError(errorCode, what, { retriable: true })
      : error;
  }
}

function committed(
  topic: string,
  {
    partitionIndex: partition,
    committedOffset: offset,
    committedLeaderEpoch,
    metadata,
  }: OffsetFetchResponse["topics"][number]["partitions"][number],
): CommittedOffset | null {
  return offset < 0
    ? null
    : {
        topic,
        partition,
        offset,
        leaderEpoch: committedLeaderEpoch < 0 ? undefined : committedLeaderEpoch,
        metadata: metadata ?? "",
      };
}

/** What became of one partition; an answer that does not mention it is no success. */
function codeFor(response: OffsetCommitResponse, { topic, partition }: TopicPartition, topicId: string): number {
  return (
    response.topics
      .find((answered) => isAbout(answered, topic, topicId))
      ?.partitions.find(({ partitionIndex }) => partitionIndex === partition)?.errorCode ??
    ErrorCode.UNKNOWN_SERVER_ERROR
  );
}

function groupAnswer(
  response: OffsetFetchResponse,
  groupId: string,
): OffsetFetchResponse["groups"][number] | OffsetFetchResponse {
  if (response.groups.length === 0) return response;
  const found = response.groups.find((group) => group.groupId === groupId);
  if (found === undefined)
    throw new KafkaError(
      "protocol",
      `OffsetFetch was asked for group ${groupId}, and the broker answered about something else`,
      { retriable: true },
    );
  return found;
}

/** The body of OffsetCommit's topics, each with the id that it is known by. */
function topicsToCommit(offsets: readonly GroupOffset[], ids: ReadonlyMap<string, string>) {
  return [...ids]
    .filter(([name]) => offsets.some(({ topic }) => topic === name))
    .map(([name, topicId]) => ({
      name,
      topicId,
      partitions: offsets
        .filter((o) => o.topic === name)
        .map((o) => ({
          partitionIndex: o.partition,
          committedOffset: o.offset,
          committedLeaderEpoch: o.leaderEpoch ?? -1,
          committedMetadata: o.metadata ?? "",
        })),
    }));
}
