// node in-quickjs.mjs INPUT [SYMBOLS]: runs program.mjs in QuickJS, with the package's ES modules, unchanged. The
// engine has no timers, no clock of a host's, no queueMicrotask and no TextEncoder; it is given one function, `drain`.
import { getQuickJS } from "quickjs-emscripten";
import { fileOf, program, textOf } from "./package-files.mjs";

const [input, symbols = "never"] = process.argv.slice(2);
const runtime = (await getQuickJS()).newRuntime();
runtime.setMaxStackSize(0);
runtime.setModuleLoader(
  (file) => textOf(file),
  (from, name) => fileOf(name, from),
);
const context = runtime.newContext();
const run = (code, name = "host.js", options = {}) => context.unwrapResult(context.evalCode(code, name, options));

// What the engine has of its own and a bare one need not: gone.
run(
  "for (const name of ['Date', 'Intl', 'console', 'WeakRef', 'FinalizationRegistry', 'SharedArrayBuffer', " +
    "'Atomics', 'performance']) delete globalThis[name]; delete Math.random;",
).dispose();

const turns = [];
const drain = context.newFunction("drain", () => {
  const turn = context.newPromise();
  turns.push(turn);
  return turn.handle;
});
context.setProp(context.global, "drain", drain);

const addSymbols = "Symbol.dispose ??= Symbol('dispose'); Symbol.asyncDispose ??= Symbol('asyncDispose');";
if (symbols === "before") run(addSymbols).dispose();
run(
  `import { main } from "./program.mjs"; ${symbols === "after" ? addSymbols : ""} main(${input}, ` +
    `drain).then((text) => { globalThis.result = text; }, (error) => { globalThis.failure = String(error) + "\\n" ` +
    "+ error.stack; });",
  program.replace("program.mjs", "entry.mjs"),
  { type: "module" },
);

/** The value of a global of the engine, or undefined. */
const valueOf = (name) => context.getProp(context.global, name).consume((handle) => context.dump(handle));

for (;;) {
  context.unwrapResult(runtime.executePendingJobs());
  const turn = turns.shift();
  if (turn === undefined) break;
  turn.resolve(context.undefined);
  turn.dispose();
}
const failure = valueOf("failure");
if (failure !== undefined) throw new Error(failure);
process.stdout.write(valueOf("result"));
