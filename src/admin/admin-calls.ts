import type { ClusterCalls } from "./cluster/cluster-calls.ts";
import type { Listing, Pages } from "./listing.ts";
import type { SecurityCalls } from "./security/security-calls.ts";
import type { TopicCalls } from "./topics/topic-calls.ts";

/** All calls of an admin. Their code is loaded by the first of them. */
export interface AdminCalls extends TopicCalls, ClusterCalls, SecurityCalls {}

/** The calls as the loaded code has them: one that lists returns its pages. */
export type LoadedCalls<C = AdminCalls> = {
  readonly [N in keyof C]: C[N] extends (...args: infer A) => Listing<infer T, infer R>
    ? (...args: A) => Pages<T, R>
    : C[N];
};
