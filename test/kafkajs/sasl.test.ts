// Logins: kafkajs's mechanisms, and those of the user.
import { test } from "node:test";
import assert from "node:assert/strict";
import { Cluster } from "../../packages/kafkajs/src/connecting/cluster.ts";
import { CommittedOffsets } from "../../packages/kafkajs/src/connecting/committed-offsets.ts";
import type { KafkaConfig } from "../../packages/kafkajs/src/connecting/kafka-config.ts";
import type { ProviderArgs, SaslMessage } from "../../packages/kafkajs/src/sasl/provider-exchange.ts";
import { logLevel } from "../../packages/kafkajs/src/logging/log-level.ts";
import { createLogger } from "../../packages/kafkajs/src/logging/logger.ts";
import { factsOf } from "./real-kafkajs.ts";
import { inKafkaJsWorld, type KafkaJsWorld, type KafkaJsWorldOptions } from "./world.ts";

const USERS: KafkaJsWorldOptions = { users: { alice: { password: "secret" } }, topics: { orders: 1 } };
const TOKENS: KafkaJsWorldOptions = {
  topics: { orders: 1 },
  sasl: {
    mechanisms: ["OAUTHBEARER"],
    validateToken: ({ value, extensions }) =>
      value === "good" ? { user: extensions["name"] ?? "alice" } : { status: "invalid_token" },
  },
};

/** Logs in, and gives the name and text of the error that `connect` rejects with. */
async function login(world: KafkaJsWorld, sasl: unknown, more: KafkaConfig = {}): Promise<string> {
  const producer = world.kafka({ sasl, retry: { retries: 0 }, ...more }).producer();
  try {
    await producer.connect();
    return "connected";
  } catch (error) {
    const { name, message } = error as Error;
    return `${name}: ${message}`;
  } finally {
    await producer.disconnect();
  }
}

test("plain: good, bad, incomplete; the name in any case; the user's object stays as it is", () =>
  inKafkaJsWorld(USERS, async (world) => {
    const good = Object.freeze({ mechanism: "plain", username: "alice", password: "secret" });
    assert.equal(await login(world, good), "connected");
    assert.equal(await login(world, { ...good, mechanism: "Plain" }), "connected");
    assert.deepEqual(Object.keys(good), ["mechanism", "username", "password"]);
    const refused = await login(world, { ...good, password: "wrong" });
    assert.match(
      refused,
      /^KafkaJSSASLAuthenticationError: SASL PLAIN authentication failed: .*[Aa]uthentication failed/,
    );
    assert.doesNotMatch(refused, /wrong/);
    for (const missing of ["username", "password"])
      assert.equal(
        await login(world, { ...good, [missing]: undefined }),
        "KafkaJSSASLAuthenticationError: SASL Plain: Invalid username or password",
      );
    const errors = world.logged.filter(
      ({ namespace, label }) => namespace === "SaslAuthenticator-PLAIN" && label === "ERROR",
    );
    assert.equal(errors.length, 1);
  }));

test("a refused login is not tried again: the error is the login's, not one of too many tries", () =>
  inKafkaJsWorld(USERS, async (world) => {
    const sasl = { mechanism: "plain", username: "alice", password: "wrong" };
    const began = world.host.clock.monotonic();
    const refused = await login(world, sasl, { retry: { retries: 10 } });
    assert.match(refused, /^KafkaJSSASLAuthenticationError: /);
    assert.ok(world.host.clock.monotonic() - began < 1000);
  }));

test("mechanisms that the server, or the client, does not have", () =>
  inKafkaJsWorld(USERS, async (world) => {
    const provider = () => ({ authenticate: () => Promise.resolve() });
    const sends = ({ saslAuthenticate }: ProviderArgs) => ({
      authenticate: async () => {
        await saslAuthenticate({ request: { encode: () => Buffer.alloc(4) } });
      },
    });
    assert.equal(
      await login(world, { mechanism: "my-mech", authenticationProvider: sends }),
      "KafkaJSProtocolError: The broker does not support the requested SASL mechanism",
    );
    assert.match(
      await login(world, { mechanism: "aws", authorizationIdentity: "i", accessKeyId: "a", secretAccessKey: "s" }),
      /^KafkaJSProtocolError: The broker does not support the requested SASL mechanism$/,
    );
    assert.match(
      await login(world, { mechanism: "gssapi" }),
      /^KafkaJSSASLAuthenticationError: SASL GSSAPI: there is no/,
    );
    assert.match(
      await login(world, { mechanism: "my-mech", authenticationProvider: provider }),
      /authenticate of SASL MY-MECH has sent nothing/,
    );
  }));

test("aws: what is missing is named", () =>
  inKafkaJsWorld(USERS, async (world) => {
    const whole = { mechanism: "aws", authorizationIdentity: "i", accessKeyId: "a", secretAccessKey: "s" };
    for (const name of ["authorizationIdentity", "accessKeyId", "secretAccessKey"])
      assert.equal(
        await login(world, { ...whole, [name]: undefined }),
        `KafkaJSSASLAuthenticationError: SASL AWS-IAM: Missing ${name}`,
      );
  }));

test("scram without a password", () =>
  inKafkaJsWorld(USERS, async (world) => {
    assert.equal(
      await login(world, { mechanism: "scram-sha-256", username: "alice" }),
      "KafkaJSSASLAuthenticationError: SASL SCRAM SHA256 authentication: Invalid username or password",
    );
    assert.equal(
      await login(world, { mechanism: "scram-sha-512", password: "secret" }),
      "KafkaJSSASLAuthenticationError: SASL SCRAM SHA512 authentication: Invalid username or password",
    );
  }));

