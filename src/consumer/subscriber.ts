import type { CallLimit } from "../cluster/call-retries.ts";
import type { CommittedOffset, GroupOffset } from "../cluster/group-offsets.ts";
import { TimeLimit } from "../cluster/time-limit.ts";
import type { TopicPartition } from "../cluster/topic-partition.ts";
import { type AbortSignalLike, Cancellation } from "../runtime/cancellation.ts";
import { KafkaError } from "../errors/kafka-error.ts";
import type { Fetcher } from "./fetching/fetcher.ts";
import type { GroupMembershipOperation } from "./group/member.ts";
import { Membership } from "./group/membership.ts";
import { type Assignment, type ConsumerSettings, checkAssignment } from "./options.ts";
import type { OffsetSpec } from "./partitions/offset-spec.ts";
import { selected, subscriptionOf, type TopicSelection } from "./partitions/subscription.ts";

/**
 * Time to send LeaveGroup, in ms. The partitions of a member that does not leave stay unread until its session expires.
 */
export const LEAVE_MS = 1000;

/**
 * The topics or partitions that a consumer reads, and its membership in the group, which `unsubscribe` ends and
 * replaces.
 */
export class Subscriber<K, V> {
  readonly #fetcher: Fetcher<K, V>;
  readonly #settings: ConsumerSettings;
  #membership: Membership<K, V> | undefined;
  #topics: readonly (string | RegExp)[];
  #unsubscribing: Promise<void> | undefined;
  #isClosing = false;

  constructor(fetcher: Fetcher<K, V>, settings: ConsumerSettings) {
    this.#fetcher = fetcher;
    this.#settings = settings;
    this.#topics = settings.topics;
    this.#join();
  }

  /** Undefined without a group. */
  get membership(): Membership<K, V> | undefined {
    return this.#membership;
  }

  /** The subscription as the user gave it. */
  get topics(): readonly (string | RegExp)[] {
    return this.#topics;
  }

  /** The membership; throws kind `config` without a group. */
  inGroup(call: string): Membership<K, V> {
    if (this.#membership === undefined)
      throw new KafkaError("config", `cannot ${call}: it needs a consumer in a group; set groupId`);
    return this.#membership;
  }

  /** Commits for the group: all processed records, or these offsets. */
  async commit(offsets: readonly GroupOffset[] | undefined, { timeoutMs, signal }: CallLimit): Promise<void> {
    const { client } = this.#fetcher;
    const cancelled = new Cancellation();
    const unfollow = cancelled.follow(client.shared(signal));
    const deadlineMs = client.clock.monotonic() + timeoutMs;
    try {
      await this.inGroup("commit").commit(offsets, deadlineMs, cancelled);
    } finally {
      unfollow();
    }
  }

  /** The committed offsets of these partitions; null for none. */
  committed(
    partitions: readonly TopicPartition[],
    { timeoutMs, signal }: CallLimit,
  ): Promise<readonly (CommittedOffset | null)[]> {
    const deadlineMs = this.#fetcher.client.clock.monotonic() + timeoutMs;
    return this.inGroup("committed").offsets.fetch(partitions, deadlineMs, signal);
  }

  /** Moves the position. Throws kind `config` for a partition that this consumer does not read. */
  seek(partition: TopicPartition, spec: OffsetSpec): void {
    const cursor = this.#fetcher.partitions.get(partition);
    if (typeof spec === "number") cursor.moveTo(spec);
    else cursor.seek(spec);
    this.#fetcher.handOut.changed(cursor);
  }

  assign(partitions: readonly Assignment[]): void {
    const { group, assign } = this.#settings;
    if (assign === undefined)
      throw new KafkaError(
        "config",
        `cannot assign: this consumer ${group === undefined ? "reads topics" : "gets its partitions from its group"}; ` +
          "create one with `assign` (`[]` for none yet)",
      );
    checkAssignment(partitions);
    this.#fetcher.assign(partitions);
  }

  subscribe(topics: TopicSelection): void {
    this.#check("subscribe");
    const subscription = subscriptionOf(topics, "subscribe: topics");
    if (subscription.names.length + subscription.patterns.length === 0)
      throw new KafkaError("config", "cannot subscribe: the list of topics is empty; to read none call unsubscribe()");
    this.#topics = selected(topics);
    if (this.#unsubscribing !== undefined) return; // the end of `#leaveGroup` subscribes to these topics
    this.#fetcher.subscribe(subscription);
    this.#membership?.asked();
  }

  /** Leaves the group. `signal` ends only the wait for that. */
  unsubscribe(timeoutMs: number, signal: AbortSignalLike | undefined): Promise<void> {
    this.#check("unsubscribe");
    this.#topics = [];
    const left = (this.#unsubscribing ??= this.#leaveGroup(timeoutMs));
    if (signal === undefined) return left;
    const limit = { timeoutMs: Number.POSITIVE_INFINITY, what: "unsubscribe", signal };
    return TimeLimit.around(this.#fetcher.client, limit, (waiting) => waiting.wait(left));
  }

  /** The consumer is closing: an `unsubscribe` in progress does not join the group again. */
  stop(): void {
    this.#isClosing = true;
  }

  /**
   * Leaves the group for good, or waits for the `unsubscribe` that is leaving it already. Commits end by `commitByMs`,
   * and the request to leave by `leaveByMs` (monotonic ms).
   */
  leave(operation: GroupMembershipOperation, commitByMs: number, leaveByMs: number): Promise<void> {
    const membership = this.#membership;
    // In a later microtask: a hook that calls close() too must find that closing has begun.
    return this.#unsubscribing ?? Promise.resolve().then(() => membership?.close(operation, commitByMs, leaveByMs));
  }

  #join(): void {
    const { group } = this.#settings;
    if (group !== undefined) this.#membership = new Membership<K, V>(this.#fetcher, group);
  }

  /** Throws kind `config` if the consumer was created with partitions, or with a pattern that cannot change. */
  #check(call: string): void {
    const { assign, group } = this.#settings;
    if (assign === undefined && (group?.topicsPattern ?? null) === null) return;
    const why =
      assign !== undefined ? "reads the partitions of `assign`" : "subscribes by topicsPattern, which cannot change";
    throw new KafkaError(
      "config",
      `cannot ${call}: this consumer ${why}; create one with \`topics\` (\`[]\` for none yet)`,
    );
  }

  async #leaveGroup(timeoutMs: number): Promise<void> {
    const nowMs = this.#fetcher.client.clock.monotonic();
    try {
      await this.#membership?.close("default", nowMs + Math.max(0, timeoutMs - LEAVE_MS), nowMs + timeoutMs);
    } finally {
      this.#unsubscribing = undefined;
      if (!this.#isClosing) {
        this.#join();
        this.#fetcher.subscribe(subscriptionOf(this.#topics));
        this.#membership?.asked();
      }
    }
  }
}
