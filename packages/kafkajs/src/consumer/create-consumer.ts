import type { Consumer, ConsumerConfig } from "../api.ts";
import { ClientLife } from "../client-life.ts";
import type { ClientParts } from "../client-parts.ts";
import { KafkaJSNonRetriableError } from "../errors/kafkajs-error.ts";
import { notWrittenYet, notWrittenYetSync } from "../not-written-yet.ts";

/**
 * `kafka.consumer()`. The members are own, writable and work without their object: tracing agents replace them, and
 * dd-trace calls `run` bare.
 */
export function createConsumer({ cluster, logger: rootLogger, config }: ClientParts<ConsumerConfig>): Consumer {
  if (!config.groupId) throw new KafkaJSNonRetriableError("Consumer groupId must be a non-empty string.");
  const life = new ClientLife("consumer", cluster, rootLogger.namespace("Consumer"));
  const consumer = {
    connect: async () => {
      await life.connect();
    },
    disconnect: () => life.disconnect(),
    subscribe: notWrittenYet("subscribe"),
    stop: notWrittenYet("stop"),
    run: notWrittenYet("run"),
    commitOffsets: notWrittenYet("commitOffsets"),
    seek: notWrittenYetSync("seek"),
    describeGroup: notWrittenYet("describeGroup"),
    pause: notWrittenYetSync("pause"),
    paused: () => [],
    resume: notWrittenYetSync("resume"),
    on: life.events.on.bind(life.events),
    events: life.events.names,
    logger: () => life.logger,
  };
  return consumer as unknown as Consumer;
}
