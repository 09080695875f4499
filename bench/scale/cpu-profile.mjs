// Where the CPU time of a run went: the functions with the most time of their own.
import { mkdirSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "../peers/folders.mjs";

/** The same client with a profile of its main thread, from files that are named as those of src. It costs some time. */
export function profiled(client, folder) {
  mkdirSync(folder, { recursive: true });
  const [node, ...rest] = client.command;
  return {
    ...client,
    command: [node, "--cpu-prof", "--cpu-prof-interval", "500", "--cpu-prof-dir", folder, ...rest],
    env: { ODRADEK_ENTRY: join(root, "build", "src", "node.js"), ...client.env },
  };
}

/** What loads the modules of a process: a run of some seconds shows it, and no client's code is in it. */
const STARTING = /^node:(internal\/(modules|bootstrap|process|url|util)|path|fs)/;

/** Lines of the functions with the most time of their own, by the newest profile of a folder. */
export function topFunctions(folder, limit = 14) {
  const newest = readdirSync(folder)
    .filter((name) => name.endsWith(".cpuprofile"))
    .map((name) => JSON.parse(readFileSync(join(folder, name), "utf8")))
    .reduce((a, b) => (a.endTime > b.endTime ? a : b));
  const nodes = new Map(newest.nodes.map((node) => [node.id, node]));
  const self = new Map();
  let busy = 0;
  for (const [i, id] of newest.samples.entries()) {
    const { functionName, url, lineNumber } = nodes.get(id).callFrame;
    if (functionName === "(idle)" || functionName === "(program)" || STARTING.test(url)) continue;
    const time = newest.timeDeltas[i];
    busy += time;
    const file = url.replace(/^.*\/build\/src\//, "src/").replace(/^file:.*\//, "");
    const name = file === "" ? functionName : `${functionName || "(anonymous)"} ${file}:${lineNumber + 1}`;
    self.set(name, (self.get(name) ?? 0) + time);
  }
  return [...self]
    .sort(([, a], [, b]) => b - a)
    .slice(0, limit)
    .map(([name, time]) => `${((100 * time) / busy).toFixed(1).padStart(5)} %  ${name}`);
}
