import type { Consumer, ConsumerConfig } from "../api.ts";
import { ClientLife } from "../client-life.ts";
import type { ClientParts } from "../client-parts.ts";
import { ConsumerControl } from "./consumer-control.ts";
import { type ConsumerConfigFields, consumerSettings } from "./consumer-settings.ts";
import { strategyOf } from "./strategy.ts";

/**
 * `kafka.consumer()`. The members are own, writable and work without their object: tracing agents replace them, and
 * dd-trace calls `run` bare.
 */
export function createConsumer(parts: ClientParts<ConsumerConfig>): Consumer {
  const { cluster, logger: rootLogger, config, retry } = parts;
  const settings = consumerSettings(config as unknown as ConsumerConfigFields);
  const life = new ClientLife("consumer", cluster, rootLogger.namespace("Consumer"));
  const strategy = strategyOf(settings, cluster, life.logger);
  const control = new ConsumerControl({ life, settings, retry: retry, strategy });
  const consumer = {
    connect: () => control.connect(),
    disconnect: () => control.disconnect(),
    subscribe: (given: Parameters<ConsumerControl["subscribe"]>[0]) => control.subscribe(given),
    stop: () => control.stop(),
    run: (fields?: Parameters<ConsumerControl["run"]>[0]) => control.run(fields),
    commitOffsets: (given?: Parameters<ConsumerControl["commitOffsets"]>[0]) => control.commitOffsets(given),
    seek: (given: Parameters<ConsumerControl["seek"]>[0]) => control.seek(given),
    describeGroup: () => control.describeGroup(),
    pause: (given?: Parameters<ConsumerControl["pause"]>[0]) => control.pause(given),
    paused: () => control.paused(),
    resume: (given?: Parameters<ConsumerControl["resume"]>[0]) => control.resume(given),
    on: life.events.on.bind(life.events),
    events: life.events.names,
    logger: () => life.logger,
  };
  return consumer as unknown as Consumer;
}
