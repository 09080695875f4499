import type { KafkaBaseOptions } from "odradek";
import type { Host } from "../host.ts";
import type { Logger } from "../logging/logger.ts";
import type { RetrySettings } from "../retry/retry-options.ts";
import { saslOptions } from "../sasl/sasl-options.ts";
import { brokerAddresses } from "./broker-addresses.ts";
import { connectorOf } from "./connector-of.ts";
import type { KafkaConfig } from "./kafka-config.ts";
import { timedConnector } from "./timed-connector.ts";
import { tlsOptions } from "./tls-options.ts";

/** The longest wait that Odradek takes, in ms. */
const FOR_EVER_MS = 2_147_483_647;
const CONNECTION_TIMEOUT_MS = 1000;
const AUTHENTICATION_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;

/** Options of a client that become options of its `Kafka`. */
export interface ClientSettings {
  /** Times are in ms. */
  readonly metadataMaxAge?: number | undefined;
  /** The waits between the tries of a producer. Default: Odradek's. */
  readonly retry?: Pick<RetrySettings, "initialRetryTime" | "maxRetryTime"> | undefined;
}

/** kafkajs's options as those of an Odradek `Kafka`. */
export function odradekOptions(
  bootstrapServers: readonly string[],
  config: KafkaConfig,
  { metadataMaxAge, retry }: ClientSettings,
  host: Host,
  logger: Logger,
): KafkaBaseOptions {
  const { clientId = "kafkajs", requestTimeout = REQUEST_TIMEOUT_MS, enforceRequestTimeout = true } = config;
  const { connectionTimeout = CONNECTION_TIMEOUT_MS, authenticationTimeout = AUTHENTICATION_TIMEOUT_MS } = config;
  const { connector, hasTls } = connectorOf(config, host);
  const tls = hasTls ? tlsOptions(config.ssl) : undefined;
  const sasl = saslOptions(config.sasl, host, logger);
  return {
    bootstrapServers: serversOf(bootstrapServers, config.brokers),
    clientId,
    requestTimeoutMs: enforceRequestTimeout ? requestTimeout : FOR_EVER_MS,
    connector: timedConnector(host, connector, connectionTimeout),
    socketConnectionSetupTimeoutMs: connectionTimeout + authenticationTimeout,
    ...(metadataMaxAge === undefined ? {} : { metadataMaxAgeMs: metadataMaxAge }),
    ...(retry === undefined
      ? {}
      : {
          retryBackoffMs: Math.round(retry.initialRetryTime),
          retryBackoffMaxMs: Math.round(Math.max(retry.initialRetryTime, retry.maxRetryTime)),
        }),
    ...(tls === undefined ? {} : { tls }),
    ...(sasl === undefined ? {} : { sasl }),
    onLog: odradekLines(logger),
  };
}

/**
 * A function `brokers` is called again when none of the known brokers can be connected to: all may have been replaced.
 * Its first answer is there already.
 */
function serversOf(addresses: readonly string[], brokers: KafkaConfig["brokers"]): BootstrapServers {
  if (typeof brokers !== "function") return addresses;
  let isFirst = true;
  return () => {
    if (!isFirst) return brokerAddresses(brokers);
    isFirst = false;
    return addresses;
  };
}

type BootstrapServers = NonNullable<KafkaBaseOptions["bootstrapServers"]>;

/** Writes Odradek's lines to kafkajs's logger, their facts as further members of the entry. */
function odradekLines(logger: Logger): NonNullable<KafkaBaseOptions["onLog"]> {
  const own = logger.namespace("Odradek");
  return ({ level, message, fields }) => own[level](message, fields);
}
