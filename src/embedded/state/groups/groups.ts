import { codes } from "../../codes.ts";
import { type Committer, Group } from "./group.ts";

/** The groups of a cluster. */
export class Groups {
  readonly #byId = new Map<string, Group>();

  get all(): Iterable<Group> {
    return this.#byId.values();
  }

  get(groupId: string): Group | undefined {
    return this.#byId.get(groupId);
  }

  /** The group, made where there is none: a first commit does that. */
  for(groupId: string): Group {
    let group = this.#byId.get(groupId);
    if (group === undefined) this.#byId.set(groupId, (group = new Group(groupId)));
    return group;
  }

  /** Why a commit is refused; `unknown` is said where there is no group that a member could be of. */
  commitError(groupId: string, committer: Committer, unknown: number): number {
    const group = this.#byId.get(groupId);
    if (group !== undefined) return group.commitError(committer);
    return committer.generation < 0 ? codes.NONE : unknown;
  }

  /** A transaction has ended, whose marker is in the given partition of the offsets topic: its groups learn of it. */
  transactionEnded(producerId: number, isCommit: boolean, isOfPartition: (groupId: string) => boolean): void {
    for (const group of this.#byId.values()) if (isOfPartition(group.groupId)) group.offsets.ended(producerId, isCommit);
  }

  /** What was committed for a topic that is gone is gone too. */
  deleteTopic(topic: string): void {
    for (const group of this.#byId.values()) group.offsets.deleteTopic(topic);
  }
}
