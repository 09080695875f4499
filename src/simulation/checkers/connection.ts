import type { ConnectionEndEvent, RequestEvent, ResponseEvent } from "../history.ts";
import { type Checker, type Violation, groupBy, ofType } from "./violation.ts";

type OnConnection = RequestEvent | ResponseEvent | ConnectionEndEvent;

const PRODUCE = 0;
const FETCH = 1;
const SASL_HANDSHAKE = 17;
const SASL_AUTHENTICATE = 36;
const API_VERSIONS = 18;
const MAX_PRODUCES = 5;
/** The default request timeout, plus a stall of the event loop. */
const REQUEST_TIMEOUT_MS = 45_000;
/** A fetch response of at most this size contains no batch. */
const EMPTY_FETCH_BYTES = 150;
/** This number of requests within one millisecond is a hot loop. */
const MAX_IDLE_REQUESTS_PER_MS = 20;
const MAX_SENDS_PER_MS = 3;
/** This number of connection attempts to one address within a second means that there is no backoff. */
const MAX_CONNECTS_PER_S = 100;
/** A connection must end within this time after malformed bytes. */
const GIVE_UP_MS = 10;

function byConnection(history: Parameters<Checker>[0]): Iterable<readonly OnConnection[]> {
  return groupBy(
    history.filter(
      (event): event is OnConnection =>
        event.type === "request" || event.type === "response" || event.type === "connection-end",
    ),
    ({ connection }) => String(connection),
  ).values();
}

/**
 * N1: responses come in the order of the requests, the ids of requests in flight are unique, and no request is sent
 * before the response to ApiVersions. P4: at most five Produce requests are in flight.
 */
export const requestsMatchResponses: Checker = (history) => {
  const violations: Violation[] = [];
  for (const events of byConnection(history)) {
    const waiting: RequestEvent[] = [];
    let hasVersions = false;
    for (const event of events) {
      const say = (invariant: string, what: string): number =>
        violations.push({
          invariant,
          atMs: event.atMs,
          message: `connection ${event.connection} of ${event.node}: ${what}`,
        });
      if (event.type === "request") {
        if (!hasVersions && event.apiKey !== API_VERSIONS)
          say("N1", `API ${event.apiKey} was sent before the response to ApiVersions`);
        if (waiting.some(({ correlationId }) => correlationId === event.correlationId))
          say("N1", `two requests in flight have correlation id ${event.correlationId}`);
        waiting.push(event);
        if (event.apiKey === PRODUCE && waiting.filter(({ apiKey }) => apiKey === PRODUCE).length > MAX_PRODUCES)
          say("P4", `more than ${MAX_PRODUCES} Produce requests are in flight`);
      } else if (event.type === "response") {
        const request = waiting.shift();
        if (request === undefined)
          say("N1", `a response with correlation id ${event.correlationId} belongs to no request`);
        else if (request.correlationId !== event.correlationId)
          say("N1", `correlation id ${event.correlationId} came, but ${request.correlationId} was due`);
        if (request?.apiKey === API_VERSIONS) hasVersions = true;
      }
    }
  }
  return violations;
};

/** N2: a request gets its response in time, or its client closes the connection. */
export const requestsSettle: Checker = (history) => {
  const endMs = history.at(-1)?.atMs ?? 0;
  const violations: Violation[] = [];
  const crashes = ofType(history, "crash");
  for (const events of byConnection(history)) {
    const responses = events.filter((event): event is ResponseEvent => event.type === "response");
    const ended = events.find(({ type }) => type === "connection-end")?.atMs ?? endMs;
    for (const [i, request] of events.filter((event): event is RequestEvent => event.type === "request").entries()) {
      const settledMs = responses[i]?.atMs ?? ended;
      if (settledMs - request.atMs > REQUEST_TIMEOUT_MS && !crashes.some(({ node }) => node === request.node))
        violations.push({
          invariant: "N2",
          atMs: settledMs,
          message:
            `connection ${request.connection} of ${request.node}: API ${request.apiKey} got no response for ` +
            `${settledMs - request.atMs} ms`,
        });
    }
  }
  return violations;
};

/**
 * N2: no client sends requests in a hot loop. Requests that move records are work, however fast the network is. Counted
 * are fetches without records, other requests, and batches that are sent again. Logins have their own checker.
 */
