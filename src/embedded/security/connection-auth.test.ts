import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  type AuthAction,
  type AuthEvent,
  type AuthRules,
  type AuthState,
  type Session,
  transition,
} from "./connection-auth.ts";

const RULES: AuthRules = { mechanisms: ["PLAIN", "SCRAM-SHA-256"], sessionLifetimeMs: 5000 };
const FOREVER: AuthRules = { ...RULES, sessionLifetimeMs: 0 };
const [VERSIONS, HANDSHAKE, AUTHENTICATE, METADATA] = [18, 17, 36, 3];
const NOW = 100_000;

const arrived = (apiKey: number): AuthEvent => ({ kind: "arrived", apiKey });
const handshake = (mechanism = "PLAIN", version = 1): AuthEvent => ({ kind: "handshake", version, mechanism });
const accepted = (principal = "User:alice", leftMs?: number): AuthEvent => ({
  kind: "accepted",
  principal,
  leftMs,
  isDelegated: false,
});
const session = (over: Partial<Session> = {}): Session => ({
  mechanism: "PLAIN",
  principal: "User:alice",
  isDelegated: false,
  endMs: NOW + 5000,
  renewalMs: undefined,
  ...over,
});
const authenticated = (over: Partial<Session> = {}): AuthState => ({ kind: "authenticated", session: session(over) });
const exchanging = (over: { readonly session?: Session } = {}): AuthState => ({
  kind: "exchanging",
  mechanism: "PLAIN",
  isBare: false,
  startedMs: NOW - 10,
  ...over,
});
const NEW: AuthState = { kind: "new" };
const OPEN: AuthState = { kind: "open" };
const VERSIONS_SENT: AuthState = { kind: "versions-sent" };
const CLOSED: AuthState = { kind: "closed" };
const answered = (errorCode: number, mechanisms: readonly string[] = []): AuthAction => ({
  kind: "handshake",
  errorCode,
  mechanisms,
});

type Row = readonly [what: string, AuthState, AuthEvent, action: AuthAction | AuthAction["kind"], AuthState["kind"]];

const TABLE: readonly Row[] = [
  ["without SASL everything is served", OPEN, arrived(METADATA), "serve", "open"],
  ["without SASL a handshake is refused, the connection goes on", OPEN, handshake(), answered(34), "open"],
  ["ApiVersions may come first", NEW, arrived(VERSIONS), "serve", "new"],
  ["an answered ApiVersions counts", NEW, { kind: "versions" }, "serve", "versions-sent"],
  ["a second ApiVersions closes", VERSIONS_SENT, arrived(VERSIONS), "close", "closed"],
  ["the handshake may come first", NEW, arrived(HANDSHAKE), "serve", "new"],
  ["Metadata before authentication closes", NEW, arrived(METADATA), "close", "closed"],
  ["Metadata after ApiVersions closes", VERSIONS_SENT, arrived(METADATA), "close", "closed"],
  ["a token before the handshake closes", NEW, arrived(AUTHENTICATE), "close", "closed"],
  ["a handshake", VERSIONS_SENT, handshake(), answered(0, RULES.mechanisms), "exchanging"],
  ["a mechanism that is not enabled", NEW, handshake("GSSAPI"), answered(33, RULES.mechanisms), "closed"],
  ["a token after the handshake", exchanging(), arrived(AUTHENTICATE), "serve", "exchanging"],
  ["ApiVersions after the handshake", exchanging(), arrived(VERSIONS), "refuse", "closed"],
  ["a second handshake", exchanging(), arrived(HANDSHAKE), "refuse", "closed"],
  ["Metadata after the handshake", exchanging(), arrived(METADATA), "refuse", "closed"],
  ["the right token", exchanging(), accepted(), { kind: "accept", lifetimeMs: 5000 }, "authenticated"],
  ["a token ends sooner", exchanging(), accepted("User:a", 70), { kind: "accept", lifetimeMs: 70 }, "authenticated"],
  ["a token is over", exchanging(), accepted("User:a", -9), { kind: "accept", lifetimeMs: 0 }, "authenticated"],
  ["a refusal with a text", exchanging(), { kind: "refused", text: "why" }, { kind: "reject", text: "why" }, "closed"],
  [
    "a refusal without a text",
    exchanging(),
    { kind: "refused", text: undefined },
    {
      kind: "reject",
      text: "Authentication failed during authentication due to invalid credentials with SASL mechanism PLAIN",
    },
    "closed",
  ],
  [
    "a refusal of a re-authentication",
    exchanging({ session: session() }),
    { kind: "refused", text: undefined },
    {
      kind: "reject",
      text: "Authentication failed during re-authentication due to invalid credentials with SASL mechanism PLAIN",
    },
    "closed",
  ],
  ["a session serves requests", authenticated(), arrived(METADATA), "serve", "authenticated"],
  ["ApiVersions in a session", authenticated(), arrived(VERSIONS), "serve", "authenticated"],
  ["a token in a session is served, to be refused", authenticated(), arrived(AUTHENTICATE), "serve", "authenticated"],
  ["the end of a session closes", authenticated({ endMs: NOW }), arrived(METADATA), "close", "closed"],
  ["ApiVersions after the end closes", authenticated({ endMs: NOW }), arrived(VERSIONS), "close", "closed"],
  ["a handshake after the end is taken", authenticated({ endMs: NOW }), arrived(HANDSHAKE), "serve", "authenticated"],
  ["a re-authentication", authenticated(), handshake(), answered(0, RULES.mechanisms), "exchanging"],
  [
    "a re-authentication after the end",
    authenticated({ endMs: NOW - 9 }),
    handshake(),
    answered(0, RULES.mechanisms),
    "exchanging",
  ],
  [
    "a session without an end cannot be renewed",
    authenticated({ endMs: undefined }),
    handshake(),
    answered(34),
    "authenticated",
  ],
  ["a second renewal within 1 s", authenticated({ renewalMs: NOW - 999 }), handshake(), answered(34), "authenticated"],
  [
    "a second renewal after 1 s",
    authenticated({ renewalMs: NOW - 1000 }),
    handshake(),
    answered(0, RULES.mechanisms),
    "exchanging",
  ],
  [
    "a renewal too soon, and the session is over",
    authenticated({ renewalMs: NOW - 999, endMs: NOW - 1 }),
    arrived(HANDSHAKE),
    "close",
    "closed",
  ],
  ["another mechanism", authenticated(), handshake("SCRAM-SHA-256"), answered(0, RULES.mechanisms), "other-mechanism"],
  ["a mechanism that is not enabled, again", authenticated(), handshake("X"), answered(33, RULES.mechanisms), "closed"],
  ["a token by another mechanism closes", { kind: "other-mechanism" }, arrived(AUTHENTICATE), "close", "closed"],
  [
    "another user",
    exchanging({ session: session() }),
    accepted("User:admin"),
    { kind: "reject", text: "Cannot change principals during re-authentication from User.alice: User.admin" },
    "closed",
  ],
  [
    "the same user",
    exchanging({ session: session() }),
    accepted(),
    { kind: "accept", lifetimeMs: 5000 },
    "authenticated",
  ],
  ["nothing is served after the end", CLOSED, arrived(HANDSHAKE), "close", "closed"],
];

