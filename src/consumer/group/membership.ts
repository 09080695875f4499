import type { Wait } from "../../cluster/waits.ts";
import { Coordinators } from "../../cluster/coordinators.ts";
import type { GroupMetadata, GroupOffset } from "../../cluster/group-offsets.ts";
import { brokerError } from "../../errors/broker-error.ts";
import { counted } from "../../errors/counted.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import { consumerGroupHeartbeatApi } from "../../protocol/messages/consumer-group-heartbeat.ts";
import type { Cancellation } from "../../runtime/cancellation.ts";
import { WorkLoop } from "../../runtime/work-loop.ts";
import { ZERO_UUID } from "../../wire/uuid.ts";
import type { Fetcher } from "../fetching/fetcher.ts";
import { type MemberIdentity, Offsets } from "./offsets.ts";
import type { TopicPartition } from "../../cluster/topic-partition.ts";
import { ClassicMember } from "./classic-member.ts";
import { ConsumerMember } from "./consumer-member.ts";
import { describeGroup } from "./describe-group.ts";
import { Due } from "./due.ts";
import { Holdings, type Moved } from "./holdings.ts";
import {
  type GroupMember,
  type GroupMembershipOperation,
  type MemberHost,
  type MemberState,
  askCoordinator,
  type RequestFailure,
} from "./member.ts";
import type { GroupSettings } from "./options.ts";
import { PollWatch, type Watched } from "./poll-watch.ts";
import { Positions } from "./positions.ts";
import type { RunningHook } from "./rebalance-hooks.ts";
import { type GroupTimings, newTimings } from "./timings.ts";

/** The longest time between two checks whether the application still asks for records. */
const LONGEST_LOOK_MS = 1000;

/**
 * The identity for commits of a consumer with `assign`, which is not a member. The coordinator accepts it while the
 * group has no members.
 */
const BY_HAND: MemberIdentity = { memberId: "", instanceId: null, epoch: -1, isEpoch: false, tenure: 0 };

/** A consumer's membership in its group: joins with the first loop, owns partitions, commits, and leaves. */
export class Membership<K, V> implements MemberHost {
  readonly client: Fetcher<K, V>["client"];
  readonly coordinators: Coordinators;
  readonly group: GroupSettings;
  readonly rack: string | null;
  readonly offsets: Offsets;
  readonly timings: GroupTimings = newTimings();
  readonly #fetcher: Fetcher<K, V>;
  readonly #positions: Positions<K, V>;
  readonly #holdings: Holdings<K, V>;
  readonly #commits: WorkLoop;
  readonly #commitDue: Due;
  readonly #lookDue: Due;
  readonly #watch: PollWatch;
  /** The wait that logs when automatic commits fail repeatedly. */
  #commitWait: Wait | undefined;
  readonly #forgetTopics: () => void;
  readonly #forgetAsked: () => void;
  #member: GroupMember | undefined;
  #isStarted = false;
  #startingSinceMs: number | undefined;
  #isClosed = false;
  #isAway = false;
  /** The error for which the member cannot continue; the next loop tries again, or throws it too. */
  #fatal: KafkaError | undefined;

