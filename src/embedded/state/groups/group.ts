import { ClassicGroup } from "./classic-group.ts";
import { ConsumerGroup } from "./consumer-group.ts";
import { CommittedOffsets } from "./committed-offsets.ts";
import { CONSUMER_PROTOCOL } from "./consumer-protocol.ts";
import type { GroupConfigs } from "./group-configs.ts";
import type { TopicDirectory } from "./subscriptions.ts";

/** The parts of the cluster that a group uses. */
export interface GroupHost {
  readonly configs: GroupConfigs;
  /** How one group behaves, if its own configs were altered. Default: as `configs` say. */
  configsOf?(groupId: string): GroupConfigs;
  /** Makes an id that is not in use. */
  readonly newId: () => string;
  readonly topics: TopicDirectory;
}

/**
 * One group: its offsets and its members. Before the first member joins, it is an empty classic group without a
 * protocol.
 */
export class Group {
  readonly groupId: string;
  readonly offsets: CommittedOffsets = new CommittedOffsets();
  members: ClassicGroup | ConsumerGroup;

  constructor(groupId: string, host: GroupHost) {
    this.groupId = groupId;
    this.members = newClassicGroup(host);
  }

  /** Whether the group is empty, so that it can be dropped: a first commit or a first member creates it again. */
  get isNothing(): boolean {
    return this.members.isEmpty && this.offsets.isEmpty;
  }

  /** When the next deadline passes; Infinity for never. */
  get deadlineMs(): number {
    return this.members.deadlineMs;
  }

  /**
   * Forgets the offsets that were not needed for `retentionMs`. Returns when the next may expire; Infinity for never.
   */
  expireOffsets(nowMs: number, retentionMs: number): number {
    return this.offsets.expire((topic, atMs) => this.#unneededSince(topic, atMs) + retentionMs, nowMs);
  }

  /** Since when an offset that was committed at `atMs` is not needed; Infinity while it is. */
  #unneededSince(topic: string, atMs: number): number {
    const { members } = this;
    if (members.isSubscribedTo(topic)) return Infinity;
    if (members.type === "consumer" || members.protocolType === undefined) return atMs;
    if (members.isEmpty) return members.emptySinceMs;
    return members.protocolType === CONSUMER_PROTOCOL && members.state === "Stable" ? atMs : Infinity;
  }

  /** A commit is a sign of life of its member. */
  committed(memberId: string, nowMs: number): void {
    this.members.committed(memberId, nowMs);
  }
}

/** An empty classic group. As in Kafka, its member ids begin with the name of the client or instance. */
export function newClassicGroup({ configs, newId }: GroupHost, generationId = 0): ClassicGroup {
  return new ClassicGroup(configs, (name) => `${name}-${newId()}`, generationId);
}

/** A group of KIP-848 without members. */
export function newConsumerGroup(groupId: string, host: GroupHost): ConsumerGroup {
  return new ConsumerGroup(groupId, host.configsOf?.(groupId) ?? host.configs, host.topics);
}
