import { test } from "node:test";
import assert from "node:assert/strict";
import { KafkaError } from "../errors/kafka-error.ts";
import { checkSasl } from "../security/sasl-options.ts";
import { checkTls } from "../security/tls-options.ts";
import { clientProperties } from "./connection-properties.ts";

const cert = "-----BEGIN CERTIFICATE-----\nMIIB\nAAAA\n-----END CERTIFICATE-----";
const key = "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----";
const locked = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIE\n-----END ENCRYPTED PRIVATE KEY-----";
const p12 = new Uint8Array([0x30, 0x82, 0x01, 0x00, 0x02, 0x01, 0x03]);
const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const FILES: Readonly<Record<string, Uint8Array>> = {
  "ca.pem": text(`subject=Root\n${cert}\n`),
  "store.pem": text(`${key}\n${cert}\n${cert}\n`),
  "locked.pem": text(`${locked}\n${cert}\n`),
  "store.p12": p12,
  "store.jks": new Uint8Array([0xfe, 0xed, 0xfe, 0xed, 0, 0, 0, 2]),
};

function read(...lines: readonly string[]): ReturnType<typeof clientProperties> {
  return clientProperties(lines.join("\n"), (path) => {
    const file = FILES[path];
    if (file === undefined) throw new KafkaError("config", `there is no ${path}`);
    return file;
  });
}

const SASL = "security.protocol=SASL_SSL";
const user = (module: string, more = ""): string =>
  `sasl.jaas.config=org.apache.kafka.${module} required username="alice" password="hunter2"${more};`;
const OIDC = ["sasl.mechanism=OAUTHBEARER", "sasl.oauthbearer.token.endpoint.url=https://id.example.com/token"];

