// From the moment at which the runner spawned this process to the first acknowledged record, or to the first record
// that a fresh group gets.
import { emit, snap } from "./measure.mjs";
import { makePool } from "./payload.mjs";

/** User and system time of this process since it began, in ms: also what loading Node and the client took. */
const cpuSinceStart = () => {
  const { user, system } = process.cpuUsage();
  return Math.round((user + system) / 100) / 10;
};
const sinceSpawn = () =>
  Math.round((performance.timeOrigin + performance.now() - Number(process.env.SPAWNED_AT_MS)) * 10) / 10;

export function start(job) {
  return job.scenario === "start-consume" ? startConsume(job) : startProduce(job);
}

async function startProduce(job) {
  const { adapter, bootstrap, topic, size } = job;
  const { values } = makePool(size, 1);
  const from = snap();
  const producer = await adapter.producer({ bootstrap, topic, size, linger: 0, kind: "start" });
  await producer.send(values[0]);
  emit(job, from, snap(), { startMs: sinceSpawn(), startCpuMs: cpuSinceStart() });
  return producer.close;
}

async function startConsume(job) {
  const { adapter, bootstrap, topic, size } = job;
  const from = snap();
  let whenFirst;
  const first = new Promise((resolve) => (whenFirst = resolve));
  const consumer = await adapter.consume({
    bootstrap,
    topic,
    size,
    group: `bench-${process.pid}-${Date.now()}`,
    mode: "each",
    onRecord: () => whenFirst(sinceSpawn()),
  });
  const startMs = await first;
  const startCpuMs = cpuSinceStart();
  emit(job, from, snap(), { startMs, startCpuMs, shape: consumer.shape });
  return consumer.close;
}
