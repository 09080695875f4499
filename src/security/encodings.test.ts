import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { base64, base64Url, fromBase64, textOfBase64Url } from "./base64.ts";
import { areEqual } from "./equal-bytes.ts";
import { hex } from "./hex.ts";
import { jwtClaims } from "./jwt.ts";
import { formEncode, percentEncode, queryOf } from "./percent-encode.ts";
import { compactUtc, parseUtc } from "./utc.ts";

/** Texts of any UTF-16 units, also with half a surrogate pair. */
const units = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 127 }), fc.integer({ min: 0, max: 0xffff })), { maxLength: 30 })
  .map((codes) => String.fromCharCode(...codes));
const bytes = fc.uint8Array({ maxLength: 70 });

test("base64, base64url and hex are those of Node, and base64 reads its own text back", () => {
  fc.assert(
    fc.property(bytes, (given) => {
      assert.equal(base64(given), Buffer.from(given).toString("base64"));
      assert.equal(base64Url(given), Buffer.from(given).toString("base64url"));
      assert.equal(hex(given), Buffer.from(given).toString("hex"));
      assert.deepEqual(fromBase64(base64(given)), given);
    }),
  );
});

test("a text that is not base64 is refused", () => {
  for (const text of ["A", "AA", "AAA", "A===", "=AAA", "AA=A", "AAAA=", "AA\n=", "AA-_", "ÄAAA", "AAAA AAAA"])
    assert.equal(fromBase64(text), undefined, text);
  assert.equal(textOfBase64Url("A"), undefined);
  assert.equal(textOfBase64Url("AA+/"), undefined);
  assert.equal(textOfBase64Url(Buffer.from("wörd?>").toString("base64url")), "wörd?>");
});

test("values of forms are encoded like those of URLSearchParams, which are those of Java's URLEncoder", () => {
  fc.assert(
    fc.property(units, (text) => {
      assert.equal(`a=${formEncode(text)}`, new URLSearchParams([["a", text]]).toString());
    }),
  );
});

test("percent-encoding keeps RFC 3986's unreserved characters and does not throw on half a surrogate pair", () => {
  assert.equal(percentEncode("aZ0-_.~ !'()*/+=:ü"), "aZ0-_.~%20%21%27%28%29%2A%2F%2B%3D%3A%C3%BC");
  assert.equal(percentEncode("\ud800"), "%EF%BF%BD");
  assert.equal(queryOf({ b: "2 2", B: "1", a: "/" }), "B=1&a=%2F&b=2%202");
});

test("times are written and read as by the engine's dates", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: Date.UTC(2399, 11, 31) / 1000 }), (seconds) => {
      const iso = new Date(seconds * 1000).toISOString();
      assert.equal(compactUtc(seconds * 1000 + 999), iso.replace(/\.000/, "").replace(/[-:]/g, ""));
      assert.equal(parseUtc(iso), seconds * 1000);
      assert.equal(parseUtc(iso.replace(".000", "")), seconds * 1000);
    }),
    { numRuns: 500 },
  );
  for (const wrong of ["", "2026-01-02", "2026-01-02T03:04:05", "2026-01-02T03:04:05+01:00"])
    assert.equal(parseUtc(wrong), undefined, wrong);
});

test("two signatures are equal only if all bytes and the lengths are", () => {
  const five = Uint8Array.of(1, 2, 3, 4, 5);
  assert.equal(areEqual(five, five.slice()), true);
  for (let i = 0; i < 5; i++)
    assert.equal(
      areEqual(
        five,
        five.map((byte, at) => (at === i ? 9 : byte)),
      ),
      false,
    );
  assert.equal(areEqual(five, five.subarray(0, 4)), false);
  assert.equal(areEqual(five.subarray(0, 4), five), false);
  assert.equal(areEqual(Uint8Array.of(), Uint8Array.of(0)), false);
  assert.equal(areEqual(Uint8Array.of(0), Uint8Array.of()), false);
});

const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

test("the claims of a token are read, and everything that is not a JSON web token has none", () => {
  const claims = { sub: "alice", iss: "https://i", aud: ["kafka", 5, "other"], iat: 100, exp: 160.5 };
  assert.deepEqual(jwtClaims(`${encoded({ alg: "none" })}.${encoded(claims)}.`), {
    subject: "alice",
    issuer: "https://i",
    audience: "kafka, other",
    startMs: 100_000,
    endMs: 160_500,
  });
  const odd = jwtClaims(`${encoded({})}.${encoded({ sub: 5, aud: {}, iat: "1", exp: 1e308, iss: "" })}.x`);
  assert.deepEqual(Object.values(odd ?? { no: 1 }), [undefined, undefined, undefined, undefined, undefined]);
  for (const text of ["", "a.b", "a.b.c", "a.b.c.d", `${encoded([])}.${encoded({})}.`, `${encoded({})}.${encoded(1)}.`])
    assert.equal(jwtClaims(text), undefined, text);
  fc.assert(fc.property(units, (text) => void jwtClaims(`${text}.${text}.${text}`)));
});
