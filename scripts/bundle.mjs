// node scripts/bundle.mjs: what tsc wrote to build/src/ becomes the published package in dist/: for each entry one ES
// module and its CommonJS twin of the same text, chunks that they share, named after the part of the library that is in
// them (scripts/chunks.mjs), and one file of types for each. Importing 136 small files costs a program 70 ms of CPU
// before its first record, these half of that.
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import commonjs from "@rollup/plugin-commonjs";
import { nodeResolve } from "@rollup/plugin-node-resolve";
import { transform } from "esbuild";
import { rollup } from "rollup";
import { dts } from "rollup-plugin-dts";
import { minify } from "terser";
import { BundleStamp } from "./bundle-stamp.mjs";
import { chunkChooser, piecesOf } from "./chunks.mjs";
import { commonJsOf } from "./common-js.mjs";
import { changedFflate } from "./fflate-parts.mjs";
import { hideInternals } from "./hide-internals.mjs";
import { withPureInitializers } from "./pure-initializers.mjs";
import { withTypesOfCore } from "./shared-types.mjs";
import { withExportsInPlace } from "./type-exports.mjs";
import { changedWs } from "./ws-parts.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const compiled = join(root, "build", "src");
/** The declarations without the insides: a copy, since the tests are compiled against the whole ones. */
const declared = join(root, "build", "declarations");
const dist = join(root, "dist");

/**
 * Entries that exist in both builds, and those that are ES modules only: the command line, and the simulator's search
 * on Node.
 */
const BOTH = [
  "node",
  "workerd",
  "core",
  "embedded",
  "runtime",
  "protocol",
  "records",
  "prometheus",
  "opentelemetry",
  "browser",
  "tunnel",
];
const ESM_ONLY = ["simulation", "cli/main"];
/** Entries beside the client, and their folders. What they have outside of their folder is `core`'s. */
const BESIDE = { prometheus: "prometheus", opentelemetry: "opentelemetry", tunnel: "platform/node/tunnel" };
const TYPED = [...BOTH, "simulation"];

const LINE_LIMIT = 120;

const external = [
  "@opentelemetry/api",
  "cloudflare:sockets",
  ...builtinModules,
  ...builtinModules.map((name) => `node:${name}`),
];
const entryFile = (name, extension) => join(compiled, `${name}.${extension}`);

/**
 * Parameters, variables and imports get short names: a fifth of the code. Functions and classes keep theirs, and some
 * line breaks stay, so that stack traces can be read: Node prints the whole line of an error that nobody caught.
 */
async function minified(code) {
  const { code: small } = await transform(code, {
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: "inline",
    target: "es2022",
    format: "esm",
    platform: "node",
  });
  // ASCII: V8 keeps the whole text of a module with one other character in two bytes a character, 350 KB more heap.
  const { code: short } = await minify(withClassNames(small), {
    compress: false,
    mangle: { module: true, keep_classnames: true, keep_fnames: true },
    format: { max_line_len: LINE_LIMIT, ascii_only: true, ecma: 2022, comments: "some", shebang: true },
  });
  return `${short}\n`;
}

/** Rollup writes `let Kafka$1 = class Kafka` for the second class of a name, and esbuild takes that name out. */
function withClassNames(code) {
  return code.replace(/\b(\w+)\$\d+=class(?=\{| extends\b)/g, (start, name) => `${start} ${name}`);
}

/** Writes both builds. Returns the names that each entry exports. */
async function bundle() {
  const names = [...BOTH, ...ESM_ONLY];
  const build = await rollup({
    input: Object.fromEntries(names.map((name) => [name, entryFile(name, "js")])),
    external,
    plugins: [
      nodeResolve({ exportConditions: ["import", "default"], preferBuiltins: true }),
      changedFflate,
      changedWs,
      commonjs(),
    ],
    treeshake: { moduleSideEffects: false },
    onwarn: fail,
  });
  const both = BOTH.map((name) => entryFile(name, "js"));
  const whole = chunkChooser(compiled, { client: entryFile("node", "js"), browser: entryFile("browser", "js"), both });
  const pieces = await piecesOf((await build.generate({ format: "es", manualChunks: whole })).output);
  const { output } = await build.generate({
    format: "es",
    entryFileNames: "[name].js",
    chunkFileNames: "chunks/[name].js",
    minifyInternalExports: false,
    hoistTransitiveImports: false,
    manualChunks: (id, api) => pieces.get(id) ?? whole(id, api),
  });
  await build.close();
  const twins = withImports(output, BOTH);
  for (const { fileName, code } of output) {
    const small = withPureInitializers(await minified(code));
    write(fileName, forBun(small));
    if (twins.has(fileName)) write(`cjs/${fileName}`, commonJsOf(small));
  }
  return new Map(output.filter(({ isEntry }) => isEntry).map((entry) => [entry.name, entry.exports]));
}

/**
 * Marks an ES module as one that Bun need not transpile: without the mark a start on Bun takes 40 ms more CPU, or 5 ms
 * if Bun has cached its work. Bun takes each byte of a marked file for a character: these files are ASCII. A command
 * keeps its first line.
 */
const forBun = (code) => (code.startsWith("#!") ? code : `// @bun\n${code}`);

/** The files of some entries, with all that they import. */
function withImports(output, names) {
  const files = new Map(output.map((chunk) => [chunk.fileName, chunk]));
  const found = new Set();
  const open = names.map((name) => `${name}.js`);
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (found.has(file) || !files.has(file)) continue;
    found.add(file);
    open.push(...files.get(file).imports, ...files.get(file).dynamicImports);
  }
  return found;
}

