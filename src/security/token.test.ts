import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { KafkaError } from "../errors/kafka-error.ts";
import { refreshAtMs, REFRESH_DEFAULTS, TokenCache } from "./token-cache.ts";
import { readToken, type Token } from "./token.ts";

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
const jwt = (claims: unknown): string => `${part({ alg: "none" })}.${part(claims)}.c2ln`;

test("a token is a text or an object, and its own claims fill in the rest", () => {
  assert.deepEqual(readToken("opaque", 5), {
    ...{ value: "opaque", startMs: 5, endMs: undefined },
    ...{ principal: undefined, extensions: {} },
  });
  const value = jwt({ sub: "alice", iat: 1, exp: 61 });
  assert.deepEqual(readToken(value, 5000), {
    ...{ value, startMs: 1000, endMs: 61_000 },
    ...{ principal: "alice", extensions: {} },
  });
  const extensions = { logicalCluster: "lkc-1", identityPoolId: "pool \t\r\n~" };
  assert.deepEqual(readToken({ value, expiresAtMs: 9000, principal: "bob", extensions }, 5000), {
    ...{ value, startMs: 1000, endMs: 9000 },
    ...{ principal: "bob", extensions },
  });
});

test("a token of a wrong form is refused before it is sent, and is not shown", () => {
  const secret = "s3cr3t-t0ken";
  const cases: readonly (readonly [unknown, RegExp])[] = [
    ["", /must return a token/],
    [undefined, /must return a token/],
    [null, /must return a token/],
    [5, /must return a token/],
    [{ token: secret }, /must return a token/],
    [`${secret}\n`, /line break/],
    [`${secret} `, /line break/],
    [`${secret}\u0001`, /line break/],
    [`=${secret}`, /line break/],
    [{ value: secret, expiresAtMs: "soon" }, /expiresAtMs/],
    [{ value: secret, expiresAtMs: Number.NaN }, /expiresAtMs/],
    [{ value: secret, extensions: { auth: "x" } }, /name of an extension/],
    [{ value: secret, extensions: { "a b": "x" } }, /name of an extension/],
    [{ value: secret, extensions: { a: `${secret}\u0001` } }, /the extension a must/],
    [{ value: secret, extensions: { a: 5 } }, /the extension a must/],
  ];
  for (const [given, expected] of cases)
    assert.throws(
      () => readToken(given, 0),
      (error: KafkaError) => {
        assert.equal(error.kind, "config");
        assert.match(error.message, expected);
        assert.ok(!error.message.includes(secret));
        return true;
      },
    );
  assert.throws(() => readToken(jwt({ exp: 1 }), 3500), {
    kind: "authentication",
    retriable: false,
    message: /ended 3 s before it arrived/,
  });
});

test("a token is replaced when Java replaces it", () => {
  const minute = 60_000;
  const cases: readonly (readonly [start: number, end: number, now: number, random: number, expected: number])[] = [
    [0, 100 * minute, 0, 0, 80 * minute],
    [0, 100 * minute, 0, 0.9, 84.5 * minute],
    [0, 20 * minute, 0, 0, 15 * minute], // the buffer of 300 s
    [0, 20 * minute, 14.5 * minute, 0, 16 * minute], // too little is left for the buffer and the shortest period
    [0, 100 * minute, 93 * minute, 0, 94 * minute], // the shortest period of 60 s
    [0, 5 * minute, 0, 0, 4 * minute], // a short life: neither counts
    [0, 6 * minute, 0, 0.5, 1 * minute],
    [0, 6 * minute - 1, 0, 0, 4.8 * minute - 1],
  ];
  for (const [startMs, endMs, nowMs, random, expected] of cases)
    assert.equal(refreshAtMs({ startMs, endMs }, nowMs, random, REFRESH_DEFAULTS), expected);
});

const token = (value: string, endMs: number | undefined): Token => ({
  ...{ value, startMs: 0, endMs },
  ...{ principal: undefined, extensions: {} },
});

test("a token is used until it is to be replaced, and after a failed refresh until it ends", () => {
  const cache = new TokenCache(REFRESH_DEFAULTS);
  assert.equal(cache.fresh(0), undefined);
  assert.equal(cache.failed(0), undefined);
  const first = token("a", 1_000_000);
  cache.fetched(first, 0, 0);
  assert.equal(cache.refreshAtMs, 700_000);
  assert.equal(cache.fresh(699_999), first);
  assert.equal(cache.fresh(700_000), undefined);
  assert.equal(cache.failed(700_000), first);
  assert.equal(cache.fresh(709_999), first);
  assert.equal(cache.fresh(710_000), undefined);
  assert.equal(cache.failed(999_999), first);
  assert.equal(cache.fresh(1_000_000), undefined); // it has ended
  assert.equal(cache.failed(1_000_000), undefined);
});

test("a token that a broker refused is dropped only while it is the current one", () => {
  const cache = new TokenCache(REFRESH_DEFAULTS);
  cache.fetched(token("a", 1_000_000), 0, 0);
  cache.refused("b");
  assert.equal(cache.fresh(1)?.value, "a");
  cache.refused("a");
  assert.equal(cache.fresh(1), undefined);
});

test("a token whose end is not known is not kept", () => {
  const cache = new TokenCache(REFRESH_DEFAULTS);
  cache.fetched(token("a", undefined), 0, 0);
  assert.equal(cache.fresh(0), undefined);
  assert.equal(cache.refreshAtMs, undefined);
});

test("no token is used after its end, and none is replaced after it", () => {
  const ms = fc.integer({ min: 1, max: 2 ** 50 });
  fc.assert(
    fc.property(ms, ms, fc.double({ min: 0, max: 0.999, noNaN: true }), (a, b, random) => {
      const [nowMs, endMs] = a < b ? [a, b] : [b, a + 1];
      const at = refreshAtMs({ startMs: nowMs, endMs }, nowMs, random, REFRESH_DEFAULTS);
      assert.ok(at >= nowMs && at < endMs, `${nowMs} ${at} ${endMs}`);
      const cache = new TokenCache(REFRESH_DEFAULTS);
      cache.fetched({ ...token("a", endMs), startMs: nowMs }, nowMs, random);
      assert.equal(cache.fresh(endMs), undefined);
      assert.equal(cache.usable(endMs), undefined);
    }),
  );
});
