import type { HookListeners, TopicPartition } from "odradek";
import type { ClientEvents } from "../events/client-events.ts";
import type { Logger } from "../logging/logger.ts";
import type { Host } from "../host.ts";

/** The facts about a member that its group knows now, and that events report. */
export interface GroupEventsParts {
  readonly host: Host;
  readonly events: ClientEvents<"consumer">;
  readonly logger: Logger;
  readonly groupId: string;
  /** The topics that the member subscribes to. */
  readonly topics: readonly string[];
  /** A rebalance has begun. */
  readonly began: () => void;
  /** The member has joined and got its assignment. */
  readonly joined: () => void;
  /** A fetch begins or has ended: positions may have moved. */
  readonly fetched: () => void;
}

/** The member's identity, and the events of its group: out of the hooks of its Odradek consumer. */
export class GroupEvents {
  memberId = "";
  generation = -1;
  readonly #parts: GroupEventsParts;
  #leader: { readonly leaderId: string; readonly isLeader: boolean; readonly groupProtocol: string } | undefined;
  /** When the member began to join (monotonic ms). */
  #sinceMs: number;
  #hasJoined = false;

  constructor(parts: GroupEventsParts) {
    this.#parts = parts;
    this.#sinceMs = parts.host.clock.monotonic();
  }

  /** The hooks to observe. */
  listeners(): HookListeners {
    const { events, groupId, fetched } = this.#parts;
    return {
      rebalanceStarted: () => this.#began(),
      groupJoined: ({ memberId, generation, leaderId, isLeader, assignor }) => {
        Object.assign(this, { memberId, generation });
        this.#leader = { leaderId, isLeader, groupProtocol: assignor };
      },
      groupSynced: ({ memberId, generation, assignment }) => {
        Object.assign(this, { memberId, generation });
        this.#synced(assignment);
      },
      heartbeatAnswered: ({ memberId, generation: groupGenerationId }) => {
        events.emit("HEARTBEAT", () => ({ groupId, memberId, groupGenerationId }));
      },
      fetchStarted: ({ nodeId }) => {
        fetched();
        events.emit("FETCH_START", () => ({ nodeId: String(nodeId) }));
      },
      fetchEnded: ({ nodeId, durationMs }) => {
        fetched();
        const duration = Math.round(durationMs);
        events.emit("FETCH", () => ({ numberOfBatches: 0, duration, nodeId: String(nodeId) }));
      },
    };
  }

  #began(): void {
    const { events, logger, groupId, host, began } = this.#parts;
    this.#sinceMs = host.clock.monotonic();
    if (this.#hasJoined) {
      const { memberId } = this;
      logger.namespace("Runner").warn("The group is rebalancing, re-joining", { groupId, memberId });
      events.emit("REBALANCING", () => ({ groupId, memberId }));
    }
    began();
  }

  #synced(assignment: readonly TopicPartition[]): void {
    const { events, logger, groupId, host, joined } = this.#parts;
    const { memberId } = this;
    this.#hasJoined = true;
    const payload = {
      groupId,
      memberId,
      ...(this.#leader ?? { leaderId: "", isLeader: false, groupProtocol: "" }),
      memberAssignment: this.#subscribed(assignment),
      duration: Math.round(host.clock.monotonic() - this.#sinceMs),
    };
    const { leaderId, isLeader, memberAssignment, groupProtocol, duration } = payload;
    const ordered = { groupId, memberId, leaderId, isLeader, memberAssignment, groupProtocol, duration };
    events.emit("GROUP_JOIN", () => ordered);
    logger.namespace("ConsumerGroup").info("Consumer has joined the group", ordered);
    joined();
  }

  /** The assignment by topic, without topics to which the member does not subscribe: an event reports those. */
  #subscribed(assignment: readonly TopicPartition[]): Record<string, number[]> {
    const { events, logger, groupId, topics } = this.#parts;
    const byTopic = new Map<string, number[]>();
    for (const { topic, partition } of assignment) byTopic.set(topic, [...(byTopic.get(topic) ?? []), partition]);
    const assignedTopics = [...byTopic.keys()];
    const topicsNotSubscribed = assignedTopics.filter((topic) => !topics.includes(topic));
    if (topicsNotSubscribed.length > 0) {
      const payload = {
        groupId,
        generationId: this.generation,
        memberId: this.memberId,
        assignedTopics,
        topicsSubscribed: [...topics],
        topicsNotSubscribed,
      };
      events.emit("RECEIVED_UNSUBSCRIBED_TOPICS", () => payload);
      logger.namespace("ConsumerGroup").warn("Consumer group received unsubscribed topics", payload);
    }
    return Object.fromEntries([...byTopic].filter(([topic]) => !topicsNotSubscribed.includes(topic)));
  }
}
