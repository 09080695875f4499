// The packed package on old and new versions of Node, which npm has as packages: by import and by require.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { root } from "../house/root.ts";
import { commitSeed } from "./commit-seed.ts";
import { InstalledPackage } from "./packed.ts";
import { CALL, IMPORTS, REQUIRES, useProgram } from "./use.ts";

/**
 * The oldest that is promised, the last before `process.getBuiltinModule` and before Node detects modules and requires
 * them, and the newest.
 */
const VERSIONS = (process.env["ODRADEK_NODES"] ?? "20.0.0 20.18.3 22.6.0 26.10.0").split(" ");

let installed: InstalledPackage;
let nodes: Readonly<Record<string, string>> = {};

before(() => {
  installed = InstalledPackage.install();
  installed.write("use.mjs", `${IMPORTS}${useProgram(commitSeed())}${CALL}`);
  installed.write("use.cjs", `${REQUIRES}${useProgram(commitSeed())}${CALL}`);
  nodes = JSON.parse(
    execFileSync(process.execPath, [join(root, "scripts", "nodes.mjs"), ...VERSIONS], { encoding: "utf8" }),
  ) as typeof nodes;
});

after(() => installed.remove());

for (const version of VERSIONS) {
  for (const file of ["use.mjs", "use.cjs"]) {
    test(`Node ${version} runs ${file}: every codec, in memory and over TCP`, () => {
      const text = installed.mustRun(nodes[version] ?? "", file);
      assert.equal(text, `used ${commitSeed()}\n`, "and prints nothing else: no warning");
    });
  }
}
