// The shapes of the page and their places, as data. These functions run in the page too, which embeds the text of each
// (Function.toString). So they may use nothing but each other.
import type { Arrow, FaultBand, Item, Scene, Shape, TimelineData, TimelineView } from "./timeline-data.ts";

/** The left edge of the moving part; names are to the left of it. */
export function leftEdge(): number {
  return 130;
}

/** The x coordinate of a time. */
export function xOf(view: TimelineView, ms: number): number {
  const left = leftEdge();
  return left + ((ms - view.fromMs) / (view.toMs - view.fromMs)) * (view.width - left - 10);
}

/** The time of an x coordinate. */
export function msAt(view: TimelineView, x: number): number {
  const left = leftEdge();
  return view.fromMs + ((x - left) / (view.width - left - 10)) * (view.toMs - view.fromMs);
}

/** About eight round times within a span: steps of 1, 2 or 5 times a power of ten. */
export function ticksOf(fromMs: number, toMs: number): readonly { readonly atMs: number; readonly text: string }[] {
  const rough = Math.max(0.001, (toMs - fromMs) / 8);
  let step = 0.001;
  for (let i = 0; step < rough && i < 60; i++) step *= i % 3 === 1 ? 2.5 : 2;
  const ticks: { readonly atMs: number; readonly text: string }[] = [];
  for (let i = Math.ceil(fromMs / step); i * step <= toMs; i++) {
    const atMs = Math.round(i * step * 1000) / 1000;
    ticks.push({ atMs, text: step >= 1000 ? `${atMs / 1000} s` : `${atMs} ms` });
  }
  return ticks;
}

/** Assigns a row to each span, so that overlapping ones do not cover each other. Spans are in pixels. */
export function rowsOf(spans: readonly (readonly [from: number, to: number])[]): readonly number[] {
  const ends: number[] = [];
  return spans.map(([from, to]) => {
    let row = ends.findIndex((end) => end <= from);
    if (row < 0) row = ends.length;
    ends[row] = to;
    return row;
  });
}

export function colourOfApi(api: string): string {
  const colours: Readonly<Record<string, string>> = {
    Produce: "#1565c0",
    Fetch: "#2e7d32",
    Metadata: "#8d6e63",
    ApiVersions: "#9e9e9e",
    InitProducerId: "#6a1b9a",
    ListOffsets: "#00838f",
  };
  return colours[api] ?? "#546e7a";
}

export function colourOfMark(kind: string): string {
  const colours: Readonly<Record<string, string>> = {
    note: "#37474f",
    send: "#1565c0",
    ack: "#2e7d32",
    deliver: "#00838f",
    seek: "#00838f",
    close: "#37474f",
    said: "#ef6c00",
    fail: "#d84315",
    crash: "#b00020",
    failure: "#b00020",
    leak: "#b00020",
  };
  return colours[kind] ?? "#37474f";
}

/** The approximate width of a text. */
export function widthOf(text: string): number {
  return text.length * 6.4;
}

/** The visible faults as bars with their words, each in a row that has room for it. */
export function faultShapes(
  data: TimelineData,
  view: TimelineView,
  top: number,
): { readonly shapes: readonly Shape[]; readonly rows: number } {
  const shown = data.faults.flatMap((fault, index) =>
    fault.endMs >= view.fromMs && fault.atMs <= view.toMs ? [{ fault, index }] : [],
  );
  const at = (fault: FaultBand): readonly [number, number] => {
    const x = Math.max(leftEdge(), xOf(view, fault.atMs));
    return [x, Math.max(xOf(view, fault.endMs), x + 3)];
  };
  const places = shown.map(({ fault }) => {
    const [x, end] = at(fault);
    const text = `${fault.kind}: ${fault.words}`;
    const textX = Math.max(leftEdge() + 4, Math.min(x + 4, view.width - widthOf(text) - 6));
    return { x, end, text, textX, span: [Math.min(x, textX), Math.max(end, textX + widthOf(text)) + 8] as const };
  });
  const rows = rowsOf(places.map(({ span }) => span));
  const shapes = places.flatMap(({ x, end, text, textX }, i): readonly Shape[] => {
    const y = top + (rows[i] ?? 0) * 18;
    const item: Item = { what: "fault", index: shown[i]?.index ?? 0 };
    return [
      { kind: "box", x, y, width: end - x, height: 16, colour: "#ffcc80", edge: "#ef6c00", item },
      { kind: "text", x: textX, y: y + 12, text, colour: "#7f3300" },
    ];
  });
  return { shapes, rows: Math.max(0, ...rows.map((row) => row + 1)) };
}

