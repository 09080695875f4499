// Clients of other languages on an embedded cluster with TLS, SASL and access rules: each does a round trip in a group
// with each mechanism that it has, and is refused with the words that it has on a real Kafka.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { EmbeddedCluster, type EmbeddedClusterOptions } from "../../src/embedded.ts";
import { EmbeddedCluster as ObservedCluster } from "../../src/embedded/embedded-cluster.ts";
import { nodePlatform } from "../../src/platform/node/platform.ts";
import type { AuthenticationEvent } from "../../src/embedded/security/authentication-event.ts";
import { SecureKafka } from "../kafka/secure/secure-cluster.ts";
import { Authority } from "../platform/certificate-maker.ts";
import { type Peer, PeerProgram } from "./peers.ts";

const COUNT = 10;
const PASSWORDS = { alice: "alice-secret", robot: "robot/secret+=" };
const jwt = (sub: string, endMs: number): string =>
  `${[{ alg: "none" }, { sub, exp: Math.floor(endMs / 1000) }]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .join(".")}.`;

let cluster: EmbeddedCluster;
let real: Promise<SecureKafka> | undefined;
let options: EmbeddedClusterOptions;
let folder: string;
let ca: string;
let number = 0;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "odradek-interop-"));
  const authority = new Authority("Test Root");
  ca = join(folder, "ca.pem");
  writeFileSync(ca, authority.cert);
  const { cert, key } = authority.issue({ name: "broker", hosts: ["localhost"], addresses: ["127.0.0.1"] });
  const robot = { accessKeyId: "AKIAROBOT", secretAccessKey: PASSWORDS.robot };
  options = {
    brokers: 2,
    ports: [0, 0],
    topics: { secret: 3, "alice-1": 3 },
    groups: { initialRebalanceDelayMs: 100 },
    tls: { cert, key },
    users: { alice: { password: PASSWORDS.alice }, robot: { aws: robot } },
    sasl: { mechanisms: ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER", "AWS_MSK_IAM"] },
    acls: ["User:alice", "User:robot"].flatMap((principal) =>
      (["TOPIC", "GROUP"] as const).map(
        (resourceType) =>
          ({
            ...{ resourceType, name: "alice-", patternType: "PREFIXED", principal, operation: "ALL" },
          }) as const,
      ),
    ),
  };
  cluster = await EmbeddedCluster.start(options);
});

after(async () => {
  await (await real)?.stop();
  await cluster.close();
  rmSync(folder, { recursive: true });
});

interface Login {
  readonly mechanism: string;
  /** Default: the right one. */
  readonly password?: string;
  /** A refused token instead. */
  readonly token?: string;
  readonly topic?: string;
  readonly group?: string;
  readonly pauseMs?: number;
}

/** A cluster, and the file of its authority. */
interface Place {
  readonly servers: string;
  readonly ca: string;
}

const embedded = (): Place => ({ servers: cluster.bootstrapServers, ca });

/** The lines of a program that produces and consumes. */
async function roundTrip(peer: Peer, login: Login, at: Place = embedded()): Promise<readonly string[]> {
  const { mechanism, pauseMs = 0, token = jwt("alice", Date.now() + 3_600_000) } = login;
  const isAws = mechanism === "AWS_MSK_IAM";
  const password = login.password ?? (isAws ? PASSWORDS.robot : PASSWORDS.alice);
  const settings = {
    mechanism,
    password,
    token,
    ca: at.ca,
    count: COUNT,
    pauseMs,
    username: isAws ? "AKIAROBOT" : "alice",
  };
  const topic = login.topic ?? `alice-own-${number++}`;
  // Java's and Go's libraries for MSK take the region, and Java's the access key, from the environment.
  const env = { AWS_REGION: "eu-west-1", AWS_ACCESS_KEY_ID: "AKIAROBOT", AWS_SECRET_ACCESS_KEY: password };
  const args = ["round-trip", at.servers, topic, login.group ?? `alice-own-${number}`, JSON.stringify(settings)];
  const program = new PeerProgram(peer, args, isAws ? { env } : {});
  const { code, stderr } = await program.ended;
  assert.equal(code, 0, `${program.lines.join("\n")}\n${stderr.slice(-3000)}`);
  return program.lines;
}

