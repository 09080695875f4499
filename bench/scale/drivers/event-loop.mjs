// How late the event loop comes with `count` sends outstanding (`sends`), or as many bare promises (`bare`).
import { monitorEventLoopDelay } from "node:perf_hooks";
import { emit, snap } from "../../peers/drivers/measure.mjs";
import { Kafka, job, nodeConnector, nodeRuntime, pause, rounded, turn } from "./client.mjs";
import { OwnStretches } from "./own-stretches.mjs";

const { scenario, bootstrap, topic, count, size } = job;
/** From so many on they are all made before the first is settled; fewer are made again as they settle. */
const BULK = 100_000;
const WATCH_MS = 5000;
/** How many the application makes, and the bare loop settles, in one turn. */
const A_TURN = 1000;
const PARTITIONS = 100;
/** Longer than it takes to make them all. */
const LINGER_MS = 60_000;
const isBulk = count >= BULK;
const stretches = new OwnStretches();

function sends() {
  const kafka = new Kafka({
    bootstrapServers: bootstrap,
    runtime: stretches.runtime(nodeRuntime()),
    connector: stretches.connector(nodeConnector()),
  });
  const producer = kafka.producer(isBulk ? { lingerMs: LINGER_MS, bufferMemory: 2 ** 30 } : {});
  const value = new Uint8Array(size);
  return {
    warmUp: async () => {
      const delivered = producer.send({ topic, partition: 0, value });
      await producer.flush();
      await delivered;
    },
    make: (i) => producer.send({ topic, partition: i % PARTITIONS, value }),
    settle: () => producer.flush(),
  };
}

function bare() {
  let waiting = [];
  const settle = async () => {
    const list = waiting;
    waiting = [];
    for (const [i, resolve] of list.entries()) {
      if (i % A_TURN === 0) await turn();
      resolve();
    }
  };
  const again = async () => {
    for (;;) {
      await turn();
      await settle();
    }
  };
  return {
    warmUp: () => {
      if (!isBulk) again();
    },
    make: () => new Promise((resolve) => waiting.push(resolve)),
    settle,
  };
}

/** All outstanding at once, then settled. */
async function bulk({ make, settle }) {
  let settled = 0;
  const onSettled = () => settled++;
  for (let i = 0; i < count; i++) {
    if (i % A_TURN === 0) await turn();
    make(i).then(onSettled);
  }
  if (settled > 0) throw new Error(`${settled} were settled before all were outstanding`);
  await settle();
  while (settled < count) await pause(1);
  return count;
}

/** So many outstanding all the time. */
async function steady({ make }) {
  let made = 0;
  const until = performance.now() + WATCH_MS;
  const worker = async () => {
    while (performance.now() < until) await make(made++);
  };
  await Promise.all(Array.from({ length: count }, worker));
  return made;
}

const side = scenario === "bare" ? bare() : sends();
await side.warmUp();
await pause(100);
const loopDelay = monitorEventLoopDelay({ resolution: 1 });
loopDelay.enable();
stretches.reset();
const from = snap({ loopDelay });
const made = await (isBulk ? bulk(side) : steady(side));
const to = snap({ loopDelay });
emit({ ...job, adapter: { name: "odradek" }, count: made }, from, to, {
  ownMs: rounded(stretches.longestMs),
  ownWorkMs: rounded(stretches.longestWorkMs),
});
process.exit(0);
