// `odradek broker` with users, TLS and rights, as a person at a terminal starts it.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Kafka, type KafkaOptions } from "../../src/node.ts";
import { Authority } from "../platform/certificate-maker.ts";

const MAIN = fileURLToPath(new URL("../../src/cli/main.js", import.meta.url));

let folder: string;
const authority = new Authority("Test Root");
const file = (name: string): string => join(folder, name);

before(() => {
  folder = mkdtempSync(join(tmpdir(), "odradek-broker-"));
  const { cert, key } = authority.issue({ name: "broker", hosts: ["localhost"], addresses: ["127.0.0.1"] });
  writeFileSync(file("cert.pem"), cert);
  writeFileSync(file("key.pem"), key);
  writeFileSync(file("ca.pem"), authority.cert);
  const aws = { accessKeyId: "AKIA1", secretAccessKey: "planted-3" };
  writeFileSync(file("users.json"), JSON.stringify({ carol: { password: "planted-2" }, robot: { aws } }));
  writeFileSync(file("broken.json"), '{"carol": planted-2}');
  writeFileSync(file("number.json"), '{"carol": {"password": 4711}}');
  writeFileSync(file("acls.txt"), "# who may do what\n\nallow User:carol READ topic:orders\n");
});

after(() => rmSync(folder, { recursive: true }));

interface Started {
  readonly bootstrapServers: string;
  readonly output: () => string;
  end(): Promise<void>;
}

/** Runs the command; settles when it listens, or has ended. */
function start(args: readonly string[]): Promise<Started> {
  const child: ChildProcess = spawn(process.execPath, [MAIN, "broker", "--port", "0", ...args]);
  let output = "";
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  return new Promise((resolve) => {
    const settle = (): void =>
      resolve({
        bootstrapServers: /bootstrap servers: (\S+)\n/.exec(output)?.[1] ?? "",
        output: () => output,
        end: () => (child.kill("SIGTERM"), ended),
      });
    void ended.then(settle);
    child.stderr?.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.stdout?.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      if (/bootstrap servers: \S+\n/.test(output)) settle();
    });
  });
}

async function write(started: Started, topic: string, options: Partial<KafkaOptions>): Promise<void> {
  const kafka = new Kafka({ bootstrapServers: started.bootstrapServers, onLog: () => undefined, ...options });
  await kafka
    .producer()
    .send({ topic, value: "x" })
    .finally(() => kafka.close());
}

test("odradek broker with users, TLS and rights: each client may do what the rules say, and no password is printed", async () => {
  const started = await start([
    ...["--user", "alice:planted-1:x", "--user", "admin:planted-4", "--users", file("users.json")],
    ...["--tls-cert", file("cert.pem"), "--tls-key", file("key.pem"), "--super-user", "admin"],
    ...["--acls", file("acls.txt"), "--acl", "allow User:alice WRITE,CREATE topic:or*"],
    ...["--acl", "allow User:robot WRITE topic:orders"],
  ]);
  try {
    const tls = { ca: authority.cert };
    const alice = { mechanism: "SCRAM-SHA-256", username: "alice", password: "planted-1:x" } as const;
    const carol = { mechanism: "PLAIN", username: "carol", password: "planted-2" } as const;
    const credentials = { accessKeyId: "AKIA1", secretAccessKey: "planted-3" };
    await write(started, "orders", { tls, sasl: alice });
    await write(started, "audit", { tls, sasl: { ...alice, username: "admin", password: "planted-4" } });
    await write(started, "orders", { tls, sasl: { mechanism: "AWS_MSK_IAM", region: "eu-west-1", credentials } });
    await assert.rejects(write(started, "audit", { tls, sasl: alice }), { kind: "authorization" });
    await assert.rejects(write(started, "orders", { tls, sasl: carol }), { kind: "authorization" });
    await assert.rejects(write(started, "orders", { tls, sasl: { ...carol, password: "wrong" } }), {
      kind: "authentication",
    });
  } finally {
    await started.end();
  }
  const [first, second, ...rest] = started.output().split("\n");
  assert.match(first ?? "", /^bootstrap servers: 127\.0\.0\.1:\d+$/);
  assert.equal(
    second,
    "security protocol: SASL_SSL; users: carol, robot, alice, admin; ACLs: 4; everything else is denied",
  );
  assert.deepEqual(rest, [""]);
});

