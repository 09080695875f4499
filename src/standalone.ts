import type { AsyncRuntime } from "./runtime/async-runtime.ts";
import type { ConsumerOptions } from "./consumer/options.ts";
import { Consumer } from "./consumer/consumer.ts";
import { clusterOf, type KafkaOptions } from "./kafka.ts";
import type { ProducerOptions } from "./producer/options.ts";
import { Producer } from "./producer/producer.ts";
import type { Bytes } from "./serdes/serde.ts";

/**
 * A producer without a `Kafka`, for programs whose size counts: what a bundler makes of it has no consumer and no admin
 * in it. It shares its metadata with nobody; close it by its own `close()`. Throws kind `config` as `new Kafka` and
 * `kafka.producer` do.
 */
export function standaloneProducer<K = Bytes, V = Bytes>(
  kafka: KafkaOptions<AsyncRuntime>,
  options: ProducerOptions<K, V> = {},
): Producer<K, V> {
  return new Producer<K, V>(clusterOf("standaloneProducer", kafka), options);
}

/**
 * A consumer without a `Kafka`, as {@link standaloneProducer} is a producer: what a bundler makes of it has no producer
 * in it.
 */
export function standaloneConsumer<K = Uint8Array, V = Uint8Array>(
  kafka: KafkaOptions<AsyncRuntime>,
  options: ConsumerOptions<K, V>,
): Consumer<K, V> {
  return new Consumer<K, V>(clusterOf("standaloneConsumer", kafka), options);
}
