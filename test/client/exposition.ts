// A strict reader of Prometheus's text format, version 0.0.4, and of the part of OpenMetrics 1.0 that is used here.
import assert from "node:assert/strict";

/** One series: its name, labels and value. */
export interface ReadSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** One metric. */
export interface ReadFamily {
  readonly type: string;
  readonly help: string;
  readonly samples: ReadSample[];
}

const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  gauge: [""],
  counter: [""],
  summary: ["_sum", "_count"],
  histogram: ["_bucket", "_sum", "_count"],
};
const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;

/** Reads a text and checks all that the format demands. */
export function readExposition(text: string, format: "text" | "openmetrics" = "text"): ReadonlyMap<string, ReadFamily> {
  assert.ok(text.endsWith("\n"), "the last line has no end");
  const lines = text.slice(0, -1).split("\n");
  if (format === "openmetrics") assert.equal(lines.pop(), "# EOF");
  const families = new Map<string, ReadFamily>();
  let [name, help]: [string, string | undefined] = ["", undefined];
  for (const line of lines.filter((one) => one !== "")) {
    const comment = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line);
    if (comment?.[1] === "HELP") {
      [name, help] = [comment[2] ?? "", comment[3] ?? ""];
      assert.match(name, NAME);
    } else if (comment?.[1] === "TYPE") {
      assert.equal(comment[2], name, "TYPE without HELP before it");
      assert.ok(!families.has(name), `${name} comes twice`);
      assert.ok(Object.hasOwn(SUFFIXES, comment[3] ?? ""), line);
      families.set(name, { type: comment[3] ?? "", help: help ?? "", samples: [] });
    } else {
      const family = families.get(name) ?? assert.fail(`outside of a metric: ${line}`);
      family.samples.push(readSample(line));
    }
  }
  for (const [name, family] of families) checkFamily(name, family, format);
  return families;
}

function readSample(line: string): ReadSample {
  const found =
    /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*",?)+)\})? (\S+)$/.exec(line);
  assert.ok(found !== null && found[2]?.endsWith(",") !== true, `no sample: ${line}`);
  const labels: Record<string, string> = {};
  for (const [, label = "", text = ""] of (found[2] ?? "").matchAll(/([a-zA-Z0-9_]+)="((?:[^"\\]|\\.)*)"/g)) {
    assert.ok(!Object.hasOwn(labels, label), `${label} twice: ${line}`);
    labels[label] = text.replaceAll(/\\(.)/g, (_, escaped: string) => (escaped === "n" ? "\n" : escaped));
  }
  const value = found[3] === "+Inf" ? Infinity : Number(found[3]);
  assert.ok(!Number.isNaN(value), `no number: ${line}`);
  return { name: found[1] ?? "", labels, value };
}

function checkFamily(name: string, { samples, type }: ReadFamily, format: "text" | "openmetrics"): void {
  const isCounter = type === "counter";
  if (isCounter && format === "text") assert.match(name, /_total$/);
  if (isCounter && format === "openmetrics") assert.doesNotMatch(name, /_total$/);
  const suffixes = isCounter && format === "openmetrics" ? ["_total"] : (SUFFIXES[type] ?? []);
  const seen = new Set<string>();
  const labelNames = new Set<string>();
  for (const sample of samples) {
    assert.ok(sample.name.startsWith(name) && suffixes.includes(sample.name.slice(name.length)), sample.name);
    const key = JSON.stringify([sample.name, Object.entries(sample.labels).sort()]);
    assert.ok(!seen.has(key), `twice: ${key}`);
    seen.add(key);
    const own = Object.keys(sample.labels).filter((label) => label !== "le" && label !== "group_id");
    labelNames.add(own.sort().join());
    if (type !== "gauge") assert.ok(sample.value >= 0, `${sample.name} is ${sample.value}`);
  }
  assert.ok(labelNames.size <= 1, `${name} has series with other labels: ${[...labelNames].join("; ")}`);
  if (type === "histogram") checkHistogram(name, samples);
}

function checkHistogram(name: string, samples: readonly ReadSample[]): void {
  const groups = new Map<string, ReadSample[]>();
  for (const sample of samples) {
    const key = JSON.stringify(Object.entries(sample.labels).filter(([label]) => label !== "le"));
    groups.set(key, [...(groups.get(key) ?? []), sample]);
  }
  for (const group of groups.values()) {
    const buckets = group.filter((one) => one.name === `${name}_bucket`);
    const bounds = buckets.map(({ labels }) => (labels["le"] === "+Inf" ? Infinity : Number(labels["le"])));
    assert.deepEqual(
      bounds,
      [...bounds].sort((a, b) => a - b),
    );
    assert.equal(bounds.at(-1), Infinity);
    for (const [i, { value }] of buckets.entries()) assert.ok(i === 0 || value >= (buckets[i - 1]?.value ?? 0));
    assert.equal(group.find((one) => one.name === `${name}_count`)?.value, buckets.at(-1)?.value);
    assert.equal(group.filter((one) => one.name === `${name}_sum`).length, 1);
  }
}

/** The value of the one series of this name that has these labels. */
export function valueOf(
  families: ReadonlyMap<string, ReadFamily>,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number {
  const found = [...families.values()]
    .flatMap(({ samples }) => samples)
    .filter((one) => one.name === name && Object.entries(labels).every(([label, text]) => one.labels[label] === text));
  assert.equal(found.length, 1, `${found.length} series ${name} ${JSON.stringify(labels)}`);
  return found[0]?.value ?? NaN;
}
