// As many records as the client takes: by its accumulator (`bulk`), or in arrays of the size that suits it.
import { emit, snap } from "./measure.mjs";
import { makePool } from "./payload.mjs";

export async function produce(job) {
  const { adapter, scenario, bootstrap, topic, count, size } = job;
  // `produce-CODEC` is with keys; `spread` writes record i to partition i % PARTITIONS.
  const compression = scenario.split("-")[1];
  const partitions = scenario === "spread" ? Number(process.env.PARTITIONS) : undefined;
  if (partitions !== undefined && !(partitions > 0)) throw new Error("spread needs PARTITIONS");
  const { values, keys, mask } = makePool(size);
  const producer = await adapter.producer({ bootstrap, topic, size, compression, linger: 5, kind: "bulk" });
  if (producer.bulk === undefined && partitions !== undefined)
    throw new Error(`${adapter.name} has no way to write to partitions of the caller's choice`);
  const keysOrNone = compression === undefined ? undefined : keys;
  const from = snap(job);
  if (producer.bulk !== undefined) await producer.bulk(count, values, keysOrNone, mask, partitions);
  else await arrays(producer, count, values, keysOrNone, mask);
  emit(job, from, snap(job), { shape: producer.shape, extraRecords: producer.extraRecords ?? 0 });
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
