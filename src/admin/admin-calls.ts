import type { ClusterCalls } from "./cluster/cluster-calls.ts";
import type { ConfigCalls } from "./configs/config-calls.ts";
import type { GroupCalls } from "./groups/group-calls.ts";
import type { Listing, Pages } from "./listing.ts";
import type { GroupOffsetCalls } from "./offsets/group-offset-calls.ts";
import type { RecordCalls } from "./records/record-calls.ts";
import type { SecurityCalls } from "./security/security-calls.ts";
import type { TopicCalls } from "./topics/topic-calls.ts";
import type { TransactionCalls } from "./transactions/transaction-calls.ts";

/** All calls of an admin. Their code is loaded by the first of them. */
export interface AdminCalls
  extends
    TopicCalls,
    RecordCalls,
    ConfigCalls,
    ClusterCalls,
    GroupCalls,
    GroupOffsetCalls,
    TransactionCalls,
    SecurityCalls {}

/** The calls as the loaded code has them: one that lists returns its pages. */
export type LoadedCalls<C = AdminCalls> = {
  readonly [N in keyof C]: C[N] extends (...args: infer A) => Listing<infer T, infer R>
    ? (...args: A) => Pages<T, R>
    : C[N];
};
