import { faultInWords } from "./fault-words.ts";
import type { HistoryEvent } from "./history.ts";
import { apiName } from "./message-words.ts";
import { meaningOf } from "./picture/invariant-words.ts";
import { pageHtml } from "./picture/page.ts";
import type { Arrow, FaultBand, Growth, Mark, TimelineData } from "./picture/timeline-data.ts";
import type { Violation } from "./checkers/violation.ts";

/** The content of a picture: a run, preferably one with `detail: true`. */
export interface TimelineInput {
  /** The heading of the picture. */
  readonly title: string;
  /** The run's history. */
  readonly history: readonly HistoryEvent[];
  /** The broken invariants, which the picture marks. */
  readonly violations: readonly Violation[];
}

/**
 * The kinds of events that are drawn on their node's lane. Of the many sends, acknowledgements and deliveries, only
 * those that are related to the failure are drawn.
 */
const MARKS: readonly string[] = [
  "fail",
  "seek",
  "close",
  "leak",
  "crash",
  "failure",
  "note",
  "said",
  "authentication",
];
const IF_RELATED: readonly string[] = ["send", "ack", "deliver"];
/** Events within this time of a failure, in ms, may be related to it. */
const NEAR_MS = 3000;
/** The time that a fetch waits for records, and some latency. */
const LONG_POLL_MS = 600;

/** The picture of a run: one page for any browser, without other files. docs/simulation.md describes it. */
export function timelineHtml(input: TimelineInput): string {
  return pageHtml(timelineData(input));
}

/** The data that is drawn of a run. Pure. */
export function timelineData({ title, history, violations }: TimelineInput): TimelineData {
  const isRelated = relatedTo(violations);
  const arrows = arrowsOf(history, isRelated);
  const marks = history.flatMap((event): readonly Mark[] => markOf(event, isRelated));
  const faults = history.flatMap((event): readonly FaultBand[] => (event.type === "fault" ? [bandOf(event)] : []));
  const endMs = Math.max(1, history.at(-1)?.atMs ?? 0, ...faults.map((fault) => fault.endMs));
  const growth = growthOf(history);
  const broken = violations.map((violation) => ({
    ...violation,
    meaning: meaningOf(violation.invariant),
    hint: hintOf(violation, arrows),
  }));
  const brokers = new Set([
    ...arrows.map(({ to }) => to),
    ...growth.flatMap(({ points }) => points.map(([, , leader]) => leader)),
  ]);
  // In the order of their first event.
  const nodes = new Set(
    history
      .map(({ node }) => node)
      .filter(
        (node) =>
          !brokers.has(node) &&
          (marks.some((mark) => mark.node === node) || arrows.some((arrow) => arrow.node === node)),
      ),
  );
  return {
    title,
    endMs,
    lanes: [...nodes, ...[...brokers].sort()],
    apis: [...new Set(arrows.map(({ api }) => api))].sort(),
    arrows,
    marks,
    faults,
    growth,
    violations: broken,
    unanswered: unansweredOf(arrows),
    witness: witnessOf(violations, arrows),
    focus: focusOf(violations, { arrows, marks, faults, endMs }),
  };
}

const NAME_WITH_NUMBER = /[A-Za-z][\w/.-]*\d+(?![\w/])/g;
/** Where a body is cut off, or not shown as text. */
const NOT_WHOLE = /…|\(\d+ bytes\)|cannot be decoded/;

/**
 * A hint when no request contains the record of a violation: it was probably never sent. Empty if bodies are
 * incomplete.
 */
function hintOf({ message }: Violation, arrows: readonly Arrow[]): string {
  const sent = arrows.filter(({ api }) => api === "Produce").map(({ request }) => request);
  const name = message.match(NAME_WITH_NUMBER)?.[0];
  if (
    name === undefined ||
    !sent.some((text) => text.includes("batch of")) ||
    sent.some((text) => NOT_WHOLE.test(text) || text.includes(name))
  )
    return "";
  return `no request of the whole run contains ${name}`;
}

/** Whether a text has a name with a number in common with a violation: `order-21`, `producer-0/17`. */
function relatedTo(violations: readonly Violation[]): (text: string) => boolean {
  const names = new Set(violations.slice(0, 20).flatMap(({ message }) => message.match(NAME_WITH_NUMBER) ?? []));
  return (text) => names.size > 0 && (text.match(NAME_WITH_NUMBER) ?? []).some((name) => names.has(name));
}

function markOf(event: HistoryEvent, isRelated: (text: string) => boolean): readonly Mark[] {
  const { type: kind, node, atMs } = event;
  const isAbout = "id" in event && isRelated(event.id);
  if (!MARKS.includes(kind) && !(isAbout && IF_RELATED.includes(kind))) return [];
  const text = textOf(event);
  return text === "" ? [] : [{ node, atMs, kind, text, isRelated: isAbout || (kind === "note" && isRelated(text)) }];
}

