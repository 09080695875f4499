// The packed tarball, as a user installs it.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { buildSync } from "esbuild";
import { InstalledPackage } from "./packed.ts";
import { USER_TYPES } from "./user-types.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const bin = (name: string): string => join(root, "node_modules", ".bin", name);
/** The oldest TypeScript that users may have: the first with `using` and `Disposable`. */
const OLDEST_TYPESCRIPT = "5.2.2";
/** Bytes. The first two are promised; a change that passes the others raises them with a word in the changelog. */
const MAX_PACKED = 915_000;
/** Promised are 2,500,000: SASL, the embedded cluster's APIs and admin calls are more than there was room for. */
const MAX_INSTALLED = 3_990_000;
const MAX_BUNDLE = 780_000;
const MAX_BUNDLE_GZIPPED = 249_000;
/** `require` of the others works on every Node; this one is an ES module alone. */
const ESM_ONLY = "odradek/simulation";
/** This entry needs a package that is not installed beside the others: an optional peer. */
const WITH_PEER = "odradek/opentelemetry";

let installed: InstalledPackage;

before(() => {
  installed = InstalledPackage.install(`typescript-oldest@npm:typescript@${OLDEST_TYPESCRIPT}`);
  installed.write("package.json", JSON.stringify({ name: "user", private: true, type: "module" }));
});

after(() => installed.remove());

/** The entries that need no other package. */
const exported = (): string[] => entries().filter((path) => path !== WITH_PEER);

const entries = (): string[] =>
  Object.keys((JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { exports: object }).exports)
    .filter((path) => path !== "./package.json")
    .map((path) => path.replace(".", "odradek"));

/** The contents of the package. */
function sizesByPart(): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>();
  for (const { path, size } of installed.files) {
    const chunk = /chunks\/([a-z]+)/.exec(path)?.[1];
    const part =
      path.endsWith(".ts") || path.endsWith(".cts")
        ? "types"
        : path.startsWith("docs/") || path.endsWith(".md")
          ? "docs"
          : path.startsWith("dist/cli/")
            ? "command line"
            : (chunk ?? "entries");
    sizes.set(part, (sizes.get(part) ?? 0) + size);
  }
  return sizes;
}

test("publint and attw find nothing to complain of", () => {
  installed.mustRun(bin("publint"), "--strict", installed.tarball);
  installed.mustRun(bin("attw"), installed.tarball, "--exclude-entrypoints", "./simulation");
  installed.mustRun(
    bin("attw"),
    installed.tarball,
    "--entrypoints",
    "./simulation",
    "--ignore-rules",
    "cjs-resolves-to-esm",
  );
});

test("the tarball holds what users need, and nothing else", () => {
  const paths = installed.files.map(({ path }) => path);
  for (const path of paths)
    assert.match(
      path,
      /^(dist\/(cjs\/|chunks\/|cli\/)*[\w-]+\.(js|d\.ts|d\.cts)|dist\/cjs\/package\.json|dist\/THIRD-PARTY-NOTICES\.txt|README\.md|LICENSE|package\.json|docs\/[\w-]+\.md)$/,
    );
  assert.deepEqual(
    paths.filter((path) => path.includes(".test.")),
    [],
  );
  assert.ok(installed.size <= MAX_PACKED, `${installed.size} bytes packed`);
  const bytes = installed.files.reduce((sum, { size }) => sum + size, 0);
  assert.ok(bytes <= MAX_INSTALLED, `${bytes} bytes installed`);
  for (const entry of entries())
    assert.ok(
      existsSync(
        join(
          installed.folder,
          "node_modules",
          "odradek",
          "dist",
          `${entry === "odradek" ? "node" : entry.slice("odradek/".length)}.d.ts`,
        ),
      ),
      entry,
    );
  assert.deepEqual(
    readdirSync(join(installed.folder, "node_modules")).filter((name) => name === "odradek" || name === "fflate"),
    ["odradek"],
    "nothing is installed beside it",
  );
  console.log(`${installed.size} bytes packed, ${bytes} installed, ${installed.files.length} files`);
  for (const [part, size] of sizesByPart()) console.log(`  ${part}: ${size} bytes`);
});

