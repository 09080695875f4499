import { inspect } from "node:util";
import { KafkaError, type KafkaErrorKind } from "../../../src/errors/kafka-error.ts";
import { awsMsk, azureManagedIdentity, gcpMetadata } from "../../../src/security/token-providers.ts";

/** A wrong use of the option `sasl`, and the error that a call ends with. */
export type Wrong = readonly [what: string, sasl: () => unknown, kind: KafkaErrorKind, says: RegExp];

const never = new Promise<never>(() => undefined);
const boom = (): never => {
  throw new Error("boom");
};
const rejected = (value: unknown): PromiseLike<never> => ({
  then: (_, reject) => Promise.resolve().then(() => reject?.(value)) as Promise<never>,
});
const refuse = (): Promise<never> => Promise.reject(new Error("boom"));
const user = { username: "alice", password: "x-secret" };
const plain =
  (more: object): (() => unknown) =>
  () => ({ mechanism: "PLAIN", ...user, ...more });
const scram =
  (more: object): (() => unknown) =>
  () => ({ mechanism: "SCRAM-SHA-256", ...user, ...more });
const byToken =
  (token: unknown): (() => unknown) =>
  () => ({ mechanism: "OAUTHBEARER", token });
const oidcUrl = { tokenEndpointUrl: "https://a/b", clientId: "a", clientSecret: "x-secret" };
const byOidc =
  (oidc: unknown): (() => unknown) =>
  () => ({ mechanism: "OAUTHBEARER", oidc });
const own =
  (exchange: unknown): (() => unknown) =>
  () => ({ mechanism: { name: "OWN", exchange } });
const steps = (more: object): (() => unknown) =>
  own(() => ({ principal: undefined, begin: () => new Uint8Array(1), next: () => ({ kind: "done" }), ...more }));
const aws =
  (credentials: unknown): (() => unknown) =>
  () => ({ mechanism: "AWS_MSK_IAM", region: "r", credentials });
const NAMES = [null, undefined, 0, "", true, [], Symbol("x"), 5n, new Date(0)] as const;

