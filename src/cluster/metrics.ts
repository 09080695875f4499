/** One number, under the name, group and tags that the Java client has for it. */
export interface Metric {
  /** `record-send-total`, for example. */
  readonly name: string;
  /** `producer-metrics`, for example. */
  readonly group: string;
  /**
   * `client-id`; `client-number`, which tells clients of one `Kafka` apart and which Java
   * does not have; and `topic`, `partition` or `node-id` where the number is of one of them.
   */
  readonly tags: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What `onStatistics` gets. */
export interface Statistics {
  /** Milliseconds since the epoch. */
  readonly atMs: number;
  /** What rates and averages are of: the time since the call before. */
  readonly intervalMs: number;
  /** All metrics of the client, as its `metrics()` gives them; rates and averages are of the interval. */
  readonly metrics: readonly Metric[];
}

/** A counter as it stands at one moment, and what is to be told of it. */
export type Reading =
  | { readonly kind: "gauge"; readonly name: string; readonly value: number }
  /** Told as `NAME-total` and, over an interval, as `NAME-rate` in a second. */
  | { readonly kind: "total"; readonly name: string; readonly value: number }
  /**
   * Told as `NAME-avg`, or as `as`: over an interval, or over the life of the client. Absent where there was nothing.
   */
  | {
      readonly kind: "average";
      readonly name: string;
      readonly sum: number;
      readonly count: number;
      readonly as?: string;
    };

/** What belongs together: the readings of one group for one set of tags. */
export interface Readings {
  readonly group: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly readings: readonly Reading[];
}

/** The metrics that the readings tell: of the client's life, or with `before` of the `seconds` between the two. */
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