test("every subpath loads from JavaScript, and does its work", () => {
  writeFileSync(
    join(installed.folder, "use.mjs"),
    `
    import assert from "node:assert/strict";
    ${exported()
      .map((path, i) => `import * as m${i} from "${path}"; assert.ok(Object.keys(m${i}).length > 0, "${path}");`)
      .join("\n")}
    import { Kafka, json } from "odradek";
    import { EmbeddedCluster } from "odradek/embedded";
    import { codec } from "odradek/protocol";
    import { boxedRuntime, wheelRuntime, conformance } from "odradek/runtime";
    const cluster = await EmbeddedCluster.start({ topics: { orders: 1 } });
    const kafka = new Kafka({ cluster });
    await kafka.producer({ value: json() }).send({ topic: "orders", value: { id: 1 } });
    for await (const record of kafka.consumer({ topics: ["orders"], value: json() })) { assert.deepEqual(record.value, { id: 1 }); break; }
    await kafka.close();
    await cluster.close();
    const fetch = codec("FetchRequest");
    assert.equal(fetch.decode(fetch.encode({ maxBytes: 5 }, 12), 12).maxBytes, 5);
    assert.ok(boxedRuntime && wheelRuntime && conformance);
    console.log("used");
  `,
  );
  assert.match(installed.mustRun(process.execPath, "use.mjs"), /used/);
});

test("by require on every Node, but for the simulator's search, which is an ES module", () => {
  writeFileSync(
    join(installed.folder, "use.cjs"),
    `${exported()
      .filter((path) => path !== ESM_ONLY)
      .map((path) => `if (Object.keys(require("${path}")).length === 0) throw new Error("${path}");`)
      .join("\n")} console.log("required");`,
  );
  assert.equal(installed.mustRun(process.execPath, "--no-warnings", "use.cjs").trim(), "required");
});

for (const typescript of ["oldest", "newest"]) {
  for (const [module, moduleResolution, type] of [
    ["NodeNext", "NodeNext", "module"],
    ["NodeNext", "NodeNext", "commonjs"],
    ["Node16", "Node16", "commonjs"],
    ["CommonJS", "Node10", "commonjs"],
    ["ESNext", "Bundler", "module"],
  ] as const) {
    test(
      `the types compile on the ${typescript} TypeScript, without DOM and Node, libraries checked too ` +
        `(${moduleResolution}, type ${type})`,
      () => {
        const project = join(installed.folder, `types-${typescript}-${module}-${type}`);
        mkdirSync(project);
        writeFileSync(join(project, "package.json"), JSON.stringify({ type }));
        writeFileSync(
          join(project, "use.ts"),
          `
        ${exported()
          .filter((path) => type === "module" || path !== ESM_ONLY)
          .map((path, i) => `import * as m${i} from "${path}"; export const keys${i}: object = m${i};`)
          .join("\n")}
        import { Kafka, json, type AsyncRuntime, type Delay } from "odradek";
        interface Order { id: number }
        class Mine { static spawn(_task: () => PromiseLike<void>): void {} static delayFor(_ms: number): Delay { return { then: () => undefined, [Symbol.dispose]() {} }; } }
        export const kafka = new Kafka({ bootstrapServers: "localhost:9092", runtime: Mine });
        export const runtime: AsyncRuntime = kafka.runtime;
        export async function use(): Promise<number> {
          const producer = kafka.producer({ value: json<Order>() });
          const { offset } = await producer.send({ topic: "orders", key: "1", value: { id: 1 } });
          for await (const record of kafka.consumer({ topics: ["orders"], value: json<Order>() })) return record.value?.id ?? offset;
          return offset;
        }
      `,
        );
        writeFileSync(join(project, "user-types.ts"), USER_TYPES);
        const compilerOptions = {
          target: "ES2022",
          lib: ["ES2022"],
          types: [],
          skipLibCheck: false,
          strict: true,
          noEmit: true,
          exactOptionalPropertyTypes: true,
          module,
          moduleResolution,
          ...(typescript === "newest" && moduleResolution === "Node10" ? { ignoreDeprecations: "6.0" } : {}),
        };
        writeFileSync(
          join(project, "tsconfig.json"),
          JSON.stringify({ compilerOptions, include: ["use.ts", "user-types.ts"] }),
        );
        const tsc =
          typescript === "oldest"
            ? join(installed.folder, "node_modules", "typescript-oldest", "bin", "tsc")
            : join(root, "node_modules", "typescript", "bin", "tsc");
        installed.mustRun(process.execPath, tsc, "-p", project);
      },
    );
  }
}