for (const [what, state, event, action, next] of TABLE)
  test(`a connection that authenticates: ${what}`, () => {
    const result = transition(state, event, RULES, NOW);
    assert.deepEqual(typeof action === "string" ? result.action.kind : result.action, action);
    assert.equal(result.state.kind, next);
  });

test("a session ends its lifetime after the authentication, and remembers when the renewal began", () => {
  const first = transition(exchanging(), accepted(), RULES, NOW).state;
  assert.deepEqual(first, authenticated());
  const again = transition(exchanging({ session: session() }), accepted(), RULES, NOW).state;
  assert.deepEqual(again, authenticated({ renewalMs: NOW - 10 }));
});

test("without a limit, a session ends only with its token", () => {
  assert.deepEqual(transition(exchanging(), accepted(), FOREVER, NOW).state, authenticated({ endMs: undefined }));
  const { state, action } = transition(exchanging(), accepted("User:alice", 70.9), FOREVER, NOW);
  assert.deepEqual([state, action], [authenticated({ endMs: NOW + 70 }), { kind: "accept", lifetimeMs: 70 }]);
});

test("whatever is sent, no request but SASL is served before an exchange has accepted the client", () => {
  const event = fc.oneof(
    fc.constantFrom(VERSIONS, HANDSHAKE, AUTHENTICATE, METADATA, 0, 1).map(arrived),
    fc.constant<AuthEvent>({ kind: "versions" }),
    fc.tuple(fc.constantFrom("PLAIN", "SCRAM-SHA-256", "X"), fc.constantFrom(0, 1)).map(([m, v]) => handshake(m, v)),
    fc.constant<AuthEvent>({ kind: "refused", text: undefined }),
  );
  fc.assert(
    fc.property(fc.array(event), (events) => {
      let state: AuthState = { kind: "new" };
      for (const one of events) {
        const result = transition(state, one, RULES, NOW);
        if (one.kind === "arrived" && result.action.kind === "serve")
          assert.ok([VERSIONS, HANDSHAKE, AUTHENTICATE].includes(one.apiKey));
        state = result.state;
        assert.notEqual(state.kind, "authenticated");
      }
    }),
  );
});
