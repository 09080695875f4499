import { ClassicGroup } from "./classic-group.ts";
import type { ConsumerGroup } from "./consumer-group.ts";
import { CommittedOffsets } from "./committed-offsets.ts";
import { CONSUMER_PROTOCOL } from "./consumer-protocol.ts";
import type { GroupConfigs } from "./group-configs.ts";
import type { TopicDirectory } from "./subscriptions.ts";

/** What groups are made with. */
export interface GroupHost {
  readonly configs: GroupConfigs;
  /** An id that nobody has. */
  readonly newId: () => string;
  readonly topics: TopicDirectory;
}

/** One group: its offsets, and its members. Before anybody joins it is an empty classic group of no protocol. */
export class Group {
  readonly groupId: string;
  readonly offsets: CommittedOffsets = new CommittedOffsets();
  members: ClassicGroup | ConsumerGroup;

  constructor(groupId: string, host: GroupHost) {
    this.groupId = groupId;
    this.members = newClassicGroup(host);
  }

  /** Whether nothing would be missed without it: what a first commit or a first member makes again. */
  get isNothing(): boolean {
    return this.members.isEmpty && this.offsets.isEmpty;
  }

  /** When time does something to it; Infinity for never. */
  get deadlineMs(): number {
    return this.members.deadlineMs;
  }

  /** Forgets offsets that were not needed for so long; answers when others would be, Infinity for never. */
  expireOffsets(nowMs: number, retentionMs: number): number {
    return this.offsets.expire((topic, atMs) => this.#unneededSince(topic, atMs) + retentionMs, nowMs);
  }

  /** Since when an offset that was committed at a time is not needed; Infinity while it is. */
  #unneededSince(topic: string, atMs: number): number {
    const { members } = this;
    if (members.isSubscribedTo(topic)) return Infinity;
    if (members.type === "consumer" || members.protocolType === undefined) return atMs;
    if (members.isEmpty) return members.emptySinceMs;
    return members.protocolType === CONSUMER_PROTOCOL && members.state === "Stable" ? atMs : Infinity;
  }

  /** A member's commit is a sign of life. */
  committed(memberId: string, nowMs: number): void {
    this.members.committed(memberId, nowMs);
  }
}

/** A classic group whose members' ids begin with the name of their client or instance, as Kafka's. */
export function newClassicGroup({ configs, newId }: GroupHost, generationId = 0): ClassicGroup {
  return new ClassicGroup(configs, (name) => `${name}-${newId()}`, generationId);
}
