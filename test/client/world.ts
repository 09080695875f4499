// A client and an embedded cluster in virtual time, for tests of the whole stack.
import "./late-code.ts";
import type { EmbeddedClusterHost } from "../../src/embedded/cluster-host.ts";
import { EmbeddedCluster, type EmbeddedClusterOptions } from "../../src/embedded/embedded-cluster.ts";
import { Kafka, type KafkaBaseOptions } from "../../src/kafka.ts";
import { nodeDrain } from "../../src/platform/node/drain.ts";
import type { Connector } from "../../src/runtime/byte-stream.ts";
import type { LogEntry } from "../../src/runtime/platform.ts";
import { slowNetwork } from "./slow-network.ts";
import { type SimulatedPlatform, simulatedPlatform } from "../../src/simulation/simulated-platform.ts";
import type { SimulatedRuntime } from "../../src/simulation/simulated-runtime.ts";

export interface World {
  readonly platform: SimulatedPlatform;
  readonly cluster: EmbeddedCluster;
  /** The network between the clients and the cluster. */
  readonly connector: Connector;
  readonly kafka: Kafka<SimulatedRuntime>;
  /** Another client of the same cluster. */
  client(options?: KafkaBaseOptions): Kafka<SimulatedRuntime>;
}

/** Runs a test in virtual time; afterwards nothing may live: no task, no delay. */
export async function inWorld<T>(
  options: EmbeddedClusterOptions &
    Pick<EmbeddedClusterHost, "onAuthentication"> & {
      readonly seed?: number;
      readonly client?: KafkaBaseOptions;
      readonly latencyMs?: number;
    },
  body: (world: World) => Promise<T>,
): Promise<T> {
  const { seed = 1, client: clientOptions = {}, latencyMs = 0, onAuthentication, ...clusterOptions } = options;
  const platform = simulatedPlatform({ seed, drain: nodeDrain });
  return platform.run(async () => {
    const { runtime, clock, entropy } = platform;
    const { listener, connector } = latencyMs === 0 ? platform : slowNetwork(platform, latencyMs);
    const cluster = await EmbeddedCluster.start(clusterOptions, {
      ...{ runtime, clock, entropy, listener, connector },
      ...(onAuthentication === undefined ? {} : { onAuthentication }),
    });
    const clients: Kafka<SimulatedRuntime>[] = [];
    const faults: string[] = [];
    const client = (more: KafkaBaseOptions = {}): Kafka<SimulatedRuntime> => {
      const options = { ...clientOptions, ...more };
      const { onLog = platform.log?.bind(platform) } = options;
      const watched = (entry: LogEntry): void => {
        if (entry.fields["fault"] !== undefined) faults.push(entry.message);
        return onLog?.(entry);
      };
      const made = new Kafka<SimulatedRuntime>(
        {
          cluster: { bootstrapServers: cluster.bootstrapServers, connector },
          ...options,
          // Something that cannot be fails the test, also where it goes on well by luck.
          ...(onLog === undefined || typeof onLog === "function" ? { onLog: watched } : {}),
          runtime,
        },
        platform,
      );
      clients.push(made);
      return made;
    };
    const result = await body({ platform, cluster, connector, kafka: client(), client });
    for (const made of clients) await made.close();
    await cluster.close();
    if (faults.length > 0) throw new Error(faults.join("; "));
    if (runtime.tasks !== 1 - 1 || runtime.delays !== 0)
      throw new Error(`after close ${runtime.tasks} tasks and ${runtime.delays} delays live`);
    return result;
  });
}

/**
 * The first `count` records of a loop. Of a consumer's the last one is done as well: its next loop goes on behind it.
 */
export async function take<R>(records: AsyncIterable<R>, count: number): Promise<R[]> {
  const taken: R[] = [];
  const done = "markProcessed" in records ? (records as unknown as { markProcessed(record: R): void }) : undefined;
  for await (const record of records) {
    taken.push(record);
    done?.markProcessed(record);
    if (taken.length === count) break;
  }
  return taken;
}

export const text = (bytes: Uint8Array | null): string | null =>
  bytes === null ? null : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
