import { test } from "node:test";
import assert from "node:assert/strict";
import type { HistoryEvent } from "./history.ts";
import { timelineData, timelineHtml } from "./timeline.ts";

const at = { node: "orders", connection: 1 };
const request = (atMs: number, correlationId: number, apiKey: number, more: object = {}): HistoryEvent => ({
  type: "request",
  atMs,
  ...at,
  to: "broker-0",
  apiKey,
  apiVersion: 13,
  correlationId,
  bytes: 10,
  ...more,
});

const history: readonly HistoryEvent[] = [
  request(1, 1, 0),
  { type: "body", of: "request", atMs: 1, ...at, correlationId: 1, text: "offset 0: order-7" },
  request(2, 2, 1),
  { type: "arrival", atMs: 2, node: "broker-0", connection: 1, correlationId: 1 },
  { type: "reply", atMs: 3, node: "broker-0", connection: 1, correlationId: 1 },
  { type: "growth", atMs: 3, node: "broker-0", topic: "t", partition: 0, highWatermark: 1 },
  { type: "response", atMs: 4, ...at, correlationId: 1, bytes: 5 },
  { type: "body", of: "response", atMs: 4, ...at, correlationId: 1, text: "errorCode: 0" },
  { type: "ack", atMs: 4, node: "orders", id: "order-7", topic: "t", partition: 0, offset: 0 },
  { type: "ack", atMs: 4, node: "orders", id: "order-8", topic: "t", partition: 0, offset: 1 },
  { type: "connection-end", atMs: 6, ...at, by: "network" },
  request(7, 1, 999, { connection: 2, to: "broker-1" }),
  { type: "note", atMs: 8, node: "world", text: "</script><b>" },
  { type: "note", atMs: 8, node: "world", text: "stall orders broker-1 amount 2 for 40 ms" },
  { type: "fault", atMs: 8, node: "orders", broker: "broker-1", kind: "stall", amount: 2, durationMs: 35 },
  { type: "leak", atMs: 9, node: "orders", tasks: 0, delays: 0, connections: 0 },
  { type: "leak", atMs: 9, node: "world", tasks: 1, delays: 0, connections: 0 },
];
const lost = { invariant: "P1", atMs: 4, message: "order-7 is gone & lost" };

test(
  "a request is an arrow that was answered, broken off with its connection, or left open; its words say how far it " +
    "came",
  () => {
    const { arrows, lanes, apis, endMs } = timelineData({ title: "", history, violations: [] });
    assert.deepEqual(
      arrows.map(({ api, atMs, arrivedMs, repliedMs, endMs: ended, end }) => [
        api,
        atMs,
        arrivedMs,
        repliedMs,
        ended,
        end,
      ]),
      [
        ["Produce", 1, 2, 3, 4, "answered"],
        ["Fetch", 2, undefined, undefined, 6, "broken"],
        ["API 999", 7, undefined, undefined, 9, "open"],
      ],
    );
    assert.deepEqual(
      [lanes, apis, endMs],
      [["orders", "world", "broker-0", "broker-1"], ["API 999", "Fetch", "Produce"], 43],
    );
    assert.equal(
      arrows[1]?.words,
      "no response: it never reached broker-0 completely; the connection broke after 4 ms",
    );
    assert.match(
      `${arrows[0]?.request} | ${arrows[0]?.response}`,
      /correlation id 1, connection 1\noffset 0: order-7 \| 5 bytes\nerrorCode: 0$/,
    );
  },
);

test("closing a client ends its long polls: only a request that waited longer was given up", () => {
  const ends = (atMs: number): HistoryEvent => ({ type: "connection-end", atMs, ...at, by: "client" });
  const endOf = (events: readonly HistoryEvent[]): unknown =>
    timelineData({ title: "", history: events, violations: [] }).arrows[0]?.end;
  assert.deepEqual(
    [endOf([request(0, 1, 1), ends(100)]), endOf([request(0, 1, 1), ends(2500)])],
    ["closed", "given-up"],
  );
});