/** The last line of a program that is refused, on the embedded cluster and, but for AWS_MSK_IAM, on a real Kafka. */
async function refusals(peer: Peer, login: Login): Promise<readonly string[]> {
  const places = [embedded()];
  if (login.mechanism !== "AWS_MSK_IAM") {
    const kafka = await (real ??= SecureKafka.start());
    places.push({ servers: kafka.at("SASL_TLS"), ca: kafka.certificates.files.authority });
  }
  const said: string[] = [];
  for (const place of places) {
    const lines = await roundTrip(peer, login, place);
    const known = login.group === undefined ? [] : [`produced ${COUNT}`];
    assert.deepEqual(lines.filter((line) => !line.startsWith("renewed ")).slice(0, -1), known, lines.join("\n"));
    const last = lines.at(-1) ?? "";
    assert.match(last, /^failed /);
    const plain = last.replace(/\[[\w+/=]{32}\]/, "[ID]").replace(/:\d{4,5}\b/g, ":PORT");
    said.push(plain.replace(/after \d+ms/, "after MS"));
  }
  return said;
}

const RECORDS = Array.from({ length: COUNT }, (_, i) => `record ${i}`);
const PASSWORD = ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"];

const MECHANISMS: Readonly<Partial<Record<Peer, readonly string[]>>> = {
  java: [...PASSWORD, "OAUTHBEARER", "AWS_MSK_IAM"],
  "franz-go": [...PASSWORD, "OAUTHBEARER", "AWS_MSK_IAM"],
  kafkajs: [...PASSWORD, "OAUTHBEARER"],
  "confluent-kafka": [...PASSWORD, "OAUTHBEARER"],
};

for (const [peer, mechanisms = []] of Object.entries(MECHANISMS) as [Peer, readonly string[]][])
  for (const mechanism of mechanisms)
    test(`${peer}: a round trip in a group over TLS and ${mechanism}`, async () => {
      const lines = await roundTrip(peer, { mechanism });
      assert.ok(lines.includes(`produced ${COUNT}`), lines.join("\n"));
      const read = lines.filter((line) => line.startsWith("record "));
      assert.deepEqual(read.sort(), RECORDS, lines.join("\n"));
    });

const SCRAM = "Authentication failed during authentication due to invalid credentials with SASL mechanism";
/** kafkajs takes the refusal of a token for success, and its next request is refused. */
const NOT_NOTICED = "KafkaJSNonRetriableError: Request is not valid given the current SASL state";
const WRONG: readonly (readonly [peer: Peer, mechanism: string, error: string])[] = [
  ["java", "PLAIN", "SaslAuthenticationException: Authentication failed: Invalid username or password"],
  ["java", "SCRAM-SHA-256", `SaslAuthenticationException: ${SCRAM} SCRAM-SHA-256`],
  ["java", "AWS_MSK_IAM", "SaslAuthenticationException: [ID]: Access denied"],
  [
    "franz-go",
    "PLAIN",
    "SASL_AUTHENTICATION_FAILED: SASL Authentication failed.: Authentication failed: Invalid username",
  ],
  ["franz-go", "SCRAM-SHA-512", `SASL_AUTHENTICATION_FAILED: SASL Authentication failed.: ${SCRAM} SCRAM-SHA-512`],
  ["franz-go", "OAUTHBEARER", "unexpected data in oauth response"],
  ["franz-go", "AWS_MSK_IAM", "SASL_AUTHENTICATION_FAILED: SASL Authentication failed.: [ID]: Access denied"],
  ["kafkajs", "PLAIN", "SASL PLAIN authentication failed: Authentication failed: Invalid username or password"],
  ["kafkajs", "SCRAM-SHA-256", `SASL SCRAM SHA256 authentication failed: ${SCRAM} SCRAM-SHA-256`],
  ["kafkajs", "OAUTHBEARER", NOT_NOTICED],
  ["confluent-kafka", "PLAIN", "SASL authentication error: Authentication failed: Invalid username or password"],
  ["confluent-kafka", "SCRAM-SHA-512", `SASL authentication error: ${SCRAM} SCRAM-SHA-512`],
  ["confluent-kafka", "OAUTHBEARER", 'SASL authentication error: {"status":"invalid_token"}'],
];