export const AT_ONCE: readonly Wrong[] = [
  ...NAMES.filter((value) => value !== undefined).map((value): Wrong => [
    `sasl is ${inspect(value)}`,
    () => value,
    "config",
    /sasl (?:needs mechanism|takes)/,
  ]),
  ...NAMES.filter((value) => value !== null).map((mechanism): Wrong => [
    `mechanism is ${inspect(mechanism)}`,
    () => ({ ...user, mechanism }),
    "config",
    /needs mechanism|takes a name|has no option/,
  ]),
  ["no mechanism", () => user, "config", /needs mechanism/],
  ["a mechanism that there is not", () => ({ mechanism: "DIGEST-MD5", ...user }), "config", /PLAIN, SCRAM-SHA-256/],
  ...[null, 5, "", [], {}, Symbol("x"), new Uint8Array(3)].flatMap((value): readonly Wrong[] => [
    [
      `username is ${inspect(value)}`,
      plain({ username: value }),
      "config",
      /username takes a string that is not empty/,
    ],
    [
      `password is ${inspect(value)}`,
      scram({ password: value }),
      "config",
      /password takes a string that is not empty/,
    ],
  ]),
  ["an unknown option", plain({ passwort: "x-secret" }), "config", /has no option "passwort"/],
  ["options of another mechanism", plain({ token: () => "x-secret" }), "config", /has no option "token"/],
  ["tokenAuth is a text", scram({ tokenAuth: "true" }), "config", /tokenAuth takes true or false/],
  ["a username with U+0000", plain({ username: "a\0b" }), "config", /U\+0000/],
  [
    "a getter that throws",
    () => Object.defineProperty({ mechanism: "PLAIN" }, "password", { get: boom, enumerable: true }),
    "config",
    /needs username|cannot be read/,
  ],
  ["a proxy that throws", () => new Proxy({}, { get: boom }), "config", /cannot be read: boom/],
  ["username returns a number", plain({ username: () => 5 }), "config", /username must return a string/],
  ["password returns nothing", plain({ password: () => undefined }), "config", /password must return a string/],
  ["password returns an empty text", plain({ password: () => Promise.resolve("") }), "config", /password is empty/],
  [
    "password returns a promise of null",
    scram({ password: () => Promise.resolve(null) }),
    "config",
    /must return a str/,
  ],
  [
    "password returns a trap",
    scram({ password: () => Object.defineProperty({}, "then", { get: boom }) }),
    "authentication",
    /boom/,
  ],
  [
    "password throws a KafkaError",
    plain({
      password: () => {
        throw new KafkaError("authentication", "sealed");
      },
    }),
    "authentication",
    /sealed/,
  ],
  ["token and oidc", () => ({ mechanism: "OAUTHBEARER", token: () => "t", oidc: oidcUrl }), "config", /not both/],
  ["neither token nor oidc", byToken(undefined), "config", /needs token/],
  ...[null, "x-secret", 5, {}, []].map((value): Wrong => [
    `token is ${inspect(value)}`,
    byToken(value),
    "config",
    /token takes a function|needs token/,
  ]),
  ...[null, undefined, 5, "", [], {}, { value: 5 }, { value: "" }, Symbol("x")].map((value): Wrong => [
    `token returns ${inspect(value)}`,
    byToken(() => value),
    "config",
    /must return a token/,
  ]),
  ["a token with a line break", byToken(() => "abc\n"), "config", /line break at the end/],
  ["a token with a separator", byToken(() => "a\u0001auth=Bearer b"), "config", /character that no token contains/],
  [
    "a token with an end of text",
    byToken(() => ({ value: "abc", expiresAtMs: "soon" })),
    "config",
    /expiresAtMs that is not a num/,
  ],
  [
    "a token whose user is a number",
    byToken(() => ({ value: "abc", principal: 5 })),
    "config",
    /principal that is not a string/,
  ],
  [
    "a token with extensions of text",
    byToken(() => ({ value: "abc", extensions: "a=b" })),
    "config",
    /extensions that are not an obj/,
  ],
  [
    "a token with a wrong extension",
    byToken(() => ({ value: "abc", extensions: { "a b": "c" } })),
    "config",
    /consists of letters/,
  ],
  [
    "a token with a control character in an extension",
    byToken(() => ({ value: "abc", extensions: { a: "\u0001" } })),
    "config",
    /printable/,
  ],
  [
    "a token that cannot be read",
    byToken(() => Object.defineProperty({}, "value", { get: boom })),
    "config",
    /cannot be read: boom/,
  ],
  [
    "a token that has ended",
    byToken(() => ({ value: "abc", expiresAtMs: -1 })),
    "authentication",
    /ended .* before it arrived/,
  ],
  ...[null, 5, "x-secret", [], {}].map((value): Wrong => [
    `oidc is ${inspect(value)}`,
    byOidc(value),
    "config",
    /oidc|not both/,
  ]),
  ["oidc without a secret", byOidc({ tokenEndpointUrl: "https://a/b", clientId: "a" }), "config", /clientSecret/],
  ["oidc with a wrong address", byOidc({ ...oidcUrl, tokenEndpointUrl: "tokens" }), "config", /begins with https/],
  [
    "oidc with an unknown grant",
    byOidc({ ...oidcUrl, grant: "password" }),
    "config",
    /"client-credentials", "jwt-bearer"/,
  ],
  [
    "oidc whose secret returns a number",
    byOidc({ ...oidcUrl, clientSecret: () => 5 }),
    "config",
    /clientSecret must return a str/,
  ],
  [
    "oidc with a key, where the platform cannot sign",
    byOidc({ tokenEndpointUrl: "https://a/b", assertion: { privateKey: "k" } }),
    "unsupported",
    /can sign/,
  ],
  ["a mechanism without exchange", () => ({ mechanism: { name: "OWN" } }), "config", /name and exchange\(\)/],
  [
    "a mechanism without a name",
    () => ({ mechanism: { name: "", exchange: () => ({}) } }),
    "config",
    /name and exchange\(\)/,
  ],
  ["exchange returns nothing", own(() => undefined), "config", /must return an object with begin and next/],
  ["exchange returns a promise", own(() => Promise.resolve({})), "config", /must return an object with begin and next/],
  ["exchange throws", own(boom), "authentication", /OWN failed: boom/],
  ["begin throws", steps({ begin: boom }), "authentication", /OWN failed: boom/],
  ["begin rejects", steps({ begin: refuse }), "authentication", /OWN failed: boom/],
  ["begin returns a text", steps({ begin: () => "hello" }), "config", /must begin with a Uint8Array/],
  ["begin returns nothing", steps({ begin: () => undefined }), "config", /must begin with a Uint8Array/],
  ["next throws", steps({ next: boom }), "authentication", /OWN failed: boom/],
  ["next returns nothing", steps({ next: () => undefined }), "config", /must return a step/],
  ["next returns an unknown step", steps({ next: () => ({ kind: "more" }) }), "config", /must return a step/],
  ["next sends a text", steps({ next: () => ({ kind: "send", bytes: "a" }) }), "config", /must return a step/],
  [
    "next fails with another error",
    steps({ next: () => ({ kind: "failed", error: new Error("x") }) }),
    "config",
    /must return a step/,
  ],
  [
    "a principal that is a number",
    steps({ principal: 5 }),
    "config",
    /principal of the SASL mechanism OWN must be a string/,
  ],
  [
    "a principal that throws",
    () => ({
      mechanism: {
        name: "OWN",
        exchange: () =>
          Object.defineProperty({ begin: () => new Uint8Array(1), next: () => ({ kind: "done" }) }, "principal", {
            get: boom,
          }),
      },
    }),
    "authentication",
    /OWN failed: boom/,
  ],
  ...[
    5,
    "x-secret",
    [],
    {},
    { accessKeyId: "a" },
    { accessKeyId: "", secretAccessKey: "x-secret" },
    { accessKeyId: 1, secretAccessKey: 2 },
  ].flatMap((value): readonly Wrong[] => [
    [`credentials are ${JSON.stringify(value)}`, aws(value), "config", /credentials|accessKeyId|needs/],
    [
      `credentials return ${JSON.stringify(value)}`,
      aws(() => value),
      "config",
      /must return an object with accessKeyId/,
    ],
    [
      `awsMsk: credentials return ${JSON.stringify(value)}`,
      byToken(awsMsk({ region: "r", credentials: (() => value) as never })),
      "config",
      /must return an object with accessKeyId/,
    ],
  ]),
  [
    "credentials with a token of another type",
    aws(() => ({ accessKeyId: "a", secretAccessKey: "b", sessionToken: 5 })),
    "config",
    /sessionToken that is not a string/,
  ],
  [
    "credentials with an end of another type",
    aws(() => ({ accessKeyId: "a", secretAccessKey: "b", expiresAtMs: new Date(0) })),
    "config",
    /expiresAtMs that is not a number/,
  ],
  [
    "credentials that have ended",
    aws(() => ({ accessKeyId: "a", secretAccessKey: "b", expiresAtMs: -1 })),
    "authentication",
    /credentials have ended/,
  ],
  ["a region that is none", () => ({ mechanism: "AWS_MSK_IAM", region: "../x" }), "config", /region/],
  [
    "no region",
    () => ({ mechanism: "AWS_MSK_IAM", credentials: { accessKeyId: "a", secretAccessKey: "b" } }),
    "config",
    /region is not known/,
  ],
  ...[
    null,
    5,
    "eu-west-1",
    [],
    { regoin: "x" },
    { region: 5 },
    { credentials: 5 },
    { credentials: { accessKeyId: "a" } },
  ].map((value): Wrong => [
    `awsMsk(${JSON.stringify(value)})`,
    byToken(awsMsk(value as never)),
    "config",
    /awsMsk.*(?:takes|has no option|needs)/,
  ]),
  ...[
    null,
    undefined,
    5,
    "https://r",
    [],
    {},
    { resource: "" },
    { resource: 5 },
    { resource: "r", clientId: "" },
    { resuorce: "r" },
  ].map((value): Wrong => [
    `azureManagedIdentity(${JSON.stringify(value)})`,
    byToken(azureManagedIdentity(value as never)),
    "config",
    /azureManagedIdentity.*(?:takes|has no option|needs)/,
  ]),
];

