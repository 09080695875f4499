// From the moment at which the runner spawned this process to the first acknowledged record.
import { emit, snap } from "./measure.mjs";
import { makePool } from "./payload.mjs";

export async function startProduce(job) {
  const { adapter, bootstrap, topic, size } = job;
  const { values } = makePool(size, 1);
  const from = snap();
  const producer = await adapter.producer({ bootstrap, topic, size, linger: 0, kind: "start" });
  await producer.send(values[0]);
  emit(job, from, snap(), { startMs: Math.round((performance.timeOrigin + performance.now() - Number(process.env.SPAWNED_AT_MS)) * 10) / 10 });
  return producer.close;
}
