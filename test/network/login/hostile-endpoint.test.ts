// Token endpoints that attack: each login ends with an error within the time limit, and little memory is taken.
import { test } from "node:test";
import assert from "node:assert/strict";
import { KafkaError } from "../../../src/errors/kafka-error.ts";
import { saslAuthenticator } from "../../../src/network/sasl-login.ts";
import type { FetchAnswer, FetchLike } from "../../../src/runtime/fetch-like.ts";
import { sleep } from "../../../src/runtime/sleep.ts";
import { createMechanism } from "../../../src/security/create-mechanism.ts";
import type { SaslOptions } from "../../../src/security/sasl-options.ts";
import { awsMsk, azureManagedIdentity, gcpMetadata } from "../../../src/security/token-providers.ts";
import type { SimulatedPlatform } from "../../../src/simulation/simulated-platform.ts";
import { inVirtualTime } from "../../runtime/virtual.ts";
import { SecuredBroker } from "./secured-broker.ts";
import { quickCrypto } from "./server-mechanisms.ts";

const SECRET = "client-secret-1";
const SETUP_MS = 2000;
/** The longest answer that is read, and one part beyond it. */
const MOST_BYTES = 1024 * 1024 + 65_536;

const LOGINS: Readonly<Record<string, SaslOptions>> = {
  oidc: {
    mechanism: "OAUTHBEARER",
    oidc: { tokenEndpointUrl: "https://tokens.example/token", clientId: "me", clientSecret: SECRET },
  },
  awsMsk: { mechanism: "OAUTHBEARER", token: awsMsk({ region: "eu-west-1" }) },
  azureManagedIdentity: { mechanism: "OAUTHBEARER", token: azureManagedIdentity({ resource: "https://r" }) },
  gcpMetadata: { mechanism: "OAUTHBEARER", token: gcpMetadata() },
  AWS_MSK_IAM: { mechanism: "AWS_MSK_IAM", region: "eu-west-1" },
};

/** A body whose parts come from a function, without end. It counts the bytes that were read. */
class Endless {
  bytes = 0;
  reads = 0;
  isLeft = false;
  readonly #part: () => Uint8Array | Promise<Uint8Array>;

  constructor(part: () => Uint8Array | Promise<Uint8Array>) {
    this.#part = part;
  }

  answer(status = 200): FetchAnswer {
    const read = async (): Promise<{ done: boolean; value: Uint8Array }> => {
      const value = await this.#part();
      this.reads++;
      this.bytes += value.length;
      return { done: false, value };
    };
    const cancel = (): Promise<void> => {
      this.isLeft = true;
      return Promise.resolve();
    };
    return { status, body: { getReader: () => ({ read, cancel }) }, text: () => assert.fail("it has parts") };
  }
}

interface Scene {
  readonly platform: SimulatedPlatform;
  readonly endless: (part: () => Uint8Array | Promise<Uint8Array>) => FetchAnswer;
}

type Attack = readonly [what: string, fetch: (scene: Scene) => unknown];

const never = new Promise<never>(() => undefined);
const saying = (text: string, status = 200): FetchAnswer => ({ status, text: () => Promise.resolve(text) });
const token = (value: unknown, more: object = {}): FetchAnswer =>
  saying(JSON.stringify({ access_token: value, ...more }));

const rejected = (value: unknown): PromiseLike<never> => ({
  then: (_, reject) => Promise.resolve().then(() => reject?.(value)) as Promise<never>,
});
const ATTACKS: readonly Attack[] = [
  ["silence, also after the signal", () => never],
  ["an answer without end", ({ endless }) => endless(() => new Uint8Array(65_536))],
  ["an answer without end or bytes", ({ endless }) => endless(() => new Uint8Array(0))],
  ["a byte every 10 ms", ({ endless, platform }) => endless(() => sleep(platform, 10).then(() => new Uint8Array(1)))],
  ["half an answer, then silence", ({ endless }) => endless(() => never)],
  ["an answer of 10 MB at once", () => saying("x".repeat(10_000_000))],
  ["a text that never comes", () => ({ status: 200, text: () => never })],
  ["an error for ever", () => saying('{"error":"server_error"}', 500)],
  ["a refusal", () => saying(`{"error":"invalid_client","error_description":"${SECRET}"}`, 401)],
  ["a refusal of 1 MB", () => saying(JSON.stringify({ error: "x".repeat(1_000_000) }), 400)],
  ["a redirect", () => Promise.reject(new TypeError("fetch failed", { cause: new Error("unexpected redirect") }))],
  ["garbage", () => saying("\u0000\u0001<html>")],
  ["a deep answer", () => saying("[".repeat(900_000))],
  ["a list", () => saying("[1]")],
  ["no token", () => saying("{}")],
  ["a token that is no text", () => token({ a: 1 })],
  ["a token with a line break", () => token("a\r\nb")],
  ["a token of 900 KB", () => token("x".repeat(900_000))],
  ["a token that has ended", () => token("abc", { expires_in: -1 })],
  ["an end that is no number", () => token("abc", { expires_in: {} })],
  ["an end at the end of all numbers", () => token("abc", { expires_in: Number.MAX_VALUE })],
  ["a claim that is a trap", () => saying('{"__proto__":{"access_token":"abc"}}')],
  ["no answer at all", () => undefined],
  ["an answer that is a number", () => 5],
  ["a status that is a text", () => ({ status: "200", text: () => Promise.resolve("{}") })],
  ["a body that is a text", () => ({ status: 200, body: "abc", text: () => Promise.resolve("{}") })],
  [
    "a throw",
    () => {
      throw new Error("no network");
    },
  ],
  ["a rejection that is no error", () => rejected(5)],
  ["a rejection with undefined", () => rejected(undefined)],
];