for (const [peer, mechanism, error] of WRONG)
  test(`${peer}: a wrong password or an expired token is refused by ${mechanism}`, async () => {
    const token = jwt("alice", Date.now() - 60_000);
    const [ours = "", theirs = ours] = await refusals(peer, { mechanism, password: "wrong", token });
    assert.ok(ours.includes(error), ours);
    assert.equal(ours, theirs, "the words on a real Kafka");
  });

const TOPIC = "Not authorized to access topics: [";
const DENIED: readonly (readonly [peer: Peer, topic: string, group: string])[] = [
  [
    "java",
    `TopicAuthorizationException: ${TOPIC}secret]`,
    "GroupAuthorizationException: Not authorized to access group: ",
  ],
  ["franz-go", `TOPIC_AUTHORIZATION_FAILED: ${TOPIC}`, "GROUP_AUTHORIZATION_FAILED: Not authorized to access group: "],
  [
    "kafkajs",
    `KafkaJSNonRetriableError: ${TOPIC}`,
    "KafkaJSGroupCoordinatorNotFound: Failed to find group coordinator",
  ],
  [
    ...(["confluent-kafka", 'TOPIC_AUTHORIZATION_FAILED,val=29,str="Broker: Topic authorization failed"'] as const),
    "GROUP_AUTHORIZATION_FAILED,val=30,",
  ],
];

for (const [peer, topic, group] of DENIED)
  for (const [what, error, login] of [
    ["topic", topic, { topic: "secret" }],
    ["group", group, { topic: "alice-1", group: "secret" }],
  ] as const)
    test(`${peer}: a ${what} that no access rule allows is denied`, async () => {
      const [ours = "", theirs] = await refusals(peer, { mechanism: "PLAIN", ...login });
      assert.ok(ours.includes(error), ours);
      assert.equal(ours, theirs, "the words on a real Kafka");
    });

const RENEWING = [
  ["java", "SCRAM-SHA-512"],
  ["java", "AWS_MSK_IAM"],
  ["franz-go", "SCRAM-SHA-256"],
  ["confluent-kafka", "OAUTHBEARER"],
] as const;

for (const [peer, mechanism] of RENEWING)
  test(`${peer} logs in again by ${mechanism} when its sessions end, and loses no record`, async () => {
    const renewals = new Set<string>();
    const { runtime, clock, entropy, listener, ...platform } = nodePlatform();
    assert.ok(listener !== undefined);
    const host = { runtime, clock, entropy, listener, platform: { runtime, clock, entropy, listener, ...platform } };
    const onAuthentication = (event: AuthenticationEvent): void => {
      if (event.kind === "authenticated" && event.isRenewal) renewals.add(event.remote);
      assert.notEqual(event.kind, "refused");
    };
    const sasl = { ...options.sasl, sessionLifetimeMs: 3000 };
    const short = await ObservedCluster.start({ ...options, sasl }, { ...host, onAuthentication });
    const lines = await roundTrip(peer, { mechanism, pauseMs: 800 }, { servers: short.bootstrapServers, ca });
    await short.close();
    assert.deepEqual(lines.filter((line) => line.startsWith("record ")).sort(), RECORDS, lines.join("\n"));
    assert.ok(renewals.size > 0, "a connection was authenticated again");
    if (peer === "java") assert.match(lines.join("\n"), /^renewed [2-9]$/m);
  });
