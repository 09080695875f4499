// `odradek/embedded` on Node: a Kafka cluster in memory, or on TCP ports.
import type { EmbeddedCluster as OnAnyHost } from "./embedded/embedded-cluster.ts";
import { type EmbeddedClusterMaker, embeddedClusterOn } from "./embedded/start.ts";
import { nodePlatform } from "./platform/node/platform.ts";

export type * from "./embedded/surface.ts";
export type { CommittedOffset, TopicPartition } from "./embedded/embedded-cluster.ts";

/** A Kafka cluster in this process. */
export type EmbeddedCluster = OnAnyHost;

/** Creates clusters, on Node's platform by default. */
export const EmbeddedCluster: EmbeddedClusterMaker = embeddedClusterOn(nodePlatform);
