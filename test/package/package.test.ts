// The packed tarball as somebody gets it who installs it tonight.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { buildSync } from "esbuild";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const bin = (name: string): string => join(root, "node_modules", ".bin", name);
/** The oldest TypeScript that users may have: the first with `using` and `Disposable`. */
const OLDEST_TYPESCRIPT = "5.2.2";
/** Bytes. What these are today, plus a sixth: who passes them looks at why, and raises them with a word in the changelog. */
const MAX_PACKED = 620_000;
const MAX_BUNDLE = 350_000;
const MAX_BUNDLE_GZIPPED = 113_000;

interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly files: readonly { readonly path: string }[];
}

let folder = "";
let packed: Packed = { filename: "", size: 0, files: [] };
let tarball = "";

function run(command: string, args: readonly string[], cwd = folder): { readonly status: number | null; readonly text: string } {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: "utf8", env: { ...process.env, npm_config_loglevel: "error" } });
  return { status, text: `${stdout}${stderr}` };
}

function mustRun(command: string, args: readonly string[], cwd = folder): string {
  const { status, text } = run(command, args, cwd);
  assert.equal(status, 0, `${command} ${args.join(" ")}:\n${text}`);
  return text;
}

before(() => {
  folder = mkdtempSync(join(tmpdir(), "odradek-package-"));
  const text = mustRun("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", folder], root);
  [packed = packed] = JSON.parse(text.slice(text.indexOf("["), text.lastIndexOf("]") + 1)) as Packed[];
  tarball = join(folder, packed.filename);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "user", private: true, type: "module" }));
  mustRun("npm", ["install", "--no-audit", "--no-fund", tarball, `typescript-oldest@npm:typescript@${OLDEST_TYPESCRIPT}`]);
});

after(() => rmSync(folder, { recursive: true, force: true }));

const exported = (): string[] => Object.keys((JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { exports: object }).exports).filter((path) => path !== "./package.json").map((path) => path.replace(".", "odradek"));

test("publint and attw find nothing to complain of", () => {
  mustRun(bin("publint"), ["--strict", tarball]);
  mustRun(bin("attw"), ["--profile", "esm-only", tarball]);
});

test("the tarball holds what users need, and nothing else", () => {
  const paths = packed.files.map(({ path }) => path);
  for (const path of paths) assert.match(path, /^(dist\/.*\.(js|d\.ts)|README\.md|CHANGELOG\.md|LICENSE|package\.json|docs\/[\w-]+\.md)$/);
  assert.deepEqual(paths.filter((path) => path.includes(".test.")), []);
  assert.ok(packed.size <= MAX_PACKED, `${packed.size} bytes packed`);
  for (const entry of exported()) assert.ok(existsSync(join(folder, "node_modules", "odradek", "dist", `${entry === "odradek" ? "node" : entry.slice("odradek/".length)}.d.ts`)), entry);
  console.log(`${packed.size} bytes packed, ${packed.files.length} files`);
});

test("every subpath loads from JavaScript, and does its work", () => {
  writeFileSync(join(folder, "use.mjs"), `
    import assert from "node:assert/strict";
    ${exported().map((path, i) => `import * as m${i} from "${path}"; assert.ok(Object.keys(m${i}).length > 0, "${path}");`).join("\n")}
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
  `);
  assert.match(mustRun(process.execPath, ["use.mjs"]), /used/);
});

test("by require where Node can; where it cannot, the error says that this is an ES module", () => {
  const can = (process.features as { require_module?: unknown }).require_module !== undefined && (process.features as { require_module?: unknown }).require_module !== false;
  writeFileSync(join(folder, "use.cjs"), `${exported().map((path) => `if (Object.keys(require("${path}")).length === 0) throw new Error("${path}");`).join("\n")} console.log("required");`);
  const { status, text } = run(process.execPath, ["--no-warnings", "use.cjs"]);
  if (can) assert.deepEqual([status, text.trim()], [0, "required"]);
  else assert.match(text, /ERR_REQUIRE_ESM/);
});

for (const typescript of ["oldest", "newest"]) {
  for (const [module, moduleResolution] of [["NodeNext", "NodeNext"], ["ESNext", "Bundler"]] as const) {
    test(`the types compile on the ${typescript} TypeScript, without DOM and Node, libraries checked too (${moduleResolution})`, () => {
      const project = join(folder, `types-${typescript}-${module}`);
      mkdirSync(project);
      writeFileSync(join(project, "package.json"), JSON.stringify({ type: "module" }));
      writeFileSync(join(project, "use.ts"), `
        ${exported().map((path, i) => `import * as m${i} from "${path}"; export const keys${i}: object = m${i};`).join("\n")}
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
      `);
      const compilerOptions = { target: "ES2022", lib: ["ES2022"], types: [], skipLibCheck: false, strict: true, noEmit: true, exactOptionalPropertyTypes: true, module, moduleResolution };
      writeFileSync(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["use.ts"] }));
      const tsc = typescript === "oldest" ? join(folder, "node_modules", "typescript-oldest", "bin", "tsc") : join(root, "node_modules", "typescript", "bin", "tsc");
      mustRun(process.execPath, [tsc, "-p", project]);
    });
  }
}

test("the command works from the package: help, a wrong option, a small demo", () => {
  assert.match(mustRun("npx", ["odradek", "--help"]), /demo[^]*broker[^]*conformance/);
  const wrong = run("npx", ["odradek", "demo", "--no-such-option"]);
  assert.equal(wrong.status, 2);
  assert.match(wrong.text, /--no-such-option/);
  assert.match(mustRun("npx", ["odradek", "demo", "--records", "5000"]), /All 5,000 records .* came back once and in order/);
});

test("a bundled client stays small", () => {
  const entry = join(folder, "entry.mjs");
  writeFileSync(entry, `import { Kafka } from "odradek"; export const kafka = new Kafka({ bootstrapServers: "localhost:9092" });`);
  const { outputFiles } = buildSync({ entryPoints: [entry], bundle: true, minify: true, write: false, format: "esm", platform: "node", absWorkingDir: folder });
  const bytes = outputFiles[0]?.contents ?? new Uint8Array(0);
  const gzipped = gzipSync(bytes).length;
  assert.ok(bytes.length > 50_000 && bytes.length <= MAX_BUNDLE, `${bytes.length} bytes`);
  assert.ok(gzipped <= MAX_BUNDLE_GZIPPED, `${gzipped} bytes gzipped`);
  console.log(`a bundled client: ${bytes.length} bytes minified, ${gzipped} gzipped`);
});
