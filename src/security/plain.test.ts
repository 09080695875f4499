import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { KafkaError } from "../errors/kafka-error.ts";
import type { Credential } from "./credential.ts";
import type { SaslExchange } from "./mechanism.ts";
import { plain } from "./plain.ts";

const broker = { host: "b", port: 9092 };
const exchange = (username: Credential, password: Credential): SaslExchange =>
  plain({ username, password }).exchange(broker);

test("the message has an empty authorization id, the user and the password, unescaped", () => {
  const one = exchange("al,i=ce", "p=a,ss wörd");
  assert.equal(one.principal, undefined);
  assert.deepEqual(one.begin(0), new Uint8Array(Buffer.from("\0al,i=ce\0p=a,ss wörd")));
  assert.equal(one.principal, "al,i=ce");
  assert.deepEqual(one.next(new Uint8Array()), { kind: "done" });
});

test("user and password may be functions, which each authentication calls again", async () => {
  let calls = 0;
  const mechanism = plain({ username: () => "u", password: async () => `p${++calls}` });
  for (const expected of ["\0u\0p1", "\0u\0p2"])
    assert.equal(Buffer.from(await mechanism.exchange(broker).begin(0)).toString(), expected);
  // Without a promise, nothing waits.
  assert.ok(exchange("u", () => "p").begin(0) instanceof Uint8Array);
});

test("a function that fails fails this attempt only, with its error as the cause", async () => {
  const cause = new Error("vault is down");
  const wrong: readonly Credential[] = [
    () => {
      throw cause;
    },
    () => Promise.reject(cause),
  ];
  for (const password of wrong)
    await assert.rejects(async () => exchange("u", password).begin(0), { kind: "connection", retriable: true, cause });
  const own = new KafkaError("authentication", "no such secret");
  await assert.rejects(async () => exchange("u", () => Promise.reject(own)).begin(0), own);
});

test("a value that PLAIN cannot send is a config error that does not show it", async () => {
  const cases: readonly (readonly [Credential, Credential, RegExp])[] = [
    ["u", "pass\0word-1", /password contains the character U\+0000/],
    ["us\0er", "password-1", /username contains the character U\+0000/],
    ["u", () => "", /password is empty/],
    ["u", (() => 12345678) as never, /the function sasl: password must return a string/],
    ["u", (async () => ["password-1"]) as never, /the function sasl: password must return a string/],
  ];
  for (const [username, password, expected] of cases)
    await assert.rejects(
      async () => exchange(username, password).begin(0),
      (error: KafkaError) => {
        assert.equal(error.kind, "config");
        assert.match(error.message, expected);
        assert.doesNotMatch(error.message, /password-1|12345678|word-1/);
        return true;
      },
    );
});

test("whatever text a broker refuses with, the error names the user and hides the password", () => {
  const password = "correct horse battery";
  const one = exchange("alice", password);
  void one.begin(0);
  fc.assert(
    fc.property(fc.string(), fc.string(), (before, after) => {
      const error = one.refused?.(`${before}${password}${after}`);
      assert.ok(error !== undefined && KafkaError.is(error));
      assert.equal(error.kind, "authentication");
      assert.equal(error.retriable, false);
      assert.equal(error.code, 58);
      assert.match(error.message, /of user "alice" by SASL PLAIN/);
      assert.ok(!error.message.includes(password));
    }),
  );
  assert.equal(
    one.refused?.("Authentication failed: Invalid username or password").message,
    'the broker refused the authentication of user "alice" by SASL PLAIN: Authentication failed: Invalid username ' +
      "or password. Check username and password of the option sasl",
  );
});
