// A vm context without what it brings beyond a bare engine: no clock, no randomness, no locale, no console.
import vm from "node:vm";

const GONE = [
  "Date",
  "Intl",
  "console",
  "WebAssembly",
  "SharedArrayBuffer",
  "Atomics",
  "WeakRef",
  "FinalizationRegistry",
  "escape",
  "unescape",
];
/** A host has these, ECMAScript has not: none may be there. */
const HOST = [
  "setTimeout",
  "setInterval",
  "setImmediate",
  "queueMicrotask",
  "process",
  "Buffer",
  "performance",
  "crypto",
  "TextEncoder",
  "TextDecoder",
  "AbortController",
  "fetch",
  "URL",
  "require",
  "structuredClone",
];

export function bareContext() {
  const context = vm.createContext({}, { codeGeneration: { strings: false, wasm: false } });
  vm.runInContext(`for (const name of ${JSON.stringify(GONE)}) delete globalThis[name]; delete Math.random;`, context);
  const there = [...GONE, ...HOST].filter((name) => vm.runInContext(`typeof ${name}`, context) !== "undefined");
  if (there.length > 0 || vm.runInContext("typeof Math.random", context) !== "undefined")
    throw new Error(`the context is not bare: it has ${there.join()}`);
  return context;
}
