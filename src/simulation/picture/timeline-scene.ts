// The shapes of the page and their places, as data. These functions run in the page too, which embeds the text of each
// (Function.toString). So they may use nothing but each other.
import { faultShapes, tintShapes } from "./fault-shapes.ts";
import { growthShapes } from "./growth-shapes.ts";
import { markShapes } from "./mark-shapes.ts";
import { requestShapes } from "./request-shapes.ts";
import { leftEdge, ticksOf, xOf } from "./time-axis.ts";
import type { Scene, Shape, TimelineData, TimelineView } from "./timeline-data.ts";
import { violationShapes } from "./violation-shapes.ts";

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
