import { KafkaError } from "../errors/kafka-error.ts";
import type { AsyncRuntime } from "../runtime/async-runtime.ts";
import { memoryStreams } from "../runtime/memory-streams.ts";
import { checkPlatform, missingPlatform, type Platform } from "../runtime/platform.ts";
import { EmbeddedCluster as Cluster } from "./embedded-cluster.ts";
import type { EmbeddedClusterOptions } from "./options.ts";

/** The options of a cluster, and the platform that it runs on. */
export interface EmbeddedClusterStartOptions extends EmbeddedClusterOptions {
  /**
   * Runtime, clock, entropy and log of the host. Default: the host's own where the package knows it (`odradek/embedded`
   * on Node, Bun and Deno). `odradek/core` needs one.
   */
  readonly platform?: Platform<AsyncRuntime>;
}

/** The type of the value `EmbeddedCluster`: it starts clusters in this process. */
export interface EmbeddedClusterMaker {
  /**
   * Starts a cluster: in memory, to be given to `new Kafka({ cluster })`; with `host` or `ports`, on TCP for any
   * client, if the platform can listen. Rejects with kind `config` for an option that is wrong, and `unsupported` where
   * the platform cannot listen.
   */
  start(options?: EmbeddedClusterStartOptions): Promise<Cluster>;
}

/** A cluster on the platform that is given: nothing else is known of the host. */
export const givenPlatformCluster: EmbeddedClusterMaker = embeddedClusterOn(undefined);

/** Starts clusters on a host whose platform is known. */
export function embeddedClusterOn(hostPlatform: (() => Platform<AsyncRuntime>) | undefined): EmbeddedClusterMaker {
  return {
    async start(given: EmbeddedClusterStartOptions = {}): Promise<Cluster> {
      // What is no object at all the cluster's own check names.
      const { platform: own, ...rest } = typeof given === "object" && (given as unknown) !== null ? given : {};
      const options = own === undefined ? given : rest;
      if (own !== undefined) checkPlatform(own, "EmbeddedCluster: platform");
      const platform = own ?? hostPlatform?.();
      if (platform === undefined) throw missingPlatform("EmbeddedCluster.start");
      const { runtime, clock, entropy, listener } = platform;
      const shared = {
        runtime,
        clock: runtime.clock ?? clock,
        entropy,
        platform,
        log: platform.log?.bind(platform) ?? ((): void => undefined),
      };
      if (rest.host === undefined && rest.ports === undefined)
        return Cluster.start(options, { ...shared, ...memoryStreams(runtime) });
      if (listener === undefined)
        throw new KafkaError(
          "unsupported",
          "this platform cannot listen on ports: leave out `host` and `ports`, and the cluster is in memory",
        );
      return Cluster.start(options, { ...shared, listener });
    },
  };
}
