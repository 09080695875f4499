// node bench/size.mjs [--folder FOLDER] [--page TEXT] [--json]: the bytes that `odradek/core` and `odradek/browser` add
// to a page, minified and gzipped, as esbuild (as one file, and with --splitting) and Vite bundle it without any
// configuration. FOLDER has the package installed, and Vite; without it both are installed in a new one (the package as
// `npm pack` makes it).
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { fileURLToPath, pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const VITE = "vite@7.3.8";
const root = fileURLToPath(new URL("..", import.meta.url));

/** What a page may use of the package. Each exports one function of a platform. */
const PAGES = {
  "a producer alone": `import { standaloneProducer } from "odradek/core";
    export const run = (platform, record) => standaloneProducer({ bootstrapServers: "localhost:9092", platform }).send(record);`,
  "a consumer alone": `import { standaloneConsumer, string } from "odradek/core";
    export const run = (platform, topics) => standaloneConsumer({ bootstrapServers: "localhost:9092", platform }, { groupId: "page", topics, value: string() });`,
  "Kafka, of which it uses a producer": `import { Kafka } from "odradek/core";
    export const run = (platform, record) => new Kafka({ bootstrapServers: "localhost:9092", platform }).producer().send(record);`,
  "Kafka and the embedded cluster": `import { EmbeddedCluster, Kafka, string } from "odradek/core";
    export async function run(platform, value) {
      const cluster = await EmbeddedCluster.start({ platform, topics: { t: 1 } });
      const kafka = new Kafka({ cluster });
      await kafka.producer({ compressionType: "zstd" }).send({ topic: "t", value });
      let seen;
      for await (const record of kafka.consumer({ topics: ["t"], value: string() })) {
        seen = record.value;
        break;
      }
      await kafka.close();
      await cluster.close();
      return seen;
    }`,
  "all of odradek/core": `export * from "odradek/core";`,
  "odradek/browser, a producer alone": `import { standaloneProducer, webSocketConnector } from "odradek/browser";
    export const run = (url, record) => standaloneProducer({ bootstrapServers: "localhost:9092", connector: webSocketConnector(url) }).send(record);`,
  "odradek/browser, Kafka": `import { Kafka, webSocketConnector } from "odradek/browser";
    export const run = (url, record) => new Kafka({ bootstrapServers: "localhost:9092", connector: webSocketConnector(url) }).producer().send(record);`,
  "odradek/browser, everything": `export * from "odradek/browser";`,
};

/** A new folder with the packed package and Vite. */
function installed() {
  const folder = mkdtempSync(join(tmpdir(), "odradek-size-"));
  const [{ filename }] = JSON.parse(
    execFileSync("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", folder], {
      cwd: root,
      encoding: "utf8",
    }),
  );
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "page", private: true, type: "module" }));
  execFileSync(
    "npm",
    ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", join(folder, filename), VITE],
    { cwd: folder, stdio: "inherit" },
  );
  return folder;
}

async function byEsbuild(folder, entry, out, splitting = false) {
  await build({
    entryPoints: { [basename(out, ".mjs")]: entry },
    bundle: true,
    minify: true,
    splitting,
    platform: "browser",
    format: "esm",
    outdir: dirname(out),
    outExtension: { ".js": ".mjs" },
    absWorkingDir: folder,
    logLevel: "warning",
  });
}

const byEsbuildSplit = (folder, entry, out) => byEsbuild(folder, entry, out, true);

/** A library build keeps the exports; what Vite does with them is what it does with a page's. */
async function byVite(folder, entry, out) {
  const { build: viteBuild } = await import(
    pathToFileURL(createRequire(join(folder, "package.json")).resolve("vite")).href
  );
  const outDir = `${out}.vite`;
  await viteBuild({
    root: folder,
    configFile: false,
    logLevel: "warn",
    build: {
      outDir,
      emptyOutDir: true,
      chunkSizeWarningLimit: 1000,
      minify: "esbuild",
      rollupOptions: { input: entry, preserveEntrySignatures: "strict", output: { entryFileNames: "page.js" } },
    },
  });
  cpSync(outDir, join(out, ".."), { recursive: true });
  renameSync(join(out, "..", "page.js"), out);
}

/** The files that a page loads at once: itself, and those that it imports. A chunk that it loads later is not one. */
function loadedAtOnce(file, seen = new Set()) {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const [, name] of readFileSync(file, "utf8").matchAll(/(?:\bfrom|\bimport)\s*"(\.[^"]+)"/g))
    loadedAtOnce(join(dirname(file), name), seen);
  return seen;
}

const { values } = parseArgs({
  options: { folder: { type: "string" }, json: { type: "boolean" }, page: { type: "string" } },
});
const folder = values.folder ?? installed();
mkdirSync(join(folder, "pages"), { recursive: true });
const rows = [];
for (const [i, [page, code]] of Object.entries(PAGES).entries()) {
  if (!page.includes(values.page ?? "")) continue;
  const entry = join(folder, "pages", `page-${i}.js`);
  writeFileSync(entry, code);
  for (const [tool, bundle] of Object.entries({
    esbuild: byEsbuild,
    "esbuild-splitting": byEsbuildSplit,
    vite: byVite,
  })) {
    const file = join(folder, "pages", `${tool}-${i}.mjs`);
    await bundle(folder, entry, file);
    const files = [...loadedAtOnce(file)];
    const all = files.map((one) => readFileSync(one));
    const sum = (sizes) => sizes.reduce((total, size) => total + size, 0);
    rows.push({
      page,
      tool,
      file,
      files,
      minified: sum(all.map(({ length }) => length)),
      gzipped: sum(all.map((bytes) => gzipSync(bytes).length)),
    });
  }
}
if (values.json === true) console.log(JSON.stringify(rows));
else
  for (const { page, tool, minified, gzipped } of rows)
    console.log(`| ${page} | ${tool} | ${(minified / 1000).toFixed(1)} KB | ${(gzipped / 1000).toFixed(1)} KB |`);
