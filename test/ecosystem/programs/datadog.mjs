// dd-trace. BOOTSTRAP PREFIX: the spans go to the agent of DD_TRACE_AGENT_URL.
import { createRequire } from "node:module";
import { traced } from "./traced.mjs";

const [bootstrap, prefix] = process.argv.slice(2);
const require = createRequire(import.meta.url);
const tracer = require("dd-trace").init({ flushInterval: 100, startupLogs: false, service: "traced" });
const kafkajs = require("kafkajs");
const notes = [];
const done = await traced({
  ...{ kafkajs, bootstrap, prefix },
  inTransaction: (name, call) => tracer.trace(name, call),
  noteHandler: (name, message) =>
    notes.push({
      name,
      headers: Object.keys(message.headers).sort(),
      span: tracer.scope().active()?.context().toSpanId() ?? "none",
    }),
});
console.log(JSON.stringify({ done, notes }));
// The last spans leave.
setTimeout(() => process.exit(0), 600);
