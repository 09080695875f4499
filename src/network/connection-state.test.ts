import { test } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  admission,
  CONNECTING,
  type ConnectionEvent,
  type ConnectionState,
  ENDLESS,
  isUsable,
  LEGAL,
  RENEWAL_PAUSE_MS,
  type Session,
  transition,
} from "./connection-state.ts";
import { sessionOf } from "./session.ts";

/** A session of 10 s that began at 0. */
const SESSION: Session = { renewAtMs: 9000, endsAtMs: 10_000 };
const connected: ConnectionEvent = { name: "connected" };
const plain: ConnectionEvent = { name: "negotiated", needsLogin: false };
const secured: ConnectionEvent = { name: "negotiated", needsLogin: true };
const authenticated: ConnectionEvent = { name: "authenticated", session: SESSION };
const preparing: ConnectionEvent = { name: "preparing" };
const renewing: ConnectionEvent = { name: "renewing" };
const retired: ConnectionEvent = { name: "retired" };
const yielded: ConnectionEvent = { name: "yielded" };
const closed: ConnectionEvent = { name: "closed" };
const postponed = (untilMs: number): ConnectionEvent => ({ name: "postponed", untilMs });

const open = [connected, secured, authenticated] as const;

/** The state after these events, all at 9,500 ms: the session must be renewed and has not ended. */
function after(events: readonly ConnectionEvent[]): ConnectionState {
  let state = CONNECTING;
  for (const event of events) {
    const next = transition(state, event, 9500);
    assert.ok(next !== undefined, `${event.name} in ${state.name}`);
    state = next;
  }
  return state;
}

/** A row: the events, the state after them, and how a request is treated at 5,000, 9,500 and 10,000 ms. */
const TABLE: readonly (readonly [string, readonly ConnectionEvent[], string, string])[] = [
  ["nothing", [], "connecting", "refuse refuse refuse"],
  ["the stream is open", [connected], "negotiating", "refuse refuse refuse"],
  ["no login is needed", [connected, plain], "ready", "send send send"],
  ["a login is needed", [connected, secured], "authenticating", "refuse refuse refuse"],
  ["authenticated", open, "ready", "send renew renew"],
  ["credentials are fetched", [...open, preparing], "ready", "send send wait"],
  ["they are there", [...open, preparing, renewing], "re-authenticating", "wait wait wait"],
  ["authenticated again", [...open, preparing, renewing, authenticated], "ready", "send renew renew"],
  ["no credentials now", [...open, preparing, postponed(9800)], "ready", "send send renew"],
  ["the broker finds it too early", [...open, preparing, renewing, postponed(11_000)], "ready", "send send send"],
  ["another user", [...open, preparing, retired], "draining", "refuse refuse refuse"],
  ["another user, and the last response", [...open, preparing, retired, closed], "closed", "refuse refuse refuse"],
  ["it makes room", [connected, plain, yielded], "draining", "refuse refuse refuse"],
  ["it makes room after a login", [...open, yielded], "draining", "refuse refuse refuse"],
  ["it makes room, and the last response", [connected, plain, yielded, closed], "closed", "refuse refuse refuse"],
  ["closed during the login", [connected, secured, closed], "closed", "refuse refuse refuse"],
  ["closed while it authenticates again", [...open, preparing, renewing, closed], "closed", "refuse refuse refuse"],
];

for (const [what, events, name, requests] of TABLE)
  test(`${what}: ${name}`, () => {
    const state = after(events);
    assert.equal(state.name, name);
    assert.equal([5000, 9500, 10_000].map((nowMs) => admission(state, nowMs)).join(" "), requests);
  });

test("credentials are fetched only when the session must be renewed, and once at a time", () => {
  assert.equal(transition(after(open), preparing, 8999), undefined);
  assert.equal(transition(after(open), preparing, 9000)?.name, "ready");
  assert.equal(transition(after([...open, preparing]), preparing, 9500), undefined);
  for (const event of [renewing, retired, postponed(1)]) assert.equal(transition(after(open), event, 9500), undefined);
});

test("a connection makes room when it is ready, and never while its session is renewed", () => {
  for (const events of [
    [],
    [connected],
    [connected, secured],
    [...open, preparing],
    [...open, preparing, renewing],
    [connected, plain, yielded],
    [connected, closed],
  ])
    assert.equal(transition(after(events), yielded, 9500), undefined, events.map(({ name }) => name).join(" "));
  assert.equal(transition(after([...open, preparing, renewing, authenticated]), yielded, 9500)?.name, "draining");
  assert.equal(transition(after([...open, preparing, postponed(9800)]), yielded, 9500)?.name, "draining");
});