test("requests without a response are counted by how far they came, the most first", () => {
  const events = [1, 2, 3].flatMap((n): HistoryEvent[] => [
    request(n, n, 1),
    ...(n === 1 ? [] : [{ type: "arrival", atMs: n, node: "broker-0", connection: 1, correlationId: n } as const]),
  ]);
  const { unanswered } = timelineData({
    title: "",
    history: [...events, { type: "connection-end", atMs: 9, ...at, by: "network" }],
    violations: [],
  });
  assert.deepEqual(
    unanswered.map(({ count, firstMs }) => [count, firstMs]),
    [
      [2, 2],
      [1, 1],
    ],
  );
  assert.equal(
    unanswered[0]?.words,
    "Fetch from orders: it reached broker-0, which did not respond; the connection broke",
  );
});

test(
  "marks are what a person looks for: no clean end, no fault a second time, no acknowledgement but of what is " +
    "broken",
  () => {
    const { marks } = timelineData({ title: "", history, violations: [lost] });
    assert.deepEqual(
      marks.map(({ kind, node, isRelated }) => [kind, node, isRelated]),
      [
        ["ack", "orders", true],
        ["note", "world", false],
        ["leak", "world", false],
      ],
    );
  },
);

test("the witness is the request with the record that a violation names, and the picture begins there", () => {
  const { arrows, witness, focus } = timelineData({ title: "", history, violations: [lost] });
  assert.deepEqual([witness, arrows[0]?.isRelated, arrows[1]?.isRelated], [0, true, false]);
  assert.ok(focus[0] <= 1 && focus[1] >= 43 && focus[1] < 200, focus.join());
  const late = timelineData({
    title: "",
    history: [...history, { type: "note", atMs: 90_000, node: "world", text: "verify" }],
    violations: [{ ...lost, atMs: 90_000 }],
  });
  assert.ok(late.focus[1] < 1000, "what is noticed at the end is shown where it went wrong");
});

test("the hint that a record is in no request is given only if the bodies of all requests are known", () => {
  const sent = (text: string): readonly HistoryEvent[] => [
    request(1, 1, 0),
    { type: "body", of: "request", atMs: 1, ...at, correlationId: 1, text },
  ];
  const hintOf = (text: string): unknown =>
    timelineData({ title: "", history: sent(text), violations: [lost] }).violations[0]?.hint;
  assert.equal(hintOf("batch of 1 records\n  offset 0: order-6"), "no request of the whole run contains order-7");
  for (const text of [
    "batch of 1 records\n  offset 0: order-7",
    "batch of 31 records\n  … and 1 more records",
    "batch of 1 records\n  offset 0: (12 bytes)",
    "",
  ])
    assert.equal(hintOf(text), "", text);
});

test("a failure that speaks of no record shows the whole run, and so does a run without one", () => {
  const quiet = history.filter(({ type }) => type !== "fault");
  assert.deepEqual(
    timelineData({ title: "", history: quiet, violations: [{ invariant: "L", atMs: 9, message: "it did not end" }] })
      .focus,
    [0, 9],
  );
  assert.deepEqual(timelineData({ title: "", history, violations: [] }).focus, [0, 43]);
});

test("a fault is a band on the lanes that it meets, and the log of a partition has its growth", () => {
  const { faults, growth } = timelineData({ title: "", history, violations: [] });
  assert.deepEqual(faults, [
    { kind: "stall", atMs: 8, endMs: 43, words: "the event loop of orders does nothing", lanes: ["orders"] },
  ]);
  assert.deepEqual(growth, [{ partition: "t-0", points: [[3, 1, "broker-0"]] }]);
});

test(
  "the page needs no other file, says what is broken and what that means, and nothing in a history can end its " +
    "script",
  () => {
    const html = timelineHtml({ title: "seed <1>", history, violations: [lost] });
    assert.match(html, /<title>seed &lt;1&gt;<\/title>/);
    assert.match(
      html,
      /<b>P1<\/b> \(an acknowledged record is in its partition, at the acknowledged offset\) at <a>4\.0 ms<\/a>: order-7 is gone &amp; lost/,
    );
    assert.match(html, /<b>stall<\/b> at <a>8 ms<\/a>, for 35 ms: the event loop of orders does nothing/);
    assert.doesNotMatch(html, /<script[^>]* src=|<link|https?:/);
    assert.equal(html.split("</script>").length, 2);
  },
);
