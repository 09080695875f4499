// A page that bundles `odradek/core` without any configuration: the bundle works, and its size is bounded
// (bench/size.mjs measures it).
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "../house/root.ts";
import { nodePlatform } from "../../src/platform/node/platform.ts";
import { modulesOf } from "./bare-modules.ts";
import { commitSeed } from "./commit-seed.ts";
import { InstalledPackage } from "./packed.ts";

/**
 * Bytes, gzipped. esbuild makes one file with all code; Vite leaves code for another file that a page loads when it
 * logs in. A change that passes them raises them with a word in the changelog; a page of Vite that only produces may
 * never get more than 90 KB.
 */
const MOST: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  "a producer alone": { esbuild: 108_000, vite: 84_000 },
  "a consumer alone": { esbuild: 142_000, vite: 125_000 },
  "Kafka, of which it uses a producer": { esbuild: 230_000, vite: 159_000 },
  "Kafka and the embedded cluster": { esbuild: 317_000, vite: 272_000 },
  "odradek/browser, a producer alone": { esbuild: 112_000, vite: 85_000 },
  "odradek/browser, Kafka": { esbuild: 234_000, vite: 160_500 },
  "odradek/browser, everything": { esbuild: 331_000, vite: 170_000 },
};
const VITE = /^const VITE = "(vite@[\d.]+)";$/m.exec(readFileSync(join(root, "bench", "size.mjs"), "utf8"))?.[1] ?? "";

interface Row {
  readonly page: string;
  readonly tool: string;
  /** The page, and all files that it loads at once. */
  readonly file: string;
  readonly files: readonly string[];
  readonly minified: number;
  readonly gzipped: number;
}

let installed: InstalledPackage;
let rows: readonly Row[] = [];

before(() => {
  installed = InstalledPackage.install(VITE);
  rows = JSON.parse(
    installed.mustRun(process.execPath, join(root, "bench", "size.mjs"), "--folder", installed.folder, "--json"),
  ) as readonly Row[];
});

after(() => installed.remove());

test("what a page gets of the package stays small", () => {
  for (const { page, tool, minified, gzipped } of rows)
    console.log(`${page}, ${tool}: ${minified} bytes minified, ${gzipped} gzipped`);
  for (const [page, most] of Object.entries(MOST)) {
    const found = rows.filter((row) => row.page === page && row.tool !== "esbuild-splitting");
    assert.deepEqual(
      found.map(({ tool }) => tool),
      ["esbuild", "vite"],
    );
    for (const { tool, gzipped } of found)
      assert.ok(gzipped > 50_000 && gzipped <= (most[tool] ?? 0), `${page}, ${tool}: ${gzipped} bytes gzipped`);
  }
});

test("a page that only produces has no consumer in it, and one that only consumes no producer", () => {
  // The error texts for wrong options of each.
  const [ofConsumer, ofProducer] = ["groupProtocol takes", "compressionType takes"];
  for (const [page, there, absent] of [
    ["a producer alone", ofProducer, ofConsumer],
    ["a consumer alone", ofConsumer, ofProducer],
  ] as const) {
    for (const { tool, files } of rows.filter((row) => row.page === page)) {
      const code = files.map((file) => readFileSync(file, "utf8")).join("\n");
      assert.deepEqual([code.includes(there), code.includes(absent)], [true, false], `${page}, ${tool}`);
    }
  }
});

for (const tool of ["esbuild", "vite"]) {
  test(
    `a page with the embedded cluster, bundled by ${tool}: it needs nothing of a host's modules, and a record ` +
      "comes back",
    async () => {
      const file = rows.find((row) => row.page === "Kafka and the embedded cluster" && row.tool === tool)?.file ?? "";
      assert.deepEqual(
        modulesOf(readFileSync(file, "utf8")).filter(
          (name) => /^(node:|bun:|\.)/.test(name) && !/^\.\/assets\//.test(name),
        ),
        [],
      );
      const { run } = (await import(pathToFileURL(file).href)) as {
        readonly run: (platform: unknown, value: string) => Promise<string>;
      };
      assert.equal(await run(nodePlatform(), commitSeed()), commitSeed());
    },
  );
}
