import * as ErrorCode from "../errors/error-code.ts";
import { DeadlineEntry, DeadlineWheel } from "../runtime/deadline-wheel.ts";
import type { Cancellation } from "../runtime/cancellation.ts";
import type { Host } from "../runtime/host.ts";
import type { Coordinators } from "./state/coordinators.ts";
import type { JoinAnswer, JoinRequest, Reply, SyncAnswer, SyncRequest } from "./state/groups/classic-member.ts";
import type { ConsumerHeartbeat, ConsumerHeartbeatAnswer, Refusal } from "./state/groups/consumer-heartbeat.ts";
import type { CommittedOffset } from "./state/groups/committed-offsets.ts";
import type { GroupConfigs } from "./state/groups/group-configs.ts";
import type { Groups, Leaving } from "./state/groups/groups.ts";

/** The parts of the cluster that the group coordinator uses. */
export interface GroupCoordinatorHost extends Host {
  readonly coordinators: Coordinators;
  readonly groups: Groups;
  readonly configs: GroupConfigs;
}

/**
 * The group coordinator, on whichever broker it is. {@link Groups} decides; this class adds time: it expires silent
 * members and old offsets.
 */
export class GroupCoordinator {
  readonly #host: GroupCoordinatorHost;
  readonly #deadlines: DeadlineWheel;
  readonly #offsets = new GroupTimer(() => this.#expireOffsets());
  readonly #timers = new Map<string, GroupTimer>();

  constructor(host: GroupCoordinatorHost) {
    this.#host = host;
    this.#deadlines = new DeadlineWheel(host);
  }

  /** JoinGroup: waits for the other members. Undefined if `signal` fires first, because the client is gone. */
  join(groupId: string, request: JoinRequest, signal: Cancellation): Promise<JoinAnswer | undefined> {
    return this.#later(groupId, signal, (reply) => this.#host.groups.join(groupId, request, this.#now, reply));
  }

  /** SyncGroup: waits for the leader's assignment. */
  sync(groupId: string, request: SyncRequest, signal: Cancellation): Promise<SyncAnswer | undefined> {
    return this.#later(groupId, signal, (reply) => this.#host.groups.sync(groupId, request, this.#now, reply));
  }

  heartbeat(groupId: string, memberId: string, groupInstanceId: string | null, generationId: number): number {
    return this.#watched(
      groupId,
      this.#host.groups.heartbeat(groupId, memberId, groupInstanceId, generationId, this.#now),
    );
  }

  leave(groupId: string, leaving: readonly Leaving[]): readonly number[] {
    return this.#watched(groupId, this.#host.groups.leave(groupId, leaving, this.#now));
  }

  /** ConsumerGroupHeartbeat. */
  consumerHeartbeat(request: ConsumerHeartbeat): ConsumerHeartbeatAnswer | Refusal {
    return this.#watched(request.groupId, this.#host.groups.consumerHeartbeat(request, this.#now));
  }

  /**
   * Handles the deadlines of a group that have passed. The timers of a busy host fire some ms late; a request that
   * reads the group, or needs it to be empty, must not depend on that.
   */
  catchUp(groupId: string): void {
    const deadlineMs = this.#host.groups.get(groupId)?.deadlineMs ?? Infinity;
    if (deadlineMs <= this.#now) this.#expire(groupId);
  }

  delete(groupId: string): number {
    this.catchUp(groupId);
    return this.#watched(groupId, this.#host.groups.delete(groupId));
  }

  commit(groupId: string, offset: CommittedOffset): void {
    this.#host.groups.for(groupId).offsets.commit(offset, this.#now);
    this.#watchOffsets();
  }

  /** Commits an offset when the producer's transaction commits. */
  commitLater(groupId: string, producerId: number, epoch: number, offset: CommittedOffset): void {
    this.#host.groups.for(groupId).offsets.commitLater(producerId, epoch, offset, this.#now);
    this.#watchOffsets();
  }

  /** A commit counts as a sign of life of the member. */
  committed(groupId: string, memberId: string): void {
    this.#host.groups.get(groupId)?.committed(memberId, this.#now);
    this.#watch(groupId);
  }

  /** Another broker coordinates the partition now: waiting requests get an error that sends their clients there. */
  moved(partition: number): void {
    for (const group of this.#groupsOf(partition)) {
      group.members.moved(ErrorCode.NOT_COORDINATOR);
      this.#watch(group.groupId);
    }
  }

  /** The new coordinator has loaded the groups: the members' sessions begin again. */
  loaded(partition: number): void {
    for (const group of this.#groupsOf(partition)) {
      group.members.loaded(this.#now);
      this.#watch(group.groupId);
    }
  }

  close(): void {
    this.#deadlines.close();
  }

  get #now(): number {
    return this.#host.clock.monotonic();
  }

  #groupsOf(partition: number): readonly ReturnType<Groups["for"]>[] {
    const { groups, coordinators } = this.#host;
    return [...groups.all].filter(({ groupId }) => coordinators.partitionOf(groupId) === partition);
  }

  #later<T>(groupId: string, signal: Cancellation, act: (reply: Reply<T>) => void): Promise<T | undefined> {
    return new Promise((resolve) => {
      const gone = (): void => resolve(undefined);
      signal.addEventListener("abort", gone);
      act((answer) => {
        signal.removeEventListener("abort", gone);
        resolve(answer);
      });
      if (signal.aborted) gone();
      this.#watch(groupId);
    });
  }

  #watched<T>(groupId: string, result: T): T {
    this.#watch(groupId);
    return result;
  }

  /** Arms the deadline of a group. */
  #watch(groupId: string): void {
    const deadlineMs = this.#host.groups.get(groupId)?.deadlineMs ?? Infinity;
    let timer = this.#timers.get(groupId);
    if (deadlineMs === Infinity) {
      if (timer !== undefined) this.#deadlines.remove(timer);
      this.#timers.delete(groupId);
      return;
    }
    if (timer === undefined) this.#timers.set(groupId, (timer = new GroupTimer(() => this.#expire(groupId))));
    if (!timer.isWaiting || timer.deadlineMs !== deadlineMs) this.#deadlines.add(timer, deadlineMs);
  }

  /** No offset expires earlier than this after its commit. */
  #watchOffsets(): void {
    if (!this.#offsets.isWaiting)
      this.#deadlines.add(this.#offsets, this.#now + this.#host.configs.offsetsRetentionMinutes * 60_000);
  }

  #expireOffsets(): void {
    const next = this.#host.groups.expireOffsets(this.#now);
    const checkMs = this.#now + this.#host.configs.offsetsRetentionCheckIntervalMs;
    if (next < Infinity) this.#deadlines.add(this.#offsets, Math.max(next, checkMs));
    else if ([...this.#host.groups.all].some(({ offsets }) => !offsets.isEmpty))
      this.#deadlines.add(this.#offsets, checkMs);
  }

  #expire(groupId: string): void {
    // The group has no coordinator now. The next one gives the members new deadlines.
    if (this.#host.coordinators.errorOf("group", groupId) !== ErrorCode.NONE) return;
    this.#host.groups.expire(groupId, this.#now);
    this.#watch(groupId);
  }
}

class GroupTimer extends DeadlineEntry {
  readonly #expire: () => void;

  constructor(expire: () => void) {
    super();
    this.#expire = expire;
  }

  override onDeadline(): void {
    this.#expire();
  }
}
