import { DeadlineEntry } from "../runtime/deadline-wheel.ts";
import type { ClusterClient } from "./cluster-client.ts";
import { metricsOf, type Readings, type Statistics } from "./metrics.ts";
import { callUser } from "./user-callback.ts";

/** Options of all clients that report statistics. */
export interface StatisticsOptions {
  /**
   * Called every `statisticsIntervalMs` with all metrics, including rates and averages. If it throws, or its promise
   * rejects, the error is logged. Default: none. Without it statistics cost nothing, because the counters are plain
   * fields that exist anyway.
   */
  readonly onStatistics?: (statistics: Statistics) => void;
  /** How often `onStatistics` is called, in ms. Default 30000. Java: `metrics.sample.window.ms`. */
  readonly statisticsIntervalMs?: number;
}

/**
 * Reports the metrics of a client at intervals. It ends when the client is closed, and never keeps the process alive.
 */
export class StatisticsTimer extends DeadlineEntry {
  readonly #client: ClusterClient;
  readonly #intervalMs: number;
  readonly #read: () => readonly Readings[];
  readonly #listener: (statistics: Statistics) => void;
  #before: readonly Readings[];
  #atMs: number;

  constructor(
    client: ClusterClient,
    intervalMs: number,
    read: () => readonly Readings[],
    listener: (statistics: Statistics) => void,
  ) {
    super();
    this.#client = client;
    this.#intervalMs = intervalMs;
    this.#read = read;
    this.#listener = listener;
    this.#before = read();
    this.#atMs = client.clock.monotonic();
    client.deadlines.add(this, this.#atMs + intervalMs);
  }

  override onDeadline(): void {
    const { clock, deadlines, cluster } = this.#client;
    const atMs = clock.monotonic();
    const intervalMs = atMs - this.#atMs;
    const now = this.#read();
    const statistics = { atMs: clock.now(), intervalMs, metrics: metricsOf(now, this.#before, intervalMs / 1000) };
    this.#before = now;
    this.#atMs = atMs;
    deadlines.add(this, atMs + this.#intervalMs);
    callUser("onStatistics", this.#listener, statistics, (level, message) => cluster.log(level, message));
  }
}
