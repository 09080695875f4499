// Tests each checker with a correct history, and with histories that break it.
import { test } from "node:test";
import assert from "node:assert/strict";
import type {
  AckEvent,
  DeliverEvent,
  FailEvent,
  HistoryEvent,
  LogEvent,
  ProduceEvent,
  RequestEvent,
  ResponseEvent,
  SendEvent,
} from "../history.ts";
import { checkHistory } from "./all.ts";

const at = { atMs: 1, node: "n" };
const place = { topic: "t", partition: 0 };
const send = (order: number, more: Partial<SendEvent> = {}): SendEvent => ({
  type: "send",
  ...at,
  id: `r${order}`,
  producer: "p",
  order,
  topic: "t",
  digest: `d${order}`,
  deadlineMs: 1000,
  ...more,
});
const ack = (order: number, offset = order, more: Partial<AckEvent> = {}): AckEvent => ({
  type: "ack",
  ...at,
  ...place,
  id: `r${order}`,
  offset,
  ...more,
});
const fail = (order: number, more: Partial<FailEvent> = {}): FailEvent => ({
  type: "fail",
  ...at,
  id: `r${order}`,
  outcome: "indefinite",
  kind: "timeout",
  retriable: false,
  ...more,
});
const log = (order: number, offset = order, more: Partial<LogEvent> = {}): LogEvent => ({
  type: "log",
  ...at,
  ...place,
  id: `r${order}`,
  offset,
  digest: `d${order}`,
  timestamp: 0,
  ...more,
});
const deliver = (order: number, more: Partial<DeliverEvent> = {}): DeliverEvent => ({
  type: "deliver",
  ...at,
  ...place,
  consumer: "c",
  id: `r${order}`,
  offset: order,
  digest: `d${order}`,
  ...more,
});
const produce = (baseSequence: number, more: Partial<ProduceEvent> = {}): ProduceEvent => ({
  type: "produce",
  ...at,
  ...place,
  request: baseSequence,
  producerId: 1,
  producerEpoch: 0,
  baseSequence,
  count: 1,
  digest: `b${baseSequence}`,
  ...more,
});
const request = (correlationId: number, apiKey = 0, more: Partial<RequestEvent> = {}): RequestEvent => ({
  type: "request",
  ...at,
  connection: 1,
  to: "broker-0",
  apiKey,
  apiVersion: 0,
  correlationId,
  bytes: 1,
  ...more,
});
const response = (correlationId: number, more: Partial<ResponseEvent> = {}): ResponseEvent => ({
  type: "response",
  ...at,
  connection: 1,
  correlationId,
  bytes: 1,
  ...more,
});
const epoch = (number: number): HistoryEvent => ({ type: "epoch", ...at, ...place, epoch: number });
const hello = [request(0, 18), response(0)];
const sends = [send(0), send(1), send(2)];
const acks = [ack(0), ack(1), ack(2)];
const logs = [log(0), log(1), log(2)];

const sound: HistoryEvent[] = [
  ...hello,
  ...sends,
  produce(0),
  produce(1),
  produce(1, { request: 9 }),
  produce(2),
  request(1),
  response(1),
  ...acks,
  ...logs,
  deliver(0),
  deliver(1),
  deliver(2),
  { type: "seek", ...at, ...place, consumer: "c" },
  deliver(1),
  deliver(2),
  { type: "buffer", ...at, what: "producer", bytes: 10, limit: 10 },
  { type: "connect", ...at, to: "b:1" },
  epoch(1),
  epoch(2),
  { type: "malformed", ...at, connection: 7 },
  { type: "connection-end", ...at, connection: 7 },
  request(2, 0, { atMs: -4 }),
  response(2, { atMs: -3, throttleMs: 3 }),
  request(3),
  response(3),
  { type: "abort", ...at, what: "loop", kind: "cancelled", tookMs: 0, limitMs: 5 },
  { type: "buffer", ...at, what: "producer", bytes: 0, limit: 10, isIdle: true },
  { type: "close", ...at, what: "kafka", tookMs: 0, limitMs: 5 },
  { type: "leak", ...at, tasks: 0, delays: 0, connections: 0 },
];

const truncation = (isClean: boolean, atMs: number): HistoryEvent => ({
  type: "truncation",
  ...at,
  atMs,
  ...place,
  toOffset: 2,
  isClean,
});