test("oauthbearer: a token for each login; none, a wrong one, a provider that fails", () =>
  inKafkaJsWorld(TOKENS, async (world) => {
    const by = (oauthBearerProvider: unknown) => login(world, { mechanism: "oauthbearer", oauthBearerProvider });
    let asked = 0;
    const good = async () => {
      asked++;
      return { value: "good" };
    };
    assert.equal(await by(good), "connected");
    assert.equal(await by(good), "connected");
    assert.equal(asked, 2);
    assert.equal(await by(async () => ({ value: "good", extensions: { name: "bob", other: "1" } })), "connected");
    const named = { mechanism: "oauthbearer", authorizationIdentity: "alice", oauthBearerProvider: good };
    assert.equal(await login(world, named), "connected", "kafkajs sends a stray quotation mark");
    const name = "KafkaJSSASLAuthenticationError: SASL OAUTHBEARER";
    assert.equal(await by(undefined), `${name}: Missing OAuth bearer token provider`);
    assert.equal(await by(() => ({})), `${name}: Invalid OAuth bearer token`);
    assert.equal(await by(() => undefined), `${name}: Invalid OAuth bearer token`);
    assert.match(await by(async () => ({ value: "bad" })), /: SASL OAUTHBEARER authentication failed: ./);
    assert.equal(await by(() => Promise.reject(new Error("no network"))), "Error: no network");
  }));

/** PLAIN, as a mechanism of the user: the frames have their length in front, both ways. */
function ownPlain(password: string, seen: unknown[]) {
  return ({ host, port, logger, saslAuthenticate }: ProviderArgs) => ({
    authenticate: async () => {
      logger.info("own login", { port });
      const text = Buffer.from(`\0alice\0${password}`);
      const length = Buffer.alloc(4);
      length.writeInt32BE(text.length);
      const message: SaslMessage<string> = {
        request: { encode: async () => Buffer.concat([length, text]) },
        response: {
          decode: (raw) => {
            seen.push(Buffer.isBuffer(raw), raw.toString("hex"));
            return raw;
          },
          parse: (data) => `${data.length} bytes`,
        },
      };
      seen.push(typeof host, await saslAuthenticate(message));
    },
  });
}

test("a mechanism of the user: frames, what it gets, its logger's namespace, its result", () =>
  inKafkaJsWorld(USERS, async (world) => {
    const seen: unknown[] = [];
    const sasl = { mechanism: "plain", authenticationProvider: ownPlain("secret", seen) };
    assert.equal(await login(world, sasl), "connected");
    assert.deepEqual(seen.slice(0, 4), [true, "00000000", "string", "4 bytes"]);
    const entry = world.logged.find(({ log }) => log.message === "own login");
    assert.equal(entry?.namespace, "SaslAuthenticator-PLAIN");
  }));

test("a mechanism of the user that is refused gets kafkajs's error with the broker's text; what it throws comes through", () =>
  inKafkaJsWorld(USERS, async (world) => {
    const got: unknown[] = [];
    const provider = (args: ProviderArgs) => ({
      authenticate: async () => {
        try {
          await ownPlain("wrong", [])(args).authenticate();
        } catch (error) {
          got.push(factsOf(error));
          throw Object.assign(new Error("my own error"), { mine: true });
        }
      },
    });
    assert.equal(await login(world, { mechanism: "plain", authenticationProvider: provider }), "Error: my own error");
    const { message, members } = got[0] as { message: string; members: Record<string, { value: unknown }> };
    assert.match(message, /[Aa]uthentication failed/);
    assert.deepEqual([members["type"]?.value, members["code"]?.value], ["SASL_AUTHENTICATION_FAILED", 58]);
    assert.equal(members["name"]?.value, "KafkaJSProtocolError");
  }));

test("a mechanism of the user that throws before it sends, synchronously too", () =>
  inKafkaJsWorld(USERS, async (world) => {
    const by = (authenticationProvider: unknown) => login(world, { mechanism: "plain", authenticationProvider });
    assert.equal(
      await by(() => ({ authenticate: () => Promise.reject(new RangeError("early")) })),
      "RangeError: early",
    );
    assert.equal(
      await by(() => {
        throw new Error("at once");
      }),
      "Error: at once",
    );
    assert.match(await by(() => ({})), /^TypeError: .*authenticate/);
  }));

test("a session that ends: the mechanism of the user logs in again (KIP-368)", () =>
  inKafkaJsWorld(
    { ...USERS, sasl: { sessionLifetimeMs: 20_000 } },
    async ({ host, cluster: { bootstrapServers }, wait }) => {
      const seen: unknown[] = [];
      const sasl = { mechanism: "plain", authenticationProvider: ownPlain("secret", seen) };
      const logger = createLogger(host, logLevel.NOTHING, () => () => undefined);
      const config = { brokers: [bootstrapServers], sasl };
      const cluster = new Cluster({ host, config, settings: {}, logger, offsets: new CommittedOffsets() });
      const kafka = await cluster.connect();
      const logins = (): number => seen.filter((entry) => entry === "4 bytes").length;
      assert.equal(logins(), 1);
      for (let i = 0; i < 6; i++) {
        await wait(5000);
        await kafka.request("Metadata", { topics: [] });
      }
      assert.ok(logins() >= 2, `${logins()} logins in 30 s`);
      await cluster.disconnect();
    },
  ));
