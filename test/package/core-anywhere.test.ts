// `odradek/core` on hosts that the package knows nothing of: the file that the package names, unchanged, in a bare vm
// context and in QuickJS.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { copyFileSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { root } from "../house/root.ts";
import { modulesOf, usesOfHost } from "./bare-modules.ts";
import { commitSeed } from "./commit-seed.ts";
import { InstalledPackage } from "./packed.ts";

const QUICKJS = "quickjs-emscripten@0.32.0";
const SEEDS = 20;
const CODECS = ["none", "gzip", "snappy", "lz4", "zstd"];
const programs = join(root, "test", "package", "anywhere");

/** The output of program.mjs. */
interface Report {
  readonly whole: {
    readonly admin: {
      readonly again: readonly unknown[];
      readonly listed: readonly string[];
      readonly described: readonly { readonly topic: string; readonly partitions: readonly unknown[] }[];
    };
    readonly codecs: readonly (readonly unknown[])[];
    readonly groups: Readonly<Record<string, { readonly once: number; readonly last: string }>>;
    readonly transactions: {
      readonly committed: string;
      readonly aborted: string;
      readonly read: Readonly<Record<string, readonly string[]>>;
    };
    readonly exactlyOnce: { readonly different: number; readonly records: number; readonly aborted: number };
    readonly closed: string;
    readonly logged: readonly unknown[];
    readonly left: unknown;
    readonly traceHash: string;
  };
  readonly runs: readonly {
    readonly seed: number;
    readonly records: number;
    readonly leaks: number;
    readonly traceHash: string;
  }[];
}

/** Texts, topics and seeds, drawn from the commit. */
const text = commitSeed();
const seeds = Array.from({ length: SEEDS }, (_, i) => Number.parseInt(text.slice(0, 8), 16) + i);
const input = JSON.stringify({ text, seeds });

let installed: InstalledPackage;
let onNode = "";

before(() => {
  installed = InstalledPackage.install(QUICKJS);
  for (const name of readdirSync(programs)) copyFileSync(join(programs, name), join(installed.folder, name));
  onNode = installed.mustRun(process.execPath, "on-node.mjs", input);
});

after(() => installed.remove());

test("plain Node: codecs, groups of both protocols, transactions, exactly once, admin and close do what they promise", () => {
  const { whole, runs } = JSON.parse(onNode) as Report;
  const { admin, codecs, groups, transactions, exactlyOnce } = whole;
  assert.deepEqual(admin.again, [true, "broker", "TOPIC_ALREADY_EXISTS"]);
  assert.deepEqual(
    admin.described.map(({ topic, partitions }) => [topic, partitions.length]),
    ["codecs", "classic", "consumer", "ledger", "in", "out"].map((name) => [`${text}-${name}`, 2]),
  );
  assert.ok(!admin.listed.includes(`${text}-gone`), "a deleted topic is not listed");
  assert.deepEqual(
    codecs,
    CODECS.map((name) => [`key-${name}`, name, 1]),
  );
  assert.deepEqual(groups, {
    classic: { once: 41, last: "after the group" },
    consumer: { once: 41, last: "after the group" },
  });
  assert.deepEqual(transactions, {
    committed: "committed",
    aborted: "changed its mind",
    read: {
      read_committed: ["debit committed", "credit committed", "end"],
      read_uncommitted: ["debit committed", "credit committed", "debit aborted", "end"],
    },
  });
  assert.deepEqual(exactlyOnce, { different: 30, records: 30, aborted: 1 });
  assert.equal(whole.closed, "closed");
  assert.deepEqual(whole.left, { tasks: 0, delays: 0, failures: [], misuses: [] });
  assert.deepEqual(
    runs.map(({ seed, records, leaks }) => [seed, records, leaks]),
    seeds.map((seed) => [seed, 24, 0]),
  );
  assert.equal(new Set(runs.map(({ traceHash }) => traceHash)).size, SEEDS, "each seed has a trace of its own");
});

