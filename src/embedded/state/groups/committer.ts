/** The committing member; none for commits outside a group. */
export interface Committer {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  /** Its generation or member epoch; −1 if it is not a member. */
  readonly generation: number;
}

/** How the offsets are committed. */
export interface Commit {
  readonly isTransactional: boolean;
  readonly apiVersion: number;
  readonly partitions: readonly { readonly topicId: string; readonly partition: number }[];
}