/**
 * One file of types for each entry. The CommonJS one has them, and that of the ES module takes them from there: a
 * `Kafka` of one build is one of the other for the compiler too (a module may import a CommonJS one; the other way
 * TypeScript refuses). Kafka's messages stand in `protocol` alone, and what `core` has in `core` alone. Private members
 * are taken out, so that a class that stands in two files is one type. `values`: the names that each entry has at run
 * time.
 */
async function types(values) {
  rmSync(declared, { recursive: true, force: true });
  cpSync(compiled, declared, { recursive: true, filter: (path) => !/\.(js|map|test\.d\.ts)$/.test(path) });
  hideInternals(declared);
  const core = await typesOf("core", messages);
  const coreTypes = withTypeExports(withOneEmbeddedCluster(core.code), values.get("core"));
  write("core.d.cts", published(coreTypes));
  for (const name of ["runtime", "protocol", "records", "simulation"]) {
    const { code } = await typesOf(name, name === "protocol" ? undefined : messages);
    const own = withTypeExports(code, values.get(name));
    // Some of core's names are types alone, and values in another entry.
    const shared = core.exports.filter((type) => values.get("core").includes(type) || !values.get(name).includes(type));
    const types = name === "protocol" ? own : withTypesOfCore(own, coreTypes, shared);
    write(`${name}.d.cts`, published(types));
  }
  for (const name of ["node", "browser", "workerd"]) {
    const folder = join(declared, "platform", name);
    const platform = await typesOf(`platform/${name}/surface`, outside(folder, "./core.cjs"));
    write(`${name}.d.cts`, `${await fromCore(name, core, values.get(name), platform.exports)}\n${platform.code}`);
  }
  for (const [name, folder] of Object.entries(BESIDE)) {
    const { code } = await typesOf(name, outside(join(declared, folder), "./core.cjs"));
    write(`${name}.d.cts`, code);
  }
  write("embedded.d.cts", await fromCore("embedded", core, values.get("embedded")));
  for (const name of TYPED) write(`${name}.d.ts`, `export * from "./${name}.cjs";\n`);
}

/** Types as they are written: a reference to a library counts only above the imports. */
function published(types) {
  const references = new Set(types.match(/^\/\/\/ <reference .*\n/gm));
  return `${[...references].join("")}${withExportsInPlace(types.replace(/^\/\/\/ <reference .*\n/gm, ""))}`;
}

/** Names that stand for another type in `core`. */
const RENAMED = { embedded: { CommittedOffset: "EmbeddedCommittedOffset", TopicPartition: "EmbeddedTopicPartition" } };

/** Takes an entry's names from `core`. */
async function fromCore(name, core, values, others = []) {
  const { exports } = await typesOf(name, messages);
  const names = exports
    .filter((exported) => !others.includes(exported))
    .map((exported) => {
      const there = RENAMED[name]?.[exported] ?? exported;
      if (!core.exports.includes(there)) throw new Error(`core does not export ${there}, which ${name} exports`);
      return there === exported ? exported : `${there} as ${exported}`;
    });
  return exportsOf(names, values, ' from "./core.cjs"');
}

