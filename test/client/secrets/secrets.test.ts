// Secrets in every option, in the environment, in the answers of endpoints and in the texts of brokers: everything
// fails, and nothing that a program can print contains one of them.
import { test } from "node:test";
import assert from "node:assert/strict";
import { KafkaError } from "../../../src/errors/kafka-error.ts";
import { Kafka } from "../../../src/kafka.ts";
import { sleep } from "../../../src/runtime/sleep.ts";
import type { FetchAnswer, FetchLike } from "../../../src/runtime/fetch-like.ts";
import type { LogEntry } from "../../../src/runtime/platform.ts";
import type { SaslOptions } from "../../../src/security/sasl-options.ts";
import { awsMsk, azureManagedIdentity, gcpMetadata } from "../../../src/security/token-providers.ts";
import type { SimulatedPlatform } from "../../../src/simulation/simulated-platform.ts";
import { quickCrypto } from "../../network/login/server-mechanisms.ts";
import { inVirtualTime } from "../../runtime/virtual.ts";
import { EchoBroker, type Refusal } from "./echo-broker.ts";
import { foundIn, printed, spellingsOf } from "./secret-search.ts";

const PASSWORD = 'Pl@nted pässword/1+2="x"';
const CLIENT_SECRET = "planted+client/secret=1%&";
const ACCESS_KEY = "planted/Access+Key/Secret0123456789";
const SESSION_TOKEN = "PlantedSessionToken+/0123456789==";
const HMAC = Buffer.from("planted hmac of a delegation token").toString("base64");
const PRIVATE_KEY = "-----BEGIN PRIVATE KEY-----\nUGxhbnRlZFByaXZhdGVLZXlCeXRlcw==\n-----END PRIVATE KEY-----\n";
const PASSPHRASE = "planted passphrase of the key";
const HEADER = "planted-identity-header-1";
const OPAQUE = "planted.opaque.token~0123456789";
const ASSERTION = "planted.signed.assertion0123456789";
const REFRESH = "planted-refresh-token-0123456789";
const jwt = (claims: object): string =>
  ["{}", JSON.stringify(claims), "planted signature bytes"]
    .map((part) => Buffer.from(part).toString("base64url"))
    .join(".");
const JWT = jwt({ sub: "alice", exp: 4_000_000_000, note: "planted claim of the token" });

const ENVIRONMENT: Readonly<Record<string, string>> = {
  AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
  AWS_SECRET_ACCESS_KEY: ACCESS_KEY,
  AWS_SESSION_TOKEN: SESSION_TOKEN,
  IDENTITY_ENDPOINT: "http://localhost:1/token",
  IDENTITY_HEADER: HEADER,
};
const CONTAINER: Readonly<Record<string, string>> = {
  AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://localhost/creds?key=${encodeURIComponent(HEADER)}`,
  AWS_CONTAINER_AUTHORIZATION_TOKEN: HEADER,
};

type Answering = (echo: string) => FetchAnswer | Promise<FetchAnswer>;
const saying = (value: unknown, status = 200): FetchAnswer => ({
  status,
  text: () => Promise.resolve(typeof value === "string" ? value : JSON.stringify(value)),
});
const refusing: Answering = (echo) =>
  saying({ error: "invalid_client", error_description: `wrong: ${echo}`, access_token: REFRESH, hint: echo }, 401);
const failing: Answering = (echo) =>
  Promise.reject(new TypeError(`fetch failed: ${echo}`, { cause: new Error(`header ${echo}`) }));
const garbage: Answering = (echo) => saying(`{"access_token": "${echo}`);
const without: Answering = (echo) => saying({ refresh_token: REFRESH, message: echo });
const token =
  (value: string): Answering =>
  () =>
    saying({ access_token: value, refresh_token: REFRESH, expires_in: 3600 });

let asked = 0;
/** The token first, then the address of the account. */
const google: Answering = (echo) => (asked++ % 2 === 0 ? token(OPAQUE)(echo) : saying("me@project.example"));

