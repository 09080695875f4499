// The runs of a script of this folder: one `odradek broker`, one driver, each build of Odradek in turn.
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createTopic } from "../peers/admin.mjs";
import { drive } from "../peers/drive.mjs";
import { BUILDS, driverOf } from "./builds.mjs";
import { profiled, topFunctions } from "./cpu-profile.mjs";
import { startOdradekBroker } from "./odradek-broker.mjs";

/** The options that every script has; `more` are its own, with their defaults. */
export function readOptions(more = {}) {
  const own = Object.fromEntries(
    Object.entries(more).map(([name, value]) => [name, { type: "string", default: value }]),
  );
  return parseArgs({
    options: { rounds: { type: "string", default: "3" }, profile: { type: "string" }, ...own },
  }).values;
}

/**
 * Runs `jobs`, each `{ row, scenario, count, size, partitions? }`, for each build, as often as `rounds` says. With
 * `partitions` the job gets a topic of its own. A line is what the driver printed, with `row` and `build`.
 */
export async function session(file, jobs, { rounds, profile, nodeOptions = [] }) {
  const lines = [];
  const where = await startOdradekBroker();
  try {
    for (let round = 0; round < Number(rounds); round++)
      for (const [i, { row, partitions, ...work }] of jobs.entries())
        for (const build of BUILDS) {
          const topic = `scale-${round}-${i}-${build}`;
          if (partitions !== undefined) await createTopic(where.bootstrap, topic, partitions);
          const client = driverOf(file, build, nodeOptions);
          const folder = profile === undefined ? undefined : join(profile, `${build}-${file}-${i}`);
          const job = { ...where, ...work, topic };
          const result = await drive(folder === undefined ? client : profiled(client, folder), job);
          console.error(`${build} ${row}: ${JSON.stringify(result)}`);
          lines.push({ ...result, row, build });
          if (folder !== undefined && result.error === undefined)
            console.log(`\n${build}, ${row}: own time\n${topFunctions(folder).join("\n")}\n`);
        }
  } finally {
    await where.stop();
  }
  process.exitCode = lines.some(({ error }) => error !== undefined) ? 1 : 0;
  return lines;
}
