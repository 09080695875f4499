// node bench/groups/assign.mjs [--assignor cooperative-sticky] [MEMBERSxPARTITIONSxTOPICS …] What the leader of a
// classic group computes where members subscribe to different topics: CPU of the first call of a fresh process, and the
// longest time without a turn of the host. No broker.
import { execFileSync } from "node:child_process";
import { parseArgs } from "node:util";

const DEFAULT = ["100x2000x10", "200x2000x10", "300x3000x10", "1000x10000x10", "1000x10000x1000"];
const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { assignor: { type: "string", default: "cooperative-sticky" }, measure: { type: "string" } },
});

/** Each member subscribes to about half of the topics, by a fixed seed. */
function mixed(members, partitions, topics) {
  let seed = 1;
  const below = (n) => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return Math.floor((seed / 2147483648) * n);
  };
  const names = Array.from({ length: topics }, (_, i) => `t${i}`);
  return {
    partitions: new Map(names.map((name) => [name, Array.from({ length: partitions / topics }, () => [])])),
    members: Array.from({ length: members }, (_, i) => ({
      memberId: `m${i}`,
      instanceId: null,
      topics: names.filter(() => below(2)),
      owned: [],
      generation: -1,
      rack: null,
      userData: null,
    })),
  };
}

async function measure(size) {
  const folder = new URL("../../build/src/", import.meta.url);
  const modules = await Promise.all(
    ["range", "round-robin", "sticky"].map((file) => import(`${folder}consumer/group/assignors/${file}.js`)),
  );
  const assignor = modules.flatMap((module) => Object.values(module)).find(({ name }) => name === options.assignor);
  const { HostTurns } = await import(`${folder}runtime/host-turns.js`);
  const { nodePlatform } = await import(`${folder}platform/node/platform.js`);
  const input = mixed(...size.split("x").map(Number));
  const { runtime, clock } = nodePlatform();
  const turns = new HostTurns({ runtime, clock });
  let longest = 0;
  const now = () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  };
  let last = now();
  const look = () => {
    const at = now();
    longest = Math.max(longest, at - last);
    last = at;
  };
  const begun = process.cpuUsage();
  await assignor.assign(input, {
    signal: undefined,
    giveTurn: () => {
      if (!turns.isDue) return undefined;
      look();
      return turns.take().then(() => (last = now()));
    },
  });
  look();
  const { user, system } = process.cpuUsage(begun);
  console.log(JSON.stringify({ ms: Math.round((user + system) / 1000), longest: Number(longest.toFixed(1)) }));
}

if (options.measure !== undefined) await measure(options.measure);
else {
  console.log("| members | partitions | topics | ms of CPU | longest stretch, ms |\n|--:|--:|--:|--:|--:|");
  for (const size of positionals.length > 0 ? positionals : DEFAULT) {
    const runs = Array.from({ length: 5 }, () =>
      JSON.parse(
        execFileSync(process.execPath, [import.meta.filename, "--assignor", options.assignor, "--measure", size], {
          encoding: "utf8",
        }),
      ),
    );
    const median = (of) => runs.map(of).sort((a, b) => a - b)[2];
    console.log(`| ${size.split("x").join(" | ")} | ${median(({ ms }) => ms)} | ${median(({ longest }) => longest)} |`);
  }
}
