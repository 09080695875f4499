import type { CallLimit, ClusterClient } from "../../cluster/cluster-client.ts";
import type { Coordinators } from "../../cluster/coordinators.ts";
import { type CommittedOffset, committedPlace, type GroupOffset } from "../../cluster/group-offsets.ts";
import { answersByPartition } from "../../cluster/offsets/answers-by-partition.ts";
import { topicsToCommit } from "../../cluster/offsets/topics-to-commit.ts";
import { answersOf, ask } from "../../cluster/routing/ask.ts";
import { groupByTopic } from "../../cluster/routing/group-by-topic.ts";
import type { Route } from "../../cluster/routing/route.ts";
import { done, refusal, type Verdict } from "../../cluster/routing/verdict.ts";
import { areKnown, topicIds } from "../../cluster/topic-ids.ts";
import type { TopicPartition } from "../../cluster/topic-partition.ts";
import type { Wait } from "../../cluster/waits.ts";
import { brokerError } from "../../errors/broker-error.ts";
import { counted } from "../../errors/counted.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { REFUSED_MEMBER } from "../../errors/error-sets.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import type { HookMember } from "../../hooks/hook-sites.ts";
import type { CommitTrace } from "../../hooks/traces.ts";
import type { Connection } from "../../network/connection.ts";
import { offsetCommitApi } from "../../protocol/messages/offset-commit.ts";
import { type OffsetFetchResponse, offsetFetchApi } from "../../protocol/messages/offset-fetch.ts";
import type { AbortSignalLike } from "../../runtime/cancellation.ts";
import { ZERO_UUID } from "../../wire/uuid.ts";

/** The member that commits, in one of its generations or epochs. */
export interface MemberIdentity {
  readonly memberId: string;
  readonly instanceId: string | null;
  /** The classic generation, or the member epoch of KIP-848. */
  readonly epoch: number;
  /** Whether it is a member epoch, which OffsetFetch contains too. */
  readonly isEpoch: boolean;
  /**
   * Increases when other members may own all its partitions: records read before must not be committed after. A
   * rebalance alone does not change it.
   */
  readonly tenure: number;
}

/** The part of the membership that {@link Offsets} needs. */
export interface OffsetsHost {
  readonly client: ClusterClient;
  readonly coordinators: Coordinators;
  readonly groupId: string;
  readonly isReadCommitted: boolean;
  /** The id of the topic that this consumer reads, not of a recreated one. All zeros while it is not known. */
  topicId(topic: string, partition: number): string;
  /** The member's identity for commits; undefined while it belongs to no generation. */
  identity(): MemberIdentity | undefined;
  /** The group no longer accepts this member's requests. */
  refused(identity: MemberIdentity, error: KafkaError): void;
}

/** Options of a commit. */
export interface CommitOptions {
  readonly signal?: AbortSignalLike | undefined;
  /** Offsets of deleted topics are dropped, so that they do not prevent the other commits. Default: false. */
  readonly mayDrop?: boolean;
  /** The wait of a loop that commits repeatedly. */
  readonly wait?: Wait | undefined;
  /**
   * The {@link MemberIdentity.tenure} when the commit was asked for, if it had to wait for its turn. Default: the
   * current one.
   */
  readonly tenure?: number | undefined;
  /** The message of the tracing channel; the coordinator is added to it. */
  readonly published?: CommitTrace;
}

/** The common part of all requests of one commit. */
interface CommitAttempt {
  readonly what: string;
  /**
   * The topic ids when the commit was asked for: an offset of a deleted topic must not be committed for the recreated
   * one.
   */
  readonly ids: Map<string, string>;
  /** The time of the call (monotonic ms). */
  readonly sinceMs: number;
  readonly mayDrop: boolean;
  readonly published: CommitTrace | undefined;
}

/**
 * Up to these versions topics are named by name, later by id. With ids, an offset of a deleted topic never counts for a
 * recreated one.
 */
const NAMED_COMMIT = 9;
const NAMED_FETCH = 9;
/** Since this version OffsetFetch takes several groups. */
const GROUPS_SINCE = 8;

/** A group's committed offsets: writes them to the coordinator, and reads them. */
export class Offsets {
  readonly #host: OffsetsHost;

  constructor(host: OffsetsHost) {
    this.#host = host;
  }

  /** The member's tenure; undefined while it belongs to no generation. */
  get tenure(): number | undefined {
    return this.#host.identity()?.tenure;
  }

