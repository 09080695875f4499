// Clients of other languages on an embedded cluster with TLS, SASL and access rules: each does a round trip in a group
// with each mechanism that it has, and is refused with the words that it has for it.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { EmbeddedCluster, type EmbeddedClusterOptions } from "../../src/embedded.ts";
import { EmbeddedCluster as ObservedCluster } from "../../src/embedded/embedded-cluster.ts";
import { nodePlatform } from "../../src/platform/node/platform.ts";
import type { AuthenticationEvent } from "../../src/embedded/security/authentication-event.ts";
import { Authority } from "../platform/certificate-maker.ts";
import { type Peer, PeerProgram } from "./peers.ts";

const COUNT = 10;
const PASSWORDS = { alice: "alice-secret", robot: "robot/secret+=" };
const jwt = (sub: string, endMs: number): string =>
  `${[{ alg: "none" }, { sub, exp: Math.floor(endMs / 1000) }]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .join(".")}.`;

let cluster: EmbeddedCluster;
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
    topics: { denied: 1 },
    groups: { initialRebalanceDelayMs: 100 },
    tls: { cert, key },
    users: { alice: { password: PASSWORDS.alice }, robot: { aws: robot } },
    sasl: { mechanisms: ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER", "AWS_MSK_IAM"] },
    acls: ["User:alice", "User:robot"].flatMap((principal) =>
      (["TOPIC", "GROUP"] as const).map(
        (resourceType) =>
          ({
            ...{ resourceType, name: "shared-", patternType: "PREFIXED", principal, operation: "ALL" },
          }) as const,
      ),
    ),
  };
  cluster = await EmbeddedCluster.start(options);
});

after(async () => {
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

/** The lines of a program that produces and consumes. */
async function roundTrip(peer: Peer, login: Login, servers = cluster.bootstrapServers): Promise<readonly string[]> {
  const { mechanism, pauseMs = 0, token = jwt("alice", Date.now() + 3_600_000) } = login;
  const isAws = mechanism === "AWS_MSK_IAM";
  const password = login.password ?? (isAws ? PASSWORDS.robot : PASSWORDS.alice);
  const settings = { mechanism, password, token, ca, count: COUNT, pauseMs, username: isAws ? "AKIAROBOT" : "alice" };
  const topic = login.topic ?? `shared-${number++}`;
  // Java's and Go's libraries for MSK take the region, and Java's the access key, from the environment.
  const env = { AWS_REGION: "eu-west-1", AWS_ACCESS_KEY_ID: "AKIAROBOT", AWS_SECRET_ACCESS_KEY: password };
  const args = ["round-trip", servers, topic, login.group ?? `shared-${number}`, JSON.stringify(settings)];
  const program = new PeerProgram(peer, args, isAws ? { env } : {});
  const { code, stderr } = await program.ended;
  assert.equal(code, 0, `${program.lines.join("\n")}\n${stderr.slice(-3000)}`);
  return program.lines;
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
    const lines = await roundTrip(peer, { mechanism, password: "wrong", token: jwt("alice", Date.now() - 60_000) });
    assert.equal(lines.length, 1, lines.join("\n"));
    assert.match(lines[0] ?? "", /^failed /);
    const text = (lines[0] ?? "").replace(/\[[\w+/=]{32}\]/, "[ID]");
    assert.ok(text.includes(error), text);
  });

const TOPIC = "Not authorized to access topics: [";
const DENIED: readonly (readonly [peer: Peer, topic: string, group: string])[] = [
  [
    "java",
    `TopicAuthorizationException: ${TOPIC}denied]`,
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

for (const [peer, topic, group] of DENIED) {
  test(`${peer}: a topic that an access rule does not allow is denied`, async () => {
    const lines = await roundTrip(peer, { mechanism: "PLAIN", topic: "denied" });
    assert.equal(lines.length, 1, lines.join("\n"));
    assert.ok(lines[0]?.startsWith("failed ") === true && lines[0].includes(topic), lines[0]);
  });
  test(`${peer}: a group that an access rule does not allow is denied`, async () => {
    const lines = await roundTrip(peer, { mechanism: "PLAIN", group: "denied" });
    assert.ok(lines.includes(`produced ${COUNT}`), lines.join("\n"));
    assert.ok(lines.at(-1)?.startsWith("failed ") === true && lines.at(-1)?.includes(group) === true, lines.at(-1));
  });
}

test("java logs in again on the connections that it has when its sessions end, and loses no record", async () => {
  const events: AuthenticationEvent[] = [];
  const platform = nodePlatform();
  const { runtime, clock, entropy, listener } = platform;
  assert.ok(listener !== undefined);
  const short = await ObservedCluster.start(
    { ...options, sasl: { ...options.sasl, sessionLifetimeMs: 3000 } },
    { ...{ runtime, clock, entropy, listener, platform }, onAuthentication: (event) => void events.push(event) },
  );
  for (const mechanism of ["SCRAM-SHA-512", "AWS_MSK_IAM"]) {
    events.length = 0;
    const lines = await roundTrip("java", { mechanism, pauseMs: 800 }, short.bootstrapServers);
    assert.deepEqual(lines.filter((line) => line.startsWith("record ")).sort(), RECORDS, lines.join("\n"));
    const renewals = events.filter((event) => event.kind === "authenticated" && event.isRenewal).length;
    assert.ok(renewals >= 2, `${renewals} renewals`);
    assert.match(lines.find((line) => line.startsWith("renewed ")) ?? "", /^renewed [2-9]$/, lines.join("\n"));
    assert.ok(events.every((event) => event.kind !== "request" || event.phase !== "expired" || event.apiKey === 17));
    assert.ok(events.every(({ kind }) => kind !== "refused"));
  }
  await short.close();
});