/** An event in words; empty for an event that is not shown. */
function textOf(event: HistoryEvent): string {
  switch (event.type) {
    case "note":
      // Faults are drawn as bands.
      return /^(end of )?[\w-]+ \S+ broker-\d+/.test(event.text) && event.node === "world" ? "" : event.text;
    case "said":
      return `${event.level}: ${event.message}`;
    case "failure":
      return event.message;
    case "crash":
      return "killed";
    case "fail":
      return `send of ${event.id} failed: ${event.kind}${event.outcome === undefined ? "" : `, ${event.outcome}`}`;
    case "send":
      return `send of ${event.id} to ${event.topic}`;
    case "ack":
      return `${event.id} is acknowledged: ${event.topic}-${event.partition} offset ${event.offset}`;
    case "deliver":
      return `${event.id} is delivered: ${event.topic}-${event.partition} offset ${event.offset}`;
    case "seek":
      return `position of ${event.topic}-${event.partition} is reset`;
    case "authentication":
      return event.what === "refused" ? "the login is refused" : event.what === "not-served" ? "not logged in" : "";
    case "close":
      return `close of ${event.what} took ${event.tookMs} ms`;
    case "leak":
      return event.tasks + event.delays + event.connections === 0
        ? ""
        : `left ${event.tasks} tasks, ${event.delays} delays and ${event.connections} connections`;
    default:
      return "";
  }
}

function bandOf({
  kind,
  node,
  broker,
  amount,
  atMs,
  durationMs,
}: Extract<HistoryEvent, { readonly type: "fault" }>): FaultBand {
  const words = faultInWords({ kind, node, broker, amount, atMs, durationMs });
  return { kind, atMs, endMs: atMs + durationMs, words, lanes: [node, broker].filter((lane) => words.includes(lane)) };
}

function arrowsOf(history: readonly HistoryEvent[], isRelated: (text: string) => boolean): readonly Arrow[] {
  const open = new Map<string, Arrow>();
  const ofConnection = new Map<number, Set<string>>();
  const arrows: Arrow[] = [];
  const endMs = history.at(-1)?.atMs ?? 0;
  for (const event of history) {
    if (event.type === "connection-end") {
      for (const key of ofConnection.get(event.connection) ?? []) breakOff(open.get(key), event);
      ofConnection.delete(event.connection);
    }
    if (!("correlationId" in event)) continue;
    const key = `${event.connection}/${event.correlationId}`;
    if (event.type === "request") {
      const { node, to, atMs, apiKey, apiVersion } = event;
      const arrow: Arrow = {
        node,
        to,
        api: apiName(apiKey),
        atMs,
        endMs,
        end: "open",
        words: "",
        request:
          `version ${apiVersion}, ${event.bytes} bytes, correlation id ${event.correlationId}, connection ` +
          `${event.connection}`,
        response: "",
        isRelated: false,
      };
      arrows.push(arrow);
      open.set(key, arrow);
      ofConnection.set(event.connection, (ofConnection.get(event.connection) ?? new Set()).add(key));
      continue;
    }
    const arrow = open.get(key);
    if (arrow === undefined) continue;
    if (event.type === "response") ofConnection.get(event.connection)?.delete(key);
    goOn(arrow, event);
  }
  for (const arrow of arrows) {
    arrow.words = wordsOf(arrow);
    arrow.isRelated = isRelated(arrow.api === "Produce" ? arrow.request : arrow.response);
  }
  return arrows;
}

/** The next event of a request. */
function goOn(arrow: Arrow, event: Extract<HistoryEvent, { readonly correlationId: number }>): void {
  if (event.type === "arrival") arrow.arrivedMs = event.atMs;
  else if (event.type === "reply") arrow.repliedMs = event.atMs;
  else if (event.type === "response") {
    arrow.response = `${event.bytes} bytes${arrow.response}`;
    finish(arrow, "answered", event.atMs);
  } else if (event.type === "body" && event.of === "request") arrow.request += `\n${event.text}`;
  else if (event.type === "body") arrow.response += `\n${event.text}`;
}

/**
 * A request ends with its connection. A client that closes cuts off its long polls: only a longer wait counts as given
 * up.
 */
function breakOff(
  arrow: Arrow | undefined,
  { by, atMs }: Extract<HistoryEvent, { readonly type: "connection-end" }>,
): void {
  finish(arrow, by !== "client" ? "broken" : atMs - (arrow?.atMs ?? 0) < LONG_POLL_MS ? "closed" : "given-up", atMs);
}