/** A fault on the affected lanes. */
export function tintShapes(
  data: TimelineData,
  view: TimelineView,
  laneY: (lane: string) => number | undefined,
): readonly Shape[] {
  return data.faults.flatMap((fault): readonly Shape[] => {
    if (fault.endMs < view.fromMs || fault.atMs > view.toMs) return [];
    const ys = fault.lanes.map(laneY).filter((y) => y !== undefined);
    const x = xOf(view, fault.atMs);
    const width = Math.max(xOf(view, fault.endMs) - x, 3);
    const isLink = ys.length > 1;
    const between: readonly Shape[] = isLink
      ? [
          {
            kind: "box",
            x,
            y: Math.min(...ys),
            width,
            height: Math.max(...ys) - Math.min(...ys),
            colour: "rgba(255, 152, 0, 0.09)",
          },
        ]
      : [];
    return [
      ...between,
      ...ys.map((y): Shape => ({ kind: "box", x, y: y - 20, width, height: 40, colour: "rgba(255, 152, 0, 0.28)" })),
    ];
  });
}

/**
 * A request and its response: a line to the broker, the time there, and a broken line back; a cross where one of them
 * was lost.
 */
export function arrowShapes(
  arrow: Arrow,
  index: number,
  view: TimelineView,
  yFrom: number,
  yTo: number,
): readonly Shape[] {
  const item: Item = { what: "arrow", index };
  const isChosen = view.chosen?.what === "arrow" && view.chosen.index === index;
  const isLost = arrow.end === "broken" || arrow.end === "given-up";
  const api = colourOfApi(arrow.api);
  const colour =
    arrow.end === "broken"
      ? "#d50000"
      : arrow.end === "given-up"
        ? "#ad5b8c"
        : arrow.isRelated || isChosen
          ? api
          : `${api}99`;
  const width = isChosen ? 4 : arrow.isRelated ? 3 : arrow.end === "broken" ? 2 : 1;
  const least = (view.toMs - view.fromMs) / 200;
  const start: readonly [number, number] = [xOf(view, arrow.atMs), yFrom];
  const cross = (x: number, y: number): readonly Shape[] => crossShapes(x, y, colour);
  if (arrow.end === "answered") {
    const arrived = arrow.arrivedMs ?? (arrow.atMs + arrow.endMs) / 2;
    const replied = arrow.repliedMs ?? arrived;
    return [
      { kind: "line", points: [start, [xOf(view, arrived), yTo], [xOf(view, replied), yTo]], colour, width, item },
      {
        kind: "line",
        points: [
          [xOf(view, replied), yTo],
          [xOf(view, arrow.endMs), yFrom],
        ],
        colour,
        width,
        dash: [4, 3],
        item,
      },
    ];
  }
  if (arrow.arrivedMs === undefined) {
    const x = xOf(view, arrow.atMs + least);
    const y = yFrom + (yTo - yFrom) * 0.7;
    return [{ kind: "line", points: [start, [x, y]], colour, width, item }, ...(isLost ? cross(x, y) : [])];
  }
  const there: readonly [number, number] = [xOf(view, arrow.arrivedMs), yTo];
  const until = arrow.repliedMs ?? Math.max(arrow.arrivedMs, arrow.endMs);
  const there2: readonly [number, number] = [xOf(view, until), yTo];
  const way: Shape = { kind: "line", points: [start, there, there2], colour, width, item };
  if (arrow.repliedMs === undefined) return [way, ...(isLost ? cross(there2[0], there2[1]) : [])];
  const lost: readonly [number, number] = [xOf(view, arrow.repliedMs + least), yTo + (yFrom - yTo) * 0.5];
  return [
    way,
    { kind: "line", points: [there2, lost], colour, width, dash: [4, 3], item },
    ...(isLost ? cross(lost[0], lost[1]) : []),
  ];
}

