// The packed tarball loads, in a few seconds, where it loads with most difficulty: on the oldest Node, by import, by
// require, and out of a bundle.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { buildSync } from "esbuild";
import { join } from "node:path";
import { commitSeed } from "./commit-seed.ts";
import { InstalledPackage } from "./packed.ts";
import { OLDEST_NODE, nodeBinary } from "./site.ts";
import { CALL, IMPORTS, REQUIRES, useProgram } from "./use.ts";

let installed: InstalledPackage;
let node = "";

before(() => {
  installed = InstalledPackage.install();
  installed.write("use.mjs", `${IMPORTS}${useProgram(commitSeed())}${CALL}`);
  installed.write("use.cjs", `${REQUIRES}${useProgram(commitSeed())}${CALL}`);
  node = nodeBinary(OLDEST_NODE);
});

after(() => installed.remove());

for (const file of ["use.mjs", "use.cjs"]) {
  test(`Node ${OLDEST_NODE} runs ${file} of the packed tarball: every codec, in memory and over TCP`, () => {
    assert.equal(installed.mustRun(node, file), `used ${commitSeed()}\n`, "and prints nothing else: no warning");
  });
}

test(`Node ${OLDEST_NODE} runs esbuild's CommonJS bundle of the packed tarball`, () => {
  const outfile = join(installed.folder, "elsewhere", "out.cjs");
  // A bundle may rename classes, so it does not ask for the constructor's name.
  const program = useProgram(commitSeed()).replace(' || wrong.constructor.name !== "KafkaError"', "");
  const entryPoints = [installed.write("bundled.mjs", `${IMPORTS}${program}${CALL}`)];
  const { warnings } = buildSync({
    entryPoints,
    outfile,
    bundle: true,
    platform: "node",
    format: "cjs",
    logLevel: "silent",
  });
  assert.deepEqual(warnings, []);
  assert.equal(installed.mustRun(node, outfile), `used ${commitSeed()}\n`);
});
