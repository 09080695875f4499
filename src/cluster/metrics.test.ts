import assert from "node:assert/strict";
import { test } from "node:test";
import { metricsOf, type Readings } from "./metrics.ts";

const tags = { "client-id": "a" };
const reading = (sent: number, sum: number, count: number, free: number): readonly Readings[] => [
  {
    group: "producer-metrics",
    tags,
    readings: [
      { kind: "total", name: "record-send", value: sent },
      { kind: "average", name: "batch-size", sum, count },
      { kind: "gauge", name: "buffer-available-bytes", value: free },
    ],
  },
];
const values = (metrics: ReturnType<typeof metricsOf>): Record<string, number> =>
  Object.fromEntries(metrics.map(({ name, value }) => [name, value]));

test("of a life: totals, averages of all, what stands now, and no rates", () => {
  assert.deepEqual(values(metricsOf(reading(10, 500, 5, 7))), {
    "record-send-total": 10,
    "batch-size-avg": 100,
    "buffer-available-bytes": 7,
  });
});

test("of an interval: totals stay totals, rates and averages are of the difference", () => {
  assert.deepEqual(values(metricsOf(reading(40, 900, 7, 3), reading(10, 500, 5, 7), 2)), {
    "record-send-total": 40,
    "record-send-rate": 15,
    "batch-size-avg": 200,
    "buffer-available-bytes": 3,
  });
});

test("an average of nothing is not told, and a rate over no time is none", () => {
  assert.deepEqual(values(metricsOf(reading(0, 0, 0, 7))), { "record-send-total": 0, "buffer-available-bytes": 7 });
  assert.deepEqual(values(metricsOf(reading(10, 500, 5, 7), reading(10, 500, 5, 7), 0)), {
    "record-send-total": 10,
    "buffer-available-bytes": 7,
  });
});

test("what was not there before counts from nothing; the same name under other tags is another number", () => {
  const of = (topic: string, value: number): Readings => ({
    group: "g",
    tags: { topic },
    readings: [{ kind: "total", name: "byte", value }],
  });
  const metrics = metricsOf([of("a", 5), of("b", 8)], [of("a", 3)], 1);
  assert.deepEqual(
    metrics.filter(({ name }) => name === "byte-rate").map(({ tags: { topic }, value }) => [topic, value]),
    [
      ["a", 2],
      ["b", 8],
    ],
  );
});
