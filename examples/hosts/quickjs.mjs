// QuickJS in WebAssembly (npm install odradek quickjs-emscripten esbuild): the client and a cluster in memory run in an
// engine that has no timers, no sockets and no TextEncoder. node quickjs.mjs
import { build } from "esbuild";
import { getQuickJS } from "quickjs-emscripten";

/** The program of the engine. `host` has the four functions below. */
const PROGRAM = `
  import { boxedRuntime, EmbeddedCluster, Kafka, string } from "odradek/core";

  const clock = { now: () => host.now(), monotonic: () => host.now() };
  const sleep = (ms, { signal }) =>
    new Promise((resolve) => {
      const id = host.startTimer(ms, resolve);
      signal.addEventListener("abort", () => host.stopTimer(id));
    });
  const platform = {
    runtime: boxedRuntime({ sleep, clock }),
    clock,
    entropy: { fill: (bytes) => bytes.forEach((_, i) => (bytes[i] = Math.floor(Math.random() * 256))) },
  };
  const cluster = await EmbeddedCluster.start({ platform, brokers: 3, topics: { orders: 3 } });
  const kafka = new Kafka({ cluster });
  const producer = kafka.producer({ compressionType: "gzip" });
  for (let i = 0; i < 1000; i++) producer.enqueue({ topic: "orders", key: String(i), value: "espresso " + i });
  await producer.close();
  const seen = new Set();
  for await (const { value } of kafka.consumer({ groupId: "baristas", topics: ["orders"], value: string() }))
    if (seen.add(value).size === 1000) break;
  await kafka.close();
  await cluster.close();
  host.print(seen.size + " orders came back");
`;

const { outputFiles } = await build({
  stdin: { contents: PROGRAM, resolveDir: import.meta.dirname },
  ...{ bundle: true, format: "esm", platform: "neutral", write: false },
});

const context = (await getQuickJS()).newContext();
context.runtime.setMaxStackSize(0);
const run = () => context.unwrapResult(context.runtime.executePendingJobs());
const host = context.newObject();
const timers = new Map();
let lastTimer = 0;
const functions = {
  now: () => context.newNumber(performance.timeOrigin + performance.now()),
  print: (text) => console.log(context.getString(text)),
  startTimer: (ms, callback) => {
    const id = ++lastTimer;
    const held = callback.dup();
    const elapsed = () => {
      timers.delete(id);
      held.consume((call) => context.unwrapResult(context.callFunction(call, context.undefined)).dispose());
      run();
    };
    timers.set(id, { held, timer: setTimeout(elapsed, context.getNumber(ms)) });
    return context.newNumber(id);
  },
  stopTimer: (id) => {
    const found = timers.get(context.getNumber(id));
    if (found === undefined) return;
    timers.delete(context.getNumber(id));
    clearTimeout(found.timer);
    found.held.dispose();
  },
};
for (const [name, code] of Object.entries(functions))
  context.newFunction(name, code).consume((handle) => context.setProp(host, name, handle));
context.setProp(context.global, "host", host);
host.dispose();
context.unwrapResult(context.evalCode(outputFiles[0].text, "program.mjs", { type: "module" })).dispose();
run();
