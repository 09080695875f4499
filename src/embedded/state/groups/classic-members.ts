import * as ErrorCode from "../../../errors/error-code.ts";
import type { ClassicMember, ClassicProtocol, JoinedMember } from "./classic-member.ts";

/**
 * The members of a classic group in the order of their joining, with the leader, the static members, and the protocols
 * that all support.
 */
export class ClassicMembers {
  readonly #byId = new Map<string, ClassicMember>();
  readonly #static = new Map<string, string>();
  leaderId: string | undefined;

  get size(): number {
    return this.#byId.size;
  }

  get all(): readonly ClassicMember[] {
    return [...this.#byId.values()];
  }

  get(memberId: string): ClassicMember | undefined {
    return this.#byId.get(memberId);
  }

  /** The member with this group instance id. */
  ofInstance(groupInstanceId: string | null): ClassicMember | undefined {
    const memberId = groupInstanceId === null ? undefined : this.#static.get(groupInstanceId);
    return memberId === undefined ? undefined : this.#byId.get(memberId);
  }

  add(member: ClassicMember): void {
    this.#byId.set(member.memberId, member);
    if (member.groupInstanceId !== null) this.#static.set(member.groupInstanceId, member.memberId);
    this.leaderId ??= member.memberId;
  }

  remove(member: ClassicMember): void {
    this.#byId.delete(member.memberId);
    if (member.groupInstanceId !== null && this.#static.get(member.groupInstanceId) === member.memberId)
      this.#static.delete(member.groupInstanceId);
    if (this.leaderId === member.memberId) this.leaderId = this.#byId.keys().next().value;
  }

  /** Replaces a static member that has returned. If the old one was the leader, the new one is too. */
  replace(old: ClassicMember, member: ClassicMember): void {
    const isLeader = this.leaderId === old.memberId;
    this.#byId.delete(old.memberId);
    this.add(member);
    if (isLeader) this.leaderId = member.memberId;
  }

  clear(): void {
    this.#byId.clear();
    this.#static.clear();
    this.leaderId = undefined;
  }

  /** The error of a request whose member id or instance id is wrong. */
  errorOf(memberId: string, groupInstanceId: string | null): number {
    if (groupInstanceId !== null) {
      const known = this.#static.get(groupInstanceId);
      if (known === undefined) return ErrorCode.UNKNOWN_MEMBER_ID;
      if (known !== memberId) return ErrorCode.FENCED_INSTANCE_ID;
    }
    return this.#byId.has(memberId) ? ErrorCode.NONE : ErrorCode.UNKNOWN_MEMBER_ID;
  }

  /** Whether all members support one of these protocols. */
  supportsAny(protocols: readonly ClassicProtocol[]): boolean {
    return protocols.some(({ name }) => this.all.every((member) => member.protocols.some((one) => one.name === name)));
  }

  /** The protocol that most members prefer, among those that all support. */
  selectProtocol(): string {
    const common = (name: string): boolean =>
      this.all.every(({ protocols }) => protocols.some((one) => one.name === name));
    const votes = new Map<string, number>();
    for (const { protocols } of this.all) {
      const favourite = protocols.find(({ name }) => common(name))?.name;
      if (favourite !== undefined) votes.set(favourite, (votes.get(favourite) ?? 0) + 1);
    }
    let selected = "";
    for (const [name, count] of votes) if (count > (votes.get(selected) ?? 0)) selected = name;
    return selected;
  }

  /** Makes sure that the leader is a member that has joined again; false if there is none. */
  electJoined(): boolean {
    if (this.leaderId === undefined) return false;
    if (this.#byId.get(this.leaderId)?.join !== undefined) return true;
    const next = this.all.find(({ join }) => join !== undefined);
    if (next !== undefined) this.leaderId = next.memberId;
    return next !== undefined;
  }

  /** The members as the leader gets them. */
  described(protocolName: string): readonly JoinedMember[] {
    return this.all.map((member) => ({
      memberId: member.memberId,
      groupInstanceId: member.groupInstanceId,
      metadata: member.metadataOf(protocolName),
    }));
  }

  get longestRebalanceMs(): number {
    return Math.max(0, ...this.all.map(({ rebalanceTimeoutMs }) => rebalanceTimeoutMs));
  }
}