/** A cross where a request or response was lost. */
export function crossShapes(x: number, y: number, colour: string): readonly Shape[] {
  const line = (slope: 1 | -1): Shape => ({
    kind: "line",
    points: [
      [x - 5, y - 5 * slope],
      [x + 5, y + 5 * slope],
    ],
    colour,
    width: 2.5,
  });
  return [line(1), line(-1)];
}

/** The visible requests; with the names of their APIs if there are few. */
export function requestShapes(
  data: TimelineData,
  view: TimelineView,
  laneY: (lane: string) => number | undefined,
): readonly Shape[] {
  const shown = data.arrows.flatMap((arrow, index) => {
    const [yFrom, yTo] = [laneY(arrow.node), laneY(arrow.to)];
    const isShown =
      yFrom !== undefined &&
      yTo !== undefined &&
      !view.hidden.includes(arrow.api) &&
      arrow.endMs >= view.fromMs &&
      arrow.atMs <= view.toMs;
    return isShown ? [{ arrow, index, yFrom, yTo }] : [];
  });
  return shown.flatMap(({ arrow, index, yFrom, yTo }): readonly Shape[] => {
    const isNamed = shown.length <= 40 || arrow.isRelated || (arrow.end === "broken" && shown.length <= 100);
    const down = yTo > yFrom ? 1 : -1;
    const name: readonly Shape[] = isNamed
      ? [
          {
            kind: "text",
            x: xOf(view, arrow.atMs) + 5,
            y: yFrom + down * 16 + 4,
            text: arrow.api,
            colour: arrow.end === "broken" ? "#d50000" : colourOfApi(arrow.api),
            isBold: arrow.isRelated,
          },
        ]
      : [];
    return [...arrowShapes(arrow, index, view, yFrom, yTo), ...name];
  });
}

/** Events of nodes as dots, with their text where there is room. */
export function markShapes(
  data: TimelineData,
  view: TimelineView,
  laneY: (lane: string) => number | undefined,
): readonly Shape[] {
  const shown = data.marks
    .map((mark, index) => ({ mark, index }))
    .filter(({ mark }) => mark.atMs >= view.fromMs && mark.atMs <= view.toMs && laneY(mark.node) !== undefined);
  // A text takes the first free one of two rows above its lane. Texts that are related to the failure go first.
  const taken: (readonly [row: string, from: number, to: number])[] = [];
  const texts: Shape[] = [];
  for (const { mark } of [
    ...shown.filter(({ mark: { isRelated } }) => isRelated),
    ...shown.filter(({ mark: { isRelated } }) => !isRelated),
  ]) {
    const text = mark.text.split("\n")[0]?.slice(0, 90) ?? "";
    const width = widthOf(text) * (mark.isRelated ? 1.12 : 1);
    const x = Math.max(leftEdge() + 2, Math.min(xOf(view, mark.atMs) + 4, view.width - width - 8));
    const row = [0, 1].find(
      (candidate) =>
        !taken.some(([name, from, to]) => name === `${candidate} ${mark.node}` && from < x + width + 8 && to > x),
    );
    if (row === undefined) continue;
    taken.push([`${row} ${mark.node}`, x, x + width + 8]);
    texts.push({
      kind: "text",
      x,
      y: (laneY(mark.node) ?? 0) - 9 - row * 13,
      text,
      colour: colourOfMark(mark.kind),
      isBold: mark.isRelated,
    });
  }
  const dots = shown.map(({ mark, index }): Shape => {
    const isChosen = view.chosen?.what === "mark" && view.chosen.index === index;
    return {
      kind: "dot",
      x: xOf(view, mark.atMs),
      y: laneY(mark.node) ?? 0,
      radius: isChosen ? 7 : mark.isRelated ? 6 : 3.5,
      colour: colourOfMark(mark.kind),
      ...(mark.isRelated ? { edge: "#fff" } : {}),
      item: { what: "mark", index },
    };
  });
  return [...dots, ...texts];
}

