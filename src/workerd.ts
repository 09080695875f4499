// `odradek` on workerd, the engine of Cloudflare Workers.
import type { AsyncRuntime, DefaultRuntime } from "./runtime/async-runtime.ts";
import { Kafka as KafkaOnAnyPlatform, type KafkaOptions } from "./kafka.ts";
import { workerdPlatform } from "./platform/workerd/platform.ts";
import type { Platform } from "./runtime/platform.ts";

export * from "./index.ts";
export * from "./platform/workerd/surface.ts";

/**
 * {@link KafkaOnAnyPlatform} on workerd. It belongs to the request in which it is first used, or to the Durable Object.
 * Unless options say otherwise, it uses the host's sockets, and opens at most six at a time.
 */
export class Kafka<R extends AsyncRuntime = DefaultRuntime> extends KafkaOnAnyPlatform<R> {
  constructor(options: KafkaOptions<R>) {
    super(options, workerdPlatform());
  }

  /** @internal */
  static override hostPlatform(): Platform<AsyncRuntime> {
    return workerdPlatform();
  }
}
