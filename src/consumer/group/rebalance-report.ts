import type { TopicPartition } from "../../cluster/topic-partition.ts";
import type { HookJoined, HookMember } from "../../hooks/hook-sites.ts";
import type { MemberHost } from "./member.ts";

/** Tells hooks of a member's rebalances, each with its beginning and its end. */
export class RebalanceReport {
  readonly #host: MemberHost;
  readonly #of: () => Omit<HookMember, "groupId">;
  /** When the rebalance that has not ended began (monotonic ms). */
  #sinceMs: number | undefined;
  /** The response to the last JoinGroup; undefined for KIP-848. */
  #joined: HookJoined | undefined;

  constructor(host: MemberHost, of: () => Omit<HookMember, "groupId">) {
    this.#host = host;
    this.#of = of;
  }

  /** The member joins, will join again, or has another assignment. Counts once until {@link ended} or {@link lost}. */
  began(reason: string): void {
    if (this.#sinceMs !== undefined) return;
    const { client } = this.#host;
    this.#sinceMs = client.clock.monotonic();
    client.hooks?.rebalanceStarted?.(this.#member, reason);
  }

  /** JoinGroup was answered. `memberId` and `generation` are those of the response. */
  joined(response: HookJoined & Omit<HookMember, "groupId" | "generation"> & { readonly generationId: number }): void {
    this.#joined = response;
    const { client, group } = this.#host;
    const { memberId, generationId: generation } = response;
    client.hooks?.groupJoined?.({ groupId: group.groupId, memberId, generation }, response);
  }

  synced(assignment: readonly TopicPartition[]): void {
    this.#host.client.hooks?.groupSynced?.(this.#member, assignment);
  }

  ended(assignment: readonly TopicPartition[]): void {
    const sinceMs = this.#sinceMs;
    if (sinceMs === undefined) return;
    this.#sinceMs = undefined;
    const { client, topics } = this.#host;
    client.hooks?.rebalanceEnded?.(this.#member, { joined: this.#joined, assignment, topics, sinceMs });
  }

  /** The member has lost its partitions, or has left: the rebalance does not end. */
  lost(): void {
    this.#sinceMs = undefined;
  }

  beat(sinceMs: number): void {
    this.#host.client.hooks?.heartbeatAnswered?.(this.#member, sinceMs);
  }

  get #member(): HookMember {
    return { groupId: this.#host.group.groupId, ...this.#of() };
  }
}
