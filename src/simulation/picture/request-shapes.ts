// These functions run in the page too, as in timeline-scene.ts.
import { colourOfApi } from "./colours.ts";
import { xOf } from "./time-axis.ts";
import type { Arrow, Item, Shape, TimelineData, TimelineView } from "./timeline-data.ts";

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
