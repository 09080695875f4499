// Tests the pure functions that run in the page.
import { test } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { runInNewContext } from "node:vm";
import { pageHtml } from "./page.ts";
import type { Arrow, Shape, TextShape, TimelineData, TimelineView } from "./timeline-data.ts";
import { leftEdge, msAt, rowsOf, ticksOf, xOf } from "./time-axis.ts";
import { sceneOf } from "./timeline-scene.ts";
import { detailOf, distanceTo, itemAt, moved, spanOf, storyOf, zoomed } from "./timeline-view.ts";

const arrow = (more: Partial<Arrow>): Arrow => ({
  node: "shop",
  to: "broker-0",
  api: "Produce",
  atMs: 10,
  endMs: 30,
  end: "answered",
  words: "answered after 20 ms",
  request: "order-1",
  response: "ok",
  isRelated: false,
  ...more,
});
const data: TimelineData = {
  title: "a run",
  endMs: 100,
  lanes: ["shop", "broker-0"],
  apis: ["Fetch", "Produce"],
  witness: -1,
  focus: [0, 100],
  unanswered: [],
  arrows: [
    arrow({}),
    arrow({ atMs: 40, endMs: 60, arrivedMs: 45, end: "broken", words: "lost" }),
    arrow({ api: "Fetch", atMs: 70, endMs: 90 }),
  ],
  marks: [
    { node: "shop", atMs: 20, kind: "note", text: "order-1 confirmed", isRelated: true },
    { node: "shop", atMs: 20.1, kind: "note", text: "order-2 confirmed", isRelated: false },
    { node: "shop", atMs: 20.2, kind: "note", text: "order-3 confirmed", isRelated: false },
  ],
  faults: [{ kind: "partition", atMs: 40, endMs: 60, words: "nothing gets through", lanes: ["shop", "broker-0"] }],
  growth: [
    {
      partition: "t-0",
      points: [
        [0, 0, "broker-0"],
        [15, 1, "broker-0"],
        [50, 1, "broker-1"],
      ],
    },
  ],
  violations: [
    {
      invariant: "kept",
      atMs: 80,
      message: "order-1 is gone",
      node: "shop",
      meaning: "orders are kept",
      hint: "no request carries it",
    },
  ],
};
const view: TimelineView = { fromMs: 0, toMs: 100, width: 1000, hidden: [], chosen: undefined };
const texts = (shapes: readonly Shape[]): readonly string[] =>
  shapes.filter((shape): shape is TextShape => shape.kind === "text").map(({ text }) => text);

test("places and moments are each other's inverse", () =>
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1e6, noNaN: true }),
      fc.double({ min: 0.1, max: 1e6, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (fromMs, span, part) => {
        const here = { ...view, fromMs, toMs: fromMs + span };
        assert.ok(
          Math.abs(msAt(here, xOf(here, fromMs + part * span)) - fromMs - part * span) < 1e-6 * (fromMs + span),
        );
      },
    ),
  ));

test("there are a few round ticks, whatever the span", () => {
  for (const [from, to] of [
    [0, 1],
    [0, 0.05],
    [100, 2500],
    [0, 86_400_000],
    [2177.3, 2201.9],
  ] as const) {
    const ticks = ticksOf(from, to);
    assert.ok(ticks.length >= 3 && ticks.length <= 10, `${ticks.length} from ${from} to ${to}`);
    assert.ok(ticks.every(({ atMs }) => atMs >= from - 0.001 && atMs <= to + 0.001));
  }
  assert.deepEqual(
    ticksOf(0, 80)
      .map(({ text }) => text)
      .slice(0, 3),
    ["0 ms", "10 ms", "20 ms"],
  );
  assert.equal(ticksOf(0, 80_000)[1]?.text, "10 s");
});

test("spans that overlap get rows of their own", () =>
  assert.deepEqual(
    rowsOf([
      [0, 10],
      [5, 15],
      [10, 20],
      [12, 13],
      [15, 16],
    ]),
    [0, 1, 0, 2, 1],
  ));

test("the scene has lanes, requests with their API, faults in words, growth, and the moment of the failure", () => {
  const { fixed, moving, height } = sceneOf(data, view);
  assert.deepEqual(texts(fixed), ["whole run", "faults", "shop", "broker-0", "t-0", "0 → 1 records"]);
  for (const expected of [
    "Produce",
    "Fetch",
    "partition: nothing gets through",
    "✗ kept is broken here",
    "order-1 confirmed",
    "leader broker-1",
  ])
    assert.ok(texts(moving).includes(expected), expected);
  assert.ok(moving.every((shape) => shape.kind !== "dot" || (shape.y > 0 && shape.y < height)));
  assert.deepEqual(sceneOf(data, view), sceneOf(data, view));
});

test("texts that would cover each other are left out, the least important first; dots stay", () => {
  const { moving } = sceneOf(data, view);
  assert.ok(!texts(moving).includes("order-3 confirmed"));
  assert.equal(moving.filter(({ kind }) => kind === "dot").length, 4); // three marks and the ring of the violation
  assert.ok(texts(sceneOf(data, { ...view, fromMs: 20.19, toMs: 20.21 }).moving).includes("order-3 confirmed"));
});

