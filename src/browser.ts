// `odradek/browser`: client and embedded cluster in a page or a web worker.
import type { ConsumerOptions } from "./consumer/options.ts";
import type { Consumer } from "./consumer/consumer.ts";
import type { EmbeddedCluster as OnAnyHost } from "./embedded/embedded-cluster.ts";
import type { EmbeddedClusterMaker } from "./embedded/start.ts";
import { lateCode } from "./errors/late-code.ts";
import { Kafka as KafkaOnAnyPlatform, type KafkaOptions } from "./kafka.ts";
import { browserPlatform } from "./platform/browser/platform.ts";
import type { ProducerOptions } from "./producer/options.ts";
import type { Producer } from "./producer/producer.ts";
import type { AsyncRuntime, DefaultRuntime } from "./runtime/async-runtime.ts";
import type { Platform } from "./runtime/platform.ts";
import type { Bytes } from "./serdes/serde.ts";
import {
  standaloneConsumer as consumerOnAnyPlatform,
  standaloneProducer as producerOnAnyPlatform,
} from "./standalone.ts";

export * from "./index.ts";
export type * from "./embedded/surface.ts";
export * from "./platform/browser/surface.ts";

/**
 * {@link KafkaOnAnyPlatform} in a browser. Unless options say otherwise, it uses the browser's clock, entropy and
 * runtime. It needs a `connector`, such as `webSocketConnector(url)`, or an embedded cluster.
 */
export class Kafka<R extends AsyncRuntime = DefaultRuntime> extends KafkaOnAnyPlatform<R> {
  constructor(options: KafkaOptions<R>) {
    super(options, browserPlatform());
  }

  /** @internal */
  static override hostPlatform(): Platform<AsyncRuntime> {
    return browserPlatform();
  }
}

/**
 * A producer without a `Kafka`, for pages that must be small: its bundle contains no consumer and no admin. It shares
 * metadata with no other client; close it with its own `close()`. Throws kind `config` like `new Kafka` and
 * `kafka.producer`.
 */
export function standaloneProducer<K = Bytes, V = Bytes>(
  kafka: KafkaOptions<AsyncRuntime>,
  options: ProducerOptions<K, V> = {},
): Producer<K, V> {
  return producerOnAnyPlatform<K, V>(inBrowser(kafka), options);
}

/** A consumer without a `Kafka`, like {@link standaloneProducer}: its bundle contains no producer. */
export function standaloneConsumer<K = Uint8Array, V = Uint8Array>(
  kafka: KafkaOptions<AsyncRuntime>,
  options: ConsumerOptions<K, V>,
): Consumer<K, V> {
  return consumerOnAnyPlatform<K, V>(inBrowser(kafka), options);
}

/** The options, with the browser's platform by default. If they are no object, the check of the client reports that. */
function inBrowser(kafka: KafkaOptions<AsyncRuntime>): KafkaOptions<AsyncRuntime> {
  const given = kafka as KafkaOptions<AsyncRuntime> | null;
  return typeof given === "object" && given !== null && given.platform === undefined
    ? { ...given, platform: browserPlatform() }
    : kafka;
}

/** A Kafka cluster in this page. */
export type EmbeddedCluster = OnAnyHost;

/** Creates clusters, on the browser's platform by default. Their code is loaded at the first start. */
export const EmbeddedCluster: EmbeddedClusterMaker = {
  async start(options) {
    const { embeddedClusterOn } = await lateCode(import("./embedded/start.ts"), "the embedded cluster");
    return embeddedClusterOn(browserPlatform).start(options);
  },
};
