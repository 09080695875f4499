// The drop-in for kafkajs, packed and installed by npm, pnpm and Yarn under the name kafkajs.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { mkdtempSync, realpathSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KAFKAJS_USER } from "./kafkajs-user.ts";
import { must } from "./packed.ts";
import { packBoth, type Tarballs, UserFolder } from "./packed-kafkajs.ts";

const OTHERS = {
  "@opentelemetry/api": "1.9.0",
  "@opentelemetry/instrumentation-kafkajs": "0.32.0",
  "@types/node": "20.19.43",
  "kafkajs-itself": "npm:kafkajs@2.2.4",
  typescript: "5.9.3",
};
interface Resolution {
  readonly moduleResolution: string;
  readonly module: string;
  readonly type: "commonjs" | "module";
}

const RESOLUTIONS = {
  npm: [
    ["Node10", "CommonJS", "commonjs"],
    ["Node16", "Node16", "commonjs"],
    ["NodeNext", "NodeNext", "commonjs"],
    ["NodeNext", "NodeNext", "module"],
    ["Bundler", "ESNext", "module"],
  ],
  pnpm: [
    ["Node10", "CommonJS", "commonjs"],
    ["NodeNext", "NodeNext", "module"],
  ],
  yarn: [["NodeNext", "NodeNext", "module"]],
  "yarn-pnp": [], // TypeScript reads no archives, unless Yarn has patched it
} as const;

const MANAGERS = ["npm", "pnpm", "yarn", "yarn-pnp"] as const;

