/// <reference types="node" />
import type { Admin } from "./admin.js";
import type { AdminConfig, ConsumerConfig, KafkaConfig, ProducerConfig } from "./config.js";
import type { Consumer } from "./consumer.js";
import type { Logger } from "./logging.js";
import type { Producer } from "./producer.js";

export * from "./acls.js";
export * from "./admin.js";
export * from "./assigners.js";
export * from "./cluster.js";
export * from "./codecs.js";
export * from "./config.js";
export * from "./constants.js";
export * from "./consumer.js";
export * from "./errors.js";
export * from "./events.js";
export * from "./logging.js";
export * from "./messages.js";
export * from "./offsets.js";
export * from "./partitioners.js";
export * from "./producer.js";
export * from "./sasl.js";

/** A Kafka cluster. Its producers, consumers and admins have their own connections. */
export class Kafka {
  constructor(config: KafkaConfig);
  producer(config?: ProducerConfig): Producer;
  consumer(config: ConsumerConfig): Consumer;
  admin(config?: AdminConfig): Admin;
  logger(): Logger;
}