const HOSTS: Readonly<Record<string, readonly string[]>> = {
  "a bare vm context, by import": ["--experimental-vm-modules", "--no-warnings", "in-vm.mjs", input],
  "a bare vm context, by require": ["--experimental-vm-modules", "--no-warnings", "in-vm-cjs.mjs", input],
  "a bare vm context that has the dispose symbols": [
    "--experimental-vm-modules",
    "--no-warnings",
    "in-vm.mjs",
    input,
    "before",
  ],
  "a bare vm context that gets the dispose symbols after the core": [
    "--experimental-vm-modules",
    "--no-warnings",
    "in-vm.mjs",
    input,
    "after",
  ],
  QuickJS: ["in-quickjs.mjs", input],
  "QuickJS that gets the dispose symbols after the core": ["in-quickjs.mjs", input, "after"],
};

for (const [host, args] of Object.entries(HOSTS)) {
  test(`${host}: the package's own files give the trace hashes and the results that Node gives`, () => {
    const seen = JSON.parse(installed.mustRun(process.execPath, ...args)) as Report;
    const expected = JSON.parse(onNode) as Report;
    assert.deepEqual(seen.runs, expected.runs);
    assert.deepEqual(seen, expected);
  });
}

/** An entry's files, by what they import of each other. */
function graphOf(entry: string): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  const open = [entry];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (files.has(file)) continue;
    const code = readFileSync(file, "utf8");
    files.set(file, code);
    for (const name of modulesOf(code)) {
      assert.match(name, /^\.\.?\//, `${file} names another module: ${name}`);
      open.push(resolve(dirname(file), name));
    }
  }
  return files;
}

const entries = { module: "import", commonjs: "require" } as const;
for (const [sourceType, condition] of Object.entries(entries) as [keyof typeof entries, string][]) {
  for (const subpath of ["./core", "./runtime", "./protocol", "./records"]) {
    test(`the ${sourceType} graph of ${subpath} names no module of a host, and reads no global of one`, () => {
      const folder = join(installed.folder, "node_modules", "odradek");
      const { exports } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
        readonly exports: Readonly<Record<string, Readonly<Record<string, string>>>>;
      };
      const files = graphOf(join(folder, exports[subpath]?.[condition] ?? ""));
      const uses = [...files].flatMap(([file, code]) =>
        usesOfHost(code, sourceType).map((use) => `${relative(folder, file)}:${use}`),
      );
      assert.deepEqual(uses, []);
    });
  }
}

test("that check bites: host modules, globals, and what ECMAScript has and a bare engine need not", () => {
  assert.deepEqual(
    modulesOf(
      'import{a}from"node:fs";import"./b.js";export*from"c";const d=require("node:net");const e=await ' +
        'import("bun:jsc");',
    ),
    ["node:fs", "./b.js", "c", "node:net", "bun:jsc"],
  );
  for (const code of [
    "setTimeout(f, 1); function f() {}",
    "Date.now()",
    "new Intl.Collator()",
    "Math.random()",
    "typeof process",
    "globalThis.fetch",
    "console.log(1)",
    "new TextEncoder()",
    "queueMicrotask(() => {})",
    'import("x")',
    "import.meta.url",
    "require",
    'new Function("x")',
    "new WeakRef({})",
  ]) {
    assert.ok(usesOfHost(code, "module").length > 0, code);
  }
  assert.deepEqual(
    usesOfHost(
      "export const a = new Map([[Symbol.iterator, Math.imul(1, 2)]]); await Promise.resolve(new Uint8Array(1)); " +
        'throw new Error("x");',
      "module",
    ),
    [],
  );
  assert.deepEqual(usesOfHost('exports.a = require("./b.js");', "commonjs"), []);
  assert.equal(usesOfHost("const name = 1; require(name);", "commonjs").length, 1);
});