test("a record that an unclean election truncated is not missed; a later one, or one that a clean election truncated, is", () => {
  const lost = [...sends, ...acks, log(0), log(1)];
  assert.deepEqual(checkHistory([...lost, truncation(false, 5)]), []);
  for (const other of [truncation(true, 5), truncation(false, 0)])
    assert.deepEqual(
      checkHistory([...lost, other]).map(({ invariant }) => invariant),
      ["P1"],
    );
});

test("a history that is sound passes", () => assert.deepEqual(checkHistory(sound), []));

const broken: readonly (readonly [what: string, invariant: string, history: readonly HistoryEvent[]])[] = [
  ["an acknowledged record that the log does not have", "P1", [...sends, ...acks, log(0), log(1)]],
  ["an acknowledged record that lies elsewhere", "P1", [...sends, ack(0), ack(1), ack(2, 7), ...logs]],
  ["a record that is in the topic twice", "P2", [...sends, ...acks, ...logs, log(2, 3)]],
  ["records that changed places", "P3", [...sends, ack(0), ack(1, 2), ack(2, 1), log(0), log(2, 1), log(1, 2)]],
  ["a retry with other records", "P4", [produce(0), produce(0, { digest: "other", request: 9 })]],
  ["a retry with a new sequence", "P4", [produce(0), produce(2)]],
  ["sequences that overlap", "P4", [produce(0, { count: 3 }), produce(2)]],
  ["two batches of a partition in one request", "P4", [produce(0, { request: 1 }), produce(1, { request: 1 })]],
  ["six produce requests under way", "P4", [...hello, ...[1, 2, 3, 4, 5, 6].map((id) => request(id))]],
  ["a promise that never settles", "P5", [send(0)]],
  ["a promise that settles twice", "P5", [send(0), fail(0), fail(0)]],
  ["a promise that settles too late", "P5", [send(0), fail(0, { atMs: 100_000 })]],
  [
    "a failure that says not written, of a record that was",
    "P5",
    [send(0), fail(0, { outcome: "notWritten" }), log(0)],
  ],
  ["too many bytes in a producer", "P6", [{ type: "buffer", ...at, what: "producer", bytes: 11, limit: 10 }]],
  ["too many bytes in a consumer", "C8", [{ type: "buffer", ...at, what: "consumer", bytes: 11, limit: 10 }]],
  ["a record with other bytes in the log", "P8", [send(0), ack(0), log(0, 0, { digest: "other" })]],
  ["a record that was never sent", "P8", [log(0)]],
  ["a record with other bytes at the consumer", "P8", [send(0), ack(0), log(0), deliver(0, { digest: "other" })]],
  ["a failure that another try may have healed", "P9", [send(0), fail(0, { retriable: true })]],
  ["a failure that is a defect", "P9", [send(0), fail(0, { kind: "internal" })]],
  ["a position that goes back", "C4", [...sends, ...acks, ...logs, deliver(1), deliver(0)]],
  ["a record that is delivered twice", "C4", [...sends, ...acks, ...logs, deliver(1), deliver(1)]],
  ["a record that is left out", "C4", [...sends, ...acks, ...logs, deliver(0), deliver(2)]],
  ["a response out of order", "N1", [...hello, request(1), request(2), response(2), response(1)]],
  ["a response to no request", "N1", [...hello, response(1)]],
  ["a request before ApiVersions", "N1", [request(1)]],
  [
    "a request that is never given up",
    "N2",
    [...hello, request(1), { type: "note", atMs: 100_000, node: "n", text: "" }],
  ],
  [
    "a hot loop",
    "N2",
    [...hello, ...Array.from({ length: 21 }, (_, i) => [request(i + 1, 3), response(i + 1)]).flat()],
  ],
  [
    "fetches in a hot loop",
    "N2",
    [...hello, ...Array.from({ length: 21 }, (_, i) => [request(i + 1, 1), response(i + 1, { bytes: 60 })]).flat()],
  ],
  ["a retry in a hot loop", "N2", [1, 2, 3, 4].map((again) => produce(0, { request: again }))],
  [
    "two requests under way with one correlation id",
    "N1",
    [...hello, request(1), request(1), response(1), response(1)],
  ],
  [
    "connecting without a pause",
    "N2",
    Array.from({ length: 101 }, (): HistoryEvent => ({ type: "connect", ...at, to: "b:1" })),
  ],
  ["a leader epoch that goes back", "N3", [epoch(3), epoch(2)]],
  [
    "a request while the broker wants silence",
    "N4",
    [...hello, request(1), response(1, { throttleMs: 100 }), request(2, 0, { atMs: 50 }), response(2)],
  ],
  [
    "a connection that is used on after malformed bytes",
    "N5",
    [
      { type: "malformed", ...at, connection: 1 },
      { type: "connection-end", atMs: 1000, node: "n", connection: 1 },
    ],
  ],
  ["a record whose timestamp is another", "P8", [send(0), ack(0, 0, { timestamp: 5 }), log(0, 0, { timestamp: 6 })]],
  [
    "a failure for want of room before its time",
    "P9",
    [send(0, { roomByMs: 10 }), fail(0, { retriable: true, kind: "buffer-full", atMs: 9 })],
  ],
  [
    "a signal that comes to nothing",
    "X3",
    [{ type: "abort", ...at, what: "loop", kind: "cancelled", tookMs: 6, limitMs: 5 }],
  ],
  [
    "a cancelled call that ends as something else",
    "X3",
    [{ type: "abort", ...at, what: "loop", kind: "timeout", tookMs: 0, limitMs: 5 }],
  ],
  [
    "memory that is not given back",
    "X6",
    [{ type: "buffer", ...at, what: "producer", bytes: 1, limit: 10, isIdle: true }],
  ],
  [
    "a delivery while close waits",
    "X7",
    [
      ...sends,
      ...acks,
      ...logs,
      { type: "close", ...at, what: "kafka", tookMs: 0, limitMs: 5 },
      deliver(0, { atMs: 2 }),
    ],
  ],
  ["a close that takes too long", "X1", [{ type: "close", ...at, what: "kafka", tookMs: 6, limitMs: 5 }]],
  ["a task that is left", "X2", [{ type: "leak", ...at, tasks: 1, delays: 0, connections: 0 }]],
  ["a delay that is left", "X2", [{ type: "leak", ...at, tasks: 0, delays: 1, connections: 0 }]],
  ["a connection that is left", "X2", [{ type: "leak", ...at, tasks: 0, delays: 0, connections: 1 }]],
  [
    "a request after close",
    "X2",
    [...hello, { type: "close", ...at, what: "kafka", tookMs: 1, limitMs: 5 }, request(1, 3, { atMs: 2 })],
  ],
  ["an uncaught failure", "X4", [{ type: "failure", ...at, message: "something broke" }]],
];