/** The growth of each partition, one row each. */
export function growthShapes(data: TimelineData, view: TimelineView, top: number): readonly Shape[] {
  return data.growth.flatMap(({ points }, row): readonly Shape[] => {
    const base = top + row * 40 + 34;
    // From the lowest to the highest visible value, so that one more record is a visible step.
    const least = points.filter(([atMs]) => atMs <= view.fromMs).at(-1)?.[1] ?? 0;
    const most = Math.max(
      least + 1,
      ...points.flatMap(([atMs, highWatermark]) => (atMs >= view.fromMs && atMs <= view.toMs ? [highWatermark] : [])),
    );
    const yOf = (highWatermark: number): number =>
      base - Math.min(1, Math.max(0, (highWatermark - least) / (most - least))) * 24;
    const line: (readonly [number, number])[] = [];
    const texts: Shape[] = [];
    let last = 0;
    let leader = "";
    for (const [atMs, highWatermark, by] of points) {
      const x = xOf(view, atMs);
      line.push([x, yOf(last)], [x, yOf(highWatermark)]);
      if (leader !== "" && by !== leader && atMs >= view.fromMs)
        texts.push(
          {
            kind: "line",
            points: [
              [x, base],
              [x, base - 28],
            ],
            colour: "#6a1b9a",
            width: 1,
          },
          { kind: "text", x: x + 3, y: base - 18, text: `leader ${by}`, colour: "#6a1b9a" },
        );
      last = highWatermark;
      leader = by;
    }
    line.push([xOf(view, Math.max(view.toMs, data.endMs)), yOf(last)]);
    return [
      {
        kind: "line",
        points: [
          [0, base],
          [view.width, base],
        ],
        colour: "#e0e0e0",
        width: 1,
      },
      { kind: "line", points: line, colour: "#455a64", width: 2 },
      ...texts,
    ];
  });
}

/** The times of failures: a line through all lanes, the name, and a ring on the node. */
export function violationShapes(
  data: TimelineData,
  view: TimelineView,
  top: number,
  bottom: number,
  laneY: (lane: string) => number | undefined,
): readonly Shape[] {
  const texts = data.violations.map(({ invariant }) => `✗ ${invariant} is broken here`);
  const rows = rowsOf(
    data.violations.map(({ atMs }, i): readonly [number, number] => {
      const x = Math.min(Math.max(xOf(view, atMs), leftEdge()), view.width - 250);
      return [x, x + Math.max(250, widthOf(texts[i] ?? "") + 10)] as const;
    }),
  );
  return data.violations.slice(0, 200).flatMap(({ atMs, node, invariant }, index): readonly Shape[] => {
    if ((rows[index] ?? 0) > 2) return [];
    const textY = top + 11 + (rows[index] ?? 0) * 14;
    if (atMs < view.fromMs)
      return [
        {
          kind: "text",
          x: leftEdge() + 4,
          y: textY,
          text: `← ✗ ${invariant} is broken at ${atMs.toFixed(1)} ms`,
          colour: "#d50000",
          isBold: true,
        },
      ];
    if (atMs > view.toMs)
      return [
        {
          kind: "text",
          x: view.width - 60 - widthOf(invariant) - 160,
          y: textY,
          text: `✗ ${invariant} is broken at ${atMs.toFixed(1)} ms →`,
          colour: "#d50000",
          isBold: true,
        },
      ];
    const x = xOf(view, atMs);
    const y = node === undefined ? undefined : laneY(node);
    const item: Item = { what: "violation", index };
    const text = texts[index] ?? "";
    const textX = Math.min(x + 5, view.width - widthOf(text) - 12);
    return [
      {
        kind: "line",
        points: [
          [x, top],
          [x, bottom],
        ],
        colour: "#d50000",
        width: 2,
        dash: [7, 4],
        item,
      },
      { kind: "text", x: textX, y: textY, text, colour: "#d50000", isBold: true },
      ...(y === undefined
        ? []
        : [{ kind: "dot", x, y, radius: 11, colour: "rgba(213, 0, 0, 0.12)", edge: "#d50000", item } as const]),
    ];
  });
}