interface Case {
  readonly what: string;
  readonly sasl: SaslOptions;
  readonly secrets: readonly string[];
  /** The secrets that the broker or the endpoint knows, and repeats. Default: all. */
  readonly echoes?: readonly string[];
  readonly refusals?: readonly Refusal[];
  readonly fetch?: Answering;
  readonly environment?: Readonly<Record<string, string>>;
  /** Whether the error of `fetch` comes again and again, so that calls end with their deadline. */
  readonly isSlow?: boolean;
}

const oidc = { tokenEndpointUrl: `https://tokens.example/token?key=${HEADER}`, clientId: "me" };
const BY_SECRET = { mechanism: "OAUTHBEARER", oidc: { ...oidc, clientSecret: () => CLIENT_SECRET } } as const;
const BY_KEY = {
  mechanism: "OAUTHBEARER",
  oidc: {
    ...oidc,
    assertion: { privateKey: PRIVATE_KEY, privateKeyPassphrase: () => Promise.resolve(PASSPHRASE), claimIss: "me" },
  },
} as const;
const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: ACCESS_KEY, sessionToken: SESSION_TOKEN };
const ALL_REFUSALS: readonly Refusal[] = ["code", "challenge", "mechanisms"];
const SCRAM_REFUSALS: readonly Refusal[] = ["code", "scram-error", "challenge", "mechanisms"];

const CASES: readonly Case[] = [
  { what: "PLAIN", sasl: { mechanism: "PLAIN", username: "alice", password: PASSWORD }, secrets: [PASSWORD] },
  {
    what: "PLAIN by functions",
    sasl: { mechanism: "PLAIN", username: () => "alice", password: () => Promise.resolve(PASSWORD) },
    secrets: [PASSWORD],
  },
  ...(["SCRAM-SHA-256", "SCRAM-SHA-512"] as const).map((mechanism) => ({
    what: mechanism,
    sasl: { mechanism, username: "alice", password: () => PASSWORD },
    ...{ secrets: [PASSWORD], refusals: SCRAM_REFUSALS },
  })),
  {
    what: "a delegation token",
    sasl: { mechanism: "SCRAM-SHA-256", username: "token-id", password: HMAC, tokenAuth: true },
    ...{ secrets: [HMAC], refusals: SCRAM_REFUSALS },
  },
  { what: "an opaque token", sasl: { mechanism: "OAUTHBEARER", token: () => OPAQUE }, secrets: [OPAQUE] },
  {
    what: "a JSON web token",
    sasl: { mechanism: "OAUTHBEARER", token: () => Promise.resolve({ value: JWT }) },
    secrets: [JWT, JWT.split(".")[2] ?? ""],
  },
  {
    what: "a token of an endpoint",
    sasl: BY_SECRET,
    secrets: [CLIENT_SECRET, OPAQUE, REFRESH],
    echoes: [OPAQUE],
    fetch: token(OPAQUE),
  },
  ...(
    [
      ["refuses", refusing, false],
      ["cannot be reached", failing, true],
      ["sends garbage", garbage, false],
      ["sends no token", without, false],
    ] as const
  ).flatMap(([what, fetch, isSlow]) => [
    { what: `an endpoint that ${what}`, sasl: BY_SECRET, secrets: [CLIENT_SECRET, REFRESH, HEADER], fetch, isSlow },
    {
      what: `an endpoint for assertions that ${what}`,
      sasl: { mechanism: "OAUTHBEARER", oidc: { ...oidc, assertion: () => ASSERTION } } as const,
      ...{ secrets: [ASSERTION, REFRESH, HEADER], fetch, isSlow },
    },
    {
      what: `Azure ${what}`,
      sasl: { mechanism: "OAUTHBEARER", token: azureManagedIdentity({ resource: "https://r" }) } as const,
      ...{ secrets: [HEADER, REFRESH], fetch, isSlow, environment: ENVIRONMENT },
    },
    {
      what: `credentials of a container: it ${what}`,
      sasl: { mechanism: "AWS_MSK_IAM", region: "eu-west-1" } as const,
      ...{ secrets: [HEADER, REFRESH], fetch, isSlow, environment: CONTAINER },
    },
  ]),
  {
    what: "a private key that cannot sign",
    sasl: BY_KEY,
    secrets: [PRIVATE_KEY, "UGxhbnRlZFByaXZhdGVLZXlCeXRlcw==", PASSPHRASE],
    echoes: [],
    fetch: token(OPAQUE),
  },
  {
    what: "AWS_MSK_IAM",
    sasl: { mechanism: "AWS_MSK_IAM", region: "eu-west-1", credentials },
    secrets: [ACCESS_KEY, SESSION_TOKEN],
  },
  {
    what: "AWS_MSK_IAM, of the environment",
    sasl: { mechanism: "AWS_MSK_IAM", region: "eu-west-1" },
    ...{ secrets: [ACCESS_KEY, SESSION_TOKEN], environment: ENVIRONMENT },
  },
  {
    what: "awsMsk()",
    sasl: { mechanism: "OAUTHBEARER", token: awsMsk({ region: "eu-west-1", credentials: () => credentials }) },
    ...{ secrets: [ACCESS_KEY, SESSION_TOKEN], echoes: [SESSION_TOKEN] },
  },
  {
    what: "gcpMetadata()",
    sasl: { mechanism: "OAUTHBEARER", token: gcpMetadata() },
    ...{ secrets: [OPAQUE, REFRESH], echoes: [OPAQUE], fetch: google },
  },
];