export const noHotLoop: Checker = (history) => {
  const idle: RequestEvent[] = [];
  for (const events of byConnection(history)) {
    const responses = events.filter((event): event is ResponseEvent => event.type === "response");
    for (const [i, request] of events.filter((event): event is RequestEvent => event.type === "request").entries()) {
      if (request.apiKey === SASL_HANDSHAKE || request.apiKey === SASL_AUTHENTICATE) continue;
      if (request.apiKey !== PRODUCE && (request.apiKey !== FETCH || (responses[i]?.bytes ?? 0) <= EMPTY_FETCH_BYTES))
        idle.push(request);
    }
  }
  const tooMany = <E extends { readonly atMs: number }>(
    events: readonly E[],
    most: number,
    key: (event: E) => string,
    what: string,
  ): Violation[] =>
    [...groupBy(events, (event) => `${key(event)} at ${Math.floor(event.atMs)} ms`)].flatMap(
      ([name, list]): Violation[] =>
        list.length <= most
          ? []
          : [{ invariant: "N2", atMs: list[0]?.atMs ?? 0, message: `${list.length} ${what} of ${name}` }],
    );
  return [
    ...tooMany(idle, MAX_IDLE_REQUESTS_PER_MS, ({ node }) => node, "requests without progress"),
    ...tooMany(
      ofType(history, "produce"),
      MAX_SENDS_PER_MS,
      (b) =>
        // Without a producer id, only its content identifies a batch.
        `${b.producerId < 0 ? `batch ${b.digest}` : `sequence ${b.baseSequence}`} of ${b.topic}-${b.partition}, ` +
        `producer ${b.producerId} epoch ${b.producerEpoch}`,
      "sends",
    ),
  ];
};

/** N2: a client that cannot connect waits before the next attempt, and longer after each failure. */
export const connectsBackOff: Checker = (history) =>
  [
    ...groupBy(
      ofType(history, "connect"),
      ({ node, to, atMs }) => `${node} to ${to} in second ${Math.floor(atMs / 1000)}`,
    ),
  ].flatMap(([name, list]): Violation[] =>
    list.length <= MAX_CONNECTS_PER_S
      ? []
      : [{ invariant: "N2", atMs: list[0]?.atMs ?? 0, message: `${list.length} connection attempts: ${name}` }],
  );

/**
 * N3: the leader epoch of a partition that a client knows never goes back (KIP-320), unless the topic was recreated.
 */
export const epochsRise: Checker = (history) => {
  const violations: Violation[] = [];
  const known = new Map<string, number>();
  for (const event of history) {
    if (event.type === "crash") for (const key of known.keys()) if (key.startsWith(`${event.node}/`)) known.delete(key);
    if (event.type !== "epoch") continue;
    const key = `${event.node}/${event.topic}-${event.partition}`;
    const before = known.get(key) ?? -1;
    if (event.epoch < before)
      violations.push({
        invariant: "N3",
        atMs: event.atMs,
        message:
          `${event.node} fetches ${event.topic}-${event.partition} under leader epoch ${event.epoch}, but already knew ` +
          `${before}`,
      });
    known.set(key, event.epoch);
  }
  return violations;
};

/** N4: a client sends nothing while a broker throttles it (KIP-219). */
export const throttlingIsHonoured: Checker = (history) => {
  const silentUntil = new Map<number, number>();
  return history.flatMap((event): Violation[] => {
    if (event.type === "response" && event.throttleMs !== undefined)
      silentUntil.set(
        event.connection,
        Math.max(silentUntil.get(event.connection) ?? 0, event.atMs + event.throttleMs),
      );
    if (event.type !== "request") return [];
    const untilMs = silentUntil.get(event.connection) ?? -Infinity;
    return event.atMs >= untilMs
      ? []
      : [
          {
            invariant: "N4",
            atMs: event.atMs,
            message:
              `connection ${event.connection} of ${event.node}: API ${event.apiKey} was sent ` +
              `${untilMs - event.atMs} ms before the end of the throttle time`,
          },
        ];
  });
};

/** N5: a client closes a connection that delivered malformed bytes. */
export const malformedIsGivenUp: Checker = (history) => {
  const ends = new Map(ofType(history, "connection-end").map(({ connection, atMs }) => [connection, atMs]));
  return ofType(history, "malformed").flatMap(({ connection, node, atMs }): Violation[] =>
    (ends.get(connection) ?? Infinity) <= atMs + GIVE_UP_MS
      ? []
      : [
          {
            invariant: "N5",
            atMs,
            message: `connection ${connection} of ${node} delivered malformed bytes, and stayed open`,
          },
        ],
  );
};

/** All checks of connections. */
export const connectionCheckers: readonly Checker[] = [
  requestsMatchResponses,
  requestsSettle,
  noHotLoop,
  connectsBackOff,
  epochsRise,
  throttlingIsHonoured,
  malformedIsGivenUp,
];
