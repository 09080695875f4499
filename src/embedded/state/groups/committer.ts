/** Who commits: a member of a generation, or nobody in particular. */
export interface Committer {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  /** Its generation, or its member epoch; −1 for who is no member. */
  readonly generation: number;
}

/** How it commits, and what. */
export interface Commit {
  readonly isTransactional: boolean;
  readonly apiVersion: number;
  readonly partitions: readonly { readonly topicId: string; readonly partition: number }[];
}
