// These functions run in the page too, as in timeline-scene.ts.
import { xOf } from "./time-axis.ts";
import type { Shape, TimelineData, TimelineView } from "./timeline-data.ts";

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