for (const [what, invariant, history] of broken) {
  test(`${invariant} tells ${what}`, () => {
    const violations = checkHistory(history);
    assert.deepEqual(
      [...new Set(violations.map((violation) => violation.invariant))],
      [invariant],
      JSON.stringify(violations),
    );
    assert.ok(violations.every(({ message }) => message.length > 10));
  });
}

test("fast fetches that bring records are no hot loop", () => {
  assert.deepEqual(
    checkHistory([
      ...hello,
      ...Array.from({ length: 500 }, (_, i) => [request(i + 1, 1), response(i + 1, { bytes: 600 })]).flat(),
    ]),
    [],
  );
});

test("a batch that an error calls too large is sent again in parts, under its own sequences", () => {
  const fault: HistoryEvent = {
    type: "fault",
    ...at,
    broker: "broker-0",
    kind: "error-code",
    amount: 6,
    durationMs: 1,
  };
  const parts = [
    produce(0, { count: 3 }),
    produce(0, { request: 8, count: 1, digest: "c" }),
    produce(1, { request: 9, count: 2 }),
    produce(3),
  ];
  assert.deepEqual(checkHistory([fault, ...parts]), []);
  assert.deepEqual(
    [parts, [fault, produce(0), produce(0, { request: 9, count: 2, digest: "c" })], [fault, ...parts, produce(5)]].map(
      (history) => checkHistory(history).length > 0,
    ),
    [true, true, true],
  );
});

test("waiting for room until the limit is no violation, nor is an epoch that a restarted client learns again", () => {
  assert.deepEqual(
    checkHistory([send(0, { roomByMs: 10 }), fail(0, { retriable: true, kind: "buffer-full", atMs: 10 })]),
    [],
  );
  assert.deepEqual(checkHistory([epoch(3), { type: "crash", ...at }, epoch(2)]), []);
});

test("lost work of a crashed node is no violation: sends that never settle, gaps in the sequences", () => {
  assert.deepEqual(checkHistory([send(0), { type: "crash", atMs: 2, node: "n" }, produce(0), produce(2)]), []);
});