/** Calls everything that connects, and returns all that they print. */
async function allOutput(kafka: Kafka<SimulatedPlatform["runtime"]>, lines: readonly LogEntry[]): Promise<string> {
  const producer = kafka.producer({ deliveryTimeoutMs: 31_000 });
  const consumer = kafka.consumer({ groupId: "g", topics: ["t"] });
  const admin = kafka.admin();
  const errors: unknown[] = [];
  const calls: readonly (() => Promise<unknown>)[] = [
    () => producer.send({ topic: "t", value: "x" }),
    () => admin.listTopics({ timeoutMs: 3000 }),
    async () => {
      for await (const _ of consumer) return;
    },
  ];
  for (const call of calls) await call().catch((error: unknown) => errors.push(error));
  assert.ok(errors.length >= 2);
  for (const error of errors) assert.ok(KafkaError.is(error), String(error));
  const shown = [kafka, producer, consumer, admin, ...errors, [...lines]];
  const metrics = [producer.metrics(), consumer.metrics()];
  const output = [...shown, ...metrics].map(printed).join("\n");
  await Promise.allSettled([producer.close({ timeoutMs: 100 }), consumer.close({ timeoutMs: 100 }), admin.close()]);
  return output;
}

async function fails(platform: SimulatedPlatform, broker: EchoBroker, one: Case): Promise<void> {
  const { sasl, secrets, echoes = secrets, refusals = ALL_REFUSALS, fetch = token(OPAQUE), environment = {} } = one;
  for (const refusal of one.isSlow === true ? (["code"] as const) : refusals)
    for (const echo of new Set(["nothing", ...echoes].flatMap(spellingsOf))) {
      if (one.isSlow === true && echo !== echoes[0]) continue; // each takes half a minute of virtual time
      broker.text = `wrong: ${echo}!`;
      broker.refusal = refusal;
      const lines: LogEntry[] = [];
      const kafka = new Kafka<SimulatedPlatform["runtime"]>(
        {
          bootstrapServers: "broker:9092",
          sasl,
          runtime: platform.runtime,
          onLog: (entry) => void lines.push(entry),
        },
        {
          ...platform,
          crypto: { ...quickCrypto, sign: () => Promise.reject(new Error(`cannot sign with ${PRIVATE_KEY}`)) },
          fetch: (() => fetch(echo)) as FetchLike,
          environment: (name) => environment[name],
        },
      );
      const output = await allOutput(kafka, lines);
      const found = foundIn(output, secrets);
      assert.equal(found, undefined, `${one.what}, ${refusal}, echo of ${echo}`);
      await kafka.close({ timeoutMs: 100 });
      await sleep(platform, 2000);
    }
}

for (const one of CASES)
  test(`${one.what}: no secret is in an error, a log line, a metric or a printed client`, () =>
    inVirtualTime(async (platform) => {
      const broker = new EchoBroker();
      await broker.start(platform.listener);
      await fails(platform, broker, one);
      await sleep(platform, 30_000);
      await broker.stop();
    }));
