import type { AsyncRuntime } from "./runtime/async-runtime.ts";
import type { ConsumerOptions } from "./consumer/options.ts";
import { Consumer } from "./consumer/consumer.ts";
import { clusterOf, type KafkaOptions } from "./kafka.ts";
import type { ProducerOptions } from "./producer/options.ts";
import { Producer } from "./producer/producer.ts";
import type { Bytes } from "./serdes/serde.ts";

/**
 * A producer without a `Kafka`, for programs that must be small: its bundle contains no consumer and no admin. It
 * shares metadata with no other client; close it with its own `close()`. Throws kind `config` like `new Kafka` and
 * `kafka.producer`.
 */
export function standaloneProducer<K = Bytes, V = Bytes>(
  kafka: KafkaOptions<AsyncRuntime>,
  options: ProducerOptions<K, V> = {},
): Producer<K, V> {
  return new Producer<K, V>(clusterOf("standaloneProducer", kafka), options);
}

/** A consumer without a `Kafka`, like {@link standaloneProducer}: its bundle contains no producer. */
export function standaloneConsumer<K = Uint8Array, V = Uint8Array>(
  kafka: KafkaOptions<AsyncRuntime>,
  options: ConsumerOptions<K, V>,
): Consumer<K, V> {
  return new Consumer<K, V>(clusterOf("standaloneConsumer", kafka), options);
}