function finish(arrow: Arrow | undefined, end: Arrow["end"], endMs: number): void {
  if (arrow === undefined) return;
  arrow.end = end;
  arrow.endMs = endMs;
}

/** How a request ended. */
function wordsOf(arrow: Arrow): string {
  const tookMs = Math.round((arrow.endMs - arrow.atMs) * 1000) / 1000;
  if (arrow.end === "answered") return `response after ${tookMs} ms`;
  const ending = {
    broken: `the connection broke after ${tookMs} ms`,
    open: "the run ended first",
  };
  const end = arrow.end === "broken" || arrow.end === "open" ? ending[arrow.end] : undefined;
  return `no response: ${howFar(arrow)}; ${end ?? `${arrow.node} closed the connection after ${tookMs} ms`}`;
}

function howFar({ arrivedMs, repliedMs, to }: Arrow): string {
  if (arrivedMs === undefined) return `it never reached ${to} completely`;
  return repliedMs === undefined
    ? `it reached ${to}, which did not respond`
    : `it reached ${to}, which responded, but the response was lost`;
}

function unansweredOf(arrows: readonly Arrow[]): TimelineData["unanswered"] {
  const groups = new Map<string, { words: string; count: number; firstMs: number }>();
  for (const arrow of arrows) {
    if (arrow.end !== "broken" && arrow.end !== "given-up") continue;
    const words =
      `${arrow.api} from ${arrow.node}: ${howFar(arrow)}; ` +
      (arrow.end === "broken" ? "the connection broke" : `${arrow.node} closed the connection`);
    const group = groups.get(words);
    if (group === undefined) groups.set(words, { words, count: 1, firstMs: arrow.atMs });
    else group.count++;
  }
  return [...groups.values()].sort((a, b) => b.count - a.count).slice(0, 12);
}

function growthOf(history: readonly HistoryEvent[]): readonly Growth[] {
  const partitions = new Map<string, [number, number, string][]>();
  for (const event of history) {
    if (event.type !== "growth") continue;
    const name = `${event.topic}-${event.partition}`;
    partitions.set(name, [...(partitions.get(name) ?? []), [event.atMs, event.highWatermark, event.node]]);
  }
  return [...partitions]
    .map(([partition, points]) => ({ partition, points }))
    .sort((a, b) => (a.partition < b.partition ? -1 : 1));
}

/** The part of a run that shows its first failure and the related events; the whole run if there are none. */
function focusOf(
  [first]: readonly Violation[],
  { arrows, marks, faults, endMs }: Pick<TimelineData, "arrows" | "marks" | "faults" | "endMs">,
): readonly [number, number] {
  if (first === undefined) return [0, endMs];
  const related = [
    ...marks.filter(({ isRelated }) => isRelated).map(({ atMs }) => [atMs, atMs] as const),
    ...arrows
      .filter(({ isRelated, api }) => isRelated && api === "Produce")
      .map((arrow) => [arrow.atMs, arrow.endMs] as const),
  ].filter(([atMs]) => atMs <= first.atMs + NEAR_MS);
  // A failure that is noticed at the end happened earlier: at the first event of the first name in its message.
  const middleMs = related.some(([atMs]) => Math.abs(atMs - first.atMs) <= NEAR_MS)
    ? first.atMs
    : Math.min(...related.map(([atMs]) => atMs));
  const isNear = (atMs: number): boolean => Math.abs(atMs - middleMs) <= NEAR_MS;
  const struck = Number.isFinite(middleMs)
    ? faults.filter((fault) => fault.atMs - middleMs <= NEAR_MS && middleMs - fault.endMs <= NEAR_MS)
    : [];
  if (related.length === 0 && !faults.some((fault) => Math.abs(fault.endMs - first.atMs) <= NEAR_MS)) return [0, endMs];
  const centre = Number.isFinite(middleMs) ? middleMs : first.atMs;
  const moments = [
    centre,
    ...related.flat().filter(isNear),
    ...struck.flatMap((fault) => [Math.max(fault.atMs, centre - NEAR_MS), Math.min(fault.endMs, centre + NEAR_MS)]),
  ];
  const [from, to] = [Math.min(...moments), Math.max(...moments)];
  const pad = Math.max(60, (to - from) * 0.2);
  return [Math.max(0, from - pad), to + pad];
}

/** The related request that is nearest to the first failure; one without a response is preferred. */
function witnessOf([first]: readonly Violation[], arrows: readonly Arrow[]): number {
  if (first === undefined) return -1;
  let best = -1;
  let least = Infinity;
  for (const [i, { isRelated, api, end, endMs }] of arrows.entries()) {
    const distance = Math.abs(endMs - first.atMs) + (end === "answered" ? 1e9 : 0);
    if (isRelated && api === "Produce" && distance < least) [best, least] = [i, distance];
  }
  return best;
}
