import type { StreamsGroupCalls } from "./streams-groups/streams-group-calls.ts";
import type { ShareGroupCalls } from "./share-groups/share-group-calls.ts";
import type { ReplicaCalls } from "./replicas/replica-calls.ts";
import type { LogDirCalls } from "./log-dirs/log-dir-calls.ts";
import type { QuotaCalls } from "./quotas/quota-calls.ts";
import type { QuorumCalls } from "./quorum/quorum-calls.ts";
import type { ClusterCalls } from "./cluster/cluster-calls.ts";
import type { ConfigCalls } from "./configs/config-calls.ts";
import type { GroupCalls } from "./groups/group-calls.ts";
import type { Listing } from "./listing.ts";
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
    QuorumCalls,
    QuotaCalls,
    LogDirCalls,
    ReplicaCalls,
    ShareGroupCalls,
    StreamsGroupCalls,
    SecurityCalls {}

/** The calls as the loaded code has them: one that lists returns the promise of its list. */
export type LoadedCalls<C = AdminCalls> = {
  readonly [N in keyof C]: C[N] extends (...args: infer A) => Listing<infer _T, infer R>
    ? (...args: A) => Promise<R>
    : C[N];
};
