import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import fc from "fast-check";
import { KafkaError } from "../errors/kafka-error.ts";
import { nodeCrypto } from "../platform/node/crypto.ts";
import { checkedExchange } from "./checked-exchange.ts";
import { createMechanism } from "./create-mechanism.ts";
import type { SaslExchange, SaslMechanism, SaslStep } from "./mechanism.ts";
import type { SaslOptions } from "./sasl-options.ts";
import type { TokenHost } from "./shared-token.ts";

const broker = { host: "b-1.x.kafka.eu-west-1.amazonaws.com", port: 9098 };
const PASSWORD = "correct-horse-battery";
const host: TokenHost = {
  ...{ clock: { now: () => 0, monotonic: () => 0 }, entropy: { fill: (bytes) => void bytes.fill(1) } },
  runtime: {
    spawn: () => undefined,
    delayFor: () => ({ then: () => undefined, [Symbol.dispose]: () => undefined }),
  },
  crypto: { ...nodeCrypto(), pbkdf2: async () => new Uint8Array(32) },
};

function own(exchange: Partial<SaslExchange>): SaslMechanism {
  const whole = { principal: "me", begin: () => new Uint8Array(), next: () => ({ kind: "done" }) as const };
  return { name: "OWN", exchange: () => ({ ...whole, ...exchange }) };
}

test("a mechanism of the user that throws, or returns no bytes, is named", async () => {
  const cases: readonly (readonly [SaslMechanism, RegExp])[] = [
    [own({ begin: () => Promise.reject(new Error("no ticket")) }), /the SASL mechanism OWN failed: no ticket/],
    [own({ begin: () => "text" as never }), /OWN must begin with a Uint8Array/],
  ];
  for (const [mechanism, expected] of cases)
    await assert.rejects(
      async () => checkedExchange(mechanism, broker).begin(0),
      (error: KafkaError) => {
        assert.ok(KafkaError.is(error));
        assert.match(error.message, expected);
        return true;
      },
    );
  const throws: SaslMechanism = {
    name: "OWN",
    exchange: () => {
      throw new TypeError("x");
    },
  };
  assert.throws(() => checkedExchange(throws, broker), { kind: "authentication" });
  const refused = checkedExchange(own({}), broker).refused("because");
  assert.match(refused.message, /of user "me" by SASL OWN: because/);
});

test("a chain of answers without an end, or a huge one, ends the exchange", async () => {
  const step: SaslStep = { kind: "send", bytes: new Uint8Array() };
  let calls = 0;
  const endless = checkedExchange(own({ next: () => (calls++, step) }), broker);
  for (let i = 0; i < 16; i++) assert.equal(await endless.next(new Uint8Array()), step);
  await assert.rejects(async () => endless.next(new Uint8Array()), { message: /no end after 16 answers/ });
  await assert.rejects(async () => endless.next(new Uint8Array()), { message: /after the end/ });
  assert.equal(calls, 16);
  const huge = checkedExchange(own({}), broker);
  await assert.rejects(async () => huge.next(new Uint8Array(524_289)), { message: /longer than 524288 bytes/ });
});

test("no answer is taken after the end, a failure or a refusal", async () => {
  const failed: SaslStep = { kind: "failed", error: new KafkaError("authentication", "no") };
  for (const last of [{ kind: "done" } as const, failed]) {
    const exchange = checkedExchange(own({ next: () => last }), broker);
    assert.equal(await exchange.next(new Uint8Array()), last);
    await assert.rejects(async () => exchange.next(new Uint8Array()), { message: /after the end/ });
  }
  const exchange = checkedExchange(own({}), broker);
  exchange.refused("no");
  await assert.rejects(async () => exchange.next(new Uint8Array()), { message: /after the end/ });
});

const OPTIONS: readonly SaslOptions[] = [
  { mechanism: "PLAIN", username: "alice", password: PASSWORD },
  { mechanism: "SCRAM-SHA-256", username: "alice", password: PASSWORD },
  { mechanism: "SCRAM-SHA-512", username: "alice", password: PASSWORD, tokenAuth: true },
  { mechanism: "OAUTHBEARER", token: () => PASSWORD },
  { mechanism: "AWS_MSK_IAM", credentials: { accessKeyId: "id", secretAccessKey: PASSWORD, sessionToken: PASSWORD } },
];

test("random answers of a broker end each mechanism with a KafkaError or a step, and never show the secret", async () => {
  const text = fc.oneof(fc.string(), fc.constantFrom(PASSWORD, "{}", "e=", "v="));
  const answer = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc.array(text, { maxLength: 4 }).map((parts) => new Uint8Array(Buffer.from(parts.join("")))),
  );
  const hidden = /correct-horse-battery/;
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...OPTIONS), fc.array(answer, { maxLength: 4 }), async (options, answers) => {
      const exchange = checkedExchange(createMechanism(options, host), broker);
      await exchange.begin(0);
      for (const bytes of answers) {
        let error: unknown;
        try {
          const step = await exchange.next(bytes);
          if (step.kind === "failed") error = step.error;
        } catch (thrown) {
          error = thrown;
        }
        assert.ok(error === undefined || KafkaError.is(error), String(error));
        assert.doesNotMatch(String(error), hidden);
        assert.doesNotMatch(exchange.refused(Buffer.from(bytes).toString()).message, hidden);
      }
    }),
    { numRuns: 1000 },
  );
});

test("printing a mechanism or an exchange shows no secret", async () => {
  for (const options of OPTIONS) {
    const mechanism = createMechanism(options, host);
    const exchange = mechanism.exchange(broker);
    await exchange.begin(0);
    for (const object of [mechanism, exchange]) {
      assert.ok(!inspect(object, { depth: Infinity, showHidden: true, getters: true }).includes(PASSWORD));
      assert.ok(!JSON.stringify(object).includes(PASSWORD));
    }
  }
});
