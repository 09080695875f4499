// The drop-in for kafkajs in virtual time, with an embedded cluster: the same classes as in the published package.
import { Client } from "../../packages/kafkajs/src/client.ts";
import { compressionCodecs } from "../../packages/kafkajs/src/codecs/compression-codecs.ts";
import type { KafkaConfig } from "../../packages/kafkajs/src/connecting/kafka-config.ts";
import { HOST, type Host } from "../../packages/kafkajs/src/host.ts";
import { sleep } from "../../packages/kafkajs/src/host-time.ts";
import type { LogEntry } from "../../packages/kafkajs/src/logging/logger.ts";
import { createPartitioners } from "../../packages/kafkajs/src/partitioners/partitioners.ts";
import type { Connector } from "../../src/runtime/byte-stream.ts";
import type { EmbeddedCluster, EmbeddedClusterOptions } from "../../src/embedded/embedded-cluster.ts";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import type { KafkaBaseOptions } from "../../src/kafka.ts";
import { observe } from "../../src/observe.ts";
import { sendAll } from "../../src/send-all.ts";
import { portableCodecs } from "../../src/records/compression.ts";
import { Random } from "../../src/simulation/random.ts";
import { inWorld, type World } from "../client/world.ts";

/** A world of the drop-in. */
export interface KafkaJsWorld {
  readonly host: Host;
  readonly cluster: EmbeddedCluster;
  /** Odradek's own world: `world.kafka` writes and reads what a test compares with. */
  readonly world: World;
  /** The entries of all loggers without a `logCreator` of their own. */
  readonly logged: LogEntry[];
  /** `new Kafka`: brokers, and a log creator that collects, unless given. Disconnect its clients before the end. */
  kafka(config?: KafkaConfig): Client;
  /** Waits in virtual time. */
  wait(ms: number): Promise<void>;
}

/** The options of {@link inKafkaJsWorld}. */
export type KafkaJsWorldOptions = EmbeddedClusterOptions & {
  readonly seed?: number;
  readonly latencyMs?: number;
  readonly environment?: Readonly<Record<string, string>>;
  /** Default: the network to the cluster. */
  readonly connector?: Connector;
};

/** Runs a test in virtual time; afterwards nothing may live: no task, no delay. */
export async function inKafkaJsWorld<T>(
  options: KafkaJsWorldOptions,
  body: (world: KafkaJsWorld) => Promise<T>,
): Promise<T> {
  const { environment = {}, connector, ...others } = options;
  return await inWorld(others, (world) => {
    const logged: LogEntry[] = [];
    const host = hostOf(connector === undefined ? world : { ...world, connector }, environment, options.seed ?? 1);
    class Kafka extends Client {
      static override readonly [HOST] = host;
    }
    const { cluster } = world;
    const kafka = (config: KafkaConfig = {}): Client =>
      new Kafka({
        brokers: cluster.bootstrapServers.split(","),
        logCreator: () => (entry) => logged.push(entry),
        ...config,
      });
    const wait = (ms: number): Promise<void> => sleep(host, ms);
    return body({ host, cluster, world, logged, kafka, wait });
  });
}

/** Takes the option out that a client of a world has. */
const NO_CLUSTER = { cluster: undefined } as unknown as KafkaBaseOptions;

/** The lines that a host prints are dropped: a test that looks at them passes a `logCreator`. */
function hostOf(
  { platform, client, connector }: World,
  environment: Readonly<Record<string, string>>,
  seed: number,
): Host {
  const random = Random.keyed(seed, "kafkajs");
  return {
    runtime: platform.runtime,
    clock: platform.clock,
    connector,
    socketFactory: undefined,
    random: () => random.fraction(),
    environment: (name) => environment[name],
    print: () => undefined,
    // With the drop-in's own addresses, not with the cluster as it is.
    kafka: (options) => client({ ...NO_CLUSTER, ...options }),
    observe,
    sendAll,
    KafkaError,
    codecs: compressionCodecs(portableCodecs()),
    partitioners: createPartitioners(() => 0),
    process: { nextEventId: 0, warned: new Set() },
  };
}
