import type { KafkaBaseOptions } from "odradek";
import type { Logger } from "../logging/logger.ts";
import type { RetrySettings } from "../retry/retry-options.ts";
import type { KafkaConfig } from "./kafka-config.ts";
import { saslOptions } from "./sasl-options.ts";
import { tlsOptions } from "./tls-options.ts";

/** The longest wait that Odradek takes, in ms. */
const FOR_EVER_MS = 2_147_483_647;
const CONNECTION_TIMEOUT_MS = 1000;
const REQUEST_TIMEOUT_MS = 30_000;

/** What a client adds to the options of its `Kafka`. */
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
  logger: Logger,
): KafkaBaseOptions {
  const { clientId = "kafkajs", requestTimeout = REQUEST_TIMEOUT_MS, enforceRequestTimeout = true } = config;
  const tls = tlsOptions(config.ssl);
  const sasl = saslOptions(config.sasl, logger);
  return {
    bootstrapServers,
    clientId,
    requestTimeoutMs: enforceRequestTimeout ? requestTimeout : FOR_EVER_MS,
    socketConnectionSetupTimeoutMs: config.connectionTimeout ?? CONNECTION_TIMEOUT_MS,
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

/** Writes Odradek's lines to kafkajs's logger, their facts as further members of the entry. */
function odradekLines(logger: Logger): NonNullable<KafkaBaseOptions["onLog"]> {
  const own = logger.namespace("Odradek");
  return ({ level, message, fields }) => own[level](message, fields);
}