for (const [what, lines, expected] of [
  ["nothing is plain text", [], { ignored: [] }],
  [
    "the address and the name of the client; settings of producers are named",
    ["bootstrap.servers=a:1,b:2", "client.id=me", "acks=all", "ssl.truststore.location=ca.pem"],
    { bootstrapServers: "a:1,b:2", clientId: "me", ignored: ["acks", "ssl.truststore.location"] },
  ],
  ["SSL without certificates trusts those of the host", ["security.protocol=SSL"], { tls: {}, ignored: [] }],
  [
    "a trust store in PEM, whatever its type",
    ["security.protocol=ssl", "ssl.truststore.type=PEM", "ssl.truststore.location=ca.pem"],
    { tls: { ca: cert }, ignored: [] },
  ],
  [
    "certificates in the file itself, with blanks for line breaks",
    ["security.protocol=SSL", `ssl.truststore.certificates=${cert.replaceAll("\n", " ")}`],
    { tls: { ca: cert }, ignored: [] },
  ],
  [
    "a key store in PEM has the key and the chain",
    ["security.protocol=SSL", "ssl.keystore.location=store.pem"],
    { tls: { cert: `${cert}\n${cert}`, key }, ignored: [] },
  ],
  [
    "an encrypted key, and its password",
    ["security.protocol=SSL", "ssl.keystore.location=locked.pem", "ssl.key.password=hunter2"],
    { tls: { cert, key: locked, passphrase: "hunter2" }, ignored: [] },
  ],
  [
    "a key store in PKCS12",
    ["security.protocol=SSL", "ssl.keystore.location=store.p12", "ssl.keystore.password=hunter2"],
    { tls: { pfx: p12, passphrase: "hunter2" }, ignored: [] },
  ],
  [
    "a chain and a key in the file itself",
    [
      "security.protocol=SSL",
      `ssl.keystore.certificate.chain=${cert.replaceAll("\n", "\\n")}`,
      `ssl.keystore.key=${key.replaceAll("\n", "\\\n\\n")}`,
    ],
    { tls: { cert, key }, ignored: [] },
  ],
  [
    "the enabled versions",
    ["security.protocol=SSL", "ssl.enabled.protocols=TLSv1.3,TLSv1.2"],
    { tls: { minVersion: "TLSv1.2", maxVersion: "TLSv1.3" }, ignored: [] },
  ],
  [
    "PLAIN",
    ["security.protocol=SASL_PLAINTEXT", "sasl.mechanism=PLAIN", user("PlainLoginModule")],
    { sasl: { mechanism: "PLAIN", username: "alice", password: "hunter2" }, ignored: [] },
  ],
  [
    "SCRAM with a delegation token",
    [SASL, "sasl.mechanism=SCRAM-SHA-512", user("ScramLoginModule", ' tokenauth="true"')],
    {
      tls: {},
      sasl: { mechanism: "SCRAM-SHA-512", username: "alice", password: "hunter2", tokenAuth: true },
      ignored: [],
    },
  ],
  [
    "OAUTHBEARER, with the client in the login module",
    [
      SASL,
      ...OIDC,
      'sasl.jaas.config=x.OAuthBearerLoginModule required clientId="me" clientSecret="hunter2" scope="kafka" ' +
        'extension_logicalCluster="lkc-1";',
      "sasl.login.callback.handler.class=x.secured.OAuthBearerLoginCallbackHandler",
      "sasl.login.refresh.window.factor=0.5",
    ],
    {
      tls: {},
      sasl: {
        mechanism: "OAUTHBEARER",
        oidc: {
          tokenEndpointUrl: "https://id.example.com/token",
          clientId: "me",
          clientSecret: "hunter2",
          scope: "kafka",
          extensions: { logicalCluster: "lkc-1" },
        },
        loginRefreshWindowFactor: 0.5,
      },
      ignored: [],
    },
  ],
  [
    "OAUTHBEARER, with the client in entries of its own",
    [
      SASL,
      ...OIDC,
      "sasl.oauthbearer.client.credentials.client.id=me",
      "sasl.oauthbearer.client.credentials.client.secret=hunter2",
      "sasl.oauthbearer.header.urlencode=true",
    ],
    {
      tls: {},
      sasl: {
        mechanism: "OAUTHBEARER",
        oidc: {
          tokenEndpointUrl: "https://id.example.com/token",
          clientId: "me",
          clientSecret: "hunter2",
          headerUrlencode: true,
        },
      },
      ignored: [],
    },
  ],
  [
    "Amazon MSK",
    [
      SASL,
      "sasl.mechanism=AWS_MSK_IAM",
      "sasl.jaas.config=software.amazon.msk.auth.iam.IAMLoginModule required;",
      "sasl.client.callback.handler.class=software.amazon.msk.auth.iam.IAMClientCallbackHandler",
    ],
    { tls: {}, sasl: { mechanism: "AWS_MSK_IAM" }, ignored: [] },
  ],
] as const) {
  test(`a properties file: ${what}`, () => {
    const options = read(...lines);
    assert.deepEqual(options, expected);
    if (options.tls !== undefined) checkTls(options.tls, "tls");
    if (options.sasl !== undefined) checkSasl(options.sasl, "sasl");
  });
}

test("an empty algorithm switches off the check of the name, and a handler of a cloud becomes a token function", () => {
  const { tls } = read("security.protocol=SSL", "ssl.endpoint.identification.algorithm=");
  assert.equal(tls?.checkServerIdentity?.("a", {} as never), undefined);
  const { tls: checked } = read("security.protocol=SSL", "ssl.endpoint.identification.algorithm=https");
  assert.deepEqual(checked, {});
  for (const handler of ["IAMOAuthBearerLoginCallbackHandler", "GcpLoginCallbackHandler"]) {
    const { sasl } = read(SASL, "sasl.mechanism=OAUTHBEARER", `sasl.login.callback.handler.class=a.b.${handler}`);
    assert.ok(sasl?.mechanism === "OAUTHBEARER" && typeof sasl.token === "function");
  }
});

