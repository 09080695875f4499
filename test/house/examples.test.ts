// Every example in the README and in docs/ compiles against the built package, as a user's own file would.
import { test } from "node:test";
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { root } from "./root.ts";

interface Example {
  readonly where: string;
  readonly language: string;
  readonly code: string;
}

function examples(file: string): readonly Example[] {
  const text = readFileSync(join(root, file), "utf8");
  return [...text.matchAll(/^```(ts|js)\n([\s\S]*?)^```$/gm)].map((m, i) => ({
    where: `${file.replaceAll(/[^a-zA-Z]/g, "_")}_${i + 1}`,
    language: m[1] ?? "",
    code: m[2] ?? "",
  }));
}

/** As a reader pastes it: alone, and behind the first example of its page. */
function pasted(page: readonly Example[]): Map<string, string> {
  const files = new Map<string, string>();
  for (const [i, { where, language, code }] of page.entries()) {
    const extension = language === "js" ? "mjs" : "mts";
    files.set(`${where}_alone.${extension}`, `${code}\nexport {};\n`);
    if (i > 0) files.set(`${where}_behind.${extension}`, `${page[0]?.code ?? ""}\n${code}\nexport {};\n`);
  }
  return files;
}

/** JavaScript is asked for its syntax, its imports and its names alone: a strict compiler would ask it for types. */
const OF_JAVASCRIPT = /TS(1\d{3}|2304|2305|2307|2451|2552|18004)$/;

/** The compiler's errors for each file. */
function errorsByFile(stdout: string): ReadonlyMap<string, readonly string[]> {
  const errors = new Map<string, string[]>();
  for (const [line, file = "", extension, code = ""] of stdout.matchAll(
    /^.*?(\w+)\.(mts|mjs)\(\d+,\d+\): error (TS\d+): .*$/gm,
  )) {
    if (extension === "mjs" && !OF_JAVASCRIPT.test(code)) continue;
    errors.set(file, [...(errors.get(file) ?? []), line]);
  }
  return errors;
}

/** The errors of examples that compile neither alone nor after the first example of their page. */
function broken(pages: readonly (readonly Example[])[], folder: string): readonly string[] {
  const errors = errorsByFile(
    compile(join(root, "build", folder), new Map(pages.flatMap((page) => [...pasted(page)]))),
  );
  return pages.flatMap((page) =>
    page.flatMap(({ where }, i) => {
      const [alone, behind] = [errors.get(`${where}_alone`), errors.get(`${where}_behind`)];
      return alone === undefined || (i > 0 && behind === undefined)
        ? []
        : [`${where}: ${[...alone, ...(behind ?? [])].join("\n")}`];
    }),
  );
}

function compile(folder: string, sources: ReadonlyMap<string, string>): string {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [name, code] of sources) writeFileSync(join(folder, name), code);
  writeFileSync(
    join(folder, "tsconfig.json"),
    JSON.stringify({
      compilerOptions: {
        target: "ES2022",
        lib: ["ES2022", "DOM", "ESNext.Disposable"],
        module: "NodeNext",
        moduleResolution: "NodeNext",
        strict: true,
        noEmit: true,
        skipLibCheck: true,
        types: [],
        allowJs: true,
        checkJs: true,
      },
      include: ["*.mts", "*.mjs"],
    }),
  );
  const result = spawnSync(process.execPath, [join(root, "node_modules", "typescript", "bin", "tsc"), "-p", folder], {
    encoding: "utf8",
  });
  return result.stdout;
}

test("every example of README.md and docs/ compiles as it stands, or pasted behind the first one of its page", () => {
  const pages = [
    "README.md",
    ...readdirSync(join(root, "docs"))
      .filter((name) => name.endsWith(".md") && name !== "DESIGN.md")
      .map((name) => `docs/${name}`),
  ].map(examples);
  assert.ok(pages.flat().length > 60, String(pages.flat().length));
  // The JavaScript of docs/platforms.md is in files that import each other, for an engine without a host: test/package
  // runs it.
  const all = pages.map((page) =>
    page.filter(({ where, language }) => !(where.startsWith("docs_platforms") && language === "js")),
  );
  assert.deepEqual(broken(all, "docs-examples"), []);
});

test("an example that names what is not there, or gives the client something wrong, is found", () => {
  const page = (...codes: readonly string[]): readonly Example[] =>
    codes.map((code, i) => ({ where: `page_${i + 1}`, language: code.startsWith("//") ? "js" : "ts", code }));
  const first = 'import { Kafka } from "odradek";\nconst kafka = new Kafka({ bootstrapServers: "a:1" });';
  const wrong = [
    'kafka.producer().enqueue({ topik: "t" });',
    "consumer.close();",
    "// JavaScript\nconsumer.close();",
    'import { Kafkaa } from "odradek";',
  ];
  assert.deepEqual(broken([page(first, "await kafka.close();")], "examples-sound"), []);
  const found = broken([page(first, ...wrong)], "examples-broken");
  assert.equal(found.length, wrong.length, found.join("\n"));
  assert.match(found[0] ?? "", /topik/);
});
