import assert from "node:assert/strict";
import { inspect } from "node:util";
import { test } from "node:test";
import fc from "fast-check";
import { quoted } from "./redact.ts";
import { Secret } from "./secret.ts";

test("a secret does not print, in any way that a program prints objects", () => {
  const secret = new Secret("hunter2");
  const holder = { secret, list: [secret], map: new Map([["a", secret]]) };
  const printed = [
    inspect(holder, { depth: Infinity, showHidden: true }),
    JSON.stringify(holder),
    String(secret),
    inspect(structuredClone(secret), { showHidden: true }),
    Object.values(secret).join(),
    Reflect.ownKeys(secret).map(String).join(),
  ];
  for (const text of printed) assert.ok(!text.includes("hunter2"), text);
  assert.equal(JSON.stringify(holder.list), '["[secret]"]');
  assert.equal(inspect(secret), "[secret]");
  assert.equal(secret.reveal(), "hunter2");
});

test("a quoted text has no secret, in no usual encoding", () => {
  const secret = 'p=a,ss "wörd"/+?';
  const spellings = [
    secret,
    Buffer.from(secret).toString("base64"),
    Buffer.from(secret).toString("base64url"),
    Buffer.from(secret).toString("hex"),
    Buffer.from(secret).toString("hex").toUpperCase(),
    encodeURIComponent(secret),
    encodeURIComponent(secret).toLowerCase(),
    new URLSearchParams([["a", secret]]).toString().slice(2),
    JSON.stringify(secret),
  ];
  for (const spelling of spellings) {
    const text = quoted(`wrong: ${spelling}!`, [secret]);
    assert.ok(/^wrong: "?\[secret\]"?!$/.test(text), `${spelling} became ${text}`);
  }
});

test("a password within the base64 of a whole message was shown: it begins there between two letters", () => {
  const secret = "hunter2-and-more?";
  for (const before of ["", "a", "ab", "\0alice\0"])
    for (const encoding of ["base64", "base64url"] as const) {
      const text = quoted(`wrong: ${Buffer.from(`${before}${secret}!`).toString(encoding)}`, [secret]);
      assert.match(text, /^wrong: [\w+/-]*\[secret\][\w+/=-]{0,4}$/);
    }
  assert.equal(quoted("abcdefgh", ["x"]), "abcdefgh", "a short secret is not searched for within base64");
});

test("a quoted text is one short line without control characters", () => {
  assert.equal(quoted("a\r\nb\u001b[31mc\u202ed", []), "a b [31mc d");
  assert.equal(quoted("x".repeat(301), []), `${"x".repeat(300)}…`);
  assert.equal(quoted("nothing to hide", ["", "other"]), "nothing to hide");
});

test("whatever surrounds a secret, and wherever the text is cut, no quoted text contains it", () => {
  const secret = fc.string({ unit: "grapheme-ascii", minLength: 9, maxLength: 20 });
  fc.assert(
    fc.property(secret, fc.string({ maxLength: 310 }), fc.string(), (hidden, before, after) => {
      const text = quoted(`${before}${hidden}${after}`, [hidden]);
      assert.ok(!text.includes(hidden));
      assert.ok(text.length <= 301);
    }),
  );
});