test("a hidden node or API is neither drawn nor in the story", () => {
  assert.ok(!texts(sceneOf(data, { ...view, hidden: ["Fetch"] }).moving).includes("Fetch"));
  const without = sceneOf(data, { ...view, hidden: ["broker-0"] });
  assert.ok(!texts(without.moving).includes("Produce") && without.height < sceneOf(data, view).height);
  assert.ok(storyOf(data, { ...view, hidden: ["shop"] }, 99).every(({ node }) => node !== "shop"));
});

test("a request that was lost ends in a red cross; one that reached its broker has it there", () => {
  const red = sceneOf(data, view).moving.filter(
    (shape) => shape.kind === "line" && shape.colour === "#d50000" && shape.dash === undefined,
  );
  assert.equal(red.length, 3); // the path, and the cross
});

test("a failure out of view is named at the edge, with its time", () => {
  assert.ok(texts(sceneOf(data, { ...view, toMs: 50 }).moving).includes("✗ kept is broken at 80.0 ms →"));
  assert.ok(texts(sceneOf(data, { ...view, fromMs: 90 }).moving).includes("← ✗ kept is broken at 80.0 ms"));
});

test("the mouse is on the nearest item, or on none when it is far from all", () => {
  const scene = sceneOf(data, view);
  const dot = scene.moving.find((shape) => shape.kind === "dot" && shape.item?.what === "mark");
  assert.ok(dot?.kind === "dot");
  assert.deepEqual(itemAt(scene, dot.x + 1, dot.y), { what: "mark", index: 0 });
  assert.equal(itemAt(scene, leftEdge() + 5, scene.height + 50), undefined);
  const way = scene.moving.find(
    (shape) => shape.kind === "line" && shape.item?.what === "arrow" && shape.item.index === 1,
  );
  assert.ok(way?.kind === "line");
  const [[ax, ay] = [0, 0], [bx, by] = [0, 0]] = way.points;
  assert.deepEqual(itemAt(scene, (ax + bx) / 2, (ay + by) / 2), { what: "arrow", index: 1 });
  assert.equal(
    distanceTo(
      [
        [0, 0],
        [10, 0],
      ],
      5,
      3,
    ),
    3,
  );
});

test("each item has its detail in words", () => {
  assert.deepEqual(detailOf(data, { what: "arrow", index: 0 }), {
    heading: "Produce, shop → broker-0, at 10 ms: answered after 20 ms",
    columns: ["request\norder-1", "response\nok"],
  });
  assert.match(detailOf(data, { what: "violation", index: 0 }).heading, /kept is broken, at 80 ms: orders are kept/);
  assert.deepEqual(detailOf(data, { what: "fault", index: 0 }), {
    heading: "fault partition, 40 ms to 60 ms",
    columns: ["nothing gets through"],
  });
  assert.deepEqual(detailOf(data, { what: "mark", index: 1 }).columns, ["order-2 confirmed"]);
  assert.deepEqual(detailOf(data, { what: "violation", index: 0 }).columns, ["order-1 is gone\nno request carries it"]);
  for (const what of ["arrow", "mark", "fault", "violation"] as const)
    assert.deepEqual(detailOf(data, { what, index: 99 }), { heading: "", columns: [] });
});

test("the story of a view is in order, has lost requests only, and keeps related lines when it is long", () => {
  const story = storyOf(data, view, 99);
  assert.deepEqual(
    story.map(({ kind }) => kind),
    ["note", "note", "note", "fault", "lost", "fault", "broken"],
  );
  assert.deepEqual(
    storyOf(data, view, 3).map(({ kind }) => kind),
    ["note", "fault", "broken"],
  );
  assert.deepEqual(storyOf(data, { ...view, toMs: 30 }, 99).length, 3);
});

test("zooming keeps the moment under the mouse, and stays within the run and a bit; moving too", () => {
  const near = zoomed({ ...view, fromMs: 20, toMs: 60 }, 40, 0.5, 100);
  assert.deepEqual([near.fromMs, near.toMs], [30, 50]);
  fc.assert(
    fc.property(
      fc.array(
        fc.tuple(fc.double({ min: -500, max: 500, noNaN: true }), fc.double({ min: 0.1, max: 10, noNaN: true })),
        { maxLength: 30 },
      ),
      (steps) => {
        let now = view;
        for (const [by, factor] of steps) now = zoomed(moved(now, by, 100), now.fromMs, factor, 100);
        assert.ok(now.toMs - now.fromMs >= 0.049 && now.toMs - now.fromMs <= 111.1);
        assert.ok(now.toMs > 0 && now.fromMs < 105, `${now.fromMs} to ${now.toMs}`);
      },
    ),
  );
});

test("an address may name a span", () => {
  assert.deepEqual(
    [spanOf("#10-20.5"), spanOf("#20-10"), spanOf("#x"), spanOf("")],
    [[10, 20.5], undefined, undefined, undefined],
  );
});

test("the functions of the page use nothing outside the page", () => {
  const script = /<script>([\s\S]*)<\/script>/.exec(pageHtml(data))?.[1] ?? "";
  const pure = script.slice(0, script.indexOf("\nconst $ ="));
  const use = `for (const w of ["arrow", "mark", "fault", "violation"]) detailOf(data, { what: w, index: 0 }); const v = zoomed(moved(${JSON.stringify(view)}, 1, 100), 5, 0.9, 100); const s = sceneOf(data, v); itemAt(s, 50, 100); spanOf("#1-2"); msAt(v, 3); storyOf(data, v, 9).length + s.moving.length`;
  assert.ok(Number(runInNewContext(`${pure}\n${use}`)) > 20);
});
