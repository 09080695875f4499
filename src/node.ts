// `odradek` on Node, Bun and Deno.
import { publishHooks } from "./observe.ts";
import type { AsyncRuntime, DefaultRuntime } from "./runtime/async-runtime.ts";
import { Kafka as KafkaOnAnyPlatform, type KafkaOptions } from "./kafka.ts";
import type { Platform } from "./runtime/platform.ts";
import { nodeDiagnostics } from "./platform/node/diagnostics.ts";
import { nodePlatform } from "./platform/node/platform.ts";

export * from "./index.ts";
export * from "./platform/node/surface.ts";

/**
 * {@link KafkaOnAnyPlatform} on Node. Unless options say otherwise, it uses Node's sockets, clock, entropy and runtime.
 */
export class Kafka<R extends AsyncRuntime = DefaultRuntime> extends KafkaOnAnyPlatform<R> {
  constructor(options: KafkaOptions<R>) {
    super(options, nodePlatform());
    publishHooks(this, nodeDiagnostics);
  }

  /** @internal */
  static override hostPlatform(): Platform<AsyncRuntime> {
    return nodePlatform();
  }
}
