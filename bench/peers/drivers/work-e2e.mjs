// Two thousand records a second, each on its own way: from the call of send to the hands of a consumer in the same
// process.
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
  // Made beforehand, and used again long after they were copied: what is measured is not this program's garbage.
  const values = Array.from({ length: 1024 }, () => Buffer.alloc(size));
  const make = (i) => {
    const value = values[i & 1023];
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
  const consumer = await adapter.consume({
    bootstrap,
    topic,
    size,
    group: `bench-${process.pid}-${Date.now()}`,
    mode: "each",
    onRecord,
  });
  while (!isJoined) {
    await pause(50);
    await mark();
  }
  await pause(300);
  const from = snap(job);
  let acked = 0;
  let whenAcked;
  const allAcked = new Promise((resolve) => (whenAcked = resolve));
  const onAck = () => {
    if (++acked === count) whenAcked();
  };
  const onError = (error) => {
    console.error(error);
    process.exit(1);
  };
  for (let sent = 0; sent < count;) {
    const due = Math.min(count, Math.floor(((performance.now() - from.at) / 1000) * PER_SECOND));
    while (sent < due) producer.send(make(sent++)).then(onAck, onError);
    await pause(1);
  }
  await Promise.all([all, allAcked]);
  // The first quarter is warming up, as with the others.
  emit(job, from, snap(job), {
    ...latencies(took.subarray(Math.floor(count / 4))),
    extraRecords: (producer.extraRecords ?? 0) + markers,
    shape: `${producer.singleShape}; ${consumer.shape}`,
  });
  return async () => {
    await consumer.close();
    await producer.close();
  };
}
