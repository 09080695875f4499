// node in-quickjs.mjs QUICKJS SCRIPT SEED …: in QuickJS, whose packages lie in the folder QUICKJS. The engine has no
// timers and no queueMicrotask; it is given one function, `drain`.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const [folder = "", script = "", ...seeds] = process.argv.slice(2);
const require = createRequire(join(folder, "index.js"));
const { getQuickJS } = require("quickjs-emscripten");

const runtime = (await getQuickJS()).newRuntime();
runtime.setMaxStackSize(0);
const context = runtime.newContext();
const run = (code, name) => context.unwrapResult(context.evalCode(code, name)).dispose();

const turns = [];
const drain = context.newFunction("drain", () => {
  const turn = context.newPromise();
  turns.push(turn);
  return turn.handle;
});
context.setProp(context.global, "drain", drain);
run(readFileSync(script, "utf8"), "trace.js");
run(
  `(async () => { const traces = {}; for (const seed of [${seeds.join()}]) traces[seed] = await odradekTrace(seed, ` +
    "drain); return JSON.stringify(traces); })().then((text) => { globalThis.result = text; }, (error) => { " +
    'globalThis.failure = String(error) + "\\n" + error.stack; });',
  "main.js",
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
console.log(valueOf("result"));
