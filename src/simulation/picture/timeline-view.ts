// The behaviour and texts of the page, apart from drawing. These functions run in the page too, as in
// timeline-scene.ts.
import type { Item, Scene, TimelineData, TimelineView } from "./timeline-data.ts";

/** Zooms in (`factor` below 1) or out around a time; shows at least 0.05 ms, at most slightly more than the run. */
export function zoomed(view: TimelineView, atMs: number, factor: number, endMs: number): TimelineView {
  const span = view.toMs - view.fromMs;
  const next = Math.min(Math.max(span * factor, 0.05), endMs * 1.1 + 1);
  const fromMs = atMs - ((atMs - view.fromMs) / span) * next;
  return kept({ ...view, fromMs, toMs: fromMs + next }, endMs);
}

/** Moves the view by a number of ms. */
export function moved(view: TimelineView, byMs: number, endMs: number): TimelineView {
  return kept({ ...view, fromMs: view.fromMs + byMs, toMs: view.toMs + byMs }, endMs);
}

/** Keeps some of the run in the view. */
export function kept(view: TimelineView, endMs: number): TimelineView {
  const span = view.toMs - view.fromMs;
  const fromMs = Math.min(Math.max(view.fromMs, -span * 0.1), Math.max(endMs * 1.05 - span, -span * 0.1));
  return { ...view, fromMs, toMs: fromMs + span };
}

/** The span in an address after its `#`: `#1000-2500`, in ms. */
export function spanOf(hash: string): readonly [number, number] | undefined {
  const found = /^#(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)$/.exec(hash);
  if (found === null) return undefined;
  const [from, to] = [Number(found[1]), Number(found[2])];
  return to > from ? [from, to] : undefined;
}

/** The distance of a place from the nearest segment of a line. */
export function distanceTo(points: readonly (readonly [number, number])[], x: number, y: number): number {
  let least = Infinity;
  for (let i = 1; i < points.length; i++) {
    const [ax, ay] = points[i - 1] ?? [0, 0];
    const [bx, by] = points[i] ?? [0, 0];
    const length = (bx - ax) ** 2 + (by - ay) ** 2;
    const t = length === 0 ? 0 : Math.max(0, Math.min(1, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length));
    least = Math.min(least, Math.hypot(x - ax - t * (bx - ax), y - ay - t * (by - ay)));
  }
  return least;
}

/** The nearest item at a place: dots before lines before boxes. */
export function itemAt(scene: Scene, x: number, y: number): Item | undefined {
  let best: Item | undefined;
  let least = 7;
  const near = ({ item }: { readonly item?: Item }, distance: number): void => {
    if (item === undefined || distance >= least) return;
    least = distance;
    best = item;
  };
  for (const shape of scene.moving) {
    if (shape.kind === "dot") near(shape, Math.hypot(x - shape.x, y - shape.y) - shape.radius);
    else if (shape.kind === "line") near(shape, distanceTo(shape.points, x, y));
    else if (shape.kind === "box")
      near(
        shape,
        x >= shape.x - 3 && x <= shape.x + shape.width + 3 && y >= shape.y && y <= shape.y + shape.height ? 6 : 7,
      );
  }
  return best;
}

/** The details of an item: a heading, and columns of text. */
export function detailOf(
  data: TimelineData,
  item: Item,
): { readonly heading: string; readonly columns: readonly string[] } {
  const ms = (value: number): string => `${Math.round(value * 1000) / 1000} ms`;
  if (item.what === "arrow") {
    const arrow = data.arrows[item.index];
    if (arrow === undefined) return { heading: "", columns: [] };
    const column = (name: string, text: string): readonly string[] => (text === "" ? [] : [`${name}\n${text}`]);
    return {
      heading: `${arrow.api}, ${arrow.node} → ${arrow.to}, at ${ms(arrow.atMs)}: ${arrow.words}`,
      columns: [...column("request", arrow.request), ...column("response", arrow.response)],
    };
  }
  if (item.what === "mark") {
    const mark = data.marks[item.index];
    return mark === undefined
      ? { heading: "", columns: [] }
      : { heading: `${mark.node}, at ${ms(mark.atMs)}: ${mark.kind}`, columns: [mark.text] };
  }
  if (item.what === "fault") {
    const fault = data.faults[item.index];
    return fault === undefined
      ? { heading: "", columns: [] }
      : { heading: `fault ${fault.kind}, ${ms(fault.atMs)} to ${ms(fault.endMs)}`, columns: [fault.words] };
  }
  const broken = data.violations[item.index];
  return broken === undefined
    ? { heading: "", columns: [] }
    : {
        heading:
          `${broken.invariant} is broken, at ` +
          `${ms(broken.atMs)}${broken.meaning === "" ? "" : `: ${broken.meaning}`}`,
        columns: [broken.hint === "" ? broken.message : `${broken.message}\n${broken.hint}`],
      };
}

/** A line of the story: an event in words. */
export interface StoryLine {
  readonly atMs: number;
  readonly node: string;
  readonly text: string;
  readonly kind: string;
  readonly isRelated: boolean;
  readonly item: Item;
}

/**
 * The visible events in order of time: faults, events of nodes, and requests that were lost or are related to the
 * failure.
 */
export function storyOf(data: TimelineData, view: TimelineView, most: number): readonly StoryLine[] {
  const hidden = new Set(view.hidden);
  const lines: StoryLine[] = [];
  const add = (atMs: number, node: string, kind: string, text: string, isRelated: boolean, item: Item): void => {
    if (atMs >= view.fromMs && atMs <= view.toMs && !hidden.has(node))
      lines.push({ atMs, node, text, kind, isRelated, item });
  };
  for (const [index, fault] of data.faults.entries()) {
    const item: Item = { what: "fault", index };
    add(fault.atMs, fault.lanes.join(", "), "fault", `${fault.kind} begins: ${fault.words}`, true, item);
    add(fault.endMs, fault.lanes.join(", "), "fault", `${fault.kind} ends`, false, item);
  }
  for (const [index, mark] of data.marks.entries())
    add(mark.atMs, mark.node, mark.kind, mark.text, mark.isRelated, { what: "mark", index });
  for (const [index, arrow] of data.arrows.entries()) {
    if (
      hidden.has(arrow.api) ||
      !(arrow.end === "broken" || arrow.end === "given-up" || (arrow.end === "answered" && arrow.isRelated))
    )
      continue;
    add(
      arrow.atMs,
      arrow.node,
      arrow.end === "broken" ? "lost" : arrow.end,
      `${arrow.api} to ${arrow.to}: ${arrow.words}`,
      arrow.isRelated,
      { what: "arrow", index },
    );
  }
  for (const [index, broken] of data.violations.entries())
    add(broken.atMs, broken.node ?? "", "broken", `${broken.invariant} is broken: ${broken.message}`, true, {
      what: "violation",
      index,
    });
  lines.sort((a, b) => a.atMs - b.atMs);
  if (lines.length <= most) return lines;
  // Related lines stay, then the first of the others.
  const chosen = new Set(lines.filter(({ isRelated }) => isRelated).slice(0, most));
  for (const line of lines) if (chosen.size < most) chosen.add(line);
  return lines.filter((line) => chosen.has(line));
}
