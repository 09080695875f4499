import { brokerError } from "../../errors/broker-error.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import type { MetadataSnapshot } from "../../cluster/metadata.ts";
import {
  type ConsumerGroupHeartbeatRequest,
  type ConsumerGroupHeartbeatResponse,
  type ConsumerGroupHeartbeatResponseTopicPartitions,
  consumerGroupHeartbeatApi,
} from "../../protocol/messages/consumer-group-heartbeat.ts";
import { metadataApi } from "../../protocol/messages/metadata.ts";
import type { Input } from "../../protocol/schema.ts";
import type { Wait } from "../../cluster/waits.ts";
import type { Cancellation } from "../../runtime/cancellation.ts";
import { WorkLoop } from "../../runtime/work-loop.ts";
import { ZERO_UUID, uuidText } from "../../wire/uuid.ts";
import type { MemberIdentity } from "./offsets.ts";
import type { TopicPartition } from "../../cluster/topic-partition.ts";
import {
  type ConsumerAction,
  type ConsumerEvent,
  type ConsumerState,
  consumerStart,
  consumerTransition,
  consumerWakeMs,
} from "./consumer-state.ts";
import { CONSUMER_NEXT, isConsumerLegal } from "./consumer-rules.ts";
import { Due } from "./due.ts";
import {
  type GroupMember,
  type GroupMembershipOperation,
  type MemberHost,
  askCoordinator,
  memberFault,
  memberWaits,
} from "./member.ts";

/** What a member that leaves says for its epoch; a static one may come back (−2). */
const LEAVE_EPOCH = -1;
const LEAVE_STATIC_EPOCH = -2;
/** From this version of the heartbeat on the broker takes patterns. */
const PATTERN_SINCE = 1;

type Heartbeat = Extract<ConsumerAction, { readonly do: "heartbeat" }>;

/** A member of a group of KIP-848: does what {@link consumerTransition} says. */
export class ConsumerMember implements GroupMember {
  readonly #host: MemberHost;
  readonly #alarm: Due = new Due(() => this.#dispatch({ type: "tick" }));
  #state: ConsumerState;
  #calls = 0;
  #tenure = 0;
  /** The assignment as it came, by topic id: a topic may be younger than the metadata. */
  #assigned: readonly ConsumerGroupHeartbeatResponseTopicPartitions[] = [];
  /** Whether some of it could not be named yet. */
  #isUnnamed = false;
  /** What the coordinator was last told that is held; undefined where it is not known to know. */
  #told: string | undefined;
  /** What the coordinator was last told to be subscribed to; undefined where it is not known to know. */
  #subscribed: string | undefined;
  /** Names of topics that a pattern of the broker's found, by id. */
  readonly #names = new Map<string, string>();
  readonly #naming: WorkLoop;
  readonly #nameAgain: Due = new Due(() => this.#naming.kick());
  #namingFailures = 0;
  #refreshAtMs = 0;
  #topicIds = new Map<string, string>();
  #unsubscribe: (() => void) | undefined;
  /** The wait for a coordinator that does not take this member. */
  #wait: Wait | undefined;
  /** The wait for the names of topics that were assigned by id. */
  #namingWait: Wait | undefined;

  constructor(host: MemberHost) {
    this.#host = host;
    this.#naming = new WorkLoop(host.client.tasks, (signal) => this.#name(signal));
    this.#state = consumerStart(this.#newMemberId(), host.client.clock.monotonic());
  }

