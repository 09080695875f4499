// One run of one client, and what the machine did meanwhile.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";

const LIMIT_MS = 90_000;

/**
 * Busy and all ticks of the machine, those that the hypervisor gave to others, and those of the processes that ended
 * under this one.
 */
function ticks() {
  const all = readFileSync("/proc/stat", "latin1").split("\n")[0].trim().split(/\s+/).slice(1).map(Number);
  const text = readFileSync("/proc/self/stat", "latin1");
  const own = text
    .slice(text.lastIndexOf(")") + 2)
    .split(" ")
    .slice(11, 15)
    .map(Number);
  const sum = all.slice(0, 8).reduce((a, b) => a + b);
  return { idle: all[3] + all[4], steal: all[7], all: sum, own: own.reduce((a, b) => a + b) };
}

function brokerTicks(pid) {
  if (pid === undefined) return 0;
  const text = readFileSync(`/proc/${pid}/stat`, "latin1");
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return Number(fields[11]) + Number(fields[12]);
}

/**
 * The driver's line, or `{ error }`; with `steal` in percent and `others`, the cores that neither client nor broker
 * used.
 */
export async function drive(client, { scenario, bootstrap, brokerPid, topic, count, size, env = {} }) {
  const before = { ...ticks(), broker: brokerTicks(brokerPid), at: performance.now() };
  const result = await run(client, [scenario, bootstrap, topic, String(count), String(size)], brokerPid, env);
  const after = { ...ticks(), broker: brokerTicks(brokerPid), at: performance.now() };
  const ours = after.own - before.own + after.broker - before.broker;
  const busy = after.all - before.all - (after.idle - before.idle) - (after.steal - before.steal);
  const steal = (100 * (after.steal - before.steal)) / (after.all - before.all);
  return {
    ...result,
    steal: Math.round(steal * 10) / 10,
    others: Math.max(0, Math.round(((busy - ours) * 1000) / (after.at - before.at)) / 100),
  };
}

function run(client, args, brokerPid, more) {
  const [program, ...first] = client.command;
  const env = {
    ...process.env,
    ...client.env,
    ...more,
    ...(brokerPid === undefined ? {} : { BROKER_PID: String(brokerPid) }),
    SPAWNED_AT_MS: String(performance.timeOrigin + performance.now()),
  };
  return new Promise((resolve) => {
    const child = spawn(program, [...first, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
    let out = "";
    let errors = "";
    const limit = setTimeout(() => {
      errors += ` no end within ${LIMIT_MS} ms`;
      child.kill("SIGKILL");
    }, LIMIT_MS);
    child.stdout.on("data", (chunk) => (out += chunk));
    child.stderr.on("data", (chunk) => (errors = `${errors}${chunk}`.slice(-1500)));
    child.on("error", (error) => (errors += error.message));
    child.on("close", (code) => {
      clearTimeout(limit);
      const line = out.split("\n").findLast((text) => text.startsWith("{"));
      resolve(
        line === undefined ? { error: `no result, exit code ${code}: ${errors.trim().slice(-400)}` } : JSON.parse(line),
      );
    });
  });
}
