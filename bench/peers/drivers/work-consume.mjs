// A topic read from its beginning: every record is seen once, and nothing comes after the last.
import { emit, snap } from "./measure.mjs";

export async function consume(job) {
  const { adapter, scenario, bootstrap, topic, count, size } = job;
  let seen = 0;
  let bytes = 0;
  let first;
  let to;
  let whenAll;
  const all = new Promise((resolve) => (whenAll = resolve));
  const onRecord = (value) => {
    if (seen === 0) {
      first = performance.now();
      job.loopDelay?.reset();
    }
    bytes += value.length;
    if (++seen === count) {
      to = snap(job);
      whenAll();
    }
  };
  const from = snap(job);
  const consumer = await adapter.consume({
    bootstrap,
    topic,
    size,
    group: `bench-${process.pid}-${Date.now()}`,
    mode: scenario.split("-")[1],
    onRecord,
  });
  await all;
  await new Promise((resolve) => setTimeout(resolve, 300));
  if (seen !== count || bytes !== count * size)
    throw new Error(`${seen} records with ${bytes} bytes came, not ${count} of ${size}`);
  emit(job, from, to, { first, shape: consumer.shape });
  return consumer.close;
}
