// The first authentication of a connection, against a broker that closes it at any request out of turn.
import { test } from "node:test";
import assert from "node:assert/strict";
import { KafkaError } from "../../../src/errors/kafka-error.ts";
import type { Connection } from "../../../src/network/connection.ts";
import type { ConnectionOptions } from "../../../src/network/connection-options.ts";
import { metadataApi } from "../../../src/protocol/messages/metadata.ts";
import { sleep } from "../../../src/runtime/sleep.ts";
import type { SaslMechanism } from "../../../src/security/mechanism.ts";
import type { SaslOptions } from "../../../src/security/sasl-options.ts";
import type { SimulatedPlatform } from "../../../src/simulation/simulated-platform.ts";
import { inVirtualTime } from "../../runtime/virtual.ts";
import { SecuredBroker, type SecuredBrokerOptions } from "./secured-broker.ts";

const ALICE = { username: "alice", password: "alice-secret" };
const PLAIN: SaslOptions = { mechanism: "PLAIN", ...ALICE };

function withBroker(
  options: SecuredBrokerOptions,
  body: (broker: SecuredBroker, platform: SimulatedPlatform) => Promise<void>,
): Promise<void> {
  return inVirtualTime(async (platform) => {
    const broker = new SecuredBroker(platform, options);
    await broker.start();
    await body(broker, platform);
    assert.deepEqual([broker.violations, broker.faults], [[], []]);
    await broker.stop();
  });
}

const ask = (connection: Connection): Promise<unknown> => connection.request(metadataApi, { topics: [] });

/** Opens a connection, which must fail, and returns the error. */
async function refused(
  broker: SecuredBroker,
  sasl: SaslOptions | undefined,
  more: Partial<ConnectionOptions> = {},
): Promise<KafkaError> {
  let error: unknown;
  await broker.connect(sasl, more).catch((thrown: unknown) => (error = thrown));
  assert.ok(KafkaError.is(error), String(error));
  return error;
}

const MECHANISMS: readonly (readonly [SaslOptions, tokens: number])[] = [
  [PLAIN, 1],
  [{ mechanism: "SCRAM-SHA-256", ...ALICE }, 2],
  [{ mechanism: "SCRAM-SHA-512", username: "al,i=ce", password: () => Promise.resolve("p=a,ss wörd") }, 2],
  [{ mechanism: "OAUTHBEARER", token: () => "good.token.one" }, 1],
  [
    {
      mechanism: "AWS_MSK_IAM",
      region: "eu-west-1",
      credentials: { accessKeyId: "AKID", secretAccessKey: "aws-secret" },
    },
    1,
  ],
];

for (const [sasl, tokens] of MECHANISMS) {
  const name = sasl.mechanism as string;

  test(`${name}: nothing but SASL is sent between SaslHandshake and the last token, and requests follow it`, () =>
    withBroker({}, async (broker) => {
      const connection = await broker.connect(sasl);
      await ask(connection);
      assert.deepEqual(
        broker.seen.map((one) => one.name),
        ["ApiVersions", "ApiVersions", "SaslHandshake", ...Array<string>(tokens).fill("SaslAuthenticate"), "Metadata"],
      );
      await connection.refreshFeatures();
      connection.close();
    }));

  test(`${name}: a broker before Kafka 1.0 gets tokens without a header after SaslHandshake 0`, () =>
    withBroker({ handshakeMax: 0 }, async (broker) => {
      const connection = await broker.connect(sasl);
      await Promise.all([ask(connection), ask(connection)]);
      assert.deepEqual(broker.exchange(1), [
        "ApiVersions",
        "ApiVersions",
        "SaslHandshake",
        ...Array<string>(tokens).fill(`token of ${name}`),
      ]);
      connection.close();
    }));
}