/** Failures that may pass: the function is called again until the call's own deadline. */
export const AGAIN: readonly Wrong[] = [
  ["username throws", plain({ username: boom }), "timeout", /function sasl: username failed/],
  ["password rejects", scram({ password: refuse }), "timeout", /function sasl: password failed/],
  ["username rejects and password throws", plain({ username: refuse, password: boom }), "timeout", /sasl: \w+ failed/],
  [
    "username rejects and password throws, by SCRAM",
    scram({ username: refuse, password: boom }),
    "timeout",
    /sasl: \w+ failed/,
  ],
  ["password never settles", plain({ password: () => never }), "timeout", /took more than/],
  ["token throws", byToken(boom), "timeout", /function sasl: token failed/],
  ["token rejects with nothing", byToken(() => rejected(undefined)), "timeout", /function sasl: token failed/],
  ["token never settles", byToken(() => never), "timeout", /token|took more than/],
  [
    "oidc whose secret throws",
    byOidc({ ...oidcUrl, clientSecret: boom }),
    "timeout",
    /function sasl: oidc\.clientSecret failed/,
  ],
  ["oidc whose endpoint never answers", byOidc(oidcUrl), "timeout", /token|took more than/],
  ["credentials throw", aws(boom), "timeout", /function sasl: credentials failed/],
  ["credentials never settle", aws(() => never), "timeout", /took more than/],
  ["begin never settles", steps({ begin: () => never }), "timeout", /took more than/],
  ["next never settles", steps({ next: () => never }), "timeout", /took more than/],
  ["gcpMetadata without a metadata server", byToken(gcpMetadata()), "timeout", /token|took more than/],
];
