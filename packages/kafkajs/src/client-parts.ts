import type { Cluster } from "./connecting/cluster.ts";
import type { Logger } from "./logging/logger.ts";
import type { RetrySettings } from "./retry/retry-options.ts";

/**
 * The one argument of `createProducer`, `createConsumer` and `createAdmin`. Tracing agents wrap these functions for its
 * member `cluster`, which also has the host. `config` is what the user passed, unchecked.
 */
export interface ClientParts<C> {
  readonly cluster: Cluster;
  /** The root logger of the `Kafka`: `logger.namespace("Producer")` and so on. */
  readonly logger: Logger;
  /** The retries of the `Kafka`, with those of the client over them; members may be absent. */
  readonly retry: Partial<RetrySettings>;
  readonly config: C;
}
