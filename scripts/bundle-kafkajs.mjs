// node scripts/bundle-kafkajs.mjs: makes the package @odradek/kafkajs in packages/kafkajs/dist out of what tsc wrote to
// build/packages/kafkajs. --pack FOLDER: and its tarball.
//
// The code lies in code/node_modules/kafkajs: tracing agents take the name of a package from its path, and pnpm puts
// ours into node_modules/@odradek/kafkajs. The folder is not a bundled dependency, because Yarn 2 and later ask the
// registry for these. In it src/index.js has the class Client, and src/producer, src/consumer and src/admin each export
// one function, since agents look for these files. All else is in lib.js.
import { spawnSync } from "node:child_process";
import { builtinModules } from "node:module";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { rollup } from "rollup";

const root = fileURLToPath(new URL("..", import.meta.url));
const source = join(root, "packages", "kafkajs");
const compiled = join(root, "build", "packages", "kafkajs", "src");
const out = join(source, "dist");
const INNER = "code/node_modules/kafkajs";
const inner = join(out, INNER);

const CLIENT = join(compiled, "client.js");
/** The files that agents wrap, by the modules that make their exports. */
const WRAPPED = {
  "src/producer/index.js": ["producer/create-producer.js", "createProducer"],
  "src/consumer/index.js": ["consumer/create-consumer.js", "createConsumer"],
  "src/admin/index.js": ["admin/create-admin.js", "createAdmin"],
};
const wrappedAt = (id) => Object.entries(WRAPPED).find(([, [file]]) => id === join(compiled, file));

/** The text of the inner folder's parts: lib.js, and src/index.js, whose imports stay calls of `require`. */
async function libraryOf() {
  const entry = "\0lib";
  const build = await rollup({
    input: { lib: entry },
    external: [/^node:/, ...builtinModules, /^odradek(\/|$)/],
    plugins: [
      {
        name: "lib",
        resolveId: (id) => (id === entry ? id : null),
        load: (id) => (id === entry ? libraryEntry() : null),
      },
    ],
    treeshake: { moduleSideEffects: false },
    onwarn: fail,
  });
  const { output } = await build.generate(COMMON_JS);
  await build.close();
  return output[0];
}

/** Everything that the package exports, and what client.js and the wrapped files need. */
function libraryEntry() {
  const names = [...new Set(clientImports().flatMap(({ names }) => names))];
  return [
    `export * from ${JSON.stringify(join(compiled, "exports.js"))};`,
    `export { nodeHost } from ${JSON.stringify(join(compiled, "node-host.js"))};`,
    ...clientImports()
      .filter(({ id }) => wrappedAt(id) === undefined)
      .map(({ id, names }) => `export { ${names.join(", ")} } from ${JSON.stringify(id)};`),
    ...Object.values(WRAPPED).map(([file, name]) => `export { ${name} } from ${JSON.stringify(join(compiled, file))};`),
  ].join("\n");
}

/** The imports of client.js: the module's file, and the names. */
function clientImports() {
  return [...readFileSync(CLIENT, "utf8").matchAll(/^import \{ (.*) \} from "(.*)";$/gm)].map(([, names, from]) => ({
    names: names.split(", "),
    id: resolve(dirname(CLIENT), from),
  }));
}

/**
 * client.js as CommonJS, by hand: agents read its syntax tree, and a bundler writes `const Client = class` for the
 * class.
 */
function clientText() {
  const imports = clientImports().map(({ id, names }) => {
    const [file] = wrappedAt(id) ?? [];
    if (file === undefined) return `const { ${names.join(", ")} } = require("../lib.js");`;
    return `const ${names[0]} = require("./${dirname(file).slice("src/".length)}");`;
  });
  const body = readFileSync(CLIENT, "utf8")
    .replace(/^import .*\n/gm, "")
    .replace(/^export class/m, "class");
  if (!/^class Client \{/m.test(body) || /^(import|export) /m.test(body)) throw new Error(`unexpected: ${CLIENT}`);
  return `"use strict";\n${imports.join("\n")}\n${body}\nmodule.exports = Client;\n`;
}

const COMMON_JS = {
  format: "cjs",
  esModule: false,
  externalLiveBindings: false,
  freeze: false,
  interop: "esModule",
  strict: true,
};

/**
 * The entry of the inner folder. A line `exports.X = …` for each name: that is how `import { X }` finds them, and they
 * are plain members, as in kafkajs, so that mocks see them.
 */
function entryText(names) {
  const lines = names.map((name) => `exports.${name} = lib.${name};`);
  return [
    '"use strict";',
    'const lib = require("./lib.js");',
    // The folder: what an agent has put in the place of its export is what users get.
    'exports.Kafka = require("./src");',
    "const host = lib.nodeHost();",
    "Object.defineProperty(exports.Kafka, lib.HOST, { value: host });",
    "exports.Partitioners = host.partitioners;",
    "exports.CompressionCodecs = host.codecs;",
    ...lines,
    "",
  ].join("\n");
}

function write(folder, name, text) {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

function fail(warning) {
  throw new Error(`the bundler warns: ${warning.message ?? warning}`);
}

const json = (value) => `${JSON.stringify(value, null, 2)}\n`;
const { version, description, license, repository, homepage, bugs, engines, keywords } = JSON.parse(
  readFileSync(join(source, "package.json"), "utf8"),
);
const odradek = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

/** Writes dist. */
async function bundle() {
  rmSync(out, { recursive: true, force: true });
  const library = await libraryOf();
  const insides = new Set([
    ...clientImports().flatMap(({ names }) => names),
    ...Object.values(WRAPPED).map(([, name]) => name),
    "nodeHost",
    "HOST",
  ]);
  insides.delete("logLevel");
  const names = library.exports.filter((name) => !insides.has(name)).sort();
  const all = ["Kafka", "Partitioners", "CompressionCodecs", ...names];
  write(inner, "lib.js", library.code);
  write(inner, "src/index.js", clientText());
  for (const [file, [, name]] of Object.entries(WRAPPED))
    write(inner, file, `"use strict";\nmodule.exports = require("../../lib.js").${name};\n`);
  write(inner, "index.js", entryText(names));
  write(
    inner,
    "package.json",
    json({ name: "kafkajs", version, description, license, main: "index.js", types: "types/index.d.ts", engines }),
  );
  cpSync(join(source, "types"), join(inner, "types"), { recursive: true });
  write(out, "index.js", outerText(all));
  write(out, "types/index.d.ts", `export * from "../${INNER}/types/index";\n`);
  write(
    out,
    "package.json",
    json({
      ...{ name: "@odradek/kafkajs", version, description, license, repository, homepage, bugs, engines, keywords },
      main: "index.js",
      types: "types/index.d.ts",
      dependencies: { odradek: `^${odradek.version}` },
    }),
  );
  cpSync(join(root, "LICENSE"), join(out, "LICENSE"));
  cpSync(join(source, "README.md"), join(out, "README.md"));
}

/** `import { X } from` reads the names in the text; they are never assigned by it. */
function outerText(names) {
  return [
    '"use strict";',
    `module.exports = require("./${INNER}");`,
    "// For `import { X }`, which reads the names here:",
    "0 && (module.exports = {",
    ...names.map((name) => `  ${name},`),
    "});",
    "",
  ].join("\n");
}

await bundle();
const packAt = process.argv.indexOf("--pack");
if (packAt !== -1) {
  const folder = resolve(process.argv[packAt + 1] ?? ".");
  const { status } = spawnSync("npm", ["pack", "--ignore-scripts", "--pack-destination", folder], {
    cwd: out,
    stdio: "inherit",
  });
  process.exit(status ?? 1);
}
