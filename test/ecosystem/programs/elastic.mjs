// elastic-apm-node. BOOTSTRAP PREFIX: the spans go to the server of ELASTIC_APM_SERVER_URL.
import { createRequire } from "node:module";
import { traced } from "./traced.mjs";

const [bootstrap, prefix] = process.argv.slice(2);
const require = createRequire(import.meta.url);
const agent = require("elastic-apm-node").start({
  ...{ serviceName: "traced", logLevel: "off", centralConfig: false, cloudProvider: "none", metricsInterval: "0s" },
  ...{
    apiRequestTime: "1s",
    captureExceptions: false,
    spanCompressionEnabled: false,
    captureHeaders: true,
    captureBody: "all",
  },
});
const kafkajs = require("kafkajs");
const notes = [];
const done = await traced({
  ...{ kafkajs, bootstrap, prefix },
  inTransaction: async (name, call) => {
    const transaction = agent.startTransaction(name, "application");
    try {
      return await call();
    } finally {
      transaction.end();
    }
  },
  noteHandler: (name, message) =>
    notes.push({
      name,
      headers: Object.keys(message.headers).sort(),
      span: agent.currentTransaction?.ids["transaction.id"] ?? "none",
    }),
});
await agent.flush();
console.log(JSON.stringify({ done, notes }));
process.exit(0);