/** The whole run in a strip: faults, failures, and the visible part. */
export function overviewShapes(data: TimelineData, view: TimelineView): readonly Shape[] {
  const whole = { ...view, fromMs: 0, toMs: data.endMs };
  const box = (fromMs: number, toMs: number, least: number): { readonly x: number; readonly width: number } => ({
    x: xOf(whole, fromMs),
    width: Math.max(least, xOf(whole, toMs) - xOf(whole, fromMs)),
  });
  return [
    { kind: "box", ...box(0, data.endMs, 1), y: 4, height: 22, colour: "#eceff1" },
    ...data.faults.map(({ atMs, endMs }): Shape => ({
      kind: "box",
      ...box(atMs, endMs, 3),
      y: 4,
      height: 22,
      colour: "rgba(239, 108, 0, 0.45)",
    })),
    ...data.violations
      .slice(0, 200)
      .map(({ atMs }): Shape => ({ kind: "box", ...box(atMs, atMs, 2.5), y: 0, height: 30, colour: "#d50000" })),
    {
      kind: "box",
      ...box(Math.max(0, view.fromMs), Math.min(data.endMs, view.toMs), 5),
      y: 2,
      height: 26,
      colour: "rgba(21, 101, 192, 0.13)",
      edge: "#1565c0",
    },
  ];
}

/** The whole drawing. Pure: the same view of the same data gives the same picture. */
export function sceneOf(data: TimelineData, view: TimelineView): Scene {
  const hidden = new Set(view.hidden);
  const faultsTop = 70;
  const { shapes: faults, rows } = faultShapes(data, view, faultsTop);
  const lanesTop = faultsTop + rows * 18 + Math.min(3, data.violations.length) * 14 + 6;
  const lanes = data.lanes.filter((lane) => !hidden.has(lane));
  const laneY = (lane: string): number | undefined => {
    const at = lanes.indexOf(lane);
    return at < 0 ? undefined : lanesTop + 34 + at * 68;
  };
  const growthTop = lanesTop + lanes.length * 68 + 10;
  const height = growthTop + data.growth.length * 40 + 12;
  const fixed: Shape[] = [
    { kind: "text", x: 6, y: 19, text: "whole run", colour: "#78909c" },
    ...overviewShapes(data, view),
  ];
  const moving: Shape[] = [];
  for (const { atMs, text } of ticksOf(view.fromMs, view.toMs)) {
    const x = xOf(view, atMs);
    moving.push(
      {
        kind: "line",
        points: [
          [x, 54],
          [x, height],
        ],
        colour: "#eeeeee",
        width: 1,
      },
      { kind: "text", x: x + 2, y: 50, text, colour: "#78909c" },
    );
  }
  if (faults.length > 0)
    fixed.push({ kind: "text", x: 6, y: faultsTop + 12, text: "faults", colour: "#7f3300", isBold: true });
  moving.push(...faults, ...tintShapes(data, view, laneY));
  for (const lane of lanes) {
    const y = laneY(lane) ?? 0;
    fixed.push(
      {
        kind: "line",
        points: [
          [leftEdge(), y],
          [view.width, y],
        ],
        colour: "#90a4ae",
        width: 1,
      },
      { kind: "text", x: 6, y: y + 4, text: lane, colour: "#212121", isBold: true },
    );
  }
  moving.push(...requestShapes(data, view, laneY), ...markShapes(data, view, laneY));
  for (const [row, { partition, points }] of data.growth.entries()) {
    const y = growthTop + row * 40;
    const had = (ms: number): number => points.filter(([atMs]) => atMs <= ms).at(-1)?.[1] ?? 0;
    fixed.push(
      { kind: "text", x: 6, y: y + 20, text: partition, colour: "#455a64", isBold: true },
      { kind: "text", x: 6, y: y + 34, text: `${had(view.fromMs)} → ${had(view.toMs)} records`, colour: "#78909c" },
    );
  }
  moving.push(
    ...growthShapes(data, view, growthTop),
    ...violationShapes(data, view, lanesTop - 4 - Math.min(3, data.violations.length) * 14, height, laneY),
  );
  return { height, fixed, moving };
}