test("the command works from the package: help, a wrong option, a small demo", () => {
  assert.match(installed.mustRun("npx", "odradek", "--help"), /demo[^]*broker[^]*conformance/);
  const wrong = installed.run("npx", "odradek", "demo", "--no-such-option");
  assert.equal(wrong.status, 2);
  assert.match(wrong.text, /--no-such-option/);
  assert.match(
    installed.mustRun("npx", "odradek", "demo", "--records", "5000"),
    /All 5,000 records .* came back once and in order/,
  );
});

test("a bundled client stays small", () => {
  const entry = join(installed.folder, "entry.mjs");
  writeFileSync(
    entry,
    `import { Kafka } from "odradek"; export const kafka = new Kafka({ bootstrapServers: "localhost:9092" });`,
  );
  const { outputFiles } = buildSync({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    platform: "node",
    absWorkingDir: installed.folder,
  });
  const bytes = outputFiles[0]?.contents ?? new Uint8Array(0);
  const gzipped = gzipSync(bytes).length;
  assert.ok(bytes.length > 50_000 && bytes.length <= MAX_BUNDLE, `${bytes.length} bytes`);
  assert.ok(gzipped <= MAX_BUNDLE_GZIPPED, `${gzipped} bytes gzipped`);
  console.log(`a bundled client: ${bytes.length} bytes minified, ${gzipped} gzipped`);
});

test("odradek/opentelemetry loads, by import and by require, where the API is installed, and its types compile", () => {
  const { devDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    readonly devDependencies: Readonly<Record<string, string>>;
  };
  const missing = installed.run(process.execPath, "--input-type=module", "-e", `import "${WITH_PEER}";`);
  assert.match(missing.text, /Cannot find package '@opentelemetry\/api'/);
  const api = `@opentelemetry/api@${devDependencies["@opentelemetry/api"] ?? ""}`;
  installed.mustRun("npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", installed.tarball, api);
  const crossing = `
    const { Kafka } = require("odradek");
    const { EmbeddedCluster } = require("odradek/embedded");
    void (async () => {
      const cluster = await EmbeddedCluster.start({ topics: { t: 1 } });
      const kafka = new Kafka({ cluster });
      telemetry.openTelemetry().instrument(kafka);
      await kafka.producer().send({ topic: "t", value: "x" });
      await kafka.close();
      await cluster.close();
      console.log("traced");
    })();`;
  installed.write("peer.cjs", `const telemetry = require("${WITH_PEER}");${crossing}`);
  // The ES module instruments a Kafka of the CommonJS build.
  installed.write(
    "peer.mjs",
    `import { createRequire } from "node:module"; import * as telemetry from "${WITH_PEER}";
    const require = createRequire(import.meta.url);${crossing}`,
  );
  for (const file of ["peer.cjs", "peer.mjs"])
    assert.equal(installed.mustRun(process.execPath, file).trim(), "traced", file);
  const project = join(installed.folder, "peer-types");
  mkdirSync(project);
  writeFileSync(
    join(project, "use.ts"),
    `import { Kafka, string } from "odradek"; import { openTelemetry } from "${WITH_PEER}";
    const telemetry = openTelemetry({ joinTraces: true }); const kafka = new Kafka({ bootstrapServers: "localhost:9092" });
    telemetry.instrument(kafka); telemetry.instrument(kafka.producer({ value: string() }));
    export const end: () => void = telemetry.instrument(kafka.consumer({ topics: ["t"], value: string() }));`,
  );
  const compilerOptions = { target: "ES2022", lib: ["ES2022", "DOM"], types: [], strict: true, noEmit: true };
  writeFileSync(
    join(project, "tsconfig.json"),
    JSON.stringify({ compilerOptions: { ...compilerOptions, module: "NodeNext" }, include: ["use.ts"] }),
  );
  installed.mustRun(process.execPath, join(root, "node_modules", "typescript", "bin", "tsc"), "-p", project);
});
