// Tests the checkers of logins with a correct history, and with histories that break it.
import { test } from "node:test";
import assert from "node:assert/strict";
import type { AuthenticationEvent, HistoryEvent, RequestEvent, ResponseEvent } from "../history.ts";
import { authenticationCheckers } from "./authentication.ts";

const [METADATA, HANDSHAKE, VERSIONS, TOKEN] = [3, 17, 18, 36];
const on = { node: "n", connection: 1 };
const request = (correlationId: number, apiKey: number, atMs = 0): RequestEvent => ({
  type: "request",
  ...on,
  atMs,
  to: "broker-0",
  apiKey,
  apiVersion: 0,
  correlationId,
  bytes: 1,
});
const response = (correlationId: number, atMs = 0): ResponseEvent => ({
  type: "response",
  ...on,
  atMs,
  correlationId,
  bytes: 1,
});
const login = (atMs: number, more: Partial<AuthenticationEvent> = {}): AuthenticationEvent => ({
  type: "authentication",
  ...on,
  atMs,
  what: "accepted",
  lifetimeMs: 5000,
  ...more,
});
/** A login that takes `tookMs`; its two requests have the ids from `id` on. */
const exchange = (id: number, atMs: number, tookMs = 10, what: "accepted" | "renewed" = "renewed"): HistoryEvent[] => [
  request(id, HANDSHAKE, atMs),
  response(id, atMs + tookMs / 2),
  request(id + 1, TOKEN, atMs + tookMs / 2),
  login(atMs + tookMs, { what }),
  response(id + 1, atMs + tookMs),
];
const hello = [request(1, VERSIONS), response(1)];
const first = [...hello, ...exchange(2, 0, 10, "accepted")];

/** While the ids 6 and 7 wait, the token gets the id 8. */
const renewed = (tookMs: number, ...waited: readonly number[]): HistoryEvent[] => [
  ...first,
  request(4, METADATA, 100),
  response(4, 101),
  request(5, HANDSHAKE, 4500),
  response(5, 4500 + tookMs / 2),
  request(8, TOKEN, 4500 + tookMs / 2),
  login(4500 + tookMs, { what: "renewed" }),
  response(8, 4500 + tookMs),
  ...[...waited, 9].map((id) => request(id, METADATA, 4500 + tookMs)),
];

const check = (history: readonly HistoryEvent[]): readonly string[] =>
  authenticationCheckers.flatMap((checker) => checker(history)).map(({ invariant }) => invariant);

const CORRECT: readonly (readonly [what: string, history: readonly HistoryEvent[]])[] = [
  ["a cluster without SASL", [...hello, request(2, METADATA), request(4, METADATA)]],
  ["a login, and requests until the end of the session", [...first, request(4, METADATA, 5009)]],
  ["requests that wait for a login, and are sent after it", renewed(10, 6, 7)],
  ["requests that timed out while they waited", renewed(600)],
  ["a request that timed out between others that waited", renewed(600, 6)],
  [
    "requests in flight before a login",
    [...first, request(4, METADATA, 4400), ...exchange(5, 4500), response(4, 4505)],
  ],
  [
    "a request that was sent in time, and reaches its broker too late",
    [...first, request(4, METADATA, 5000), login(5020, { what: "not-served", apiKey: METADATA, phase: "expired" })],
  ],
  ["a session that ends during its login", [...hello, ...exchange(2, 0, 10, "accepted").map(short), request(4, 3, 11)]],
  ["a login long after the end of the session", [...first, ...exchange(4, 60_000), request(6, METADATA, 60_010)]],
];

function short(event: HistoryEvent): HistoryEvent {
  return event.type === "authentication" ? { ...event, atMs: 5, lifetimeMs: 1 } : event;
}

for (const [what, history] of CORRECT) test(`correct: ${what}`, () => assert.deepEqual(check(history), []));

const BROKEN: readonly (readonly [what: string, invariant: string, history: readonly HistoryEvent[]])[] = [
  ["a request before the login", "N6", [...hello, request(2, METADATA), ...exchange(3, 0, 10, "accepted")]],
  ["a token without SaslHandshake", "N6", [...first, request(4, TOKEN, 20)]],
  [
    "a request between SaslHandshake and the token",
    "N6",
    [...first, request(4, HANDSHAKE, 4500), request(5, METADATA, 4501)],
  ],
  [
    "ApiVersions between SaslHandshake and the token",
    "N6",
    [...first, request(4, HANDSHAKE, 4500), request(5, VERSIONS, 4501)],
  ],
  [
    "a request before the response to the last token",
    "N6",
    [
      ...first,
      request(4, HANDSHAKE, 4500),
      response(4, 4501),
      request(5, TOKEN, 4501),
      login(4502, { what: "renewed" }),
      request(6, METADATA, 4502),
    ],
  ],
  ["a request after the end of the session", "N6", [...first, request(4, METADATA, 5011)]],
  [
    "a request that a broker got between SaslHandshake and the token",
    "N6",
    [...first, login(4501, { what: "not-served", apiKey: METADATA, phase: "in-login" })],
  ],
  ["a request that waited, and was never sent", "N7", renewed(10, 7)],
  ["requests that waited, and were sent in another order", "N7", renewed(10, 7, 6)],
  ["a second login within a second", "N2", [...first, ...exchange(4, 999)]],
];

for (const [what, invariant, history] of BROKEN)
  test(`${invariant} tells ${what}`, () => assert.deepEqual([...new Set(check(history))], [invariant]));
