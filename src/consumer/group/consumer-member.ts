import type { TopicPartition } from "../../cluster/topic-partition.ts";
import { brokerError } from "../../errors/broker-error.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import {
  type ConsumerGroupHeartbeatRequest,
  type ConsumerGroupHeartbeatResponse,
  consumerGroupHeartbeatApi,
} from "../../protocol/messages/consumer-group-heartbeat.ts";
import type { Input } from "../../protocol/schema.ts";
import type { Cancellation } from "../../runtime/cancellation.ts";
import { uuidText } from "../../wire/uuid.ts";
import type { MemberIdentity } from "./offsets.ts";
import { AssignedTopics } from "./assigned-topics.ts";
import {
  type ConsumerAction,
  type ConsumerEvent,
  type ConsumerState,
  consumerStart,
  consumerTransition,
  consumerWakeMs,
} from "./consumer-state.ts";
import { CONSUMER_NEXT, isConsumerLegal } from "./consumer-rules.ts";
import { RebalanceReport } from "./rebalance-report.ts";
import { MemberUpkeep } from "./member-upkeep.ts";
import {
  type GroupMember,
  type GroupMembershipOperation,
  type MemberHost,
  type MemberState,
  askCoordinator,
  memberFault,
  type RequestFailure,
} from "./member.ts";

/** The member epoch in the heartbeat of a member that leaves; −2 is for a static member, which may come back. */
const LEAVE_EPOCH = -1;
const LEAVE_STATIC_EPOCH = -2;
/** Since this version of ConsumerGroupHeartbeat the broker accepts patterns. */
const PATTERN_SINCE = 1;

type Heartbeat = Extract<ConsumerAction, { readonly do: "heartbeat" }>;

/** A member of a KIP-848 group: carries out the actions that {@link consumerTransition} returns. */
export class ConsumerMember implements GroupMember {
  readonly #host: MemberHost;
  readonly #upkeep: MemberUpkeep;
  readonly #topics: AssignedTopics;
  readonly #report: RebalanceReport;
  #state: ConsumerState;
  #calls = 0;
  #tenure = 0;
  /** The owned partitions in the last heartbeat; undefined if the coordinator may not have received it. */
  #reported: string | undefined;
  /** The subscription in the last heartbeat; undefined if the coordinator may not have received it. */
  #subscribed: readonly string[] | undefined;
  #owning: Owning | undefined;
  #unsubscribe: (() => void) | undefined;

