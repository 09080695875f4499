// `odradek/core`: client, embedded cluster and simulator for any host. No file in here uses a host's API: pass a
// platform as an option (docs/platforms.md).
import type { EmbeddedCluster as Cluster } from "./embedded/embedded-cluster.ts";
import { type EmbeddedClusterMaker, givenPlatformCluster } from "./embedded/start.ts";

export * from "./index.ts";
export { Kafka } from "./kafka.ts";
export { standaloneConsumer, standaloneProducer } from "./standalone.ts";
export type * from "./embedded/surface.ts";
export type * from "./simulation/surface.ts";
export type { Random } from "./simulation/random.ts";
export type { Scheduler } from "./simulation/scheduler.ts";
export type { SimulatedClock } from "./simulation/simulated-clock.ts";
export type { SimulatedRuntime } from "./simulation/simulated-runtime.ts";
export { simulate } from "./simulate.ts";
export { simulatedPlatform } from "./simulated-platform.ts";
export { type BoxedDelay, boxedRuntime, type BoxedRuntimeOptions, type Sleep } from "./runtime/boxed-runtime.ts";
export { type WheelDelay, wheelRuntime, type WheelRuntimeOptions } from "./runtime/wheel-runtime.ts";
export { memoryStreams } from "./runtime/memory-streams.ts";

/** A Kafka cluster in this process. */
export type EmbeddedCluster = Cluster;

/** Creates clusters. The platform must be passed as an option. */
export const EmbeddedCluster: EmbeddedClusterMaker = givenPlatformCluster;