/** The export statements of names, or of `NAME as NAME`: of types alone where there is no value of the name. */
function exportsOf(names, values, from = "") {
  const isValue = (name) => values.includes(name.split(" as ").at(-1));
  const types = names.filter((name) => !isValue(name));
  return [
    `export { ${names.filter(isValue).join(", ")} }${from};`,
    ...(types.length === 0 ? [] : [`export type { ${types.join(", ")} }${from};`]),
  ].join("\n");
}

/**
 * rollup-plugin-dts exports each class as a value, also where the entry exports its type alone: an import of it would
 * compile and then fail. It calls the second type of a name `NAME$1`; here it gets the name that it is exported by.
 */
function withTypeExports(code, values) {
  const names = [];
  let rest = code.replace(/^export (?:type )?\{ (.*) \};\n?/gm, (_, list) => {
    names.push(...list.split(", "));
    return "";
  });
  for (const [i, name] of names.entries()) {
    const [inside, outside = inside] = name.split(" as ");
    rest = rest.replace(new RegExp(`\\b${inside.replace("$", "\\$")}(?![\\w$])`, "g"), outside);
    names[i] = outside;
  }
  const missing = values.filter((value) => !names.includes(value));
  if (missing.length > 0) throw new Error(`no types are exported for ${missing.join(", ")}`);
  return `${rest}${exportsOf(names.sort(), values)}\n`;
}

/**
 * The class of embedded clusters, which users do not construct, and the object that starts them have one name: as an
 * interface and a constant they may.
 */
function withOneEmbeddedCluster(code) {
  const [start, alias] = [
    "declare class EmbeddedCluster$1 {\n\tprivate constructor();\n",
    "/** A Kafka cluster in this process. */\ntype EmbeddedCluster = EmbeddedCluster$1;\n",
  ];
  for (const part of [start, alias]) if (!code.includes(part)) throw new Error(`core.d.cts has no ${part}`);
  return code
    .replace(alias, "")
    .replace(start, "interface EmbeddedCluster {\n")
    .replaceAll("EmbeddedCluster$1", "EmbeddedCluster");
}

/** Kafka's messages, all of them, are `protocol`'s. */
const messages = {
  name: "messages",
  resolveId: (source, importer) =>
    importer !== undefined &&
    importer !== join(declared, "protocol.d.ts") &&
    /\/protocol\/messages\/all\.[jt]s$/.test(join(dirname(importer), source))
      ? { id: "./protocol.cjs", external: "relative" }
      : null,
};

/** What lies outside of a folder is another entry's. */
function outside(folder, entry) {
  return {
    name: "outside",
    resolveId: (source, importer) =>
      importer !== undefined && !join(dirname(importer), source).startsWith(folder)
        ? { id: entry, external: "relative" }
        : null,
  };
}

async function typesOf(name, plugin) {
  const build = await rollup({
    input: join(declared, `${name}.d.ts`),
    external,
    plugins: [plugin, dts()],
    onwarn: fail,
  });
  const { output } = await build.generate({ format: "es" });
  await build.close();
  const code = output[0].code
    .replace(/^\s*#private;\n/gm, "")
    .replace(/^( {4})+/gm, (indent) => "\t".repeat(indent.length / 4));
  return { code, exports: output[0].exports };
}

function write(fileName, text) {
  const path = join(dist, fileName);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

function fail(warning) {
  // tsc's helper for `using`, in the command line: `this && this.helper || …`.
  if (warning.code === "THIS_IS_UNDEFINED") return;
  throw new Error(`the bundler warns: ${warning.message ?? warning}`);
}

if (!existsSync(entryFile("node", "js"))) throw new Error("nothing is compiled: run `npm run build`");
const stamp = new BundleStamp(root, { compiled, dist });
if (stamp.isCurrent()) {
  console.log("dist is what this compilation gives: nothing to bundle");
  process.exit(0);
}
rmSync(dist, { recursive: true, force: true });
const values = await bundle();
write("cjs/package.json", `{ "type": "commonjs" }\n`);
await types(values);
const licence = (name) => readFileSync(join(root, "node_modules", name, "LICENSE"), "utf8");
write(
  "THIRD-PARTY-NOTICES.txt",
  "The portable gzip codec is fflate (https://github.com/101arrowz/fflate), whose licence " +
    `is:\n\n${licence("fflate")}\nThe WebSockets of the tunnel are ws (https://github.com/websockets/ws), whose ` +
    `licence is:\n\n${licence("ws")}`,
);
stamp.write();
