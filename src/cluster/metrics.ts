/** One metric, with the name, group and tags of the Java client. */
export interface Metric {
  /** The metric's name, for example `record-send-total`. */
  readonly name: string;
  /** Java's group of the metric, for example `producer-metrics`. */
  readonly group: string;
  /**
   * `client-id`; `client-number`, which distinguishes the clients of one `Kafka` and does not exist in Java; and
   * `topic`, `partition` or `node-id` if the metric is about one of these.
   */
  readonly tags: Readonly<Record<string, string>>;
  /** The current value. */
  readonly value: number;
}

/** The argument of `onStatistics`. */
export interface Statistics {
  /** When they were taken, in ms since the epoch. */
  readonly atMs: number;
  /** The time since the previous call, over which rates and averages are computed. */
  readonly intervalMs: number;
  /** All metrics of the client, as returned by `metrics()`, but with rates and averages over the interval. */
  readonly metrics: readonly Metric[];
}

/** The state of a counter at one moment, and how to report it. */
export type Reading =
  | { readonly kind: "gauge"; readonly name: string; readonly value: number }
  /** Reported as `NAME-total`, and over an interval also as `NAME-rate` per second. */
  | { readonly kind: "total"; readonly name: string; readonly value: number }
  /**
   * Reported as `NAME-avg`, or as `as`: over an interval, or since the client was created. Absent if nothing was
   * counted.
   */
  | {
      readonly kind: "average";
      readonly name: string;
      readonly sum: number;
      readonly count: number;
      readonly as?: string;
    };

/** The readings of one group with the same tags. */
export interface Readings {
  readonly group: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly readings: readonly Reading[];
}

/** Computes metrics from readings: since the client was created, or with `before`, over the `seconds` in between. */
export function metricsOf(now: readonly Readings[], before?: readonly Readings[], seconds = 0): readonly Metric[] {
  const earlier = new Map(
    (before ?? []).flatMap((group) => group.readings.map((reading) => [keyOf(group, reading), reading])),
  );
  const metrics: Metric[] = [];
  for (const group of now) {
    const { tags } = group;
    const tell = (name: string, value: number): void => {
      metrics.push({ name, group: group.group, tags, value });
    };
    for (const reading of group.readings) {
      const past = earlier.get(keyOf(group, reading));
      switch (reading.kind) {
        case "gauge":
          tell(reading.name, reading.value);
          break;
        case "total":
          tell(`${reading.name}-total`, reading.value);
          if (before !== undefined && seconds > 0)
            tell(`${reading.name}-rate`, (reading.value - (past?.kind === "total" ? past.value : 0)) / seconds);
          break;
        case "average": {
          const { sum, count } = past?.kind === "average" ? past : { sum: 0, count: 0 };
          if (reading.count > count)
            tell(reading.as ?? `${reading.name}-avg`, (reading.sum - sum) / (reading.count - count));
          break;
        }
      }
    }
  }
  return metrics;
}

function keyOf({ group, tags }: Readings, { name }: Reading): string {
  return JSON.stringify([group, tags, name]);
}
