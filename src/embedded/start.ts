import { KafkaError } from "../errors/kafka-error.ts";
import type { AsyncRuntime } from "../runtime/async-runtime.ts";
import { MEMORY_HOST } from "../runtime/memory-host.ts";
import { memoryStreams } from "../runtime/memory-streams.ts";
import { checkPlatform, missingPlatform, type Platform } from "../runtime/platform.ts";
import { EmbeddedCluster as Cluster } from "./embedded-cluster.ts";
import type { EmbeddedClusterOptions } from "./options.ts";

/** The options of a cluster, and its platform. */
export interface EmbeddedClusterStartOptions extends EmbeddedClusterOptions {
  /**
   * Runtime, clock, entropy and log of the host. Default: the host's own, if the package knows it (`odradek/embedded`
   * on Node, Bun and Deno). `odradek/core` needs one.
   */
  readonly platform?: Platform<AsyncRuntime>;
}

/** The type of the value `EmbeddedCluster`, which starts clusters in this process. */
export interface EmbeddedClusterMaker {
  /**
   * Starts a cluster. By default it is in memory only: pass it to `new Kafka({ cluster })`. With `host` or `ports` it
   * listens on TCP for any client, if the platform can listen. Rejects with kind `config` for a wrong option, and
   * `unsupported` if the platform cannot listen.
   */
  start(options?: EmbeddedClusterStartOptions): Promise<Cluster>;
}

function inMemory(options: EmbeddedClusterOptions): EmbeddedClusterOptions {
  return typeof options === "object" && (options as unknown) !== null ? { ...options, host: MEMORY_HOST } : options;
}

/** Starts clusters only on the platform that is passed. */
export const givenPlatformCluster: EmbeddedClusterMaker = embeddedClusterOn(undefined);

/** Starts clusters on a host whose platform is known. */
export function embeddedClusterOn(hostPlatform: (() => Platform<AsyncRuntime>) | undefined): EmbeddedClusterMaker {
  return {
    async start(given: EmbeddedClusterStartOptions = {}): Promise<Cluster> {
      // If it is not an object, the cluster's own check reports that.
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
        return Cluster.start(inMemory(options), { ...shared, ...memoryStreams(runtime) });
      if (listener === undefined)
        throw new KafkaError(
          "unsupported",
          "this platform cannot listen on ports: leave out `host` and `ports`, and the cluster is in memory",
        );
      return Cluster.start(options, { ...shared, listener });
    },
  };
}
