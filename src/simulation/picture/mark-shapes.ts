// These functions run in the page too, as in timeline-scene.ts.
import { colourOfMark } from "./colours.ts";
import { leftEdge, widthOf, xOf } from "./time-axis.ts";
import type { Shape, TimelineData, TimelineView } from "./timeline-data.ts";

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
