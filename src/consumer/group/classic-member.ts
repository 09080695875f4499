import { brokerError } from "../../errors/broker-error.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import { heartbeatApi } from "../../protocol/messages/heartbeat.ts";
import { type JoinGroupResponse, joinGroupApi } from "../../protocol/messages/join-group.ts";
import { leaveGroupApi } from "../../protocol/messages/leave-group.ts";
import { metadataApi } from "../../protocol/messages/metadata.ts";
import { syncGroupApi } from "../../protocol/messages/sync-group.ts";
import type { Wait } from "../../cluster/waits.ts";
import type { Cancellation } from "../../runtime/cancellation.ts";
import type { MemberIdentity } from "../offsets.ts";
import type { TopicPartition } from "../topic-partition.ts";
import type { AssignorMember } from "./assignors/assignor.ts";
import { decodeAssignment, decodeMember, divide, encodeSubscription, userDataOf } from "./classic-messages.ts";
import { type ClassicAction, type ClassicEvent, type ClassicState, classicStart, classicTransition, classicWakeMs } from "./classic-state.ts";
import { Due } from "./due.ts";
import { type GroupMember, type GroupMembershipOperation, type MemberHost, askCoordinator, memberWaits } from "./member.ts";

/** What a JoinGroup may take longer than the rebalance that it waits for, in ms. As in Java. */
const JOIN_SLACK_MS = 5000;

type Assignments = readonly { readonly memberId: string; readonly assignment: Uint8Array }[];

