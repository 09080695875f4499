import { brokerError } from "../../errors/broker-error.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import { heartbeatApi } from "../../protocol/messages/heartbeat.ts";
import { type JoinGroupResponse, joinGroupApi } from "../../protocol/messages/join-group.ts";
import { leaveGroupApi } from "../../protocol/messages/leave-group.ts";
import { syncGroupApi } from "../../protocol/messages/sync-group.ts";
import type { Wait } from "../../cluster/waits.ts";
import { Cancellation } from "../../runtime/cancellation.ts";
import type { MemberIdentity } from "./offsets.ts";
import type { TopicPartition } from "../../cluster/topic-partition.ts";
import { ClassicLeader } from "./classic-leader.ts";
import { CLASSIC_NEXT, isClassicLegal } from "./classic-rules.ts";
import { type EncodedAssignments, decodeAssignment, encodeSubscription, userDataOf } from "./classic-messages.ts";
import {
  type ClassicAction,
  type ClassicEvent,
  type ClassicState,
  classicStart,
  classicTransition,
  classicWakeMs,
} from "./classic-state.ts";
import { Due } from "./due.ts";
import {
  type GroupMember,
  type GroupMembershipOperation,
  type MemberHost,
  askCoordinator,
  memberFault,
  memberWaits,
} from "./member.ts";
import { unsharedAssignor } from "./unshared-assignor.ts";

/** The steps of a rebalance. */
const MOVES_ON: ReadonlySet<ClassicAction["do"]> = new Set(["join", "sync", "assign"] as const);

/** What a JoinGroup may take longer than the rebalance that it waits for, in ms. As in Java. */
const JOIN_SLACK_MS = 5000;

/** A topic that metadata has not known for so long counts as deleted. */
const DELETED_AFTER_MS = 5000;

/** Of a JoinGroup of Kafka 3.2 or newer (KIP-800). */
const JOIN_WITH_REASON = 8;

