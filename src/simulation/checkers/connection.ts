import type { ConnectionEndEvent, RequestEvent, ResponseEvent } from "../history.ts";
import { type Checker, type Violation, groupBy, ofType } from "./violation.ts";

type OnConnection = RequestEvent | ResponseEvent | ConnectionEndEvent;

const PRODUCE = 0;
const FETCH = 1;
const API_VERSIONS = 18;
const MAX_PRODUCES = 5;
/** The default of a request's time-out, and a stalled event loop on top. */
const REQUEST_TIMEOUT_MS = 45_000;
/** A fetch response that is not larger holds no batch. */
const EMPTY_FETCH_BYTES = 150;
/** So many in one millisecond are a hot loop. */
const MAX_IDLE_REQUESTS_PER_MS = 20;
const MAX_SENDS_PER_MS = 3;

function byConnection(history: Parameters<Checker>[0]): Iterable<readonly OnConnection[]> {
  return groupBy(
    history.filter((event): event is OnConnection => event.type === "request" || event.type === "response" || event.type === "connection-end"),
    ({ connection }) => String(connection),
  ).values();
}

/** N1: responses come in the order of the requests, and nothing is asked before ApiVersions was answered. P4: five produce requests are under way at the most. */
export const requestsMatchResponses: Checker = (history) => {
  const violations: Violation[] = [];
  for (const events of byConnection(history)) {
    const waiting: RequestEvent[] = [];
    let hasVersions = false;
    for (const event of events) {
      const say = (invariant: string, what: string): number => violations.push({ invariant, atMs: event.atMs, message: `connection ${event.connection} of ${event.node}: ${what}` });
      if (event.type === "request") {
        if (!hasVersions && event.apiKey !== API_VERSIONS) say("N1", `API ${event.apiKey} was asked before ApiVersions was answered`);
        waiting.push(event);
        if (event.apiKey === PRODUCE && waiting.filter(({ apiKey }) => apiKey === PRODUCE).length > MAX_PRODUCES) say("P4", `more than ${MAX_PRODUCES} produce requests are under way`);
      } else if (event.type === "response") {
        const request = waiting.shift();
        if (request === undefined) say("N1", `a response with correlation id ${event.correlationId} that nobody waits for`);
        else if (request.correlationId !== event.correlationId) say("N1", `correlation id ${event.correlationId} came where ${request.correlationId} is due`);
        if (request?.apiKey === API_VERSIONS) hasVersions = true;
      }
    }
  }
  return violations;
};

/** N2: a request is answered in time, or its connection is given up. */
export const requestsSettle: Checker = (history) => {
  const endMs = history.at(-1)?.atMs ?? 0;
  const violations: Violation[] = [];
  const crashes = ofType(history, "crash");
  for (const events of byConnection(history)) {
    const responses = events.filter((event): event is ResponseEvent => event.type === "response");
    const ended = events.find(({ type }) => type === "connection-end")?.atMs ?? endMs;
    for (const [i, request] of events.filter((event): event is RequestEvent => event.type === "request").entries()) {
      const settledMs = responses[i]?.atMs ?? ended;
      if (settledMs - request.atMs > REQUEST_TIMEOUT_MS && !crashes.some(({ node }) => node === request.node)) violations.push({ invariant: "N2", atMs: settledMs, message: `connection ${request.connection} of ${request.node}: API ${request.apiKey} was under way for ${settledMs - request.atMs} ms` });
    }
  }
  return violations;
};

/**
 * N2: nobody asks without end in no time. What moves records is work, however fast the network: what counts is a fetch that
 * brought nothing, any other question, and a batch that is sent again.
 */
export const noHotLoop: Checker = (history) => {
  const idle: RequestEvent[] = [];
  for (const events of byConnection(history)) {
    const responses = events.filter((event): event is ResponseEvent => event.type === "response");
    for (const [i, request] of events.filter((event): event is RequestEvent => event.type === "request").entries()) {
      if (request.apiKey !== PRODUCE && (request.apiKey !== FETCH || (responses[i]?.bytes ?? 0) <= EMPTY_FETCH_BYTES)) idle.push(request);
    }
  }
  const tooMany = <E extends { readonly atMs: number }>(events: readonly E[], most: number, key: (event: E) => string, what: string): Violation[] =>
    [...groupBy(events, (event) => `${key(event)} at ${Math.floor(event.atMs)} ms`)].flatMap(([name, list]): Violation[] => (list.length <= most ? [] : [{ invariant: "N2", atMs: list[0]?.atMs ?? 0, message: `${list.length} ${what} of ${name}` }]));
  return [
    ...tooMany(idle, MAX_IDLE_REQUESTS_PER_MS, ({ node }) => node, "requests that moved nothing"),
    ...tooMany(ofType(history, "produce"), MAX_SENDS_PER_MS, (b) => `sequence ${b.baseSequence} of ${b.topic}-${b.partition}, producer ${b.producerId} epoch ${b.producerEpoch}`, "sends"),
  ];
};

/** All that is asked of connections. */
export const connectionCheckers: readonly Checker[] = [requestsMatchResponses, requestsSettle, noHotLoop];