async function survives(
  platform: SimulatedPlatform,
  broker: SecuredBroker,
  name: string,
  [what, attack]: Attack,
): Promise<void> {
  const sasl = LOGINS[name];
  assert.ok(sasl !== undefined);
  const title = `${name}: ${what}`;
  const bodies: Endless[] = [];
  const endless = (part: () => Uint8Array | Promise<Uint8Array>): FetchAnswer => {
    const body = new Endless(part);
    bodies.push(body);
    return body.answer();
  };
  let calls = 0;
  const fetch = ((...[, request]: Parameters<FetchLike>) => {
    calls++;
    assert.equal(request.redirect, "error");
    return attack({ platform, endless });
  }) as FetchLike;
  const { clock, entropy, runtime } = platform;
  const made = saslAuthenticator(createMechanism(sasl, { clock, entropy, runtime, crypto: quickCrypto, fetch }));
  const fromMs = clock.monotonic();
  let error: unknown;
  await broker
    .connect(undefined, { login: () => Promise.resolve(made) })
    .then((connection) => connection.close())
    .catch((thrown: unknown) => (error = thrown));
  assert.ok(KafkaError.is(error), `${title}: ${String(error)}`);
  assert.ok(["connection", "timeout", "authentication", "config"].includes(error.kind), `${title}: ${error.kind}`);
  assert.ok(clock.monotonic() - fromMs <= SETUP_MS + 1, `${title}: ${clock.monotonic() - fromMs} ms`);
  assert.ok(error.message.length < 1500, `${title}: ${error.message.length} characters`);
  if (name === "oidc")
    assert.doesNotMatch(`${error.message} ${error.stack ?? ""} ${String(error.cause)}`, /client-secret-1/, title);
  assert.ok(calls <= 12, `${title}: ${calls} requests`);
  const read = bodies.reduce((sum, { bytes }) => sum + bytes, 0);
  assert.ok(read <= MOST_BYTES * calls, `${title}: ${read} bytes`);
}

for (const name of Object.keys(LOGINS))
  test(`${name}: an endpoint that attacks is an error in time, and its answer is not kept`, () =>
    inVirtualTime(async (platform) => {
      const broker = new SecuredBroker(platform);
      await broker.start();
      for (const attack of ATTACKS) await survives(platform, broker, name, attack);
      await sleep(platform, 20_000); // a request for a token ends by itself
      await broker.stop();
    }));

test("an endless body is left when its reader is not waited for any more, whether or not fetch follows the signal", () =>
  inVirtualTime(async (platform) => {
    const broker = new SecuredBroker(platform);
    await broker.start();
    const body = new Endless(() => sleep(platform, 10).then(() => new Uint8Array(1)));
    const { clock, entropy, runtime } = platform;
    const sasl: SaslOptions = { ...LOGINS.oidc, loginReadTimeoutMs: 500 } as SaslOptions;
    const host = { clock, entropy, runtime, crypto: quickCrypto, fetch: () => Promise.resolve(body.answer()) };
    const made = saslAuthenticator(createMechanism(sasl, host));
    await assert.rejects(broker.connect(undefined, { login: () => Promise.resolve(made) }), KafkaError);
    await sleep(platform, 1000);
    const { reads } = body;
    await sleep(platform, 20_000);
    assert.deepEqual([body.reads, body.isLeft], [reads, true]);
    await broker.stop();
  }));
