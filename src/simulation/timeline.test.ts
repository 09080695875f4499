import { test } from "node:test";
import assert from "node:assert/strict";
import type { HistoryEvent } from "./history.ts";
import { timelineData, timelineHtml } from "./timeline.ts";

const at = { node: "orders", connection: 1 };
const history: readonly HistoryEvent[] = [
  { type: "request", atMs: 1, ...at, to: "broker-0", apiKey: 0, apiVersion: 13, correlationId: 1, bytes: 10 },
  { type: "request", atMs: 2, ...at, to: "broker-0", apiKey: 1, apiVersion: 18, correlationId: 2, bytes: 20 },
  { type: "response", atMs: 4, ...at, correlationId: 1, bytes: 5 },
  { type: "ack", atMs: 4, node: "orders", id: "a", topic: "t", partition: 0, offset: 0 },
  { type: "connection-end", atMs: 6, ...at },
  { type: "request", atMs: 7, ...at, connection: 2, to: "broker-1", apiKey: 999, apiVersion: 0, correlationId: 1, bytes: 10 },
  { type: "note", atMs: 8, node: "world", text: "</script><b>" },
  { type: "leak", atMs: 9, node: "orders", tasks: 0, delays: 0, connections: 0 },
  { type: "leak", atMs: 9, node: "world", tasks: 1, delays: 0, connections: 0 },
];
const plan = { faults: [{ atMs: 3, durationMs: 40, kind: "stall", node: 0, broker: 1, amount: 2 }] } as const;

test("a request is an arrow that was answered, broken off with its connection, or left open", () => {
  const { arrows, lanes, apis, growth, endMs } = timelineData({ history, plan, violations: [] });
  assert.deepEqual(arrows.map(({ api, atMs, endMs: ended, end }) => [api, atMs, ended, end]), [["Produce", 1, 4, "answered"], ["Fetch", 2, 6, "broken"], ["API 999", 7, 7, "open"]]);
  assert.deepEqual([lanes, apis], [["orders", "world", "broker-0", "broker-1"], ["API 999", "Fetch", "Produce"]]);
  assert.deepEqual([growth, endMs], [[[4, 1, 0]], 43]);
});

test("marks are what a person looks for: a node that left nothing behind is none", () => {
  const { marks } = timelineData({ history, plan, violations: [] });
  assert.deepEqual(marks.map(({ kind, node }) => [kind, node]), [["note", "world"], ["leak", "world"]]);
});

test("the page needs no other file, names what is broken, and nothing in a history can end its script", () => {
  const html = timelineHtml({ title: "seed <1>", history, plan, violations: [{ invariant: "P1", atMs: 5, message: "lost & gone" }] });
  assert.match(html, /<title>seed &lt;1&gt;<\/title>/);
  assert.match(html, /<b>P1<\/b> at 5\.0 ms: lost &amp; gone/);
  assert.doesNotMatch(html, /<script[^>]* src=|<link|https?:/);
  assert.equal(html.split("</script>").length, 2);
});
