// node scripts/bundle.mjs: what tsc wrote to dist/ becomes one file for each entry of the package, and chunks that they share.
// Importing 136 small files costs a program 70 ms of CPU before its first record, these half of that.
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const dist = join(root, "dist");
const { bin, exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const entries = [...Object.values(exports).map((entry) => entry.default), ...Object.values(bin)].filter((path) => path?.endsWith(".js"));

const { outputFiles } = await build({
  absWorkingDir: root,
  entryPoints: [...new Set(entries)],
  outdir: dist,
  outbase: dist,
  bundle: true,
  splitting: true,
  chunkNames: "chunks/[hash]",
  format: "esm",
  platform: "node", // node: modules stay imports; nothing else of Node's is assumed
  packages: "external",
  target: "es2022",
  write: false,
});
/**
 * esbuild makes a `var` of each `const` at the top, for modules that import each other in circles. Ours do not (lint says so), and
 * engines compute with constants what they must look up in variables: LZ4 took a quarter longer.
 */
function constants(code) {
  return code.replace(/^var (\w+) = /gm, "const $1 = ");
}

for (const path of readdirSync(dist, { recursive: true })) if (path.endsWith(".js")) rmSync(join(dist, path));
for (const { path, contents } of outputFiles) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, constants(new TextDecoder().decode(contents)));
}
