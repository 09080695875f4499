// What the drivers of this folder begin with: the build of Odradek, the command line, the line that they print.
import { writeSync } from "node:fs";

const entry = await import(process.env.ODRADEK_ENTRY ?? "odradek");
export const { Kafka, nodeConnector, nodeRuntime } = entry;

const [scenario, bootstrap, topic, count, size] = process.argv.slice(2);
export const job = { scenario, bootstrap, topic, count: Number(count), size: Number(size) };

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
/** One turn of the event loop. */
export const turn = () => new Promise((resolve) => setImmediate(resolve));

/** User and system time of the main thread in ms; of all threads where Node has no such figure. */
export function threadCpuMs() {
  const { user, system } = process.threadCpuUsage?.() ?? process.cpuUsage();
  return (user + system) / 1000;
}

export function end(line) {
  writeSync(1, `${JSON.stringify(line)}\n`);
  process.exit(0);
}

export const rounded = (value) => Math.round(value * 1000) / 1000;
/** The highest resident memory of this process so far, in MB. */
export const peakRssMb = () => Math.round(process.resourceUsage().maxRSS / 1024);
