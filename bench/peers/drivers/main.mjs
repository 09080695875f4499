// The frame of the JavaScript drivers: a driver calls main(adapter). README.md says what an adapter is; kafkajs.mjs is
// the smallest whole one.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { peers } from "../folders.mjs";
import { consume } from "./work-consume.mjs";
import { endToEnd } from "./work-e2e.mjs";
import { produce } from "./work-produce.mjs";
import { single } from "./work-single.mjs";
import { start } from "./work-start.mjs";

/** `require` of what was installed in a folder of the peers. */
export const requireFrom = (folder) => createRequire(join(peers, folder, "package.json"));
export const versionOf = (folder, name) =>
  JSON.parse(readFileSync(join(peers, folder, "node_modules", name, "package.json"), "utf8")).version;

export async function main(adapter) {
  const [scenario, bootstrap, topic, count, size] = process.argv.slice(2);
  const job = { adapter, scenario, bootstrap, topic, count: Number(count), size: Number(size) };
  const [kind] = scenario.split("-");
  const works = { produce, spread: produce, single, seq: single, consume, e2e: endToEnd, start };
  // A timer every millisecond; LOOP_DELAY=0 leaves it out, to see what it costs.
  if (kind !== "start" && process.env.LOOP_DELAY !== "0") {
    job.loopDelay = monitorEventLoopDelay({ resolution: 1 });
    job.loopDelay.enable();
  }
  const work = works[kind];
  if (work === undefined) throw new Error(`unknown work ${scenario}`);
  const close = await work(job);
  // A client that hangs in close must not stop the others.
  await Promise.race([
    Promise.resolve(close?.()).catch(() => undefined),
    new Promise((resolve) => setTimeout(resolve, 3000)),
  ]);
  process.exit(0);
}
