// Two thousand records a second, each on its own way: from the call of send to the hands of a consumer in the same process.
import { emit, latencies, snap } from "./measure.mjs";

const PER_SECOND = 2000;
/** Sent until the consumer has joined its group and sees them. */
const MARKER = -1;

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export async function endToEnd(job) {
  const { adapter, bootstrap, topic, count, size } = job;
  const took = new Float64Array(count);
  let markers = 0;
  let isJoined = false;
  let got = 0;
  let whenAll;
  const all = new Promise((resolve) => (whenAll = resolve));
  const make = (i) => {
    const value = Buffer.alloc(size);
    value.writeDoubleLE(performance.now());
    value.writeInt32LE(i, 8);
    return value;
  };
  const onRecord = (bytes) => {
    const value = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const i = value.readInt32LE(8);
    if (i === MARKER) isJoined = true;
    else {
      took[i] = performance.now() - value.readDoubleLE(0);
      if (++got === count) whenAll();
    }
  };
  const producer = await adapter.producer({ bootstrap, topic, size, linger: 0, kind: "single" });
  const mark = () => {
    markers++;
    return producer.send(make(MARKER));
  };
  await mark();
  const consumer = await adapter.consume({ bootstrap, topic, size, group: `bench-${process.pid}-${Date.now()}`, mode: "each", onRecord });
  while (!isJoined) {
    await pause(50);
    await mark();
  }
  await pause(300);
  const from = snap();
  const sends = [];
  while (sends.length < count) {
    const due = Math.min(count, Math.floor(((performance.now() - from.at) / 1000) * PER_SECOND));
    while (sends.length < due) sends.push(producer.send(make(sends.length)));
    await pause(1);
  }
  await Promise.all([all, ...sends]);
  // The first quarter is warming up, as with the others.
  emit(job, from, snap(), { ...latencies(took.subarray(Math.floor(count / 4))), extraRecords: (producer.extraRecords ?? 0) + markers, shape: `${producer.singleShape}; ${consumer.shape}` });
  return async () => {
    await consumer.close();
    await producer.close();
  };
}
