// The ban on host globals is proven, not assumed: the whole client runs where there are none.
import { test } from "node:test";
import assert from "node:assert/strict";
import { join } from "node:path";
import vm from "node:vm";
import { build } from "esbuild";
import { root } from "./root.ts";

const FORBIDDEN = [
  "setTimeout",
  "setImmediate",
  "queueMicrotask",
  "process",
  "Buffer",
  "console",
  "performance",
  "crypto",
  "TextEncoder",
  "AbortController",
  "fetch",
  "URL",
  "WebAssembly",
];

async function bundle(): Promise<string> {
  const result = await build({
    entryPoints: [join(root, "test", "house", "bare-vm-entry.ts")],
    bundle: true,
    format: "iife",
    globalName: "odradek",
    platform: "neutral",
    target: "es2022",
    write: false,
    logLevel: "error",
  });
  return result.outputFiles[0]?.text ?? "";
}

/**
 * ECMAScript's own built-ins, Date.now and Math.random that throw, the dispose symbols, and one function of the host's.
 */
function bareContext(): vm.Context {
  const context = vm.createContext({ drain: () => new Promise((resolve) => setImmediate(resolve)) });
  vm.runInContext(
    `delete globalThis.WebAssembly; delete globalThis.console;
     const never = (name) => () => { throw new Error(name + " was called"); };
     Date.now = never("Date.now"); Math.random = never("Math.random");
     Symbol.dispose ?? Object.defineProperty(Symbol, "dispose", { value: Symbol("Symbol.dispose") });
     Symbol.asyncDispose ?? Object.defineProperty(Symbol, "asyncDispose", { value: Symbol("Symbol.asyncDispose") });`,
    context,
  );
  return context;
}

test("client, embedded cluster and simulated platform make a round trip in a bare vm context, the same one each time", async () => {
  const code = await bundle();
  const run = async (seed: number): Promise<Record<string, unknown>> => {
    const context = bareContext();
    for (const name of FORBIDDEN) assert.equal(vm.runInContext(`typeof ${name}`, context), "undefined", name);
    vm.runInContext(code, context);
    return JSON.parse((await vm.runInContext(`odradek.roundTrip(${seed}, 5000, drain)`, context)) as string) as Record<
      string,
      unknown
    >;
  };
  const first = await run(1);
  assert.deepEqual({ ...first, hash: "", ms: 0 }, { count: 5000, first: true, tasks: 0, delays: 0, hash: "", ms: 0 });
  assert.deepEqual(await run(1), first, "one seed, one trace");
  assert.notEqual((await run(2))["hash"], first["hash"], "another seed, another trace");
});

test("the proof bites: code that reads the host's clock fails in that context", () => {
  const context = bareContext();
  assert.throws(() => vm.runInContext("Date.now()", context), /Date\.now was called/);
  assert.throws(() => vm.runInContext("setTimeout(() => {}, 1)", context), /setTimeout is not defined/);
});
