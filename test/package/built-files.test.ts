// No built file contains code that bundlers cannot follow: each of these patterns broke a tool before.
import { test } from "node:test";
import assert from "node:assert/strict";
import { readFileSync, readdirSync, statSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import ts from "typescript";
import { root } from "../house/root.ts";

const dist = join(root, "dist");
/** Programs, which are not bundled: they import the user's own files. */
const PROGRAMS = ["cli/main.js"];

/** Bytes. npm packs a chunk beside its twin of the other build, and gzip finds a text again within 32 KB. */
const MOST_OF_CHUNK = 31_000;

const parsed = (file: string, text: string): ts.SourceFile =>
  ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true);

const sources = readdirSync(dist, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".js") && !PROGRAMS.includes(file))
  .map((file) => parsed(file, readFileSync(join(dist, file), "utf8")));

/** Each place in a file where `isFault` holds, as text. */
function faults(source: ts.SourceFile, isFault: (node: ts.Node) => boolean): readonly string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (isFault(node)) found.push(`${source.fileName}: ${node.getText()}`);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** The argument of `require(…)` or `import(…)`, where a node is such a call. */
function loaded(node: ts.Node): ts.Expression | undefined {
  if (!ts.isCallExpression(node)) return undefined;
  const { expression } = node;
  const isLoad =
    expression.kind === ts.SyntaxKind.ImportKeyword || (ts.isIdentifier(expression) && expression.text === "require");
  return isLoad ? node.arguments[0] : undefined;
}

const isCreateRequire = (node: ts.Node): boolean =>
  ts.isCallExpression(node) && /(^|\.)createRequire$/.test(node.expression.getText());

const isInFunction = (node: ts.Node): boolean => ts.findAncestor(node, ts.isFunctionLike) !== undefined;

interface Fault {
  /** An example of such code. */
  readonly sample: string;
  readonly is: (node: ts.Node) => boolean;
}

const FAULTS: Readonly<Record<string, Fault>> = {
  "require or import of a name that is no literal": {
    sample: `function f(name) { return require(name) ?? import(name); }`,
    is: (node) => {
      const argument = loaded(node);
      return argument !== undefined && !ts.isStringLiteral(argument);
    },
  },
  "createRequire at module level": {
    sample: `const load = createRequire("/");`,
    is: (node) => isCreateRequire(node) && !isInFunction(node),
  },
  "createRequire of import.meta.url, which is empty in a CommonJS bundle": {
    sample: `function f() { return m.createRequire(import.meta.url); }`,
    is: (node) => isCreateRequire(node) && node.getText().includes("import.meta"),
  },
  "createRequire imported by name, which webpack takes out": {
    sample: `import { createRequire as c } from "node:module";`,
    is: (node) => ts.isImportSpecifier(node) && (node.propertyName ?? node.name).text === "createRequire",
  },
  "a module of Bun's that a bundler looks for": {
    sample: `import jsc from "bun:jsc"; function f() { return require("bun:jsc"); }`,
    is: (node) => {
      const argument = ts.isImportDeclaration(node) ? node.moduleSpecifier : loaded(node);
      return argument !== undefined && /^["']bun:/.test(argument.getText());
    },
  },
};

for (const [what, { sample, is }] of Object.entries(FAULTS)) {
  test(`no built file has ${what}`, () => {
    assert.ok(faults(parsed("sample.js", sample), is).length > 0, "the sample is found");
    assert.ok(sources.length > 20, "both builds");
    assert.deepEqual(
      sources.flatMap((source) => faults(source, is)),
      [],
    );
  });
}

test("no chunk grew so large that a tarball holds its text twice", () => {
  // The client stays whole: each more file costs every program time at its start.
  const cut = readdirSync(join(dist, "cjs", "chunks")).filter((file) => file !== "client.js");
  const twins = cut.flatMap((file) => [`chunks/${file}`, `cjs/chunks/${file}`]);
  assert.ok(twins.length > 20);
  assert.deepEqual(
    twins.filter((file) => statSync(join(dist, file)).size > MOST_OF_CHUNK),
    [],
  );
});

for (const build of ["cjs/core.js", "core.js"]) {
  test(`an error out of ${build} shows the names of its class and of the functions that threw it`, async () => {
    const require = createRequire(join(dist, "any.js"));
    const { Kafka } = (build.startsWith("cjs") ? require(`./${build}`) : await import(join(dist, build))) as {
      readonly Kafka: new (options: unknown) => unknown;
    };
    const thrown = (): unknown => {
      try {
        return new Kafka({ bootstrapServers: "a:1" });
      } catch (error) {
        return error;
      }
    };
    const { constructor, stack = "" } = thrown() as Error;
    assert.equal(constructor.name, "KafkaError");
    assert.match(stack, /^KafkaError: .*needs a platform/);
    assert.match(stack, /at new Kafka .*chunks\/client/);
    assert.match(stack, /at \w{4,} .*chunks\//);
  });
}

test("Bun need not transpile an ES module; in a CommonJS one the mark would mean another thing", () => {
  for (const { fileName, text } of sources) {
    const isMarked = text.startsWith("// @bun\n");
    assert.equal(isMarked, !/^(cjs|.*[/\\]cjs)[/\\]/.test(fileName), fileName);
  }
});

test("one character beyond ASCII doubled the memory of a whole chunk, and with it the collections of a consumer", () => {
  for (const { fileName, text } of sources) assert.doesNotMatch(text, /[^\0-\x7f]/, fileName);
});

for (const [build, load] of [
  ["node.js", "await import"],
  ["cjs/node.js", "process.getBuiltinModule('node:module').createRequire('/')"],
] as const)
  test(`${build} makes the scrap that lets V8 free large buffers early: a minifier has removed it once`, () => {
    const path = JSON.stringify(join(dist, build));
    const code = `
      const { allocate } = (${load}(${path})).nodePlatform();
      for (let i = 0; i < 300; i++) allocate(3_000_000);`;
    const child = spawnSync(process.execPath, ["--trace-gc", "--input-type=module", "-e", code], { encoding: "utf8" });
    assert.equal(child.status, 0, child.stderr);
    const quick = child.stdout.match(/ms: Scavenge /g)?.length ?? 0;
    assert.ok(quick >= 45, `${quick} quick collections`); // 27 without it, on Node 20
  });
