import type { Producer, ProducerConfig } from "../api.ts";
import { ClientLife } from "../client-life.ts";
import type { ClientParts } from "../client-parts.ts";
import { notWrittenYet } from "../not-written-yet.ts";

/**
 * `kafka.producer()`. The members are own, writable and work without their object: tracing agents replace them. `send`
 * does not call `sendBatch` of the object, which would make two spans.
 */
export function createProducer({ cluster, logger: rootLogger, config }: ClientParts<ProducerConfig>): Producer {
  const life = new ClientLife("producer", cluster, rootLogger.namespace("Producer"));
  const producer = {
    connect: async () => {
      await life.connect();
    },
    disconnect: () => life.disconnect(),
    isIdempotent: () => config.idempotent ?? false,
    events: life.events.names,
    on: life.events.on.bind(life.events),
    send: notWrittenYet("send"),
    sendBatch: notWrittenYet("sendBatch"),
    transaction: notWrittenYet("transaction"),
    logger: () => life.logger,
  };
  return producer as unknown as Producer;
}
