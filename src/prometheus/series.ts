import type { Reading, Readings } from "../cluster/metrics.ts";
import { descriptionOf } from "./descriptions.ts";
import type { Family, FamilyType, Labels, Sample } from "./text-format.ts";

/** One value of a client, by the metric and the labels that it has besides those of its client. */
export interface Series {
  readonly name: string;
  readonly help: string;
  readonly type: FamilyType;
  readonly suffix: string;
  /** The labels of the topic, the partition or the broker. */
  readonly place: Labels;
  readonly value: number;
}

/** Whether a value only grows: it outlives its client. */
export function isTotal({ type }: Pick<Series, "type">): boolean {
  return type !== "gauge";
}

/** The values of one client. `kind` is that of the client; the names of the metrics begin with `prefix`. */
export function seriesOf(kind: string, prefix: string, readings: readonly Readings[]): readonly Series[] {
  return readings.flatMap(({ group, tags, readings }) => {
    const place = placeOf(tags);
    const start = `${prefix}${kind}${scopeOf(place)}_`;
    return readings.flatMap((reading) => seriesOfOne(kind, start, group, place, reading));
  });
}

function seriesOfOne(kind: string, start: string, group: string, place: Labels, reading: Reading): Series[] {
  const { help, unit } = descriptionOf(kind, reading.name) ?? { help: `Java's ${reading.name} of ${group}.` };
  const name = `${start}${reading.name.replaceAll("-", "_")}`;
  const inSeconds = unit === undefined ? name : `${name}_seconds`;
  const scale = unit === "ms" ? 1000 : 1;
  switch (reading.kind) {
    case "total":
      return [{ name: `${name}_total`, help, type: "counter", suffix: "", place, value: reading.value }];
    case "gauge": {
      // Java's rebalance-total is no rate of a total, but it counts.
      const type = name.endsWith("_total") ? "counter" : "gauge";
      return [{ name: inSeconds, help, type, suffix: "", place, value: reading.value / scale }];
    }
    case "average":
      return [
        { name: inSeconds, help, type: "summary", suffix: "_sum", place, value: reading.sum / scale },
        { name: inSeconds, help, type: "summary", suffix: "_count", place, value: reading.count },
      ];
  }
}

/** The tags that say which topic, partition or broker a value is about. */
function placeOf({ topic, partition, "node-id": nodeId }: Readings["tags"]): Labels {
  return {
    ...(topic === undefined ? {} : { topic }),
    ...(partition === undefined ? {} : { partition }),
    ...(nodeId === undefined ? {} : { node_id: nodeId.replace("node-", "") }),
  };
}

/** A metric has the same labels in all its series: the values of a topic are not in the metric of the client. */
function scopeOf(place: Labels): string {
  if (place["partition"] !== undefined) return "_partition";
  if (place["topic"] !== undefined) return "_topic";
  return place["node_id"] === undefined ? "" : "_node";
}

/** Collects values by metric, in the order in which the metrics first come. */
export class Families {
  readonly #families = new Map<string, Omit<Family, "samples"> & { readonly samples: Sample[] }>();

  add({ name, help, type, suffix, place, value }: Series, labels: Labels): void {
    let family = this.#families.get(name);
    if (family === undefined) {
      family = { name, help, type, samples: [] };
      this.#families.set(name, family);
    }
    family.samples.push({ suffix, labels: { ...labels, ...place }, value });
  }

  all(): readonly Family[] {
    return [...this.#families.values()];
  }
}
