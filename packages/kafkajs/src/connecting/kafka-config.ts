import type { LogCreator } from "../logging/logger.ts";
import type { LogLevel } from "../logging/log-level.ts";
import type { RetrySettings } from "../retry/retry-options.ts";

/** `brokers` of `new Kafka`: addresses, or a function that gives them each time. */
export type Brokers = readonly string[] | (() => readonly string[] | Promise<readonly string[]>);

/**
 * The options of `new Kafka`, as kafkajs knows them. Nothing of them is checked before a client connects, and unknown
 * ones are ignored. Times are in ms.
 */
export interface KafkaConfig {
  readonly brokers?: Brokers;
  readonly ssl?: unknown;
  readonly sasl?: unknown;
  readonly clientId?: string | undefined;
  readonly connectionTimeout?: number | undefined;
  readonly authenticationTimeout?: number | undefined;
  readonly reauthenticationThreshold?: number | undefined;
  readonly requestTimeout?: number | undefined;
  readonly enforceRequestTimeout?: boolean | undefined;
  readonly retry?: Partial<RetrySettings> | undefined;
  readonly socketFactory?: unknown;
  readonly logLevel?: LogLevel | undefined;
  readonly logCreator?: LogCreator | undefined;
}