  constructor(host: MemberHost) {
    this.#host = host;
    this.#upkeep = new MemberUpkeep(host, () => this.#dispatch({ type: "tick" }));
    this.#topics = new AssignedTopics(host, () => this.#take());
    this.#report = new RebalanceReport(host, () => {
      const state = this.#state;
      return {
        memberId: "memberId" in state ? state.memberId : "",
        generation: "epoch" in state ? state.epoch : -1,
      };
    });
    this.#state = consumerStart(this.#newMemberId(), host.client.clock.monotonic());
  }

  get stateName(): MemberState {
    return this.#state.name;
  }

  get failure(): RequestFailure | undefined {
    return this.#upkeep.failure;
  }

  start(): void {
    this.#unsubscribe = this.#host.client.onMetadata(() => {
      if (this.#topics.isUnnamed) this.#take();
    });
    this.#dispatch({ type: "tick" });
  }

  hasAssigned(topicId: string, partition: number): boolean {
    return this.#topics.has(topicId, partition);
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
    return false; // only the coordinator starts rebalances
  }

  async leave(operation: GroupMembershipOperation, deadlineMs: number): Promise<void> {
    const left = this.#step({ type: "leave" }).find((action) => action.do === "leave");
    this.#upkeep.close();
    this.#topics.close();
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
    if (event.type === "failed") this.#upkeep.failed(event.error);
    else if (event.type === "beat") this.#upkeep.succeeded();
    const actions = this.#step(event);
    const state = this.#state;
    for (const action of actions) this.#do(action, response);
    if (this.#state !== state) return; // an action has dispatched another event
    this.#upkeep.entered(consumerWakeMs(state), state.name === "joined" ? state.seenAtMs : undefined);
  }

  #do(action: ConsumerAction, response: ConsumerGroupHeartbeatResponse | undefined): void {
    const { client, group } = this.#host;
    switch (action.do) {
      case "heartbeat":
        client.tasks.spawn((signal) => this.#beat(action, signal));
        return;
      case "assign":
        this.#report.began("the coordinator has sent another assignment");
        this.#topics.set(response?.assignment?.topicPartitions ?? []);
        this.#report.synced(this.#topics.named());
        this.#take();
        return;
      case "lose":
        this.#tenure++;
        this.#topics.clear();
        this.#reported = undefined;
        this.#report.lost();
        this.#host.lose(action.reason);
        return;
      case "leave": // the application has stalled; when the consumer is closed, `leave` sends the request itself
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
          `group ${group.groupId}: the instance id ${group.instanceId ?? ""} belongs to a member whose session has ` +
            "not expired. If that member was killed, this one joins when the session expires; it tries for " +
            `${action.forMs / 1000} s: ${action.error.message}`,
        );
        return;
      case "forget-coordinator":
      case "fail":
        this.#upkeep.do(action);
        return;
    }
  }

  async #beat(heartbeat: Heartbeat, signal: Cancellation): Promise<void> {
    const { call } = heartbeat;
    const sinceMs = this.#host.client.clock.monotonic();
    const { groupId, topicsPattern } = this.#host.group;
    try {
      const response = await this.#host.timings.heartbeat.measure(this.#host.client.clock, () =>
        askCoordinator(this.#host, "coordinator", signal, (connection) => {
          const version = connection.version(consumerGroupHeartbeatApi);
          if (version < PATTERN_SINCE && topicsPattern !== null)
            throw new KafkaError(
              "unsupported",
              `cannot use topicsPattern: broker ${connection.address} is too old for it (it serves version ` +
                `${version} of ConsumerGroupHeartbeat); use a regular expression in \`topics\``,
            );
          return connection.request(consumerGroupHeartbeatApi, this.#message(heartbeat, version), { version });
        }),
      );
      if (response.errorCode !== 0)
        throw brokerError(
          response.errorCode,
          `cannot send a heartbeat to group ${groupId}${response.errorMessage === null ? "" : ` (${response.errorMessage})`}`,
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
      this.#report.beat(sinceMs);
    } catch (error) {
      if (signal.aborted) return;
      this.#reported = undefined; // the coordinator may or may not have received this heartbeat
      this.#subscribed = undefined;
      this.#dispatch({ type: "failed", call, error: KafkaError.from(error) });
    }
  }

  /** A full heartbeat has all fields. Others have the owned partitions and the subscription, if they changed. */
  #message({ memberId, epoch, isFull }: Heartbeat, version: number): Input<ConsumerGroupHeartbeatRequest> {
    const { group, topics, rack } = this.#host;
    const { list: owned, text } = this.#owned();
    const hasChanged = text !== this.#reported;
    this.#reported = text;
    const isSubscribing = isFull || !isSame(topics, this.#subscribed);
    this.#subscribed = topics;
    return {
      groupId: group.groupId,
      memberId,
      memberEpoch: epoch,
      instanceId: isFull ? group.instanceId : null,
      rackId: isFull ? rack : null,
      rebalanceTimeoutMs: isFull ? group.rebalanceTimeoutMs : -1,
      subscribedTopicNames: isSubscribing ? topics : null,
      ...(version >= PATTERN_SINCE ? { subscribedTopicRegex: isFull ? group.topicsPattern : null } : {}),
      serverAssignor: isFull ? group.remoteAssignor : null,
      topicPartitions: epoch === 0 ? [] : isFull || hasChanged ? owned : null,
    };
  }

  /** The owned partitions by topic id. Computed again only if partitions or topic ids have changed. */
  #owned(): Owning {
    const { owned } = this.#host;
    const { idChanges } = this.#topics;
    if (this.#owning?.owned === owned && this.#owning.idChanges === idChanges) return this.#owning;
    const byTopic = new Map<string, number[]>();
    for (const { topic, partition } of owned) {
      const topicId = this.#topics.idOf(topic);
      if (topicId === undefined) continue;
      const others = byTopic.get(topicId);
      if (others === undefined) byTopic.set(topicId, [partition]);
      else others.push(partition);
    }
    const list = [...byTopic]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([topicId, partitions]) => ({ topicId, partitions: partitions.sort((a, b) => a - b) }));
    this.#owning = { owned, idChanges, list, text: JSON.stringify(list) };
    return this.#owning;
  }

  /** Makes the assignment the target of the reconciliation, as far as its topics have names. */
  #take(): void {
    const target = this.#topics.named();
    this.#host.move(target, () => {
      this.#report.ended(target);
      this.#dispatch({ type: "news" });
    });
  }

  async #leave(memberId: string, epoch: number, deadlineMs: number): Promise<void> {
    const { client, group } = this.#host;
    const what = `cannot leave group ${group.groupId}`;
    try {
      await client.retry(what, deadlineMs, () =>
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
          if (response.errorCode !== 0) throw brokerError(response.errorCode, what);
        }),
      );
    } catch (error) {
      client.cluster.log("debug", `${what}: ${KafkaError.from(error).message}`);
    }
  }

  #newMemberId(): string {
    const bytes = new Uint8Array(16);
    this.#host.client.cluster.options.entropy.fill(bytes);
    return uuidText(bytes, 0);
  }
}

/** The owned partitions as a heartbeat reports them, and a text for comparison. */
interface Owning {
  readonly owned: readonly TopicPartition[];
  readonly idChanges: number;
  readonly list: readonly { readonly topicId: string; readonly partitions: readonly number[] }[];
  readonly text: string;
}

function isSame(a: readonly string[], b: readonly string[] | undefined): boolean {
  return a === b || (a.length === b?.length && a.every((name, i) => name === b[i]));
}
