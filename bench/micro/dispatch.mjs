// What the contract costs against calling the host directly: per spawn, per delay, per request; with one runtime in the
// process, and with several.
//   npm run build:tests && node bench/micro/dispatch.mjs
import { setImmediate as promiseImmediate, setTimeout as promiseTimeout } from "node:timers/promises";
import { boxedRuntime, wheelRuntime } from "../../build/src/runtime.js";
import { nodeRuntime } from "../../build/src/platform/node/runtime.js";
import { EmbeddedCluster } from "../../build/src/embedded.js";
import { Kafka } from "../../build/src/node.js";
import { table } from "./measure.mjs";

const clock = { now: () => Date.now(), monotonic: () => performance.now() };
const runtimes = {
  default: () => nodeRuntime(),
  boxed: () =>
    boxedRuntime({
      sleep: (ms, { signal }) => promiseTimeout(ms, undefined, { signal }),
      turn: ({ signal }) => promiseImmediate(undefined, { signal }),
      clock,
    }),
  wheel: () => wheelRuntime({ runtime: nodeRuntime(), clock }),
};
const ROUNDS = 7;
const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];

/** ns per step of something asynchronous, the median of several rounds. */
async function measure(count, body) {
  const rounds = [];
  for (let i = 0; i < ROUNDS; i++) {
    const began = process.hrtime.bigint();
    await body(count);
    rounds.push(Number(process.hrtime.bigint() - began) / count);
  }
  return median(rounds);
}

const noop = async () => {};
const spawnAll = (spawn) => (count) =>
  new Promise((resolve) => {
    for (let i = 1; i < count; i++) spawn(noop);
    spawn(async () => resolve());
  });
const makeAndDispose = (delayFor) => async (count) => {
  for (let i = 0; i < count; i++) {
    delayFor(1000)[Symbol.dispose]();
    if (i % 1000 === 0) await new Promise(setImmediate);
  }
};
const turns = (delayFor) => async (count) => {
  for (let i = 0; i < count; i++) {
    const delay = delayFor(0);
    await delay;
    delay[Symbol.dispose]();
  }
};

async function rows(label, { spawn, delayFor }) {
  return [
    label,
    await measure(100_000, spawnAll(spawn)),
    await measure(20_000, makeAndDispose(delayFor)),
    await measure(20_000, turns(delayFor)),
  ].map((cell) => (typeof cell === "number" ? Math.round(cell) : cell));
}

const settled = Promise.resolve();
const host = {
  spawn: (task) => void settled.then(task),
  delayFor: (ms) => {
    let timer;
    const delay = new Promise((resolve) => {
      timer = ms > 0 ? setTimeout(resolve, ms) : setImmediate(resolve);
    });
    delay[Symbol.dispose] = () => (ms > 0 ? clearTimeout(timer) : clearImmediate(timer));
    return delay;
  },
};

/** ns per request: a produce of one record, acknowledged, one after the other, in memory. */
async function requests(runtime) {
  const cluster = await EmbeddedCluster.start({ topics: { t: 1 } });
  const kafka = new Kafka({ cluster, runtime });
  const producer = kafka.producer();
  for (let i = 0; i < 500; i++) await producer.send({ topic: "t", value: "x" });
  const ns = await measure(1000, async (count) => {
    for (let i = 0; i < count; i++) await producer.send({ topic: "t", value: "x" });
  });
  await kafka.close();
  await cluster.close();
  return Math.round(ns);
}

console.log(`node ${process.version}; ns, medians of ${ROUNDS} rounds\n`);
const out = [["", "spawn", "delay made and disposed", "turn: await delayFor(0)"]];
out.push(await rows("the host, called directly", host));
for (const [name, make] of Object.entries(runtimes)) out.push(await rows(name, make()));
for (const [name, make] of Object.entries(runtimes)) out.push(await rows(`${name}, beside two others`, make()));
console.log(table(out));
console.log("\na record sent and acknowledged, one after the other, in memory (client and cluster together):");
await requests(runtimes.default()); // warms up what all of them share
const first = [["runtime", "ns"]];
for (const [name, make] of Object.entries(runtimes)) first.push([name, await requests(make())]);
first.push(["default, after the others (polymorphic)", await requests(runtimes.default())]);
console.log(table(first));
process.exit(0);