  constructor(fetcher: Fetcher<K, V>, group: GroupSettings) {
    this.client = fetcher.client;
    this.#fetcher = fetcher;
    this.group = group;
    this.#forgetTopics = fetcher.discovery.onChange(() => this.#member?.resubscribed());
    this.rack = fetcher.settings.clientRack === "" ? null : fetcher.settings.clientRack;
    this.coordinators = new Coordinators(this.client);
    this.offsets = new Offsets({
      client: this.client,
      coordinators: this.coordinators,
      groupId: group.groupId,
      isReadCommitted: fetcher.settings.isReadCommitted,
      topicId: (topic, partition) =>
        fetcher.partitions.find({ topic, partition })?.topicId ??
        this.client.snapshot.topics.get(topic)?.topicId ??
        ZERO_UUID,
      identity: () => this.#identity(),
      refused: (identity, error) => this.#refused(identity, error),
    });
    this.#positions = new Positions(fetcher, this.offsets, this.timings.commit);
    this.#holdings = new Holdings(fetcher, group, this.offsets, this.#positions, () =>
      this.#goAway("rebalanceTimeoutMs"),
    );
    this.#commits = new WorkLoop(this.client.tasks, (signal) => this.#autoCommit(signal));
    this.#commitDue = new Due(() => this.#commits.kick());
    this.#lookDue = new Due(() => this.#look());
    this.#watch = new PollWatch(group.maxPollIntervalMs);
    this.#forgetAsked = fetcher.handOut.onAsked(() => this.asked());
    fetcher.joins({
      mayFollow: (topicId, partition) => this.#member?.hasAssigned(topicId, partition) !== false,
      committed: (partitions, signal) => this.offsets.fetch(partitions, Number.POSITIVE_INFINITY, signal),
    });
  }

  get topics(): readonly string[] {
    return this.#fetcher.discovery.topics;
  }

  get owned(): readonly TopicPartition[] {
    return this.#holdings.owned;
  }

  get kept(): readonly TopicPartition[] {
    return this.#holdings.kept;
  }

  /** The error for which the member cannot continue; undefined while it can. */
  get fatal(): KafkaError | undefined {
    return this.#fatal;
  }

  /** The state of the member; undefined without one: a consumer with `assign` joins no group. */
  get state(): MemberState | undefined {
    if (this.#isManual) return undefined;
    return this.#isAway ? "away" : (this.#member?.stateName ?? "unjoined");
  }

  /** Set while requests to the coordinator fail. */
  get failure(): RequestFailure | undefined {
    return this.#member?.failure;
  }

  /** The time since which it looks for its coordinator in order to join (monotonic ms); undefined if it does not. */
  get startingSinceMs(): number | undefined {
    return this.#member === undefined ? this.#startingSinceMs : undefined;
  }

  get runningHook(): RunningHook | undefined {
    return this.#holdings.hooks.running;
  }

  /** Since when a loop is known to have made no progress (monotonic ms); undefined if it may have made some. */
  stalledSinceMs(loop: Watched): number | undefined {
    return this.#watch.stalledSinceMs(loop);
  }

  move(target: readonly TopicPartition[], ended: (moved: Moved) => void): void {
    if (this.#isClosed) return;
    const { clock } = this.client;
    const fromMs = clock.monotonic();
    this.#holdings.move(target, (moved) => {
      this.timings.rebalance.add(fromMs, clock.monotonic());
      ended(moved);
    });
  }

  /**
   * Called also while the consumer closes. The member may join again before its hook has ended. Without this call, the
   * last commit would be made under the new membership, for partitions that other members own by then.
   */
  lose(reason: string): void {
    if (this.owned.length > 0)
      this.client.cluster.log(
        "warn",
        `group ${this.group.groupId}: lost ${counted(this.owned.length, "partition")}: ${reason}`,
      );
    this.#holdings.lose(reason);
  }

  trust(untilMs: number): void {
    this.#fetcher.handOut.trust(untilMs);
  }

  fail(error: KafkaError): void {
    this.#fatal = error;
    this.#fetcher.handOut.fail(error);
  }

  /** Starts a rebalance, if the member has joined and its protocol allows that. */
  enforceRebalance(reason: string): void {
    if (this.#member?.rejoin(reason) !== false) return;
    const { groupId } = this.group;
    this.client.cluster.log(
      "warn",
      `group ${groupId}: enforceRebalance does nothing under the protocol of KIP-848, where the coordinator ` +
        "starts rebalances",
    );
  }

  /** The member id and generation; empty and −1 while it is not a member. */
  metadata(): GroupMetadata {
    const { groupId, instanceId } = this.group;
    const identity = this.#identity();
    return {
      groupId,
      generationId: identity?.epoch ?? -1,
      memberId: identity?.memberId ?? "",
      ...(instanceId === null ? {} : { groupInstanceId: instanceId }),
    };
  }

  /** Commits processed records, or these offsets. */
  async commit(offsets: readonly GroupOffset[] | undefined, deadlineMs: number, signal?: Cancellation): Promise<void> {
    if (offsets !== undefined) await this.#positions.commitThese(offsets, deadlineMs, signal);
    else await this.#positions.commitDone(this.#own, deadlineMs, signal);
  }

  /** Commits and gives all partitions back until `commitByMs`, and leaves the group until `deadlineMs`. */
  async close(operation: GroupMembershipOperation, commitByMs: number, deadlineMs: number): Promise<void> {
    this.#isClosed = true;
    this.#forgetTopics();
    this.#forgetAsked();
    this.client.deadlines.remove(this.#commitDue);
    this.client.deadlines.remove(this.#lookDue);
    this.#commitWait?.end();
    const mayCommit = this.group.isAutoCommitting && this.#identity() !== undefined;
    if (this.#isManual && mayCommit)
      await this.#positions
        .commitDone(this.#own, commitByMs)
        .catch((error: unknown) =>
          this.client.cluster.log(
            "warn",
            `group ${this.group.groupId}: cannot commit while the consumer is closed: ${KafkaError.from(error).message}`,
          ),
        );
    await this.#holdings.close(mayCommit, commitByMs);
    await this.#member?.leave(operation, deadlineMs);
    this.trust(Number.POSITIVE_INFINITY);
  }

  get #isManual(): boolean {
    return this.#fetcher.settings.isManual;
  }

  #identity(): MemberIdentity | undefined {
    return this.#isManual ? BY_HAND : this.#member?.identity();
  }

  /** The partitions whose offsets this consumer commits. */
  get #own(): readonly TopicPartition[] {
    return this.#isManual ? [...this.#fetcher.partitions] : this.#holdings.owned;
  }

  /** A loop asks for records, or the first topics were subscribed to. */
  asked(): void {
    this.#holdings.asked();
    if (!this.#fetcher.handOut.isActive) return;
    if (!this.#isStarted) {
      // Joins only when topics are subscribed to.
      if (!this.#isManual && this.#fetcher.discovery.isEmpty && this.group.topicsPattern === null) return;
      this.#isStarted = true;
      this.client.tasks.spawn((signal) => this.#start(signal));
    } else if (this.#isAway) {
      this.#isAway = false;
      this.#member?.polled();
      this.#startLooking();
    }
    if (this.#fatal !== undefined && !this.#fetcher.handOut.isFailing) this.#again(this.#fatal);
  }

  /**
   * A loop begins after the member has failed. A fenced member never joins again: that would fence the new instance.
   */
  #again(error: KafkaError): void {
    if (error.kind === "fenced") this.#fetcher.handOut.fail(error);
    else {
      this.#fatal = undefined;
      this.#member?.polled();
    }
  }

  async #start(signal: Cancellation): Promise<void> {
    if (this.#isManual) {
      if (this.group.isAutoCommitting) this.#startCommitting();
      return;
    }
    this.#startingSinceMs = this.client.clock.monotonic();
    try {
      await this.#fetcher.discovery.start();
      const protocol =
        this.group.protocol === "auto"
          ? await this.client.retry(
              `cannot find out which protocol group ${this.group.groupId} speaks`,
              Number.POSITIVE_INFINITY,
              () => this.#protocol(signal),
              signal,
            )
          : this.group.protocol;
      if (this.#isClosed) return;
      if (protocol === "classic" && this.group.topicsPattern !== null)
        throw new KafkaError(
          "unsupported",
          `group ${this.group.groupId} speaks the classic protocol, which has no topicsPattern: give a regular ` +
            `expression in \`topics\``,
        );
      this.#member = protocol === "consumer" ? new ConsumerMember(this) : new ClassicMember(this);
      this.client.cluster.log("debug", `group ${this.group.groupId}: joins with the ${protocol} protocol`);
      this.#member.start();
    } catch (error) {
      if (signal.aborted) return;
      this.#isStarted = false;
      this.#startingSinceMs = undefined;
      this.#fetcher.handOut.fail(KafkaError.from(error));
      return;
    }
    if (this.group.isAutoCommitting) this.#startCommitting();
    this.#startLooking();
  }

  /**
   * KIP-848 if the cluster supports it, no option of the classic protocol is set, and the group has no classic members,
   * which it would convert.
   */
  async #protocol(signal: Cancellation): Promise<"consumer" | "classic"> {
    if (this.group.hasClassicOption) return "classic";
    const hasConsumerProtocol = await askCoordinator(this, "other", signal, (connection) =>
      Promise.resolve(
        connection.brokerVersions.get(consumerGroupHeartbeatApi.key) !== undefined &&
          (connection.finalizedFeatures.get("group.version") ?? 0) >= 1,
      ),
    );
    if (!hasConsumerProtocol) return "classic";
    const { groupId } = this.group;
    const found = await describeGroup(this, signal);
    const error =
      found === undefined || found.errorCode === 0
        ? undefined
        : brokerError(found.errorCode, `cannot describe group ${groupId}`);
    if (error?.retriable === true) {
      this.coordinators.failed("group", groupId, error);
      throw error;
    }
    return found !== undefined && found.errorCode === 0 && found.members.length > 0 ? "classic" : "consumer";
  }

  #refused(identity: MemberIdentity, error: KafkaError): void {
    this.#member?.refused(identity, error);
  }

  #startCommitting(): void {
    if (!this.#isClosed)
      this.client.deadlines.add(this.#commitDue, this.client.clock.monotonic() + this.group.autoCommitIntervalMs);
  }

  async #autoCommit(signal: Cancellation): Promise<void> {
    try {
      const deadlineMs = this.client.clock.monotonic() + this.group.autoCommitIntervalMs;
      if (this.#fetcher.handOut.isTrusted() && this.#identity() !== undefined) {
        this.#commitWait ??= this.client.waits.begin(`automatic commits of group ${this.group.groupId}`, {
          isLoop: true,
          pauseMs: 2 * this.group.autoCommitIntervalMs,
        });
        await this.#positions.commitDone(this.#own, deadlineMs, signal, undefined, this.#commitWait);
      }
    } catch (error) {
      // A timeout is not logged again: the commit has already warned while it waited.
      const failure = KafkaError.from(error);
      const level = failure.kind === "timeout" ? "debug" : "warn";
      if (!signal.aborted)
        this.client.cluster.log(
          level,
          `group ${this.group.groupId}: the automatic commit failed, the next one is in ` +
            `${this.group.autoCommitIntervalMs} ms: ${failure.message}`,
        );
    }
    this.#startCommitting();
  }

  #goAway(exceeded: "maxPollIntervalMs" | "rebalanceTimeoutMs" = "maxPollIntervalMs"): void {
    if (this.#isClosed || this.#isAway) return;
    this.#isAway = true;
    const { [exceeded]: limitMs, maxPollIntervalMs } = this.group;
    const option = limitMs === maxPollIntervalMs ? "maxPollIntervalMs" : exceeded; // by default both are one option
    this.client.cluster.log(
      "warn",
      `group ${this.group.groupId}: the application has not asked for records for ${option} (${limitMs} ms); this ` +
        `member leaves the group until it does. Do less between two records, or set ${option} higher`,
    );
    this.#member?.stalled();
  }

  #startLooking(): void {
    this.#watch.reset();
    this.#look();
  }

  /** Checks whether the application still makes progress; if not for too long, this member leaves the group. */
  #look(): void {
    if (this.#isClosed || this.#isAway) return;
    const nowMs = this.client.clock.monotonic();
    if (this.#watch.isStalled(this.#fetcher.handOut.loops, nowMs)) {
      this.#goAway();
      return;
    }
    this.client.deadlines.add(
      this.#lookDue,
      nowMs + Math.min(LONGEST_LOOK_MS, Math.max(1, this.group.maxPollIntervalMs / 4)),
    );
  }
}