test("many connections of a client that open at once share one login, and each authenticates", () =>
  withBroker({ saslMs: 20 }, async (broker) => {
    const login = broker.login({ mechanism: "SCRAM-SHA-512", ...ALICE });
    const all = await Promise.all(Array.from({ length: 8 }, () => broker.connect(undefined, { login })));
    await Promise.all(all.map(ask));
    for (const connection of all) connection.close();
  }));

interface Refusal {
  readonly what: string;
  readonly sasl: SaslOptions;
  readonly broker?: SecuredBrokerOptions;
  readonly says: RegExp;
  readonly code?: number;
}

const REFUSALS: readonly Refusal[] = [
  {
    what: "a mechanism that is not enabled: the error names those that are",
    sasl: PLAIN,
    broker: { enabled: ["SCRAM-SHA-256", "SCRAM-SHA-512"] },
    says: /^cannot connect to broker:9092: the broker has not enabled the SASL mechanism PLAIN.*SCRAM-SHA-256, SCRAM-SHA-512\./,
    code: 33,
  },
  {
    what: "SASL on a listener without it",
    sasl: PLAIN,
    broker: { enabled: [] },
    says: /^cannot connect to broker:9092: this listener has no SASL\. .*remove the option sasl/,
    code: 34,
  },
  {
    what: "a wrong password",
    sasl: { mechanism: "PLAIN", username: "alice", password: "wrong-secret" },
    says: /broker:9092: the broker refused the authentication of user "alice" by SASL PLAIN: .*Invalid username or password/,
    code: 58,
  },
  {
    what: "a wrong password by SCRAM",
    sasl: { mechanism: "SCRAM-SHA-256", username: "alice", password: "wrong-secret" },
    says: /broker:9092: the broker refused the authentication of user "alice" by SASL SCRAM-SHA-256/,
    code: 58,
  },
  {
    what: "an unknown user by SCRAM",
    sasl: { mechanism: "SCRAM-SHA-512", username: "nobody", password: "wrong-secret" },
    says: /broker:9092: the broker refused the authentication of user "nobody"/,
    code: 58,
  },
  {
    what: "a token that the broker refuses with JSON and without an error code",
    sasl: { mechanism: "OAUTHBEARER", token: () => "wrong.token.one" },
    says: /broker:9092: the broker refused the authentication by SASL OAUTHBEARER: \{"status":"invalid_token"\}/,
    code: 58,
  },
];

for (const { what, sasl, broker: options = {}, says, code } of REFUSALS)
  test(`${what}: kind authentication at once, which no retry heals`, () =>
    withBroker(options, async (broker, platform) => {
      const fromMs = platform.clock.monotonic();
      const error = await refused(broker, sasl);
      assert.match(error.message, says);
      assert.deepEqual(
        [error.kind, error.retriable, error.outcome, error.code, error.address],
        ["authentication", false, "notWritten", code, "broker:9092"],
      );
      assert.ok(platform.clock.monotonic() - fromMs < 500);
      assert.equal(broker.connections, 1, "the first refusal counts");
      const shown = `${error.message} ${error.stack ?? ""} ${JSON.stringify(error)}`;
      assert.doesNotMatch(shown, /wrong-secret|alice-secret|wrong\.token/);
    }));

test("a broker that hangs up during the exchange may be restarting: the error can be retried", () =>
  withBroker({}, async (broker) => {
    broker.hangsUpOnce = true;
    const error = await refused(broker, PLAIN);
    assert.deepEqual([error.kind, error.retriable], ["connection", true]);
    assert.match(error.message, /SaslAuthenticate to broker:9092: the broker closed the connection during the authent/);
    (await broker.connect(PLAIN)).close();
  }));

test("an old broker hangs up on a wrong password: the error says that it may be one", () =>
  withBroker({ handshakeMax: 0 }, async (broker) => {
    const error = await refused(broker, { mechanism: "PLAIN", username: "alice", password: "wrong" });
    assert.match(
      error.message,
      /instead of answering the authentication; brokers before Kafka 1\.0 refuse a wrong pass/,
    );
    assert.equal(error.retriable, true);
  }));

