import { KafkaError } from "../../errors/kafka-error.ts";
import type { JoinGroupResponse } from "../../protocol/messages/join-group.ts";
import { Cancellation } from "../../runtime/cancellation.ts";
import type { TopicPartition } from "../../cluster/topic-partition.ts";
import { ClassicLeader } from "./classic-leader.ts";
import { type EncodedAssignments, decodeAssignment, gotAssignment } from "./classic-messages.ts";
import { ClassicRequests, type PreviousAssignment } from "./classic-requests.ts";
import { CLASSIC_NEXT, isClassicLegal } from "./classic-rules.ts";
import {
  type ClassicAction,
  type ClassicEvent,
  type ClassicState,
  classicStart,
  classicWakeMs,
} from "./classic-state.ts";
import { classicTransition } from "./classic-transition.ts";
import { LeaderWatch } from "./leader-watch.ts";
import { RebalanceReport } from "./rebalance-report.ts";
import { MemberUpkeep } from "./member-upkeep.ts";
import {
  type GroupMember,
  type GroupMembershipOperation,
  type MemberHost,
  type MemberState,
  memberFault,
  type RequestFailure,
} from "./member.ts";
import type { MemberIdentity } from "./offsets.ts";

/** The steps of a rebalance. */
const MOVES_ON: ReadonlySet<ClassicAction["do"]> = new Set(["join", "sync", "assign"] as const);

/** A member of a classic group: carries out the actions that {@link classicTransition} returns. */
export class ClassicMember implements GroupMember {
  readonly #host: MemberHost;
  readonly #requests: ClassicRequests;
  readonly #leader: ClassicLeader;
  readonly #watch: LeaderWatch;
  readonly #upkeep: MemberUpkeep;
  readonly #report: RebalanceReport;
  #state: ClassicState;
  #calls = 0;
  #tenure = 0;
  /** The last JoinGroup response. */
  #joined: JoinGroupResponse | undefined;
  /** For the leader: the assignments that the next SyncGroup sends. */
  #assignments: EncodedAssignments = [];
  /** For the leader: cancels the running division when its result is no longer needed. */
  #division: Cancellation | undefined;
  #assignment: readonly TopicPartition[] = [];
  /** The last assignment; it stays after the partitions were given back. */
  #previous: PreviousAssignment = { owned: [], generation: -1 };
  /** The topics of the last JoinGroup. */
  #subscribed: readonly string[] = [];
  #unsubscribe: (() => void) | undefined;