/** A member of a classic group: does what {@link classicTransition} says. */
export class ClassicMember implements GroupMember {
  readonly #host: MemberHost;
  readonly #alarm: Due = new Due(() => this.#dispatch({ type: "tick" }));
  #state: ClassicState;
  #calls = 0;
  #tenure = 0;
  /** What the last JoinGroup answered, until it is synced. */
  #joined: JoinGroupResponse | undefined;
  #assignment: readonly TopicPartition[] = [];
  /** What it had, for assignors that keep partitions where they were, also after they were given back. */
  #previous: { readonly owned: readonly TopicPartition[]; readonly generation: number } = { owned: [], generation: -1 };
  /** As the leader: how many partitions each topic of the group had when they were divided. */
  #counts: ReadonlyMap<string, number> | undefined;
  /** As the leader of a cooperative group: the partitions that nobody was given yet, and wait for their owner to give them back and to join again. */
  #withheld = "";
  #remindedOf = "";
  /** A static owner that is restarted meanwhile does not: the coordinator takes it for the one that it was, and the leader has to join. */
  readonly #reminder: Due = new Due(() => {
    this.#remindedOf = this.#withheld;
    this.#dispatch({ type: "rejoin", reason: "partitions were to be given back, and their owner has not joined again" });
  });
  /** What the last JoinGroup subscribed to. */
  #subscribed: readonly string[] = [];
  #unsubscribe: (() => void) | undefined;
  /** The wait for a coordinator that does not take this member. */
  #wait: Wait | undefined;

  constructor(host: MemberHost) {
    this.#host = host;
    this.#state = classicStart(host.client.clock.monotonic());
  }

  start(): void {
    this.#unsubscribe = this.#host.client.onMetadata(() => this.#onMetadata());
    this.#dispatch({ type: "tick" });
  }

  identity(): MemberIdentity | undefined {
    const state = this.#state;
    if (!("generation" in state) || state.generation < 0) return undefined;
    return { memberId: state.memberId, instanceId: this.#host.group.instanceId, epoch: state.generation, isEpoch: false, tenure: this.#tenure };
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
    if (this.#state.name !== "stable" || (topics.length === this.#subscribed.length && topics.every((topic) => this.#subscribed.includes(topic)))) return;
    this.#dispatch({ type: "rejoin", reason: "the topics that its patterns find are others" });
  }

  polled(): void {
    if (this.#state.name === "away" || this.#state.name === "failed") this.#dispatch({ type: "polled" });
  }

  async leave(operation: GroupMembershipOperation, deadlineMs: number): Promise<void> {
    const memberId = "memberId" in this.#state ? this.#state.memberId : "";
    this.#step({ type: "leave" });
    this.#host.client.deadlines.remove(this.#alarm);
    this.#host.client.deadlines.remove(this.#reminder);
    this.#wait?.end();
    this.#unsubscribe?.();
    const { instanceId } = this.#host.group;
    const isTold = operation === "leave" || (operation === "default" && instanceId === null);
    if (isTold && (memberId !== "" || instanceId !== null)) await this.#leave(memberId, "the consumer is being closed", deadlineMs);
  }

  /** One transition; what it asks for is answered, not done. */
  #step(event: ClassicEvent): readonly ClassicAction[] {
    const { client, group } = this.#host;
    const nowMs = client.clock.monotonic();
    const { state, actions } = classicTransition(this.#state, event, { nowMs, heartbeatIntervalMs: group.heartbeatIntervalMs, backoffMs: (attempt) => client.backoffMs(attempt), nextCall: () => ++this.#calls });
    this.#state = state;
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
    this.#host.trust(state.name === "stable" || state.name === "preparing" ? state.seenAtMs + this.#host.group.sessionTimeoutMs : Number.POSITIVE_INFINITY);
    const wakeMs = classicWakeMs(state);
    if (wakeMs < Number.POSITIVE_INFINITY) deadlines.add(this.#alarm, wakeMs);
    else deadlines.remove(this.#alarm);
  }

  #do(action: ClassicAction): void {
    const { client, group } = this.#host;
    switch (action.do) {
      case "join":
        // Who holds nothing while it joins may find at its next generation that others have gone on from what was committed.
        if (!group.isCooperative) this.#tenure++;
        client.deadlines.remove(this.#reminder);
        this.#request(action.call, (signal) => this.#join(action, signal));
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
        if (this.#withheld !== "" && this.#withheld !== this.#remindedOf) client.deadlines.add(this.#reminder, client.clock.monotonic() + group.maxPollIntervalMs);
        this.#host.move(this.#assignment, ({ hasRevoked }) => {
          // What was given back now is free for those who were to get it: once more around (KIP-429).
          if (group.isCooperative && hasRevoked) this.#dispatch({ type: "rejoin", reason: "partitions were given back" });
          this.resubscribed();
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
        if (group.instanceId === null && action.memberId !== "") client.tasks.spawn(() => this.#leave(action.memberId, action.reason, client.clock.monotonic() + client.cluster.settings.requestTimeoutMs));
        return;
      case "forget-coordinator":
        this.#host.coordinators.failed("group", group.groupId, action.error);
        client.cluster.log("debug", `group ${group.groupId}: ${action.error.message}`);
        return;
      case "fail":
        this.#host.fail(action.error);
        return;
      default:
        action satisfies never;
    }
  }

  /** What stays while it joins: in a cooperative group what it holds of topics that it still wants, else nothing. */
  #kept(): readonly TopicPartition[] {
    const { group, owned, topics } = this.#host;
    return group.isCooperative ? owned.filter(({ topic }) => topics.includes(topic)) : [];
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

  async #join({ call, memberId, reason }: Extract<ClassicAction, { readonly do: "join" }>, signal: Cancellation): Promise<ClassicEvent> {
    const { group, topics, rack } = this.#host;
    const owned = group.isCooperative ? this.#host.owned : [];
    this.#subscribed = topics;
    const protocols = group.assignors.map((assignor) => ({
      name: assignor.name,
      metadata: encodeSubscription({ topics, owned, generation: this.#previous.generation, rack, userData: userDataOf(assignor, this.#previous.owned, this.#previous.generation) }),
    }));
    const response = await this.#timed("join", () => askCoordinator(this.#host, "coordinator", signal, (connection) => {
      const version = connection.version(joinGroupApi);
      const message = {
        groupId: group.groupId, sessionTimeoutMs: group.sessionTimeoutMs, memberId, protocolType: "consumer", protocols,
        ...(version >= 1 ? { rebalanceTimeoutMs: group.maxPollIntervalMs } : {}),
        ...(version >= 5 ? { groupInstanceId: group.instanceId } : {}),
        ...(version >= 8 ? { reason: reason.slice(0, 255) } : {}),
      };
      return connection.request(joinGroupApi, message, { version, timeoutMs: group.maxPollIntervalMs + JOIN_SLACK_MS });
    }));
    if (response.errorCode !== 0) return { type: "failed", call, error: brokerError(response.errorCode, `joining group ${group.groupId}`), memberId: response.memberId };
    this.#joined = response;
    return { type: "joined", call, memberId: response.memberId, generation: response.generationId, protocol: response.protocolName ?? "" };
  }

  async #sync({ call, memberId, generation, protocol }: Extract<ClassicAction, { readonly do: "sync" }>, signal: Cancellation): Promise<ClassicEvent> {
    const { group } = this.#host;
    const joined = this.#joined;
    this.#joined = undefined;
    this.#counts = undefined;
    this.#withheld = "";
    const assignments = joined !== undefined && joined.leader === joined.memberId ? await this.#lead(joined, signal) : [];
    const response = await this.#timed("sync", () => askCoordinator(this.#host, "coordinator", signal, (connection) => {
      const version = connection.version(syncGroupApi);
      const message = {
        groupId: group.groupId, generationId: generation, memberId, assignments,
        ...(version >= 3 ? { groupInstanceId: group.instanceId } : {}),
        ...(version >= 5 ? { protocolType: "consumer", protocolName: protocol } : {}),
      };
      return connection.request(syncGroupApi, message, { version, timeoutMs: group.maxPollIntervalMs + JOIN_SLACK_MS });
    }));
    if (response.errorCode !== 0) throw brokerError(response.errorCode, `syncing with group ${group.groupId}`);
    this.#assignment = decodeAssignment(response.assignment);
    return { type: "synced", call };
  }

  /** As the leader: divides the partitions of all topics that any member wants. */
  async #lead(joined: JoinGroupResponse, signal: Cancellation): Promise<Assignments> {
    const { client, group } = this.#host;
    const members = joined.members.map((member): AssignorMember => {
      try {
        return decodeMember(member);
      } catch (error) {
        client.cluster.log("warn", `group ${group.groupId}: the subscription of member ${member.memberId} cannot be read, it gets nothing: ${KafkaError.from(error).message}`);
        return { memberId: member.memberId, instanceId: member.groupInstanceId, topics: [], owned: [], generation: -1, rack: null, userData: null };
      }
    });
    const partitions = await this.#partitionsOf([...new Set(members.flatMap((member) => member.topics))], signal);
    this.#counts = new Map([...partitions].map(([topic, list]) => [topic, list.length]));
    client.wantTopics(partitions.keys()); // to see it when they grow
    // A static leader that came back: the group goes on with what it has, and the leader only watches over it (KIP-814). What was withheld nobody knows any more.
    if (joined.skipAssignment) {
      if (group.isCooperative) this.#withheld = joined.memberId;
      return [];
    }
    const assignor = group.assignors.find(({ name }) => name === joined.protocolName);
    if (assignor === undefined) throw new KafkaError("protocol", `group ${group.groupId} chose the assignor "${joined.protocolName ?? ""}", which this member does not have`);
    const assignments = divide(assignor, members, partitions);
    if (group.isCooperative) this.#withheld = withheld(partitions, assignments).join();
    return assignments;
  }

  /** The topics that exist of these, with the racks of each partition's replicas. */
  async #partitionsOf(topics: readonly string[], signal: Cancellation): Promise<ReadonlyMap<string, readonly (readonly string[])[]>> {
    const { client } = this.#host;
    if (topics.length === 0) return new Map();
    const connection = await client.anyConnection(signal);
    const version = connection.version(metadataApi);
    const response = await connection.request(metadataApi, { topics: topics.map((name) => ({ name })), ...(version >= 4 ? { allowAutoTopicCreation: false } : {}) }, { version });
    const racks = new Map(response.brokers.map((broker) => [broker.nodeId, broker.rack]));
    const failed = response.topics.find(({ errorCode }) => errorCode !== 0 && brokerError(errorCode, "").retriable && errorCode !== UNKNOWN_TOPIC);
    if (failed !== undefined) throw brokerError(failed.errorCode, `metadata of topic ${failed.name ?? ""} for the group's assignment`);
    return new Map(
      response.topics.filter(({ errorCode }) => errorCode === 0).map((topic) => {
        const list: string[][] = [];
        for (const { partitionIndex, replicaNodes } of topic.partitions) list[partitionIndex] = replicaNodes.flatMap((node) => racks.get(node) ?? []);
        return [topic.name ?? "", Array.from(list, (one) => one ?? [])];
      }),
    );
  }

  #timed<T>(what: "join" | "sync" | "heartbeat", work: () => Promise<T>): Promise<T> {
    return this.#host.timings[what].measure(this.#host.client.clock, work);
  }

  async #heartbeat({ call, memberId, generation }: Extract<ClassicAction, { readonly do: "heartbeat" }>, signal: Cancellation): Promise<ClassicEvent> {
    const { group } = this.#host;
    const response = await this.#timed("heartbeat", () => askCoordinator(this.#host, "coordinator", signal, (connection) => {
      const version = connection.version(heartbeatApi);
      return connection.request(heartbeatApi, { groupId: group.groupId, generationId: generation, memberId, ...(version >= 3 ? { groupInstanceId: group.instanceId } : {}) }, { version, timeoutMs: Math.min(group.sessionTimeoutMs, this.#host.client.cluster.settings.requestTimeoutMs) });
    }));
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
          const message = version >= 3 ? { groupId: group.groupId, members: [{ memberId, groupInstanceId: group.instanceId, ...(version >= 5 ? { reason } : {}) }] } : { groupId: group.groupId, memberId };
          const response = await connection.request(leaveGroupApi, message, { version, timeoutMs: Math.max(1, deadlineMs - client.clock.monotonic()) });
          if (response.errorCode !== 0) throw brokerError(response.errorCode, `leaving group ${group.groupId}`);
        }),
      );
    } catch (error) {
      client.cluster.log("debug", `leaving group ${group.groupId} failed: ${KafkaError.from(error).message}`);
    }
  }

  /** A topic of the group grew, came or went: the leader has it divided anew. */
  #onMetadata(): void {
    if (this.#counts === undefined || this.#state.name !== "stable") return;
    const { topics } = this.#host.client.snapshot;
    for (const [topic, count] of this.#counts) {
      const known = topics.get(topic);
      if (known !== undefined && known.errorCode === 0 && known.partitions.length !== count) {
        this.#dispatch({ type: "rejoin", reason: `topic ${topic} has ${known.partitions.length} partitions, and had ${count}` });
        return;
      }
    }
    for (const topic of this.#host.topics) {
      if (!this.#counts.has(topic) && (topics.get(topic)?.partitions.length ?? 0) > 0) {
        this.#dispatch({ type: "rejoin", reason: `topic ${topic} was created` });
        return;
      }
    }
  }
}

/** The partitions that nobody was given. */
function withheld(partitions: ReadonlyMap<string, readonly unknown[]>, assignments: Assignments): readonly string[] {
  const given = new Set(assignments.flatMap(({ assignment }) => decodeAssignment(assignment).map(({ topic, partition }) => `${topic}-${partition}`)));
  return [...partitions].flatMap(([topic, list]) => list.map((_, partition) => `${topic}-${partition}`)).filter((name) => !given.has(name));
}

/** A topic that somebody wants and that there is not gets no part in the assignment. */
const UNKNOWN_TOPIC = 3;
