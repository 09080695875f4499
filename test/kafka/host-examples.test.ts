// examples/hosts runs as it is: with the packed package, the engines from npm and Debian, and a real Kafka.
import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { Kafka } from "../../src/node.ts";
import { root } from "../house/root.ts";
import { InstalledPackage } from "../package/packed.ts";
import { type KafkaCluster, startKafka } from "./kafka-cluster.ts";

const run = promisify(execFile);
const examples = join(root, "examples", "hosts");
let cluster: KafkaCluster;
let installed: InstalledPackage;

before(async () => {
  installed = InstalledPackage.install("quickjs-emscripten@0.32.0", "esbuild@0.28.2");
  for (const name of readdirSync(examples)) installed.write(name, readFileSync(join(examples, name), "utf8"));
  cluster = await startKafka();
});
after(async () => {
  installed.remove();
  await cluster.stop();
});

test("each example has at most 80 lines", () => {
  for (const name of readdirSync(examples))
    assert.ok(readFileSync(join(examples, name), "utf8").trimEnd().split("\n").length <= 80, name);
});

test("QuickJS: 1,000 records through a cluster in the engine's memory", async () => {
  const { stdout, stderr } = await run(process.execPath, ["quickjs.mjs"], { cwd: installed.folder });
  assert.deepEqual([stdout, stderr], ["1000 orders came back\n", ""]);
});

test("GJS: 1,000 records through a real Kafka, and the broker has each of them once", async () => {
  const kafka = new Kafka({ bootstrapServers: cluster.bootstrapServers });
  await kafka.admin().createTopics([{ topic: "gjs-orders", numPartitions: 3 }]);
  const found = execFileSync(process.execPath, [join(root, "scripts", "hosts.mjs"), "gjs"], { encoding: "utf8" });
  const [gjs] = Object.values(JSON.parse(found) as Record<string, { command: readonly string[]; env: object }>);
  const esbuild = join(installed.folder, "node_modules", ".bin", "esbuild");
  const bundling = ["gjs.mjs", "--bundle", "--format=esm", "--external:gi://*", "--outfile=orders.mjs"];
  await run(esbuild, bundling, { cwd: installed.folder });
  const [command = "", ...args] = gjs?.command ?? [];
  const { stdout, stderr } = await run(command, [...args, "-m", "orders.mjs", cluster.bootstrapServers, "gjs-orders"], {
    cwd: installed.folder,
    env: { ...process.env, ...gjs?.env },
  });
  assert.deepEqual([stdout, stderr], ["1000 orders came back\n", ""]);
  const values: string[] = [];
  for await (const { value } of kafka.consumer({ topics: ["gjs-orders"] })) {
    values.push(String(value));
    if (values.length === 1000) break;
  }
  assert.equal(new Set(values).size, 1000);
  const asked = [0, 1, 2].map((partition) => ({ topic: "gjs-orders", partition, spec: "latest" as const }));
  const ends = (await kafka.admin().listOffsets(asked)).orThrow();
  assert.equal(
    ends.reduce((sum, end) => sum + (end?.offset ?? 0), 0),
    1000,
  );
  await kafka.close();
});
