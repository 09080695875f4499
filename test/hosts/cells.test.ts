// The features that run on each host: this leaves the rows of the first table of docs/MATRIX.md. Each cell is the
// result of a program that ran there: with a real Kafka, or the one program, which has the embedded cluster, the
// simulator and the trace.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Kafka, string } from "../../src/node.ts";
import { SecureKafka, USERS } from "../kafka/secure/secure-cluster.ts";
import { commitSeed } from "../package/commit-seed.ts";
import { type Row, writeRows } from "../wide/matrix.ts";
import { type Cells, networkCells } from "./network/network-cells.ts";
import { type Found, HOSTS, type Traces, findHost, tracesHere } from "./one-trace/hosts.ts";
import { writeScript } from "./one-trace/script.ts";

const COLUMNS = ["produce", "group", "transaction", "TLS", "SASL", "embedded", "simulate", "trace hash"];
const SEED = 1;
const folder = mkdtempSync(join(tmpdir(), "odradek-cells-"));
const script = join(folder, "trace.js");
const rows: Row[] = [];
let kafka: SecureKafka;
let client: Kafka;
let expected: Traces = {};

before(async () => {
  kafka = await SecureKafka.start();
  client = new Kafka({ bootstrapServers: kafka.plain });
  await writeScript(script, "dist");
  expected = await tracesHere(script, [SEED]);
});
after(async () => {
  writeRows("hosts", rows);
  rmSync(folder, { recursive: true });
  await client.close();
  await kafka.stop();
});

const topicOf = (name: string): string => `alice-${name}-${commitSeed()}`;

async function overNetwork(name: string, found: Found): Promise<Cells> {
  (await client.admin().createTopics([{ topic: topicOf(name), numPartitions: 1 }])).orThrow();
  return await networkCells(name, found, {
    topic: topicOf(name),
    plain: kafka.plain,
    tls: kafka.at("SSL"),
    sasl: kafka.at("SASL_TLS"),
    ca: kafka.certificates.ca,
    username: "alice",
    password: USERS["alice"] ?? "",
  });
}

/** The committed records of a host's topic: the four that it sends. */
async function sentBy(name: string): Promise<readonly string[]> {
  const values: string[] = [];
  const options = { topics: [topicOf(name)], isolationLevel: "read_committed", value: string() } as const;
  for await (const { value } of client.consumer(options)) if (values.push(value ?? "") === 4) break;
  return values;
}

async function ofTrace(found: Found): Promise<Readonly<Record<string, string>>> {
  const seen = await found.run(script, [SEED]).catch((error: unknown) => ({ failure: String(error) }));
  const same = (seen as Traces)[SEED] === expected[SEED];
  const ran = "failure" in seen ? `**failed**: ${seen.failure}` : "works";
  return { embedded: ran, simulate: ran, "trace hash": same ? "as Node's" : "**failed**: another than Node's" };
}

for (const { name } of HOSTS) {
  test(`${name}: every cell of its row`, async (t) => {
    const found = findHost(name);
    t.diagnostic(found.version);
    const cells = { ...(await overNetwork(name, found)), ...(await ofTrace(found)) };
    rows.push({ what: name, versions: found.version, failure: undefined, cells });
    assert.deepEqual(
      Object.entries(cells).filter(([, cell]) => cell === "" || cell.startsWith("**failed**")),
      [],
    );
    assert.deepEqual(Object.keys(cells), COLUMNS);
    // Whatever the host says, the broker must have its records.
    assert.deepEqual(await sentBy(name), ["over TCP", "in one", "over TLS", "after a login"]);
  });
}
