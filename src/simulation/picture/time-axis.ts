// These functions run in the page too, as in timeline-scene.ts.
import type { TimelineView } from "./timeline-data.ts";

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

/** The approximate width of a text. */
export function widthOf(text: string): number {
  return text.length * 6.4;
}