  /**
   * Commits. Resolves when the coordinator has stored the offsets; rejects with the error for those that it refused.
   */
  async commit(offsets: readonly GroupOffset[], deadlineMs: number, options: CommitOptions = {}): Promise<void> {
    if (offsets.length === 0) return;
    const trace = this.#host.client.traces?.commit;
    if (trace?.hasSubscribers !== true) return this.#commit(offsets, deadlineMs, options);
    const message = { ...this.#member, offsets: offsets.map((one) => ({ ...one })) };
    return trace.run(message, (published) => this.#commit(offsets, deadlineMs, { ...options, published }));
  }

  async #commit(offsets: readonly GroupOffset[], deadlineMs: number, options: CommitOptions): Promise<void> {
    const { signal, mayDrop = false, published, wait, tenure = this.tenure } = options;
    const { client, groupId } = this.#host;
    const what = `cannot commit offsets of group ${groupId}`;
    const ids = new Map<string, string>();
    for (const { topic, partition } of offsets) ids.set(topic, this.#host.topicId(topic, partition));
    // Metadata must show whether a partition exists, also for partitions that this consumer does not read.
    const topics = [...ids.keys()];
    const sinceMs = client.clock.monotonic();
    const attempt = { what, ids, sinceMs, mayDrop, published };
    client.wantTopics(topics);
    try {
      const results = await ask(
        client,
        {
          what,
          keys: offsets,
          route: this.#route<GroupOffset>(),
          // An offset that can never be committed ends the call. The others are committed already, or by the next call.
          isAllOrNothing: true,
          refused: () => (this.tenure === undefined || this.tenure !== tenure ? notAMember(what) : undefined),
          send: (connection, asked) => this.#commitOnce(connection, asked, attempt),
        },
        this.#until(deadlineMs, signal),
        { wait },
      );
      answersOf(results);
      client.hooks?.offsetsCommitted?.(this.#member, offsets, sinceMs);
    } catch (error) {
      client.hooks?.commitFailed?.(this.#member, offsets, sinceMs, KafkaError.from(error));
      throw error;
    } finally {
      client.releaseTopics(topics);
    }
  }

  /** The committed offsets of these partitions; null for none. Negative ones are places: {@link committedPlace}. */
  async fetch(
    partitions: readonly TopicPartition[],
    deadlineMs: number,
    signal?: AbortSignalLike,
  ): Promise<readonly (CommittedOffset | null)[]> {
    const { client, groupId } = this.#host;
    const sinceMs = client.clock.monotonic();
    const results = await ask(
      client,
      {
        what: `cannot fetch committed offsets of group ${groupId}`,
        keys: partitions,
        route: this.#route<TopicPartition>(),
        isAllOrNothing: true,
        send: (connection, asked) => this.#fetchOnce(connection, asked, sinceMs),
      },
      this.#until(deadlineMs, signal),
    );
    return answersOf(results);
  }

  /** The member that commits, for hooks. */
  get #member(): HookMember {
    const { memberId = "", epoch: generation = -1 } = this.#host.identity() ?? {};
    return { groupId: this.#host.groupId, memberId, generation };
  }

  /**
   * The route to the coordinator. It is not the member's connection: during a rebalance the coordinator handles no
   * other request there.
   */
  #route<K>(): Route<K> {
    const { coordinators, groupId } = this.#host;
    return { to: "coordinator", coordinators, kind: "group", name: () => groupId };
  }

  #until(deadlineMs: number, signal: AbortSignalLike | undefined): CallLimit {
    return { timeoutMs: Math.max(0, deadlineMs - this.#host.client.clock.monotonic()), signal };
  }

  async #commitOnce(
    connection: Connection,
    offsets: readonly GroupOffset[],
    { what, ids, sinceMs, mayDrop, published }: CommitAttempt,
  ): Promise<readonly Verdict<true>[]> {
    if (published !== undefined) published.broker = connection.address;
    const identity = this.#host.identity();
    if (identity === undefined) throw notAMember(what);
    const { memberId, instanceId, epoch } = identity;
    for (const { topic, partition } of offsets)
      if (ids.get(topic) === ZERO_UUID) ids.set(topic, this.#host.topicId(topic, partition));
    const version = connection.version(offsetCommitApi, areKnown(ids) ? undefined : NAMED_COMMIT);
    const topics = topicsToCommit(offsets, ids, version > NAMED_COMMIT);
    const response = await connection.request(
      offsetCommitApi,
      {
        groupId: this.#host.groupId,
        generationIdOrMemberEpoch: epoch,
        memberId,
        groupInstanceId: version >= 7 ? instanceId : null,
        topics,
      },
      { version },
    );
    const answers = answersByPartition(response.topics, ids);
    const refusals = new Map<number, KafkaError>();
    return offsets.map((one): Verdict<true> => {
      // A response without a partition is not a success.
      const code = answers.get(one)?.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR;
      const isUnknown = code === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION || code === ErrorCode.UNKNOWN_TOPIC_ID;
      const isGone = isUnknown && this.#isGone(one, ids.get(one.topic) ?? ZERO_UUID);
      if (code === 0 || (isGone && mayDrop)) return done(true);
      const { topic, partition } = one;
      const place = `${what} (${topic}-${partition}`;
      const absent = isUnknown ? this.#absence(one, sinceMs) : undefined;
      if (absent !== undefined)
        return refusal(brokerError(code, `${place}: ${absent})`, { topic, partition, retriable: false }));
      if (isGone && code === ErrorCode.UNKNOWN_TOPIC_ID) return refusal(deletedError(code, `${place})`));
      // One error object for a code in a response: a code that most partitions have is about the member or the
      // coordinator.
      const error = refusals.get(code) ?? this.#refusal(code, `${place})`, identity);
      refusals.set(code, error);
      return refusal(error);
    });
  }

  async #fetchOnce(
    connection: Connection,
    partitions: readonly TopicPartition[],
    sinceMs: number,
  ): Promise<readonly Verdict<CommittedOffset | null>[]> {
    const { groupId, isReadCommitted, client } = this.#host;
    const what = `cannot fetch committed offsets of group ${groupId}`;
    const identity = this.#host.identity();
    const byTopic = groupByTopic(partitions);
    const ids = topicIds(byTopic.keys(), client.snapshot);
    const version = connection.version(offsetFetchApi, areKnown(ids) ? undefined : NAMED_FETCH);
    const stable = version >= 7 ? { requireStable: isReadCommitted } : {};
    const member =
      version >= 9 && identity?.isEpoch === true ? { memberId: identity.memberId, memberEpoch: identity.epoch } : {};
    const topics = [...byTopic].map(([name, list]) => {
      const partitionIndexes = list.map(({ partition }) => partition);
      return version > NAMED_FETCH
        ? { topicId: ids.get(name) ?? ZERO_UUID, partitionIndexes }
        : { name, partitionIndexes };
    });
    const response = await connection.request(
      offsetFetchApi,
      version >= GROUPS_SINCE
        ? { groups: [{ groupId, ...member, topics }], ...stable }
        : { groupId, topics, ...stable },
      { version },
    );
    const answer = groupAnswer(response, groupId);
    if (answer.errorCode !== 0) throw this.#refusal(answer.errorCode, what, identity);
    const answers = answersByPartition(answer.topics, ids);
    return partitions.map(({ topic, partition }) => {
      const found = answers.get({ topic, partition });
      // A missing partition must not count as "nothing is committed": reading would begin again, or skip records.
      if (found === undefined)
        return {
          then: "retry",
          error: new KafkaError("protocol", `${what}: the response does not mention ${topic}-${partition}`, {
            retriable: true,
            topic,
            partition,
          }),
        };
      // A topic that does not exist has no committed offset, and the other topics need not wait for it. But only
      // metadata that is younger than this call may say so:
      //
      // 1. The topic is deleted, and this client learns it.
      // 2. The topic is recreated. Another member reads it, commits, and gives the partition to this client.
      // 3. This client still asks with the id of the deleted topic.
      if (found.errorCode === ErrorCode.UNKNOWN_TOPIC_ID && this.#absence({ topic, partition }, sinceMs) !== undefined)
        return done(null);
      return found.errorCode === 0
        ? done(committed(topic, found))
        : refusal(brokerError(found.errorCode, `${what}, ${topic}-${partition}`, { topic, partition }));
    });
  }

  /** Whether metadata confirms that the partition is gone: a coordinator may be behind. */
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
   * The reason why a partition that the coordinator does not know does not exist, from metadata that is younger than
   * `sinceMs`; undefined if the coordinator may be behind.
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

  #refusal(errorCode: number, what: string, identity: MemberIdentity | undefined): KafkaError {
    const isByHand = identity !== undefined && identity.epoch < 0 && errorCode === ErrorCode.UNKNOWN_MEMBER_ID;
    const error = brokerError(
      errorCode,
      isByHand ? `${what} by hand (with \`assign\`): the group has live members, and only they may commit` : what,
    );
    if (identity !== undefined && REFUSED_MEMBER.includes(errorCode)) this.#host.refused(identity, error);
    // The epoch or generation has changed while the request was in flight: the next try has the new one.
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
  return offset < 0 && committedPlace(offset, metadata ?? "") === undefined
    ? null
    : {
        topic,
        partition,
        offset,
        leaderEpoch: committedLeaderEpoch < 0 ? undefined : committedLeaderEpoch,
        metadata: metadata ?? "",
      };
}

function groupAnswer(
  response: OffsetFetchResponse,
  groupId: string,
): OffsetFetchResponse["groups"][number] | OffsetFetchResponse {
  if (response.groups.length === 0) return response;
  const found = response.groups.find((group) => group.groupId === groupId);
  if (found === undefined)
    throw new KafkaError("protocol", `the response to OffsetFetch does not contain group ${groupId}`, {
      retriable: true,
    });
  return found;
}

function notAMember(what: string): KafkaError {
  return new KafkaError(
    "broker",
    `${what}: this consumer is not a member of the group at the moment (it has not joined, or the group went ` +
      "on without it); other members may own its partitions",
    { code: 25, codeName: "UNKNOWN_MEMBER_ID" },
  );
}

function deletedError(errorCode: number, what: string): KafkaError {
  return brokerError(
    errorCode,
    `${what}: the topic that this offset belongs to was deleted, and may have been recreated`,
    { retriable: false },
  );
}