  constructor(host: MemberHost) {
    this.#host = host;
    this.#requests = new ClassicRequests(host);
    this.#leader = new ClassicLeader(host);
    this.#watch = new LeaderWatch(host, (reason) => this.#dispatch({ type: "rejoin", reason }));
    this.#upkeep = new MemberUpkeep(host, () => this.#dispatch({ type: "tick" }));
    this.#report = new RebalanceReport(host, () => {
      const state = this.#state;
      return {
        memberId: "memberId" in state ? state.memberId : "",
        generation: "generation" in state ? state.generation : -1,
      };
    });
    this.#state = classicStart(host.client.clock.monotonic());
  }

  get stateName(): MemberState {
    return this.#state.name;
  }

  get failure(): RequestFailure | undefined {
    return this.#upkeep.failure;
  }

  start(): void {
    this.#unsubscribe = this.#host.client.onMetadata(() => this.#onMetadata());
    this.#dispatch({ type: "tick" });
  }

  identity(): MemberIdentity | undefined {
    const state = this.#state;
    if (!("generation" in state) || state.generation < 0) return undefined;
    return {
      memberId: state.memberId,
      instanceId: this.#host.group.instanceId,
      epoch: state.generation,
      isEpoch: false,
      tenure: this.#tenure,
    };
  }

  refused({ epoch }: MemberIdentity, error: KafkaError): void {
    this.#dispatch({ type: "refused", generation: epoch, error });
  }

  stalled(): void {
    this.#dispatch({ type: "stalled" });
  }

  /** Does nothing during a join: when the join has ended, this is called again. */
  resubscribed(): void {
    const { topics } = this.#host;
    if (
      this.#state.name !== "stable" ||
      (topics.length === this.#subscribed.length && topics.every((topic) => this.#subscribed.includes(topic)))
    )
      return;
    this.#dispatch({ type: "rejoin", reason: "the topics that its patterns match have changed" });
  }

  polled(): void {
    if (this.#state.name === "away" || this.#state.name === "failed") this.#dispatch({ type: "polled" });
  }

  hasAssigned(): true {
    return true; // this protocol assigns by name
  }

  rejoin(reason: string): boolean {
    if (this.#state.name === "stable") this.#dispatch({ type: "rejoin", reason }); // in other states a join follows
    return true;
  }

  async leave(operation: GroupMembershipOperation, deadlineMs: number): Promise<void> {
    const memberId = "memberId" in this.#state ? this.#state.memberId : "";
    this.#step({ type: "leave" });
    this.#upkeep.close();
    this.#watch.close();
    this.#unsubscribe?.();
    const { instanceId } = this.#host.group;
    const mustLeave = operation === "leave" || (operation === "default" && instanceId === null);
    if (mustLeave && (memberId !== "" || instanceId !== null))
      await this.#requests.leave(memberId, "the consumer is being closed", deadlineMs);
  }

  /** Makes one transition and returns its actions, which the caller carries out. */
  #step(event: ClassicEvent): readonly ClassicAction[] {
    const { client, group } = this.#host;
    const nowMs = client.clock.monotonic();
    const before = this.#state;
    if (!isClassicLegal(before, event)) memberFault(this.#host, `the event "${event.type}" came in "${before.name}"`);
    const { state, actions } = classicTransition(before, event, {
      nowMs,
      heartbeatIntervalMs: group.heartbeatIntervalMs,
      backoffMs: (attempt) => client.backoffMs(attempt),
      nextCall: () => ++this.#calls,
    });
    this.#state = state;
    if (!CLASSIC_NEXT[before.name].includes(state.name))
      memberFault(this.#host, `the state "${before.name}" became "${state.name}" with "${event.type}"`);
    if (state.name !== "leading" || actions.some((action) => action.do === "divide")) {
      this.#division?.cancel(new KafkaError("cancelled", "the group rebalances again, or this member has left it"));
      this.#division = undefined;
    }
    return actions;
  }

  #dispatch(event: ClassicEvent): void {
    if (event.type === "failed") this.#upkeep.failed(event.error);
    else if (event.type === "synced" || event.type === "beat") this.#upkeep.succeeded();
    const actions = this.#step(event);
    const state = this.#state;
    for (const action of actions) this.#do(action);
    if (this.#state !== state) return; // an action has dispatched another event
    const hasSession = state.name === "leading" || state.name === "stable" || state.name === "preparing";
    this.#upkeep.entered(classicWakeMs(state), hasSession ? state.seenAtMs : undefined);
  }

  #do(action: ClassicAction): void {
    const { client, group } = this.#host;
    // An eager member gives up its partitions before it joins, and after each of these steps other members may own
    // them: a commit that was refused before a step must not be repeated after it. A cooperative member keeps its
    // partitions, and repeats its commits.
    if (!group.isCooperative && MOVES_ON.has(action.do)) this.#tenure++;
    switch (action.do) {
      case "join":
        this.#report.began(action.reason);
        this.#watch.joining();
        this.#request(action.call, (signal) => this.#join(action, signal));
        return;
      case "divide":
        this.#divide(action.work, action.protocol);
        return;
      case "sync":
        this.#request(action.call, async (signal) => {
          const bytes = await this.#requests.sync(action, this.#assignments, signal);
          this.#received(action, bytes);
          return { type: "synced", call: action.call };
        });
        return;
      case "heartbeat":
        this.#request(action.call, async (signal) => {
          const sinceMs = client.clock.monotonic();
          await this.#requests.heartbeat(action, () => this.#state.name === "leading", signal);
          this.#report.beat(sinceMs);
          return { type: "beat", call: action.call };
        });
        return;
      case "assign":
        this.#assign(action.generation);
        return;
      case "prepare":
        if (this.#state.name === "preparing") this.#report.began(this.#state.reason);
        this.#host.move(this.#kept(), () => this.#dispatch({ type: "prepared" }));
        return;
      case "lose":
        this.#tenure++;
        this.#previous = { owned: [], generation: -1 };
        this.#report.lost();
        this.#host.lose(action.reason);
        return;
      case "leave": // the application has stalled; when the consumer is closed, `leave` sends the request itself
        if (group.instanceId === null && action.memberId !== "")
          client.tasks.spawn(() =>
            this.#requests.leave(
              action.memberId,
              action.reason,
              client.clock.monotonic() + client.cluster.settings.requestTimeoutMs,
            ),
          );
        return;
      case "forget-coordinator":
      case "fail":
        this.#upkeep.do(action);
        return;
    }
  }

  /** Reads the assignment, and gives it to the member's assignor. */
  #received({ generation, protocol }: Extract<ClassicAction, { readonly do: "sync" }>, bytes: Uint8Array): void {
    const { client, group } = this.#host;
    const { partitions, userData } = decodeAssignment(bytes);
    this.#report.synced(partitions);
    // A leader of kafkajs gives partitions to members that do not subscribe to their topic.
    this.#assignment = partitions.filter(({ topic }) => this.#subscribed.includes(topic));
    const strays = new Set(partitions.map(({ topic }) => topic));
    for (const topic of this.#subscribed) strays.delete(topic);
    if (strays.size > 0)
      client.cluster.log(
        "warn",
        `group ${group.groupId}: the leader assigned partitions of topics that this member does not subscribe to, ` +
          `and they are not read: ${[...strays].sort().join(", ")}`,
      );
    const assignor = group.assignors.find(({ name }) => name === protocol);
    if (assignor !== undefined) gotAssignment(assignor, { partitions, userData, bytes, generation });
  }

  #assign(generation: number): void {
    this.#previous = { owned: this.#assignment, generation };
    this.#watch.assigned();
    this.#host.move(this.#assignment, ({ hasRevoked }) => {
      this.#report.ended(this.#assignment);
      // The partitions that were just revoked can now go to their new owners: join once more (KIP-429).
      if (this.#host.group.isCooperative && hasRevoked)
        this.#dispatch({ type: "rejoin", reason: "partitions were given back" });
      this.resubscribed();
      this.#onMetadata(); // metadata may have changed before this division, or while its leader was away
    });
  }

  /**
   * The partitions that stay while it joins. An eager member keeps none. A cooperative member keeps those that it still
   * subscribes to, without those that it is giving back. Why without those:
   *
   * 1. The member stalls. The group removes it and gives its partitions to other members.
   * 2. It comes back and gets an empty assignment. The application still has a record in progress, so giving the
   *    partitions back takes a while.
   * 3. Meanwhile a heartbeat asks it to join again. If it kept everything that it owns at this moment, it would go on
   *    reading partitions of other members.
   */
  #kept(): readonly TopicPartition[] {
    const { group, kept, topics } = this.#host;
    return group.isCooperative ? kept.filter(({ topic }) => topics.includes(topic)) : [];
  }

  #request(call: number, make: (signal: Cancellation) => Promise<ClassicEvent>): void {
    const { client } = this.#host;
    client.tasks.spawn(async (signal) => {
      let event: ClassicEvent;
      try {
        event = await make(signal);
      } catch (error) {
        if (signal.aborted) return;
        event = { type: "failed", call, error: KafkaError.from(error) };
      }
      this.#dispatch(event);
    });
  }

  async #join(action: Extract<ClassicAction, { readonly do: "join" }>, signal: Cancellation): Promise<ClassicEvent> {
    const { topics } = this.#host;
    this.#subscribed = topics;
    this.#assignments = [];
    const { event, response } = await this.#requests.join(action, topics, this.#previous, signal);
    if (response !== undefined) {
      this.#joined = response;
      this.#report.joined(response);
    }
    return event;
  }

  /** Divides the partitions as the leader. `#step` cancels the division when the member leaves the state `leading`. */
  #divide(work: number, protocol: string): void {
    const { client } = this.#host;
    const joined = this.#joined;
    const division = new Cancellation();
    this.#division = division;
    client.tasks.spawn(async (signal) => {
      const unfollow = division.follow(signal);
      let event: ClassicEvent;
      try {
        const result = await this.#leader.divide(joined, protocol, division);
        if (division.aborted) return;
        this.#watch.divided(result);
        this.#assignments = result.assignments;
        event = { type: "divided", work };
      } catch (error) {
        if (division.aborted) return;
        event = { type: "undivided", work, error: KafkaError.from(error) };
      } finally {
        unfollow();
      }
      this.#dispatch(event);
    });
  }

  /** A topic may have grown, appeared or disappeared. */
  #onMetadata(): void {
    if (this.#state.name === "stable") this.#watch.look();
  }
}
