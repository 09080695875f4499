import { schemas } from "../protocol/messages/all.ts";
import type { FaultPlan } from "./fault-plan.ts";
import type { HistoryEvent } from "./history.ts";
import { TIMELINE_SCRIPT, TIMELINE_STYLE } from "./timeline-page.ts";

/** What a picture is made of. */
export interface TimelineInput {
  readonly title: string;
  readonly history: readonly HistoryEvent[];
  readonly plan: FaultPlan;
  readonly violations: readonly { readonly invariant: string; readonly atMs: number; readonly message: string }[];
}

/** A request as an arrow: from a node to a broker, and back where an answer came. */
interface Arrow {
  readonly node: string;
  readonly to: string;
  readonly api: string;
  readonly atMs: number;
  endMs: number;
  /** How it ended: an answer, the end of its connection, or nothing. */
  end: "answered" | "broken" | "open";
  readonly detail: string;
}

/** Something that a node said or met, at one moment. */
interface Mark {
  readonly node: string;
  readonly atMs: number;
  readonly kind: string;
  readonly detail: string;
}

/** What the page is given. */
export interface TimelineData {
  readonly lanes: readonly string[];
  readonly apis: readonly string[];
  readonly arrows: readonly Arrow[];
  readonly marks: readonly Mark[];
  /** Cumulative counts, for the growth of the log: time, records acknowledged, records delivered. */
  readonly growth: readonly (readonly [atMs: number, acknowledged: number, delivered: number])[];
  readonly faults: readonly { readonly atMs: number; readonly endMs: number; readonly label: string }[];
  readonly violations: TimelineInput["violations"];
  readonly endMs: number;
}

/** Kinds of events that stand on their node's lane as a mark; others are arrows, or growth. */
const MARKS: readonly string[] = ["fail", "seek", "close", "leak", "crash", "failure", "note"];

/** What is drawn of a run. Pure. */
export function timelineData({ history, plan, violations }: Omit<TimelineInput, "title">): TimelineData {
  const arrows = arrowsOf(history);
  const marks = history.filter((event) => MARKS.includes(event.type) && !isCleanEnd(event)).map(({ type, node, atMs, ...rest }): Mark => ({ node, atMs, kind: type, detail: detailOf(rest) }));
  const nodes = new Set([...arrows.map(({ node }) => node), ...marks.map(({ node }) => node)]);
  const brokers = new Set(arrows.map(({ to }) => to));
  const faults = plan.faults.map(({ atMs, durationMs, kind, node, broker, amount }) => ({ atMs, endMs: atMs + durationMs, label: `${kind} (node ${node}, broker ${broker}, amount ${amount})` }));
  const endMs = Math.max(1, ...[history.at(-1)?.atMs ?? 0], ...faults.map((fault) => fault.endMs));
  return { lanes: [...[...nodes].sort(), ...[...brokers].sort()], apis: [...new Set(arrows.map(({ api }) => api))].sort(), arrows, marks, growth: growthOf(history), faults, violations, endMs };
}

/** A node that left nothing behind is nothing to see. */
function isCleanEnd(event: HistoryEvent): boolean {
  return event.type === "leak" && event.tasks + event.delays + event.connections === 0;
}

/** The picture: one file that needs no other, for any browser. */
export function timelineHtml(input: TimelineInput): string {
  // `<` is the one character that could end the script early.
  const data = JSON.stringify(timelineData(input)).replaceAll("<", "\\u003c");
  const title = escaped(input.title);
  const broken = input.violations.map(({ invariant, atMs, message }) => `<li><b>${escaped(invariant)}</b> at ${atMs.toFixed(1)} ms: ${escaped(message)}</li>`).join("");
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${title}</title><style>${TIMELINE_STYLE}</style></head>
<body><h1>${title}</h1><ul id="broken">${broken === "" ? "<li>no invariant is broken</li>" : broken}</ul>
<div id="filters"></div><canvas id="picture"></canvas><pre id="detail">Wheel: zoom. Drag: move. Hover: what it is. Double click: all of it.</pre>
<script>const data = ${data};
${TIMELINE_SCRIPT}</script></body></html>
`;
}

function arrowsOf(history: readonly HistoryEvent[]): readonly Arrow[] {
  const names = new Map(Object.values(schemas).filter(({ type }) => type === "request").map(({ apiKey, name }) => [apiKey, name.replace(/Request$/, "")]));
  const open = new Map<number, Map<number, Arrow>>();
  const arrows: Arrow[] = [];
  for (const event of history) {
    if (event.type === "request") {
      const { node, to, atMs, apiKey, apiVersion, correlationId, connection, bytes } = event;
      const api = names.get(apiKey) ?? `API ${apiKey}`;
      const arrow: Arrow = { node, to, api, atMs, endMs: atMs, end: "open", detail: detailOf({ version: apiVersion, correlationId, connection, bytes }) };
      arrows.push(arrow);
      const ofConnection = open.get(connection) ?? new Map<number, Arrow>();
      open.set(connection, ofConnection.set(correlationId, arrow));
    } else if (event.type === "response") {
      const arrow = open.get(event.connection)?.get(event.correlationId);
      if (arrow === undefined) continue;
      open.get(event.connection)?.delete(event.correlationId);
      arrow.end = "answered";
      arrow.endMs = event.atMs;
    } else if (event.type === "connection-end") {
      for (const arrow of open.get(event.connection)?.values() ?? []) {
        arrow.end = "broken";
        arrow.endMs = event.atMs;
      }
      open.delete(event.connection);
    }
  }
  return arrows;
}

function growthOf(history: readonly HistoryEvent[]): TimelineData["growth"] {
  const growth: (readonly [number, number, number])[] = [];
  let acknowledged = 0;
  let delivered = 0;
  for (const { type, atMs } of history) {
    if (type === "ack") acknowledged++;
    else if (type === "deliver") delivered++;
    else continue;
    growth.push([atMs, acknowledged, delivered]);
  }
  return growth;
}

function detailOf(fields: object): string {
  return Object.entries(fields).map(([name, value]) => `${name}: ${typeof value === "object" ? JSON.stringify(value) : String(value)}`).join("\n");
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