for (const [what, lines, says] of [
  ["an unknown protocol", ["security.protocol=TLS"], /^security\.protocol takes PLAINTEXT, SSL, SASL_PLAINTEXT/],
  ["no mechanism, which is Kerberos in Java", [SASL], /GSSAPI \(the default of Java\).*Kerberos needs a mechanism/],
  ["an unknown mechanism", [SASL, "sasl.mechanism=DIGEST-MD5"], /DIGEST-MD5 is not supported here: use PLAIN, SCRAM/],
  ["no user", [SASL, "sasl.mechanism=PLAIN"], /^sasl\.jaas\.config is missing/],
  [
    "no password",
    [SASL, "sasl.mechanism=PLAIN", 'sasl.jaas.config=PlainLoginModule required username="hunter2";'],
    /has no password/,
  ],
  [
    "the module of another mechanism",
    [SASL, "sasl.mechanism=PLAIN", user("ScramLoginModule")],
    /has ScramLoginModule, but .* needs PlainLoginModule/,
  ],
  ["no token endpoint", [SASL, "sasl.mechanism=OAUTHBEARER"], /token\.endpoint\.url is missing/],
  [
    "an unsigned token",
    [
      SASL,
      "sasl.mechanism=OAUTHBEARER",
      'sasl.jaas.config=OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="hunter2";',
    ],
    /unsigned token: set sasl: \{ token \}/,
  ],
  [
    "no client secret",
    [SASL, ...OIDC, "sasl.oauthbearer.client.credentials.client.id=me"],
    /client\.secret is missing/,
  ],
  [
    "an assertion",
    [SASL, ...OIDC, "sasl.oauthbearer.assertion.private.key.file=/x"],
    /assertion.*oidc: \{ assertion \}/,
  ],
  [
    "a retriever of another kind",
    [SASL, ...OIDC, "sasl.oauthbearer.jwt.retriever.class=a.JwtBearerJwtRetriever"],
    /JwtBearerJwtRetriever is not supported/,
  ],
  [
    "a handler of its own",
    [SASL, ...OIDC, "sasl.login.callback.handler.class=a.Mine"],
    /Mine is not supported here: set sasl: \{ token \}/,
  ],
  [
    "a time that is no number",
    [
      SASL,
      ...OIDC,
      "sasl.oauthbearer.client.credentials.client.id=a",
      "sasl.oauthbearer.client.credentials.client.secret=hunter2",
      "sasl.login.read.timeout.ms=soon",
    ],
    /read\.timeout\.ms takes a number/,
  ],
  [
    "a profile of AWS",
    [SASL, "sasl.mechanism=AWS_MSK_IAM", 'sasl.jaas.config=IAMLoginModule required awsProfileName="x";'],
    /awsProfileName is not supported here: set AWS_ACCESS_KEY_ID/,
  ],
  [
    "a trust store in JKS",
    ["security.protocol=SSL", "ssl.truststore.location=store.jks"],
    /^ssl\.truststore\.location is a JKS key store.*keytool/,
  ],
  ["a trust store in PKCS12", ["security.protocol=SSL", "ssl.truststore.location=store.p12"], /PKCS12.*openssl pkcs12/],
  ["a file that is not there", ["security.protocol=SSL", "ssl.truststore.location=gone.pem"], /gone\.pem/],
  [
    "an encrypted key without its password",
    ["security.protocol=SSL", "ssl.keystore.location=locked.pem"],
    /^ssl\.key\.password is missing/,
  ],
  [
    "a chain without its key",
    ["security.protocol=SSL", `ssl.keystore.certificate.chain=${cert.replaceAll("\n", "\\n")}`],
    /must be set together/,
  ],
  ["names of ciphers", ["security.protocol=SSL", "ssl.cipher.suites=TLS_AES_128_GCM_SHA256"], /tls: \{ ciphers \}/],
  ["an old version of TLS", ["security.protocol=SSL", "ssl.enabled.protocols=TLSv1.1"], /takes TLSv1\.2, TLSv1\.3/],
  [
    "an unknown entry of TLS",
    ["security.protocol=SSL", "ssl.truststore.pasword=hunter2"],
    /^ssl\.truststore\.pasword is not supported/,
  ],
  ["values from elsewhere", ["config.providers=file", "x=${file:/a:b}"], /^config\.providers is not supported/],
] as const) {
  test(`a properties file that is refused, without its secrets: ${what}`, () => {
    assert.throws(
      () => read(...lines),
      (error: unknown) => {
        assert.ok(KafkaError.is(error));
        assert.equal(error.kind, "config");
        assert.match(error.message, says);
        assert.doesNotMatch(error.message, /hunter2/);
        return true;
      },
    );
  });
}
