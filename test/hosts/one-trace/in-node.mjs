// node in-node.mjs SCRIPT SEED …: on Node, Bun and Deno.
import { pathToFileURL } from "node:url";

const [script = "", ...seeds] = process.argv.slice(2);
await import(pathToFileURL(script).href);
const traces = {};
for (const seed of seeds)
  traces[seed] = await globalThis.odradekTrace(Number(seed), () => new Promise((resolve) => setImmediate(resolve)));
console.log(JSON.stringify(traces));
