import type { ConnectionEndEvent, RequestEvent, ResponseEvent } from "../history.ts";
import { type Checker, type Violation, groupBy, ofType } from "./violation.ts";

type OnConnection = RequestEvent | ResponseEvent | ConnectionEndEvent;

const PRODUCE = 0;
const API_VERSIONS = 18;
const MAX_PRODUCES = 5;
/** The default of a request's time-out, and a stalled event loop on top. */
const REQUEST_TIMEOUT_MS = 45_000;
/** So many requests of one client in one millisecond are a hot loop, not work. */
const MAX_REQUESTS_PER_MS = 40;

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

/** N2: nobody asks without end in no time. */
export const noHotLoop: Checker = (history) =>
  [...groupBy(ofType(history, "request"), ({ node, atMs }) => `${node} at ${Math.floor(atMs)} ms`)].flatMap(([key, requests]): Violation[] => (requests.length <= MAX_REQUESTS_PER_MS ? [] : [{ invariant: "N2", atMs: requests[0]?.atMs ?? 0, message: `${requests.length} requests of ${key}` }]));

/** All that is asked of connections. */
export const connectionCheckers: readonly Checker[] = [requestsMatchResponses, requestsSettle, noHotLoop];