  start(): void {
    this.#unsubscribe = this.#host.client.onMetadata(() => {
      if (this.#isUnnamed) this.#take();
    });
    this.#dispatch({ type: "tick" });
  }

  hasAssigned(topicId: string, partition: number): boolean {
    return this.#assigned.some((one) => one.topicId === topicId && one.partitions.includes(partition));
  }

  identity(): MemberIdentity | undefined {
    const state = this.#state;
    if (state.name !== "joined") return undefined;
    return {
      memberId: state.memberId,
      instanceId: this.#host.group.instanceId,
      epoch: state.epoch,
      isEpoch: true,
      tenure: this.#tenure,
    };
  }

  refused({ epoch, memberId }: MemberIdentity, error: KafkaError): void {
    if (
      this.#state.name === "joined" &&
      this.#state.memberId === memberId &&
      error.code !== ErrorCode.STALE_MEMBER_EPOCH
    )
      this.#dispatch({ type: "refused", epoch, error });
  }

  stalled(): void {
    this.#dispatch({ type: "stalled" });
  }

  resubscribed(): void {
    this.#dispatch({ type: "news" });
  }

  polled(): void {
    if (this.#state.name === "away" || this.#state.name === "failed") this.#dispatch({ type: "polled" });
  }

  rejoin(): boolean {
    return false; // the coordinator divides, and knows when
  }

  async leave(operation: GroupMembershipOperation, deadlineMs: number): Promise<void> {
    const left = this.#step({ type: "leave" }).find((action) => action.do === "leave");
    this.#host.client.deadlines.remove(this.#alarm);
    this.#host.client.deadlines.remove(this.#nameAgain);
    this.#wait?.end();
    this.#namingWait?.end();
    this.#assigned = [];
    this.#unsubscribe?.();
    const isStatic = this.#host.group.instanceId !== null;
    if (left === undefined || (operation === "remain" && !isStatic)) return;
    await this.#leave(left.memberId, operation === "leave" || !isStatic ? LEAVE_EPOCH : LEAVE_STATIC_EPOCH, deadlineMs);
  }

  #step(event: ConsumerEvent): readonly ConsumerAction[] {
    const { client } = this.#host;
    const before = this.#state;
    if (!isConsumerLegal(before, event)) memberFault(this.#host, `the event "${event.type}" came in "${before.name}"`);
    const { state, actions } = consumerTransition(before, event, {
      nowMs: client.clock.monotonic(),
      backoffMs: (attempt) => client.backoffMs(attempt),
      nextCall: () => ++this.#calls,
      newMemberId: () => this.#newMemberId(),
    });
    this.#state = state;
    if (!CONSUMER_NEXT[before.name].includes(state.name))
      memberFault(this.#host, `the state "${before.name}" became "${state.name}" with "${event.type}"`);
    return actions;
  }

  #dispatch(event: ConsumerEvent, response?: ConsumerGroupHeartbeatResponse): void {
    const { deadlines } = this.#host.client;
    if (event.type === "failed") this.#wait = memberWaits(this.#host, this.#wait, event.error);
    else if (event.type === "beat") this.#wait?.end();
    const actions = this.#step(event);
    const state = this.#state;
    for (const action of actions) this.#do(action, response);
    if (this.#state !== state) return;
    this.#host.trust(
      state.name === "joined" ? state.seenAtMs + this.#host.group.sessionTimeoutMs : Number.POSITIVE_INFINITY,
    );
    const wakeMs = consumerWakeMs(state);
    if (wakeMs < Number.POSITIVE_INFINITY) deadlines.add(this.#alarm, wakeMs);
    else deadlines.remove(this.#alarm);
  }

  #do(action: ConsumerAction, response: ConsumerGroupHeartbeatResponse | undefined): void {
    const { client, group } = this.#host;
    switch (action.do) {
      case "heartbeat":
        client.tasks.spawn((signal) => this.#beat(action, signal));
        return;
      case "assign":
        this.#assigned = response?.assignment?.topicPartitions ?? [];
        this.#take();
        return;
      case "lose":
        this.#tenure++;
        this.#assigned = [];
        this.#isUnnamed = false;
        this.#told = undefined;
        this.#host.lose(action.reason);
        return;
      case "leave": // as a stalled application's member; on close its own method waits for it
        client.tasks.spawn(() =>
          this.#leave(
            action.memberId,
            group.instanceId === null ? LEAVE_EPOCH : LEAVE_STATIC_EPOCH,
            client.clock.monotonic() + client.cluster.settings.requestTimeoutMs,
          ),
        );
        return;
      case "await-release":
        client.cluster.log(
          "warn",
          `group ${group.groupId}: the instance id ${group.instanceId ?? ""} belongs to a member that the group ` +
            "takes for alive. If that one was killed, this one joins when its session ends; it tries for " +
            `${action.forMs / 1000} s: ${action.error.message}`,
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

  async #beat(heartbeat: Heartbeat, signal: Cancellation): Promise<void> {
    const { call } = heartbeat;
    const { groupId, topicsPattern } = this.#host.group;
    try {
      const response = await this.#host.timings.heartbeat.measure(this.#host.client.clock, () =>
        askCoordinator(this.#host, "coordinator", signal, (connection) => {
          const version = connection.version(consumerGroupHeartbeatApi);
          if (version < PATTERN_SINCE && topicsPattern !== null)
            throw new KafkaError(
              "unsupported",
              `broker ${connection.address} is too old for topicsPattern (ConsumerGroupHeartbeat version ` +
                `${version}): give a regular expression in \`topics\``,
            );
          return connection.request(consumerGroupHeartbeatApi, this.#message(heartbeat, version), { version });
        }),
      );
      if (response.errorCode !== 0)
        throw brokerError(
          response.errorCode,
          `the heartbeat to group ${groupId}${response.errorMessage === null ? "" : ` (${response.errorMessage})`}`,
        );
      this.#dispatch(
        {
          type: "beat",
          call,
          memberId: response.memberId,
          epoch: response.memberEpoch,
          intervalMs: response.heartbeatIntervalMs,
          hasAssignment: response.assignment !== null,
        },
        response,
      );
    } catch (error) {
      if (signal.aborted) return;
      this.#told = undefined; // it may have heard it, or not
      this.#subscribed = undefined;
      this.#dispatch({ type: "failed", call, error: KafkaError.from(error) });
    }
  }

  /** Everything in a full one; else what is held, where that changed. */
  #message({ memberId, epoch, isFull }: Heartbeat, version: number): Input<ConsumerGroupHeartbeatRequest> {
    const { group, topics, rack } = this.#host;
    const holding = this.#holding();
    const text = JSON.stringify(holding);
    const hasChanged = text !== this.#told;
    this.#told = text;
    const subscribed = JSON.stringify(topics);
    const isSubscribing = isFull || subscribed !== this.#subscribed;
    this.#subscribed = subscribed;
    return {
      groupId: group.groupId,
      memberId,
      memberEpoch: epoch,
      instanceId: isFull ? group.instanceId : null,
      rackId: isFull ? rack : null,
      rebalanceTimeoutMs: isFull ? group.maxPollIntervalMs : -1,
      subscribedTopicNames: isSubscribing ? topics : null,
      ...(version >= PATTERN_SINCE ? { subscribedTopicRegex: isFull ? group.topicsPattern : null } : {}),
      serverAssignor: isFull ? group.remoteAssignor : null,
      topicPartitions: epoch === 0 ? [] : isFull || hasChanged ? holding : null,
    };
  }

  #holding(): readonly { readonly topicId: string; readonly partitions: readonly number[] }[] {
    const byTopic = new Map<string, number[]>();
    for (const { topic, partition } of this.#host.owned) {
      const topicId = this.#topicIds.get(topic);
      if (topicId !== undefined) byTopic.set(topicId, [...(byTopic.get(topicId) ?? []), partition]);
    }
    return [...byTopic]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([topicId, partitions]) => ({ topicId, partitions: partitions.sort((a, b) => a - b) }));
  }

  /** Makes the assignment what is held, as far as its topics have names yet; metadata is asked for the others. */
  #take(): void {
    const { client } = this.#host;
    const names = namesById(client.snapshot);
    const target: TopicPartition[] = [];
    this.#isUnnamed = false;
    for (const { topicId, partitions } of this.#assigned) {
      const topic = names.get(topicId) ?? this.#names.get(topicId);
      // Nor while metadata takes another topic for the one of that name: what is committed would be asked of that one,
      // and there is nothing.
      if (topic === undefined || isAnother(client.snapshot, topic, topicId)) this.#isUnnamed = true;
      else {
        // What is held of the old topic goes on with this one.
        if ((this.#topicIds.get(topic) ?? topicId) !== topicId) client.refreshMetadata();
        this.#topicIds.set(topic, topicId);
        for (const partition of partitions) target.push({ topic, partition });
      }
    }
    if (this.#isUnnamed) this.#naming.kick();
    this.#host.move(target, () => this.#dispatch({ type: "news" }));
  }

  /** The coordinator may assign topics of which this client has never heard: those that the broker's pattern found. */
  async #name(signal: Cancellation): Promise<void> {
    const { client } = this.#host;
    const known = namesById(client.snapshot);
    if (this.#assigned.some(({ topicId }) => isAnother(client.snapshot, this.#names.get(topicId), topicId)))
      this.#refresh();
    const ids = this.#assigned.map(({ topicId }) => topicId).filter((id) => !known.has(id) && !this.#names.has(id));
    if (ids.length === 0) return;
    let hasNew = false;
    let failure = new KafkaError(
      "broker",
      `no broker knows the topic ids ${ids.join(", ")}, which the coordinator assigned`,
      { retriable: true },
    );
    try {
      const connection = await client.anyConnection(signal);
      const response = await connection.request(metadataApi, {
        topics: ids.map((topicId) => ({ topicId, name: null })),
        allowAutoTopicCreation: false,
      });
      for (const { topicId, name, errorCode } of response.topics) {
        if (errorCode !== 0 || name === null) continue;
        this.#names.set(topicId, name);
        hasNew = true;
      }
    } catch (error) {
      if (signal.aborted) return;
      failure = KafkaError.from(error);
      client.cluster.log("debug", `group ${this.#host.group.groupId}: naming topics failed: ${failure.message}`);
    }
    this.#namingFailures = hasNew ? 0 : this.#namingFailures + 1;
    if (hasNew) {
      this.#namingWait?.end();
      this.#take();
      return;
    }
    this.#namingWait ??= client.waits.begin(`group ${this.#host.group.groupId}: names of assigned topics`, {
      isLoop: true,
    });
    this.#namingWait.tried(failure);
    client.deadlines.add(this.#nameAgain, client.clock.monotonic() + client.backoffMs(this.#namingFailures));
  }

  /** Metadata is behind the coordinator. */
  #refresh(): void {
    const { client } = this.#host;
    const nowMs = client.clock.monotonic();
    if (nowMs < this.#refreshAtMs) return;
    this.#refreshAtMs = nowMs + client.backoffMs(this.#namingFailures++);
    client.refreshMetadata();
    client.deadlines.add(this.#nameAgain, this.#refreshAtMs);
  }

  async #leave(memberId: string, epoch: number, deadlineMs: number): Promise<void> {
    const { client, group } = this.#host;
    try {
      await client.retry(`leaving group ${group.groupId}`, deadlineMs, () =>
        askCoordinator(this.#host, "other", undefined, async (connection) => {
          const message = {
            groupId: group.groupId,
            memberId,
            memberEpoch: epoch,
            instanceId: group.instanceId,
            rebalanceTimeoutMs: -1,
          };
          const response = await connection.request(consumerGroupHeartbeatApi, message, {
            timeoutMs: Math.max(1, deadlineMs - client.clock.monotonic()),
          });
          if (response.errorCode !== 0) throw brokerError(response.errorCode, `leaving group ${group.groupId}`);
        }),
      );
    } catch (error) {
      client.cluster.log("debug", `leaving group ${group.groupId} failed: ${KafkaError.from(error).message}`);
    }
  }

  #newMemberId(): string {
    const bytes = new Uint8Array(16);
    this.#host.client.cluster.options.entropy.fill(bytes);
    return uuidText(bytes, 0);
  }
}

/** Whether a name stands for another topic, of an earlier time or a later one. */
function isAnother(snapshot: MetadataSnapshot, name: string | undefined, topicId: string): boolean {
  const known = snapshot.topics.get(name ?? "")?.topicId ?? ZERO_UUID;
  return known !== ZERO_UUID && known !== topicId;
}

function namesById(snapshot: MetadataSnapshot): ReadonlyMap<string, string> {
  return new Map([...snapshot.topics.values()].map(({ name, topicId }) => [topicId, name]));
}