/** A member of a classic group: does what {@link classicTransition} says. */
export class ClassicMember implements GroupMember {
  readonly #host: MemberHost;
  readonly #leader: ClassicLeader;
  readonly #alarm: Due = new Due(() => this.#dispatch({ type: "tick" }));
  #state: ClassicState;
  #calls = 0;
  #tenure = 0;
  /** The last JoinGroup's response and version. */
  #joined: { readonly response: JoinGroupResponse; readonly version: number } | undefined;
  /** As the leader: the assignments that the next SyncGroup takes along. */
  #assignments: EncodedAssignments = [];
  /** Ends the division that is under way, as soon as it is of no use any more. */
  #division: Cancellation | undefined;
  #assignment: readonly TopicPartition[] = [];
  /** What it had, for assignors that keep partitions where they were, also after they were given back. */
  #previous: { readonly owned: readonly TopicPartition[]; readonly generation: number } = { owned: [], generation: -1 };
  /** As the leader: how many partitions each topic of the group had when they were divided. */
  #counts: ReadonlyMap<string, number> | undefined;
  /**
   * As the leader of a cooperative group: the partitions that nobody was given yet, and wait for their owner to give
   * them back and to join again.
   */
  #withheld = "";
  #remindedOf = "";
  /**
   * A static owner that is restarted meanwhile does not: the coordinator takes it for the one that it was, and the
   * leader has to join.
   */
  readonly #reminder: Due = new Due(() => {
    this.#remindedOf = this.#withheld;
    this.#dispatch({
      type: "rejoin",
      reason: "partitions were to be given back, and their owner has not joined again",
    });
  });
  /** As the leader: of the topics that were divided, one that metadata does not know any more. */
  #missing = "";
  readonly #deletion: Due = new Due(() =>
    this.#dispatch({ type: "rejoin", reason: `topic ${this.#missing} was deleted` }),
  );
  /** What the last JoinGroup subscribed to. */
  #subscribed: readonly string[] = [];
  #unsubscribe: (() => void) | undefined;
  /** The wait for a coordinator that does not take this member. */
  #wait: Wait | undefined;

  constructor(host: MemberHost) {
    this.#host = host;
    this.#leader = new ClassicLeader(host);
    this.#state = classicStart(host.client.clock.monotonic());
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

  /** A join under way says the old topics: then there is another one after it. */
  resubscribed(): void {
    const { topics } = this.#host;
    if (
      this.#state.name !== "stable" ||
      (topics.length === this.#subscribed.length && topics.every((topic) => this.#subscribed.includes(topic)))
    )
      return;
    this.#dispatch({ type: "rejoin", reason: "the topics that its patterns find are others" });
  }

  polled(): void {
    if (this.#state.name === "away" || this.#state.name === "failed") this.#dispatch({ type: "polled" });
  }

  hasAssigned(): true {
    return true; // this protocol assigns by name
  }

  rejoin(reason: string): boolean {
    if (this.#state.name === "stable") this.#dispatch({ type: "rejoin", reason }); // else it is about to anyway
    return true;
  }

  async leave(operation: GroupMembershipOperation, deadlineMs: number): Promise<void> {
    const memberId = "memberId" in this.#state ? this.#state.memberId : "";
    this.#step({ type: "leave" });
    this.#host.client.deadlines.remove(this.#alarm);
    this.#host.client.deadlines.remove(this.#reminder);
    this.#host.client.deadlines.remove(this.#deletion);
    this.#wait?.end();
    this.#unsubscribe?.();
    const { instanceId } = this.#host.group;
    const isTold = operation === "leave" || (operation === "default" && instanceId === null);
    if (isTold && (memberId !== "" || instanceId !== null))
      await this.#leave(memberId, "the consumer is being closed", deadlineMs);
  }

  /** One transition; what it asks for is answered, not done. */
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
    const { deadlines } = this.#host.client;
    if (event.type === "failed") this.#wait = memberWaits(this.#host, this.#wait, event.error);
    else if (event.type === "synced" || event.type === "beat") this.#wait?.end();
    const actions = this.#step(event);
    const state = this.#state;
    for (const action of actions) this.#do(action);
    if (this.#state !== state) return; // an action went on by itself
    this.#host.trust(
      state.name === "leading" || state.name === "stable" || state.name === "preparing"
        ? state.seenAtMs + this.#host.group.sessionTimeoutMs
        : Number.POSITIVE_INFINITY,
    );
    const wakeMs = classicWakeMs(state);
    if (wakeMs < Number.POSITIVE_INFINITY) deadlines.add(this.#alarm, wakeMs);
    else deadlines.remove(this.#alarm);
  }

  #do(action: ClassicAction): void {
    const { client, group } = this.#host;
    // An eager member gives up its partitions before it joins, and others may get them with each step that follows: a
    // commit that was refused in one step is not made in the next. A cooperative member keeps its partitions, and its
    // commits are tried again.
    if (!group.isCooperative && MOVES_ON.has(action.do)) this.#tenure++;
    switch (action.do) {
      case "join":
        client.deadlines.remove(this.#reminder);
        client.deadlines.remove(this.#deletion);
        this.#missing = "";
        this.#request(action.call, (signal) => this.#join(action, signal));
        return;
      case "divide":
        this.#divide(action.work, action.protocol);
        return;
      case "sync":
        this.#request(action.call, (signal) => this.#sync(action, signal));
        return;
      case "heartbeat":
        this.#request(action.call, (signal) => this.#heartbeat(action, signal));
        return;
      case "assign":
        this.#previous = { owned: this.#assignment, generation: action.generation };
        // Once: an assignor may have its reasons to leave partitions to nobody.
        if (this.#withheld !== "" && this.#withheld !== this.#remindedOf)
          client.deadlines.add(this.#reminder, client.clock.monotonic() + group.maxPollIntervalMs);
        this.#host.move(this.#assignment, ({ hasRevoked }) => {
          // What was given back now is free for those who were to get it: once more around (KIP-429).
          if (group.isCooperative && hasRevoked)
            this.#dispatch({ type: "rejoin", reason: "partitions were given back" });
          this.resubscribed();
          this.#onMetadata(); // which may have changed before this was divided, or while its leader was away
        });
        return;
      case "prepare":
        this.#host.move(this.#kept(), () => this.#dispatch({ type: "prepared" }));
        return;
      case "lose":
        this.#tenure++;
        this.#previous = { owned: [], generation: -1 };
        this.#host.lose(action.reason);
        return;
      case "leave": // as a stalled application's member; on close its own method waits for it
        if (group.instanceId === null && action.memberId !== "")
          client.tasks.spawn(() =>
            this.#leave(
              action.memberId,
              action.reason,
              client.clock.monotonic() + client.cluster.settings.requestTimeoutMs,
            ),
          );
        return;
      case "forget-coordinator":
        this.#host.coordinators.failed("group", group.groupId, action.error);
        client.cluster.log("debug", `group ${group.groupId}: ${action.error.message}`);
        return;
      case "fail":
        this.#host.fail(action.error);
        return;
    }
  }

  /**
   * What stays while it joins: in a cooperative group what it holds of topics that it still wants, else nothing. What
   * it is giving back does not stay. The interleaving: a member was stuck, and the group counted it out and gave
   * its partitions to others. It comes back, and gets an empty assignment. The application has a record in hand, so
   * giving back takes a while, in which a heartbeat asks it to join again. Were everything kept that it holds
   * then, it would read on what others have.
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

  /** As the leader: {@link ClassicLeader} does the work; `#step` ends it when this state is left. */
  #divide(work: number, protocol: string): void {
    const { client } = this.#host;
    const joined = this.#joined?.response;
    const division = new Cancellation();
    this.#division = division;
    client.tasks.spawn(async (signal) => {
      const unfollow = division.follow(signal);
      let event: ClassicEvent;
      try {
        const { counts, assignments, withheld } = await this.#leader.divide(joined, protocol, division);
        if (division.aborted) return;
        this.#counts = counts;
        this.#withheld = withheld;
        this.#assignments = assignments;
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

  async #join(
    { call, memberId, reason }: Extract<ClassicAction, { readonly do: "join" }>,
    signal: Cancellation,
  ): Promise<ClassicEvent> {
    const { group, topics, rack } = this.#host;
    const owned = group.isCooperative ? this.#host.owned : [];
    this.#subscribed = topics;
    const protocols = group.assignors.map((assignor) => ({
      name: assignor.name,
      metadata: encodeSubscription({
        topics,
        owned,
        generation: this.#previous.generation,
        rack,
        userData: userDataOf(assignor, this.#previous.owned, this.#previous.generation),
      }),
    }));
    this.#counts = undefined;
    this.#withheld = "";
    this.#assignments = [];
    let version = 0;
    const response = await this.#timed("join", () =>
      askCoordinator(this.#host, "coordinator", signal, (connection) => {
        version = connection.version(joinGroupApi);
        const message = {
          groupId: group.groupId,
          sessionTimeoutMs: group.sessionTimeoutMs,
          memberId,
          protocolType: "consumer",
          protocols,
          ...(version >= 1 ? { rebalanceTimeoutMs: group.maxPollIntervalMs } : {}),
          ...(version >= 5 ? { groupInstanceId: group.instanceId } : {}),
          ...(version >= 8 ? { reason: reason.slice(0, 255) } : {}),
        };
        return connection.request(joinGroupApi, message, {
          version,
          timeoutMs: group.maxPollIntervalMs + JOIN_SLACK_MS,
        });
      }),
    );
    if (response.errorCode !== 0) {
      const error = brokerError(response.errorCode, `joining group ${group.groupId}`);
      const isUnshared = response.errorCode === ErrorCode.INCONSISTENT_GROUP_PROTOCOL;
      return {
        type: "failed",
        call,
        error: isUnshared ? await unsharedAssignor(this.#host, error, signal) : error,
        memberId: response.memberId,
      };
    }
    this.#joined = { response, version };
    return {
      type: "joined",
      call,
      memberId: response.memberId,
      generation: response.generationId,
      protocol: response.protocolName ?? "",
      isLeader: response.leader === response.memberId,
    };
  }

  async #sync(
    { call, memberId, generation, protocol }: Extract<ClassicAction, { readonly do: "sync" }>,
    signal: Cancellation,
  ): Promise<ClassicEvent> {
    const { group } = this.#host;
    const assignments = this.#assignments;
    const response = await this.#timed("sync", () =>
      askCoordinator(this.#host, "coordinator", signal, (connection) => {
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
          timeoutMs: group.maxPollIntervalMs + JOIN_SLACK_MS,
        });
      }),
    );
    if (response.errorCode !== 0) throw brokerError(response.errorCode, `syncing with group ${group.groupId}`);
    this.#assignment = decodeAssignment(response.assignment);
    return { type: "synced", call };
  }

  #timed<T>(what: "join" | "sync" | "heartbeat", work: () => Promise<T>): Promise<T> {
    return this.#host.timings[what].measure(this.#host.client.clock, work);
  }

  async #heartbeat(
    { call, memberId, generation }: Extract<ClassicAction, { readonly do: "heartbeat" }>,
    signal: Cancellation,
  ): Promise<ClassicEvent> {
    const { group } = this.#host;
    const response = await this.#timed("heartbeat", () =>
      askCoordinator(this.#host, "coordinator", signal, (connection) => {
        const version = connection.version(heartbeatApi);
        return connection.request(
          heartbeatApi,
          {
            groupId: group.groupId,
            generationId: generation,
            memberId,
            ...(version >= 3 ? { groupInstanceId: group.instanceId } : {}),
          },
          { version, timeoutMs: Math.min(group.sessionTimeoutMs, this.#host.client.cluster.settings.requestTimeoutMs) },
        );
      }),
    );
    // Brokers before Kafka 2.7 say so to a leader that has not synced yet, although there is no newer rebalance
    // (KAFKA-10134).
    const isOld = (this.#joined?.version ?? 0) < JOIN_WITH_REASON;
    if (response.errorCode === ErrorCode.REBALANCE_IN_PROGRESS && isOld && this.#state.name === "leading")
      return { type: "beat", call };
    if (response.errorCode !== 0) throw brokerError(response.errorCode, `the heartbeat to group ${group.groupId}`);
    return { type: "beat", call };
  }

  /** On another connection than the one on which a join may be waiting. What fails is left to the session timeout. */
  async #leave(memberId: string, reason: string, deadlineMs: number): Promise<void> {
    const { client, group } = this.#host;
    try {
      await client.retry(`leaving group ${group.groupId}`, deadlineMs, () =>
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
          if (response.errorCode !== 0) throw brokerError(response.errorCode, `leaving group ${group.groupId}`);
        }),
      );
    } catch (error) {
      client.cluster.log("debug", `leaving group ${group.groupId} failed: ${KafkaError.from(error).message}`);
    }
  }

  /**
   * Starts a rebalance without a topic that metadata has not known for some seconds.
   * Not at once: one broker may have old metadata, and the topic may be created again.
   */
  #lookForDeletion(missing = ""): void {
    if (missing === this.#missing) return;
    const { deadlines, clock } = this.#host.client;
    this.#missing = missing;
    if (missing === "") deadlines.remove(this.#deletion);
    else deadlines.add(this.#deletion, clock.monotonic() + DELETED_AFTER_MS);
  }

  /** A topic of the group grew, came or went: the leader has it divided anew. */
  #onMetadata(): void {
    if (this.#counts === undefined || this.#state.name !== "stable") return;
    const { topics } = this.#host.client.snapshot;
    this.#lookForDeletion(
      [...this.#counts.keys()].find((topic) => topics.get(topic)?.errorCode === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION),
    );
    for (const [topic, count] of this.#counts) {
      const known = topics.get(topic);
      if (known !== undefined && known.errorCode === 0 && known.partitions.length !== count) {
        this.#dispatch({
          type: "rejoin",
          reason: `topic ${topic} has ${known.partitions.length} partitions, and had ${count}`,
        });
        return;
      }
    }
    for (const topic of this.#host.topics) {
      const known = topics.get(topic);
      if (!this.#counts.has(topic) && known?.errorCode === 0 && known.partitions.length > 0) {
        this.#dispatch({ type: "rejoin", reason: `topic ${topic} was created` });
        return;
      }
    }
  }
}
