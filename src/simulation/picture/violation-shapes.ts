// These functions run in the page too, as in timeline-scene.ts.
import { leftEdge, rowsOf, widthOf, xOf } from "./time-axis.ts";
import type { Item, Shape, TimelineData, TimelineView } from "./timeline-data.ts";

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
