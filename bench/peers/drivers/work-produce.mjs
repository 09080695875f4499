// As many records as the client takes: by its accumulator (`bulk`), or in arrays of the size that suits it.
import { emit, snap } from "./measure.mjs";
import { makePool } from "./payload.mjs";

export async function produce(job) {
  const { adapter, bootstrap, topic, count, size } = job;
  const compression = job.scenario.split("-")[1];
  const { values, keys, mask } = makePool(size);
  const producer = await adapter.producer({ bootstrap, topic, size, compression, linger: 5, kind: "bulk" });
  const keysOrNone = compression === undefined ? undefined : keys;
  const from = snap();
  if (producer.bulk !== undefined) await producer.bulk(count, values, keysOrNone, mask);
  else await arrays(producer, count, values, keysOrNone, mask);
  emit(job, from, snap(), { shape: producer.shape, extraRecords: producer.extraRecords ?? 0 });
  return producer.close;
}

async function arrays(producer, count, values, keys, mask) {
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const base = next;
      const n = Math.min(producer.arraySize, count - base);
      next += n;
      const messages = new Array(n);
      for (let i = 0; i < n; i++) messages[i] = producer.message(values[(base + i) & mask], keys?.[(base + i) & mask]);
      await producer.sendArray(messages);
    }
  };
  await Promise.all(Array.from({ length: producer.concurrency }, worker));
}
