// `npm run dev` compiles file by file: the JavaScript is that of tsc, which does not write a file again whose source it
// has seen.
import { test } from "node:test";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./root.ts";

/** A class with private members, a file of types and functions, an entry, and a test. */
const SOURCES = ["src/producer/accepting/accumulator", "src/cluster/metadata", "src/node", "test/house/dev.test"];

test("npm run dev makes the same JavaScript of a file as tsc", () => {
  const program = `
    import { transpiled } from "./scripts/transpiled.mjs";
    console.log(JSON.stringify(${JSON.stringify(SOURCES)}.map((path) => transpiled(".", path + ".ts"))));`;
  const texts = JSON.parse(
    execFileSync(process.execPath, ["--input-type=module", "-e", program], {
      cwd: root,
      encoding: "utf8",
      maxBuffer: 1 << 26,
    }),
  ) as readonly string[];
  for (const [i, source] of SOURCES.entries())
    assert.equal(texts[i], readFileSync(join(root, "build", `${source}.js`), "utf8"), source);
});
