// The features that run on each host: this leaves the rows of the first table of docs/MATRIX.md. Over TCP with a real
// Kafka where the host has Node's API; the embedded cluster, the simulator and the trace by the one program.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { Kafka } from "../../src/node.ts";
import { root } from "../house/root.ts";
import { SecureKafka, USERS } from "../kafka/secure/secure-cluster.ts";
import { commitSeed } from "../package/commit-seed.ts";
import { type Row, writeRows } from "../wide/matrix.ts";
import { type Found, HOSTS, type Traces, findHost, outputOf, tracesHere } from "./one-trace/hosts.ts";
import { writeScript } from "./one-trace/script.ts";

const NETWORK = ["produce", "group", "transaction", "TLS", "SASL"];
/** Why a host without Node's API has no cell of its own over the network. */
const WITHOUT_NETWORK: Readonly<Record<string, string>> = {
  workerd: "not tried here",
  chromium: "no: a page has no TCP",
  gjs: "not tried here",
  quickjs: "no: the engine has no TCP",
};
const SEED = 1;
const folder = mkdtempSync(join(tmpdir(), "odradek-cells-"));
const script = join(folder, "trace.js");
const rows: Row[] = [];
let kafka: SecureKafka;
let expected: Traces = {};

before(async () => {
  kafka = await SecureKafka.start();
  await writeScript(script, "dist");
  expected = await tracesHere(script, [SEED]);
});
after(async () => {
  writeRows("hosts", rows);
  rmSync(folder, { recursive: true });
  await kafka.stop();
});

/** The cells of a host with Node's API, over TCP. */
async function network(name: string, { command, env }: Found): Promise<Readonly<Record<string, string>>> {
  const topic = `alice-${name}-${commitSeed()}`;
  const inPlain = new Kafka({ bootstrapServers: kafka.plain });
  (await inPlain.admin().createTopics([{ topic, numPartitions: 1 }])).orThrow();
  await inPlain.close();
  const facts = {
    odradek: pathToFileURL(join(root, "dist", "node.js")).href,
    topic,
    plain: { bootstrapServers: kafka.plain },
    tls: { bootstrapServers: kafka.at("SSL"), tls: { ca: kafka.certificates.ca } },
    sasl: {
      bootstrapServers: kafka.at("SASL_TLS"),
      tls: { ca: kafka.certificates.ca },
      sasl: { mechanism: "SCRAM-SHA-512", username: "alice", password: USERS["alice"] },
    },
  };
  const [file = "", ...args] = command;
  const child = join(root, "test", "hosts", "one-trace", "network-child.mjs");
  return JSON.parse(await outputOf(file, [...args, child, JSON.stringify(facts)], env)) as Record<string, string>;
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
    const without = WITHOUT_NETWORK[name];
    const overTcp =
      without === undefined
        ? await network(name, found)
        : Object.fromEntries(NETWORK.map((cell): [string, string] => [cell, without]));
    const cells = { ...overTcp, ...(await ofTrace(found)) };
    rows.push({ what: name, versions: found.version, failure: undefined, cells });
    assert.deepEqual(
      Object.entries(cells).filter(([, cell]) => cell === "" || cell.startsWith("**failed**")),
      [],
    );
  });
}