/** Compiles a program of the user as a project of its own. Fails where it has an error. */
function compile(user: UserFolder, text: string, { moduleResolution, module, type }: Resolution): void {
  const project = `types-${moduleResolution}-${type}`;
  // An ES module names the file; a path without an extension is CommonJS's.
  const isStrict = type === "module" && moduleResolution === "NodeNext";
  user.write(`${project}/package.json`, JSON.stringify({ type }));
  user.write(`${project}/use.ts`, isStrict ? text.replace(/\/types";/, '/types/index.js";') : text);
  const compilerOptions = {
    ...{ target: "ES2022", lib: ["ES2022"], types: ["node"], strict: true, noEmit: true, skipLibCheck: false },
    ...{ module, moduleResolution, noUncheckedIndexedAccess: true },
  };
  user.write(`${project}/tsconfig.json`, JSON.stringify({ compilerOptions, include: ["use.ts"] }));
  must(user.run(process.execPath, join(user.folder, "node_modules/typescript/bin/tsc"), "-p", project));
}

/** Of the tarball. */
const MAX_PACKED = 90_000;

let packed: Tarballs;
const folder = mkdtempSync(join(tmpdir(), "odradek-kafkajs-packed-"));
const installed = new Map<string, UserFolder>();

before(() => {
  packed = packBoth(folder);
  for (const manager of MANAGERS) {
    const user = new UserFolder(manager);
    user.install(packed, OTHERS);
    installed.set(manager, user);
  }
});

after(() => {
  for (const user of installed.values()) user.remove();
  rmSync(folder, { recursive: true, force: true });
});

test("the tarball is small", () => {
  const { size } = statSync(packed.kafkajs);
  assert.ok(size <= MAX_PACKED, `${size} bytes`);
  console.log(`${size} bytes packed`);
});

for (const manager of MANAGERS) {
  const user = (): UserFolder => installed.get(manager)!;

  test(`${manager}: require and import give 44 plain members, one copy of each`, () => {
    const program = `
      import { createRequire } from "node:module";
      import kafkajs, { Kafka, KafkaJSError, Partitioners, CompressionCodecs, logLevel } from "kafkajs";
      import * as all from "kafkajs";
      const required = createRequire(import.meta.url)("kafkajs");
      const { name, version } = createRequire(import.meta.url)("kafkajs/package.json");
      const flags = Object.values(Object.getOwnPropertyDescriptors(required));
      console.log(JSON.stringify({
        names: Object.keys(required).length,
        imported: Object.keys(all).filter((name) => !["default", "module.exports"].includes(name)).length,
        plain: flags.every(({ value, writable, enumerable, configurable }) => value && writable && enumerable && configurable),
        same: [kafkajs === required, Kafka === required.Kafka, KafkaJSError === required.KafkaJSError],
        error: new required.KafkaJSNonRetriableError("e") instanceof KafkaJSError,
        others: [typeof Partitioners, typeof CompressionCodecs, logLevel.INFO],
        name, version,
      }));`;
    assert.deepEqual(JSON.parse(user().node("use.mjs", program)), {
      names: 44,
      imported: 44,
      plain: true,
      same: [true, true, true],
      error: true,
      others: ["object", "object", 4],
      name: "@odradek/kafkajs",
      version: "2.3.0",
    });
  });

  test(`${manager}: the files lie in a folder named kafkajs, where tracing agents look`, () => {
    const found = user().node(
      "where.cjs",
      `console.log(require.resolve("kafkajs")); require("kafkajs");
      console.log(Object.keys(require.cache).filter((file) => /src.(producer|consumer|admin).index.js|src.index.js/.test(file)).join("\\n"));`,
    );
    const [entry = "", ...files] = found.split("\n");
    assert.equal(files.length, 4);
    for (const file of files) assert.match(file, /node_modules\/kafkajs\/src\/(\w+\/)?index\.js$/);
    if (manager === "pnpm") assert.match(realpathSync(entry), /node_modules\/@odradek\/kafkajs\/index\.js$/);
  });

  test(`${manager}: odradek itself is installed beside it, with the code that it loads late`, () => {
    const program = `
      import { Kafka } from "odradek";
      import { EmbeddedCluster } from "odradek/embedded";
      const cluster = await EmbeddedCluster.start({ topics: { t: 1 } });
      const kafka = new Kafka({ cluster });
      await kafka.producer({ transactionalId: "x" }).transaction((tx) => tx.send({ topic: "t", value: "v" }));
      console.log((await kafka.admin().listTopics()).length);
      await kafka.close();
      await cluster.close();`;
    assert.equal(user().node("odradek.mjs", program), "2");
  });

  test(`${manager}: OpenTelemetry's instrumentation hooks it, once`, () => {
    const program = `
      const { KafkaJsInstrumentation } = require("@opentelemetry/instrumentation-kafkajs");
      new KafkaJsInstrumentation().enable();
      const { Kafka } = require("kafkajs");
      const kafka = new Kafka({ brokers: ["nowhere:1"], logLevel: 0 });
      const wrapped = [Kafka.prototype.producer, Kafka.prototype.consumer, kafka.producer().send, kafka.consumer({ groupId: "g" }).run];
      console.log(JSON.stringify(wrapped.map((f) => [Boolean(f.__wrapped), Boolean(f.__original?.__wrapped)])));`;
    const hooked = JSON.parse(user().node("otel.cjs", program)) as unknown;
    assert.deepEqual(
      hooked,
      Array.from({ length: 4 }, () => [true, false]),
    );
  });

  for (const [moduleResolution, module, type] of RESOLUTIONS[manager])
    test(`${manager}: code for kafkajs compiles, its types checked too (${moduleResolution}, type ${type})`, () => {
      compile(user(), KAFKAJS_USER, { moduleResolution, module, type });
    });
}

test("the code that compiles is code for kafkajs: it compiles with kafkajs itself too", () => {
  const text = KAFKAJS_USER.replaceAll(/from "kafkajs/g, 'from "kafkajs-itself');
  compile(installed.get("npm")!, text, { moduleResolution: "NodeNext", module: "NodeNext", type: "commonjs" });
});

for (const manager of ["npm", "pnpm"] as const)
  test(`${manager}: a tree with the alias, and libraries that name kafkajs`, () => {
    const user = new UserFolder(manager);
    try {
      const library = (name: string, range: string, kind = "dependencies"): string => {
        user.write(
          `${name}/package.json`,
          JSON.stringify({ name, version: "1.0.0", main: "index.js", [kind]: { kafkajs: range } }),
        );
        user.write(
          `${name}/index.js`,
          'exports.version = require("kafkajs/package.json").version; exports.Kafka = require("kafkajs").Kafka;',
        );
        const text = must(user.run("npm", "pack", `./${name}`, "--json"));
        return `file:${join(user.folder, (JSON.parse(text) as { filename: string }[])[0]!.filename)}`;
      };
      user.write("package.json", "{}");
      const libraries = {
        ranged: library("ranged", "^2.2.4"),
        pinned: library("pinned", "2.2.4"),
        peer: library("peer", "^2.2.4", "peerDependencies"),
      };
      user.install(packed, libraries);
      const program = `const { Kafka } = require("kafkajs");
        const of = (name) => [require(name).version, require(name).Kafka === Kafka];
        console.log(JSON.stringify(Object.fromEntries(${JSON.stringify(Object.keys(libraries))}.map((name) => [name, of(name)]))));`;
      const gets = (): unknown => JSON.parse(user.node("use.cjs", program));
      assert.deepEqual(gets(), { ...MIXED[manager], peer: ["2.3.0", true] });
      user.install(packed, libraries, { kafkajs: manager === "npm" ? "$kafkajs" : `file:${packed.kafkajs}` });
      const alias = ["2.3.0", true];
      assert.deepEqual(gets(), { ranged: alias, pinned: alias, peer: alias }, "with an override");
    } finally {
      user.remove();
    }
  });

/** The version that libraries get which depend on `^2.2.4`, and on exactly `2.2.4`, and whether it is the alias. */
const MIXED = {
  npm: { ranged: ["2.3.0", true], pinned: ["2.2.4", false] },
  pnpm: { ranged: ["2.2.4", false], pinned: ["2.2.4", false] },
};

test("npm: `npm ls` finds nothing wrong, and nothing is installed beside the two packages", () => {
  const user = new UserFolder("npm");
  try {
    user.install(packed);
    assert.doesNotMatch(must(user.run("npm", "ls", "--all")), /invalid|missing|extraneous/);
    const locked = JSON.parse(must(user.run("npm", "ls", "--all", "--json"))) as {
      dependencies: Record<string, { dependencies?: Record<string, unknown> }>;
    };
    assert.deepEqual(Object.keys(locked.dependencies).sort(), ["kafkajs", "odradek"]);
    must(user.run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"));
    assert.equal(user.node("use.cjs", 'console.log(Object.keys(require("kafkajs")).length)'), "44");
  } finally {
    user.remove();
  }
});
