// Records sent one by one, each awaited by itself: a thousand at a time (`single`), or one after the other (`seq`).
import { emit, latencies, snap } from "./measure.mjs";
import { makePool } from "./payload.mjs";

export async function single(job) {
  const { adapter, scenario, bootstrap, topic, count, size } = job;
  const { values, mask } = makePool(size);
  const isAlone = scenario === "seq";
  const producer = await adapter.producer({ bootstrap, topic, size, linger: isAlone ? 0 : 1, kind: "single" });
  await producer.send(values[0]); // connection, producer id, metadata: outside the measure
  const took = new Float64Array(count);
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const i = next++;
      const began = performance.now();
      await producer.send(values[i & mask]);
      took[i] = performance.now() - began;
    }
  };
  const from = snap(job);
  await Promise.all(Array.from({ length: isAlone ? 1 : 1000 }, worker));
  // The first tenth is warming up.
  emit(job, from, snap(job), {
    ...latencies(took.subarray(Math.floor(count / 10))),
    extraRecords: (producer.extraRecords ?? 0) + 1,
    shape: producer.singleShape,
  });
  return producer.close;
}
