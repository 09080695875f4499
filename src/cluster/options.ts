import { KafkaError } from "../errors/kafka-error.ts";
import { inWords } from "../errors/words.ts";
import type { Authenticator } from "../network/authenticator.ts";
import type { Connection } from "../network/connection.ts";
import type { VersionRange } from "../protocol/api-versions.ts";
import type { MetadataResponse } from "../protocol/messages/metadata.ts";
import type { AsyncRuntime, Clock } from "../runtime/async-runtime.ts";
import type { Connector, TlsOptions } from "../runtime/byte-stream.ts";
import type { CallContext, InContext } from "../runtime/call-context.ts";
import type { Crc32c } from "../runtime/checksum.ts";
import type { Codecs } from "../runtime/codec.ts";
import type { Crypto } from "../runtime/crypto.ts";
import type { Entropy } from "../runtime/entropy.ts";
import type { LogEntry } from "../runtime/platform.ts";
import type { Utf8 } from "../runtime/utf8.ts";
import type { BootstrapServers } from "./bootstrap.ts";
import { checkTlsSupport } from "../security/tls-options.ts";
import type { MapBroker } from "./announced-broker.ts";
import type { Throttle } from "./throttle.ts";

/**
 * The options that a `Kafka` passes to its clients. Times are in ms. Defaults and Java's names are documented at
 * `KafkaBaseOptions`.
 */
export interface ClusterOptions {
  readonly bootstrapServers: BootstrapServers;
  readonly runtime: AsyncRuntime;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly connector: Connector;
  readonly mapBroker?: MapBroker;
  readonly codecs: Codecs;
  readonly crc32c?: Crc32c;
  readonly allocate?: (bytes: number) => Uint8Array;
  readonly bytesView?: (buffer: ArrayBufferLike, byteOffset: number, length: number) => Uint8Array;
  readonly utf8: Utf8;
  readonly crypto?: Crypto;
  readonly callContext?: CallContext;
  readonly captureContext?: () => InContext;
  readonly log?: (entry: LogEntry) => void;
  readonly onThrottle?: (throttle: Throttle) => void;
  readonly onExit?: (listener: () => void) => () => void;
  readonly tls?: TlsOptions;
  /** Loads and returns the authenticator of the option `sasl`. */
  readonly login?: () => Promise<Authenticator>;
  /** Loads and returns the versions that the user allows, by API key. */
  readonly allowedVersions?: () => Promise<ReadonlyMap<number, VersionRange>>;
  /** The addresses are those of controllers: reads which there are, instead of the metadata of brokers (KIP-919). */
  readonly readControllers?: (connection: Connection) => Promise<MetadataResponse>;
  /** Each client logs these when it is created. */
  readonly warnings?: readonly string[];
  readonly clientId?: string;
  readonly requestTimeoutMs?: number;
  readonly retryBackoffMs?: number;
  readonly retryBackoffMaxMs?: number;
  readonly socketConnectionSetupTimeoutMs?: number;
  readonly metadataMaxAgeMs?: number;
  readonly connectionsMaxIdleMs?: number;
  readonly metadataRecoveryStrategy?: "rebootstrap" | "none";
  readonly metadataRecoveryRebootstrapTriggerMs?: number;
  readonly metadataClusterCheckEnable?: boolean;
  /** The largest response that is accepted, in bytes. */
  readonly maxFrameBytes?: number;
  /** The most connections of all clients together; undefined for no limit. */
  readonly maxConnections?: number | undefined;
}

/** {@link ClusterOptions} with their defaults. */
export interface ClusterSettings {
  /** Undefined if the user gave none: each client then generates its own. */
  readonly clientId: string | undefined;
  readonly requestTimeoutMs: number;
  readonly retryBackoffMs: number;
  readonly retryBackoffMaxMs: number;
  readonly socketConnectionSetupTimeoutMs: number;
  readonly metadataMaxAgeMs: number;
  readonly connectionsMaxIdleMs: number;
  /** Whether to ask the bootstrap servers again when the known brokers do not answer. */
  readonly mayRebootstrap: boolean;
  readonly rebootstrapTriggerMs: number;
  /** Whether a new connection states the cluster and the broker that it is meant for (KIP-1242). */
  readonly checksCluster: boolean;
  readonly maxFrameBytes: number;
  readonly maxConnections: number;
}

/**
 * Checks the options and applies the defaults. Throws kind `config` that names the option, its value and what it takes.
 */
export function clusterSettings(options: ClusterOptions): ClusterSettings {
  const { metadataRecoveryStrategy: recovery = "rebootstrap" } = options;
  if (recovery !== "rebootstrap" && recovery !== "none")
    throw new KafkaError("config", `metadataRecoveryStrategy takes "rebootstrap" or "none", not ${inWords(recovery)}`);
  checkTlsSupport(options.tls, options.connector);
  return {
    clientId: options.clientId,
    requestTimeoutMs: wholeNumber("requestTimeoutMs", options.requestTimeoutMs, 30_000, 1),
    retryBackoffMs: wholeNumber("retryBackoffMs", options.retryBackoffMs, 100, 0),
    retryBackoffMaxMs: wholeNumber("retryBackoffMaxMs", options.retryBackoffMaxMs, 1000, 0),
    socketConnectionSetupTimeoutMs: wholeNumber(
      "socketConnectionSetupTimeoutMs",
      options.socketConnectionSetupTimeoutMs,
      10_000,
      1,
    ),
    metadataMaxAgeMs: wholeNumber("metadataMaxAgeMs", options.metadataMaxAgeMs, 300_000, 1),
    connectionsMaxIdleMs: wholeNumber("connectionsMaxIdleMs", options.connectionsMaxIdleMs, 540_000, 1),
    mayRebootstrap: recovery === "rebootstrap",
    rebootstrapTriggerMs: wholeNumber(
      "metadataRecoveryRebootstrapTriggerMs",
      options.metadataRecoveryRebootstrapTriggerMs,
      300_000,
      0,
    ),
    checksCluster: options.metadataClusterCheckEnable ?? true,
    maxFrameBytes: wholeNumber("maxFrameBytes", options.maxFrameBytes, 104_857_600, 1024),
    maxConnections: wholeNumber("maxConnections", options.maxConnections, Number.POSITIVE_INFINITY, 1),
  };
}

/** A whole number from `min` to `max`, or the default. Throws kind `config` that names the option. */
export function wholeNumber(
  name: string,
  value: number | undefined,
  fallback: number,
  min: number,
  max = 2_147_483_647,
): number {
  if (value === undefined) return fallback;
  if (!Number.isInteger(value) || value < min || value > max)
    throw new KafkaError("config", `${name} takes a whole number from ${min} to ${max}, not ${inWords(value)}`);
  return value;
}