test("a broker that answers no SASL: the limit for opening a connection ends it", () =>
  withBroker({}, async (broker, platform) => {
    broker.isSilent = true;
    const fromMs = platform.clock.monotonic();
    const error = await refused(broker, PLAIN);
    assert.deepEqual([error.kind, error.retriable], ["timeout", true]);
    assert.ok(platform.clock.monotonic() - fromMs <= 2000);
  }));

test("a password function is called before SaslHandshake, and one that fails is called again at the next attempt", () =>
  withBroker({}, async (broker) => {
    let calls = 0;
    const password = (): string => {
      assert.ok(!broker.seen.some(({ name }) => name === "SaslHandshake"));
      if (++calls === 1) throw new Error("the vault is sealed");
      return "alice-secret";
    };
    const sasl: SaslOptions = { mechanism: "PLAIN", username: "alice", password };
    const error = await refused(broker, sasl);
    assert.deepEqual(
      [error.kind, error.retriable, (error.cause as Error).message],
      ["connection", true, "the vault is sealed"],
    );
    (await broker.connect(sasl)).close();
  }));

test("a token that does not come: the error is the source's own, not that the address may be wrong", () =>
  withBroker({}, async (broker) => {
    const sasl: SaslOptions = {
      mechanism: "OAUTHBEARER",
      token: () => {
        throw new KafkaError("connection", "the token endpoint is down", { retriable: true });
      },
    };
    const error = await refused(broker, sasl);
    assert.match(error.message, /no token for SASL OAUTHBEARER: the token endpoint is down/);
    assert.equal(error.retriable, true);
  }));

test("a mechanism of the user that hangs, before or during the exchange, does not hold up the connection for ever", () =>
  withBroker({ enabled: ["SCRAM-SHA-256"] }, async (broker, platform) => {
    const never = new Promise<never>(() => undefined);
    const first = (): Uint8Array => Buffer.from("n,,n=alice,r=abc");
    for (const mechanism of [
      { name: "SCRAM-SHA-256", exchange: () => ({ principal: "alice", begin: () => never, next: () => never }) },
      { name: "SCRAM-SHA-256", exchange: () => ({ principal: "alice", begin: first, next: () => never }) },
    ] satisfies SaslMechanism[]) {
      const fromMs = platform.clock.monotonic();
      const error = await refused(broker, { mechanism });
      assert.deepEqual([error.kind, error.retriable], ["timeout", true]);
      assert.ok(platform.clock.monotonic() - fromMs <= 2001);
    }
    await sleep(platform, 10);
    assert.equal(broker.open, 0, "each connection was closed");
  }));

test("a mechanism of the user with an endless chain of tokens ends", () =>
  withBroker({ enabled: ["SCRAM-SHA-256"] }, async (broker) => {
    const mechanism: SaslMechanism = {
      name: "SCRAM-SHA-256",
      exchange: () => ({
        principal: "alice",
        begin: () => Buffer.from("n,,n=alice,r=abc"),
        next: () => {
          throw new Error("my own bug");
        },
      }),
    };
    const error = await refused(broker, { mechanism });
    assert.match(error.message, /cannot connect to broker:9092: the SASL mechanism SCRAM-SHA-256 failed: my own bug/);
    assert.deepEqual([error.kind, error.retriable], ["authentication", false]);
  }));

test("a client without SASL at a listener with it: the connection says so when the broker closes it", () =>
  withBroker({}, async (broker) => {
    const points: boolean[] = [];
    const onHungUp = (isFirstRequest: boolean): undefined => void points.push(isFirstRequest);
    const connection = await broker.connect(undefined, { onHungUp });
    await assert.rejects(
      ask(connection),
      /instead of answering its first request \(does this listener expect SASL\?\)/,
    );
    assert.deepEqual(points, [true]);
  }));