test("odradek broker --tls-ca: only clients with a certificate of the authority are served", async () => {
  const started = await start([
    ...["--tls-cert", file("cert.pem"), "--tls-key", file("key.pem"), "--tls-ca", file("ca.pem")],
    ...["--acl", "allow User:CN=alice WRITE,CREATE topic:*"],
  ]);
  try {
    const tls = { ca: authority.cert };
    const { cert, key } = authority.issue({ name: "alice" });
    await write(started, "orders", { tls: { ...tls, cert, key } });
    await assert.rejects(write(started, "orders", { tls }), { kind: "authentication" });
    const bob = authority.issue({ name: "bob" });
    await assert.rejects(write(started, "orders", { tls: { ...tls, cert: bob.cert, key: bob.key } }), {
      kind: "authorization",
    });
  } finally {
    await started.end();
  }
});

test("odradek broker: a wrong option of security is said at once, without a password", async () => {
  for (const [args, message] of [
    [["--user", "alice:my", "planted-1"], /an argument stands without its option; quote values that contain blanks/],
    [["--usr=alice:planted-1"], /--usr/],
    [["--users", file("broken.json")], /--users: .*broken\.json is not a JSON object/],
    [["--users", file("number.json")], /users\.carol\.password takes a string that is not empty, not a number/],
    [["--user", "alice:planted-1", "--sasl", "GSSAPI"], /sasl\.mechanisms\[0\] takes "PLAIN", .*not "GSSAPI"/],
    [["--tls-cert", file("key.pem"), "--tls-key", file("cert.pem")], /certificate or the key .* is not accepted/],
  ] as const) {
    const started = await start(args);
    assert.equal(started.bootstrapServers, "", args.join(" "));
    await started.end();
    assert.match(started.output(), message, args.join(" "));
    assert.doesNotMatch(started.output(), /planted|4711|\n\s+at /, args.join(" "));
  }
});

test("odradek broker with topics, broker configs and without automatic topics", async () => {
  const started = await start([
    ...["--brokers", "2", "--topic", "orders:6:2", "--topic", "audit", "--no-auto-create"],
    ...["--config", "num.partitions=4"],
  ]);
  const kafka = new Kafka({ bootstrapServers: started.bootstrapServers, onLog: () => undefined });
  try {
    const admin = kafka.admin();
    const topics = (await admin.describeTopics(["orders", "audit"])).orThrow();
    assert.deepEqual(
      topics.map(({ topic, partitions }) => [topic, partitions.length, partitions[0]?.replicas.length]),
      [
        ["orders", 6, 2],
        ["audit", 4, 2],
      ],
    );
    await assert.rejects(kafka.producer({ maxBlockMs: 300 }).send({ topic: "nowhere", value: "x" }), /nowhere/);
  } finally {
    await kafka.close();
    await started.end();
  }
});

test("odradek broker tells clients another address than the one it listens on, and never 0.0.0.0", async () => {
  for (const [args, servers, line] of [
    [["--host", "0.0.0.0"], /^(?!0\.0\.0\.0).+:\d+$/, /clients get the address \S+, as they cannot connect to 0/],
    [["--advertise", "kafka.test:29092", "--brokers", "2"], /^kafka\.test:29092,kafka\.test:29093$/, undefined],
    [["--advertise", "[fd00::1]:29092"], /^\[fd00::1\]:29092$/, undefined],
    [["--host", "0.0.0.0", "--advertise", "127.0.0.1"], /^127\.0\.0\.1:\d+$/, undefined],
  ] as const) {
    const started = await start(args);
    await started.end();
    assert.match(started.bootstrapServers, servers);
    if (line === undefined) assert.doesNotMatch(started.output(), /clients get/);
    else assert.match(started.output(), line);
  }
});

test("an advertised address is what clients connect to", async () => {
  const first = await start(["--advertise", "localhost"]);
  try {
    assert.match(first.bootstrapServers, /^localhost:\d+$/);
    await write(first, "orders", {});
    // The address of the listener works too: only the answers name the other one.
    await write({ ...first, bootstrapServers: first.bootstrapServers.replace("localhost", "127.0.0.1") }, "orders", {});
  } finally {
    await first.end();
  }
});

test("odradek broker: a wrong option is said at once", async () => {
  for (const [args, message] of [
    [["--topic", "bad name"], /topics: .*bad name/],
    [["--config", "num.partition=3"], /did you mean num\.partitions/],
    [["--advertise", "0.0.0.0"], /clients cannot connect to 0\.0\.0\.0/],
    [["--topik", "x"], /--topik/],
  ] as const) {
    const started = await start(args);
    await started.end();
    assert.equal(started.bootstrapServers, "", args.join(" "));
    assert.match(started.output(), message, args.join(" "));
    assert.doesNotMatch(started.output(), /\n\s+at /, args.join(" "));
  }
});

test("the lines of odradek broker --help fit a terminal of 100 columns", async () => {
  const started = await start(["--help"]);
  for (const line of started.output().split("\n")) assert.ok(line.length < 100, line);
});
