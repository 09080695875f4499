// `odradek/embedded` on Node: a Kafka cluster in memory, or on TCP ports.
import { type EmbeddedClusterOptions, EmbeddedCluster as OnAnyHost } from "./embedded/embedded-cluster.ts";
import { nodePlatform } from "./platform/node/platform.ts";
import { nodeListener } from "./platform/node/listener.ts";
import type { LogEntry } from "./runtime/platform.ts";
import { memoryStreams } from "./runtime/memory-streams.ts";

export type { BrokerSnapshot, ClusterSnapshot, CommittedOffset, CoordinatorKind, EmbeddedClusterOptions, GroupSnapshot, InitialTopic, PartitionSnapshot, TopicPartition, TopicSnapshot, TransactionSnapshot, TransactionStatus, TransactionVersion } from "./embedded/embedded-cluster.ts";
export type { BrokerErrorName } from "./errors/error-table.ts";
export type { QueuedError } from "./embedded/intercepts/error-queue.ts";
export type { InterceptHandle } from "./embedded/intercepts/intercept-handle.ts";
export type * from "./embedded/intercepts/interception.ts";
export type { AnyRequestLogEntry, RequestLog, RequestLogEntry, RequestLogOptions, RequestOutcome } from "./embedded/intercepts/request-log.ts";
export type { InterceptScope, RequestScope, ScopeOf } from "./embedded/intercepts/scope.ts";
export type { PartitionApiName, TopicApiName } from "./embedded/intercepts/topic-fields.ts";

/** A Kafka cluster in this process. */
export type EmbeddedCluster = OnAnyHost;

export const EmbeddedCluster: { start(options?: EmbeddedClusterOptions): Promise<EmbeddedCluster> } = {
  /** Starts a cluster: in memory, to be given to `new Kafka({ cluster })`; with `host` or `ports`, on TCP for any client. */
  start(options: EmbeddedClusterOptions = {}): Promise<EmbeddedCluster> {
    const platform = nodePlatform();
    const { runtime, clock, entropy } = platform;
    const shared = { runtime, clock, entropy, log: (entry: LogEntry): void => platform.log?.(entry) };
    if ((options as EmbeddedClusterOptions | null)?.host === undefined && (options as EmbeddedClusterOptions | null)?.ports === undefined) return OnAnyHost.start(options, { ...shared, ...memoryStreams(runtime) });
    return OnAnyHost.start(options, { ...shared, listener: nodeListener() });
  },
};