test("a session is renewed between 85 and 95 % of its life, and not within a second of its beginning", () => {
  assert.deepEqual(sessionOf({ lifetimeMs: 10_000, startedMs: 100 }, 150, 0), { renewAtMs: 8600, endsAtMs: 10_100 });
  assert.deepEqual(sessionOf({ lifetimeMs: 10_000, startedMs: 100 }, 150, 1), { renewAtMs: 9600, endsAtMs: 10_100 });
  assert.deepEqual(sessionOf({ lifetimeMs: 500, startedMs: 100 }, 150, 0.5), { renewAtMs: 1150, endsAtMs: 600 });
  assert.deepEqual(sessionOf({ lifetimeMs: 0, startedMs: 100 }, 150, 0.5), ENDLESS);
});

test("a negative lifetime counts as the shortest session, not as one without an end", () => {
  const session = sessionOf({ lifetimeMs: -7000, startedMs: 100 }, 150, 0.5);
  assert.deepEqual(session, { renewAtMs: 1150, endsAtMs: 151 });
  const state = after([connected, secured, { name: "authenticated", session }]);
  assert.deepEqual(
    [150, 1149, 1150].map((nowMs) => admission(state, nowMs)),
    ["send", "wait", "renew"],
  );
});

test("the longest lifetime of the protocol is a time far away", () => {
  const { renewAtMs, endsAtMs } = sessionOf({ lifetimeMs: 2 ** 63, startedMs: 0 }, 0, 0.9);
  assert.ok(renewAtMs > 1e18 && renewAtMs < endsAtMs && Number.isFinite(endsAtMs));
});

const event: fc.Arbitrary<ConnectionEvent> = fc.oneof(
  fc.constantFrom<ConnectionEvent>(connected, plain, secured, preparing, renewing, retired, yielded, closed),
  fc
    .record({ lifetimeMs: fc.integer({ min: -100, max: 5000 }), random: fc.double({ min: 0, max: 0.99, noNaN: true }) })
    .map(({ lifetimeMs, random }) => ({
      name: "authenticated" as const,
      session: sessionOf({ lifetimeMs, startedMs: 0 }, 0, random),
    })),
  fc.nat(5000).map(postponed),
);

test("any events in any order: a request is sent only in a session that has not ended, and never during a login", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(event, fc.nat(3000)), { maxLength: 40 }), (events) => {
      let state = CONNECTING;
      let nowMs = 0;
      let triedMs = Number.NEGATIVE_INFINITY;
      for (const [one, waitMs] of events) {
        nowMs += waitMs;
        const found = admission(state, nowMs);
        if (found === "send") assert.ok(state.name === "ready" && nowMs < state.session.endsAtMs);
        assert.equal(found === "refuse", !isUsable(state));
        if (found === "renew") assert.ok(transition(state, preparing, nowMs) !== undefined, "what must be done may be");
        const event =
          one.name === "authenticated"
            ? {
                ...one,
                session: { renewAtMs: one.session.renewAtMs + nowMs, endsAtMs: one.session.endsAtMs + nowMs },
              }
            : one;
        const next = transition(state, event, nowMs);
        if (!LEGAL[state.name].includes(event.name)) assert.equal(next, undefined);
        if (next === undefined) continue;
        if (next.name === "re-authenticating") assert.ok(state.name === "ready" && state.isPreparing);
        if (next.name === "ready" && state.name === "authenticating") assert.equal(event.name, "authenticated");
        if (state.name === "draining") assert.equal(next.name, "closed");
        if (event.name === "yielded") assert.ok(state.name === "ready" && !state.isPreparing);
        assert.notEqual(state.name, "closed");
        if (event.name === "authenticated") triedMs = nowMs;
        // Two authentications are at least a second apart.
        if (event.name === "preparing") assert.ok(nowMs >= triedMs + RENEWAL_PAUSE_MS || isPostponed(events));
        state = next;
      }
    }),
    { numRuns: 2000 },
  );
});

/** Whether the list contains a session that goes on: its time is then that of the event. */
function isPostponed(events: readonly (readonly [ConnectionEvent, number])[]): boolean {
  return events.some(([{ name }]) => name === "postponed");
}
