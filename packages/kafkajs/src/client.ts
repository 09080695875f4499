import type { Admin, AdminConfig, Consumer, ConsumerConfig, Producer, ProducerConfig } from "./api.ts";
import { createAdmin } from "./admin/create-admin.ts";
import { Cluster } from "./connecting/cluster.ts";
import { CommittedOffsets } from "./connecting/committed-offsets.ts";
import type { KafkaConfig } from "./connecting/kafka-config.ts";
import type { ClientSettings } from "./connecting/odradek-options.ts";
import { createConsumer } from "./consumer/create-consumer.ts";
import { HOST, type Host } from "./host.ts";
import { consoleLogCreator } from "./logging/console-log-creator.ts";
import { logLevel } from "./logging/log-level.ts";
import { createLogger, type Logger } from "./logging/logger.ts";
import { createProducer } from "./producer/create-producer.ts";
import { type RetrySettings, retrySettings } from "./retry/retry-options.ts";

const METADATA_MAX_AGE_MS = 300_000;

/** The own member of a `Kafka`: a symbol, since tracing agents and proxies copy and wrap it. */
const INSIDE: unique symbol = Symbol("odradek:inside");

interface Inside {
  readonly config: KafkaConfig;
  readonly logger: Logger;
  readonly cluster: (settings: ClientSettings) => Cluster;
}

/**
 * `Kafka`. Its class is called `Client`, as in kafkajs: New Relic looks for the constructor of a class of this name in
 * the shipped file `src/index.js`, and dd-trace replaces what that file exports by a subclass.
 */
export class Client {
  /** The host: the published package sets Node's, and tests those of their worlds. */
  declare static readonly [HOST]: Host;
  private readonly [INSIDE]: Inside;

  constructor(config: KafkaConfig) {
    this[INSIDE] = insideOf(new.target[HOST], config);
  }

  producer(config: ProducerConfig = {}): Producer {
    const { metadataMaxAge = METADATA_MAX_AGE_MS } = config;
    const { cluster, ...inside } = this[INSIDE];
    const parts = partsOf(inside, config);
    return createProducer({ ...parts, cluster: cluster({ metadataMaxAge, retry: retrySettings(parts.retry) }) });
  }

  consumer(config: ConsumerConfig = {} as ConsumerConfig): Consumer {
    const { metadataMaxAge = METADATA_MAX_AGE_MS, retry = { retries: 5 } } = config;
    const { cluster, ...inside } = this[INSIDE];
    return createConsumer({ ...partsOf(inside, { ...config, retry }), cluster: cluster({ metadataMaxAge }) });
  }

  admin(config: AdminConfig = {}): Admin {
    const { cluster, ...inside } = this[INSIDE];
    return createAdmin({ ...partsOf(inside, config), cluster: cluster({}) });
  }

  logger(): Logger {
    return this[INSIDE].logger;
  }
}

function insideOf(host: Host, config: KafkaConfig): Inside {
  // Without an argument this is a TypeError, as in kafkajs.
  const { logLevel: level = logLevel.INFO, logCreator = consoleLogCreator(host) } = config;
  const logger = createLogger(host, level, logCreator);
  const offsets = new CommittedOffsets();
  return { config, logger, cluster: (settings) => new Cluster({ host, config, settings, logger, offsets }) };
}

function partsOf<C extends { readonly retry?: Partial<RetrySettings> | undefined }>(
  { config: { retry }, logger }: Pick<Inside, "config" | "logger">,
  config: C,
): { readonly logger: Logger; readonly retry: Partial<RetrySettings>; readonly config: C } {
  return { logger, retry: { ...retry, ...config.retry }, config };
}
