import { codes } from "../../codes.ts";
import { CommittedOffsets } from "./committed-offsets.ts";

/** Who commits: a member of a generation, or nobody in particular. */
export interface Committer {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  /** −1 for who is no member. */
  readonly generation: number;
}

/** One group. It has offsets and no members: who assigns partitions by hand commits all the same. */
export class Group {
  readonly groupId: string;
  readonly offsets: CommittedOffsets = new CommittedOffsets();

  constructor(groupId: string) {
    this.groupId = groupId;
  }

  /** Why it does not take a commit. Without members, only who claims to be none may commit. */
  commitError({ generation }: Committer): number {
    return generation < 0 ? codes.NONE : codes.UNKNOWN_MEMBER_ID;
  }
}
