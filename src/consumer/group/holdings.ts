import { type CommittedOffset, committedPlace } from "../../cluster/group-offsets.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { REFUSED_MEMBER } from "../../errors/error-sets.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import { Cancellation } from "../../runtime/cancellation.ts";
import type { LogLevel } from "../../runtime/platform.ts";
import { sleep } from "../../runtime/sleep.ts";
import { WorkLoop } from "../../runtime/work-loop.ts";
import type { Cursor } from "../partitions/cursor.ts";
import type { Fetcher } from "../fetching/fetcher.ts";
import type { Offsets } from "./offsets.ts";
import type { TopicPartition } from "../../cluster/topic-partition.ts";
import { Due } from "./due.ts";
import { partitionsInWords } from "./partitions-in-words.ts";
import type { GroupSettings } from "./options.ts";
import type { Positions } from "./positions.ts";
import { type Change, RebalanceHooks } from "./rebalance-hooks.ts";

/** The result of a reconciliation: whether partitions were revoked for it. */
export interface Moved {
  readonly hasRevoked: boolean;
}

const keyOf = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`;

/**
 * The partitions that a member owns. Only this file changes them: one step after the other, each hook awaited, so that
 * `onAssigned` alternates with `onRevoked` or `onLost` for every partition. Delivery of a revoked partition stops when
 * the revoke is decided; `onRevoked` is called when the application has processed its records in progress.
 */
export class Holdings<K, V> {
  readonly hooks: RebalanceHooks;
  readonly #fetcher: Fetcher<K, V>;
  readonly #settings: GroupSettings;
  readonly #offsets: Offsets;
  readonly #positions: Positions<K, V>;
  readonly #held = new Map<string, TopicPartition>();
  /** The values of `#held`, until it changes. */
  #list: readonly TopicPartition[] | undefined;
  readonly #loop: WorkLoop;
  readonly #handDeadline = new Due(() => this.#wakeHand?.());
  #target: readonly TopicPartition[] | undefined;
  #ended: ((moved: Moved) => void) | undefined;
  readonly #stalled: () => void;
  #lost: string | undefined;
  #superseded = new Cancellation();
  /** Fires when commits for the owned partitions make no sense any more. */
  #gone = new Cancellation();
  #wakeHand: (() => void) | undefined;
  /** Partitions that are being revoked or lost. */
  #leaving: ReadonlySet<string> = new Set();
  /** The leaving partitions whose hook was called; for the others `close` calls it. */
  #isHookCalled: ReadonlySet<string> = new Set();
  /** Partitions whose `onAssigned` is running. */
  #coming: ReadonlySet<string> = new Set();
  #isLosing = false;
  #isClosed = false;
  #endHook: (() => void) | undefined;

  constructor(
    fetcher: Fetcher<K, V>,
    settings: GroupSettings,
    offsets: Offsets,
    positions: Positions<K, V>,
    stalled: () => void,
  ) {
    this.#stalled = stalled;
    this.#fetcher = fetcher;
    this.#settings = settings;
    this.hooks = new RebalanceHooks(settings, fetcher.client.clock);
    this.#offsets = offsets;
    this.#positions = positions;
    this.#loop = new WorkLoop(fetcher.client.tasks, () => this.#work());
  }

  /**
   * The owned partitions in the order of their assignment, also those that are being revoked. The same array until that
   * changes.
   */
  get held(): readonly TopicPartition[] {
    return (this.#list ??= [...this.#held.values()]);
  }

  /** The partitions that the group may still count as this member's: without lost ones. */
  get owned(): readonly TopicPartition[] {
    return this.#lost !== undefined || this.#isLosing ? NOTHING : this.held;
  }

  /**
   * The partitions that a rebalance may leave with this member: without those that it is giving back, which other
   * members may own by now.
   */
  get kept(): readonly TopicPartition[] {
    if (this.#target === undefined) return this.owned;
    const keys = new Set(this.#target.map(keyOf));
    return this.owned.filter((one) => keys.has(keyOf(one)));
  }

  /**
   * Makes `target` the owned partitions. Calls `ended` when that is done, unless another target or a loss comes first.
   */
  move(target: readonly TopicPartition[], ended: (moved: Moved) => void): void {
    this.#target = [...new Map(target.map((one) => [keyOf(one), one])).values()];
    this.#ended = ended;
    this.#supersede();
    const keys = new Set(this.#target.map(keyOf));
    for (const one of this.held) {
      const key = keyOf(one);
      if (!keys.has(key)) this.#fetcher.partitions.find(one)?.hold(true);
      // A lost partition is assigned again as a new one.
      else if (this.#lost === undefined && !this.#leaving.has(key) && !this.#coming.has(key)) this.#release(one);
    }
    this.#loop.kick();
  }

  /** All partitions are lost: other members may own them already. */
  lose(reason: string): void {
    this.#lost = reason;
    this.#target = undefined;
    this.#ended = undefined;
    for (const one of this.held) this.#mark(this.#fetcher.partitions.find(one));
    this.#supersede();
    this.#gone.cancel(new KafkaError("cancelled", reason));
    this.#gone = new Cancellation();
    this.#wakeHand?.();
    this.#loop.kick();
  }

  /** The application asked for more records, or left its loop. */
  asked(): void {
    this.#wakeHand?.();
  }

  /**
   * Commits processed records and gives all partitions back until `deadlineMs`. A commit that cannot succeed, or a hook
   * that never ends, must not use up the time for leaving the group. A hook that is running is not waited for: it may
   * be the one that closes the consumer.
   */
  async close(mayCommit: boolean, deadlineMs: number): Promise<void> {
    this.#isClosed = true;
    this.#supersede();
    this.#wakeHand?.();
    this.#endHook?.();
    const { client } = this.#fetcher;
    const held = this.held.filter((one) => !this.#isHookCalled.has(keyOf(one)));
    for (const one of held) this.#fetcher.partitions.find(one)?.hold(true);
    if (mayCommit)
      await this.#positions
        .commitDone(held, deadlineMs)
        .catch((error: unknown) =>
          this.#warn(`cannot commit while the consumer is closed: ${KafkaError.from(error).message}`),
        );
    if (held.length > 0) {
      const hook = this.#call(this.#lost === undefined ? "revoked" : "lost", held).catch((error: unknown) =>
        client.cluster.log(
          "error",
          `a rebalance hook failed while the consumer was closed: ${KafkaError.from(error).message}`,
        ),
      );
      await this.#until(deadlineMs, hook);
    }
    // Commits records that the hook has marked as processed.
    if (mayCommit) await this.#positions.commitDone(held, deadlineMs).catch(() => undefined);
    for (const one of this.held) this.#drop(one);
  }

  /** Resolves when `work` has, at `deadlineMs` at the latest. */
  async #until(deadlineMs: number, work: Promise<void>): Promise<void> {
    const { client } = this.#fetcher;
    const enough = new Cancellation();
    await Promise.race([work, sleep(client, deadlineMs - client.clock.monotonic(), enough).catch(() => undefined)]);
    enough.cancel(new KafkaError("cancelled", "it has settled"));
  }

  #mark(lost: Cursor<K, V> | undefined): void {
    lost?.lose();
  }

  #supersede(): void {
    this.#superseded.cancel(new KafkaError("cancelled", "the assignment changed again"));
    this.#superseded = new Cancellation();
  }

  async #work(): Promise<void> {
    let hasRevoked = false;
    const { tasks } = this.#fetcher.client;
    while (!this.#isClosed && !tasks.isClosed) {
      if (this.#lost !== undefined) {
        this.#lost = undefined;
        await this.#loseAll();
        continue;
      }
      const target = this.#target;
      if (target === undefined) return;
      const keys = new Set(target.map(keyOf));
      const gone = this.held.filter((one) => !keys.has(keyOf(one)));
      if (gone.length > 0) {
        hasRevoked = true;
        await this.#revoke(gone);
        continue;
      }
      const added = target.filter((one) => !this.#held.has(keyOf(one)));
      if (added.length > 0 && !(await this.#assign(added, this.#superseded))) continue;
      if (this.#target !== target) continue;
      this.#target = undefined;
      const ended = this.#ended;
      this.#ended = undefined;
      ended?.({ hasRevoked });
      hasRevoked = false;
    }
  }

  async #assign(added: readonly TopicPartition[], superseded: Cancellation): Promise<boolean> {
    const { client } = this.#fetcher;
    let committed: readonly (CommittedOffset | null)[];
    try {
      committed = await this.#offsets.fetch(added, Number.POSITIVE_INFINITY, superseded);
    } catch (error) {
      if (superseded.aborted || client.tasks.isClosed || this.#lost !== undefined) return false;
      // The member reacts to a refusal of the group, and joins again. The loop gets an error that no retry can fix.
      const failure = KafkaError.from(error);
      if (failure.code === undefined || !REFUSED_MEMBER.includes(failure.code)) this.#fetcher.handOut.fail(failure);
      await sleep(client, client.backoffMs(REFUSED_ATTEMPT), superseded).catch(() => undefined);
      return false;
    }
    if (superseded.aborted || this.#isClosed) return false;
    client.wantTopics(new Set(added.map((one) => one.topic)));
    for (const [i, one] of added.entries()) this.#begin(one, committed[i] ?? null);
    this.#coming = new Set(added.map(keyOf));
    await this.#hook("assigned", added);
    this.#coming = new Set();
    if (this.#isClosed) return false;
    // Partitions that were lost or revoked meanwhile are not delivered.
    const keys = this.#lost !== undefined ? new Set<string>() : new Set((this.#target ?? []).map(keyOf));
    for (const one of added) if (keys.has(keyOf(one))) this.#release(one);
    return true;
  }

  #begin(one: TopicPartition, committed: CommittedOffset | null): void {
    this.#held.set(keyOf(one), one);
    this.#list = undefined;
    const place = committed === null ? undefined : committedPlace(committed.offset, committed.metadata);
    try {
      this.#fetcher.add(one.topic, one.partition, place ?? committed?.offset, committed?.leaderEpoch);
    } catch (error) {
      this.#fetcher.handOut.fail(KafkaError.from(error)); // startOffset is "none"
      return;
    }
    const cursor = this.#fetcher.partitions.find(one);
    if (cursor === undefined) return;
    cursor.progress.noteCommitted(Math.max(-1, committed?.offset ?? -1));
    cursor.hold(true);
    if (cursor.seeking !== undefined) this.#fetcher.handOut.changed(cursor);
  }

  #release(one: TopicPartition): void {
    const cursor = this.#fetcher.partitions.find(one);
    if (cursor === undefined) return;
    cursor.hold(false);
    this.#fetcher.handOut.changed(cursor);
  }

  async #revoke(gone: readonly TopicPartition[]): Promise<void> {
    const deadlineMs = this.#fetcher.client.clock.monotonic() + this.#settings.rebalanceTimeoutMs;
    this.#leaving = new Set(gone.map(keyOf));
    if (!(await this.#untilDone(gone, deadlineMs))) {
      // The application works for longer than the group waits: the group continues without this member.
      if (!this.#isClosed && this.#lost === undefined) this.#stalled();
      return;
    }
    if (this.#settings.isAutoCommitting) await this.#commit(gone, deadlineMs);
    if (this.#lost !== undefined || this.#isClosed) return;
    await this.#takeAway("revoked", gone, async () => {
      // Commits records that the hook has marked as processed. Also waits for the application's own commits, so that
      // none is retried after the next owner's.
      await this.#commit(this.#settings.isAutoCommitting ? gone : [], deadlineMs, () => {
        for (const one of gone) this.#drop(one);
      });
    });
  }

  async #commit(gone: readonly TopicPartition[], deadlineMs: number, then?: () => void): Promise<void> {
    try {
      await this.#positions.commitDone(gone, deadlineMs, this.#gone, then);
    } catch (error) {
      if (!this.#isClosed)
        this.#warn(
          `cannot commit before ${gone.map(keyOf).join(", ") || "partitions"} are given back, so that the next ` +
            `owners read some records again: ${KafkaError.from(error).message}`,
        );
    }
  }

  async #loseAll(): Promise<void> {
    if (this.#held.size === 0) return;
    this.#isLosing = true;
    await this.#takeAway("lost", this.held);
    this.#isLosing = false;
  }

  async #takeAway(how: Change, gone: readonly TopicPartition[], then?: () => Promise<void>): Promise<void> {
    this.#leaving = new Set(gone.map(keyOf));
    this.#isHookCalled = this.#leaving;
    await this.#hook(how, gone);
    if (then !== undefined && !this.#isClosed && this.#lost === undefined) await then();
    for (const one of gone) this.#drop(one);
    this.#tellDeleted(gone);
    this.#leaving = new Set();
    this.#isHookCalled = new Set();
  }

  /**
   * Warns when partitions were revoked because their topic was deleted: they do not come back, and no error says so.
   */
  #tellDeleted(gone: readonly TopicPartition[]): void {
    const { topics } = this.#fetcher.client.snapshot;
    const deleted = [...new Set(gone.map(({ topic }) => topic))].filter(
      (topic) => topics.get(topic)?.errorCode === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
    );
    if (deleted.length > 0) this.#warn(`topic ${deleted.join(", ")} was deleted; reading continues without it`);
  }

  #drop(one: TopicPartition): void {
    this.#held.delete(keyOf(one));
    this.#list = undefined;
    this.#fetcher.remove(one);
  }

  /**
   * Returns true when no record of these partitions is in progress; false if that takes too long, or no longer matters.
   */
  async #untilDone(gone: readonly TopicPartition[], deadlineMs: number): Promise<boolean> {
    const { client } = this.#fetcher;
    const isInHand = (): boolean =>
      gone.some((one) => {
        const cursor = this.#fetcher.partitions.find(one);
        return cursor !== undefined && this.#fetcher.handOut.isInHand(cursor);
      });
    while (isInHand()) {
      if (this.#isClosed || this.#lost !== undefined || client.clock.monotonic() >= deadlineMs) return false;
      if (client.broken.aborted) return false; // there are no deadlines any more
      client.deadlines.add(this.#handDeadline, deadlineMs);
      await new Promise<void>((resolve) => {
        this.#wakeHand = resolve;
      });
      this.#wakeHand = undefined;
      client.deadlines.remove(this.#handDeadline);
    }
    return !this.#isClosed && this.#lost === undefined;
  }

  /**
   * If a hook throws, the loop throws that error; the rebalance step still completes. A hook that closes the consumer
   * waits for this task to end, so this task does not wait for such a hook.
   */
  #hook(change: Change, partitions: readonly TopicPartition[]): Promise<void> {
    return new Promise((resolve) => {
      this.#endHook = resolve;
      this.#call(change, partitions)
        .catch((error: unknown) =>
          this.#fetcher.handOut.fail(KafkaError.from(error, "internal", "a rebalance hook failed")),
        )
        .then(resolve, resolve);
    });
  }

  async #call(change: Change, partitions: readonly TopicPartition[]): Promise<void> {
    this.#log("info", `${change} ${partitionsInWords(partitions)}`);
    await this.hooks.call(change, partitions);
  }

  #warn(message: string): void {
    this.#log("warn", message);
  }

  #log(level: LogLevel, message: string): void {
    this.#fetcher.client.cluster.log(level, `group ${this.#settings.groupId}: ${message}`);
  }
}

const NOTHING: readonly TopicPartition[] = [];
/** The attempt number for the backoff after a final refusal: the longest backoff. */
const REFUSED_ATTEMPT = 10;
