// The drop-in on Node 24, which warns of negative timers, as kafkajs's are (kafkajs #1751), and on the newest Node.
import { before, test } from "node:test";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { root } from "../house/root.ts";
import { endsClean } from "../kafkajs/whole-life.ts";

const VERSIONS = ["24.21.0", "26.10.0"];
let nodes: Readonly<Record<string, string>> = {};

before(() => {
  nodes = JSON.parse(
    execFileSync(process.execPath, [join(root, "scripts", "nodes.mjs"), ...VERSIONS], { encoding: "utf8" }),
  ) as typeof nodes;
});

for (const version of VERSIONS)
  test(`Node ${version}: no rejection, no warning, no timer or socket left, and the process ends by itself`, () =>
    endsClean(nodes[version] ?? "", join(root, "packages/kafkajs/dist")));
