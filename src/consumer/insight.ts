import type { Readings } from "../cluster/metrics.ts";
import type { TopicPartition } from "../cluster/topic-partition.ts";
import { callLimit } from "./call-options.ts";
import type { Closing } from "./closing.ts";
import { consumerReadings, lagOf } from "./consumer-readings.ts";
import type { Fetcher } from "./fetching/fetcher.ts";
import type { ConsumerHealth, HealthOptions } from "./health/health.ts";
import { HealthWatch } from "./health/health-watch.ts";
import type { ObservedClient } from "../hooks/hook-sites.ts";
import { checkLagOptions, type ConsumerLag, consumerLag, type LagOptions } from "./lag.ts";
import type { Subscriber } from "./subscriber.ts";

/** The metrics, the lag and the health of a consumer. */
export class Insight<K, V> {
  readonly #fetcher: Fetcher<K, V>;
  readonly #subscriber: Subscriber<K, V>;
  readonly #closing: Closing<K, V>;
  readonly #watch: HealthWatch<K, V>;

  constructor(fetcher: Fetcher<K, V>, subscriber: Subscriber<K, V>, closing: Closing<K, V>) {
    this.#fetcher = fetcher;
    this.#subscriber = subscriber;
    this.#closing = closing;
    const observed: ObservedClient = fetcher.client;
    observed.readings = () => this.readings();
    observed.readsFrom = (partition) => fetcher.partitions.find(partition)?.route.source?.nodeId;
    this.#watch = new HealthWatch<K, V>({
      fetcher,
      membership: () => subscriber.membership,
      lagOf: (cursor) => lagOf(cursor, fetcher.settings.isReadCommitted),
      isClosing: () => closing.hasBegun,
    });
  }

  readings(): readonly Readings[] {
    return consumerReadings(this.#fetcher, this.#subscriber.membership);
  }

  /** The lag that the last fetch reported. Throws kind `config` for a partition that the consumer does not read. */
  currentLag(partition: TopicPartition): number | undefined {
    return lagOf(this.#fetcher.partitions.get(partition), this.#fetcher.settings.isReadCommitted);
  }

  lag(options: LagOptions): Promise<ConsumerLag> {
    checkLagOptions(options, "lag");
    const { inTime = false, timeoutMs, signal } = options;
    const limits = { ...(timeoutMs === undefined ? {} : { timeoutMs }), ...(signal === undefined ? {} : { signal }) };
    const limit = callLimit(limits, "lag", this.#fetcher.settings.defaultApiTimeoutMs);
    this.#closing.check("look up the lag");
    return consumerLag(this.#fetcher, limit, inTime);
  }

  health(options: HealthOptions): ConsumerHealth {
    return this.#watch.look(options);
  }
}
