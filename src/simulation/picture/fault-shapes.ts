// These functions run in the page too, as in timeline-scene.ts.
import { leftEdge, rowsOf, widthOf, xOf } from "./time-axis.ts";
import type { FaultBand, Item, Shape, TimelineData, TimelineView } from "./timeline-data.ts";

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
