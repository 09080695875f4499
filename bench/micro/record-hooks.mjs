// What it costs that something is called for each record: interceptors, onDelivery, hooks, tracing channels. A producer
// enqueues records of 100 bytes, and a consumer reads them by `run`, over an embedded cluster in this process. It
// counts CPU time of the process, the least of some rounds, which other processes disturb least.
//   npm run build:tests && node bench/micro/record-hooks.mjs [ROUNDS]
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { EmbeddedCluster } from "../../build/src/embedded.js";
import { Kafka } from "../../build/src/node.js";
import { observe } from "../../build/src/observe.js";
import { table } from "./measure.mjs";

const RECORDS = 100_000;
const ROUNDS = Number(process.argv[2] ?? 5);
const value = new Uint8Array(100);
const cpuNs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1000;
};
let calls = 0;
const count = () => {
  calls++;
};
const STEPS = ["start", "end", "asyncStart", "asyncEnd", "error"];

/** Calls `count` at each step of a traced operation; returns a function that ends it. */
function traced(name) {
  for (const step of STEPS) subscribe(`tracing:odradek:${name}:${step}`, count);
  return () => {
    for (const step of STEPS) unsubscribe(`tracing:odradek:${name}:${step}`, count);
  };
}

/** ns of CPU per record, and calls per record, with these options and what `begin` adds. */
async function measure(work, options, begin) {
  const cluster = await EmbeddedCluster.start({ topics: { t: 1 } });
  const kafka = new Kafka({ cluster });
  const end = begin?.(kafka);
  calls = 0;
  const ns = await work(kafka, options);
  end?.();
  await kafka.close();
  await cluster.close();
  return { ns, perRecord: calls / RECORDS };
}

async function produce(kafka, options) {
  const producer = kafka.producer(options);
  await producer.send({ topic: "t", value });
  const began = cpuNs();
  const record = { topic: "t", value };
  for (let i = 1; i < RECORDS; i++) while (!producer.enqueue(record)) await producer.ready();
  await producer.flush();
  return (cpuNs() - began) / RECORDS;
}

const consume = (each) => async (kafka, options) => {
  await produce(kafka, {});
  const consumer = kafka.consumer({ topics: ["t"], ...options });
  let read = 0;
  const eachRecord = each(() => {
    if (++read === RECORDS) void consumer.close();
  });
  const began = cpuNs();
  await consumer.run({ eachRecord });
  return (cpuNs() - began) / RECORDS;
};
const synchronous = consume((done) => () => done());
const asynchronous = consume((done) => async () => done());

const observed =
  (...names) =>
  (kafka) =>
    observe(kafka, Object.fromEntries(names.map((name) => [name, count])));
const CASES = [
  ["enqueue", produce, {}, undefined],
  ["  onDelivery, for each batch", produce, { onDelivery: count }, undefined],
  ["  onSend", produce, { interceptors: [{ onSend: count }] }, undefined],
  ["  onAcknowledgement", produce, { interceptors: [{ onAcknowledgement: count }] }, undefined],
  ["  hook batchAcknowledged", produce, {}, observed("batchAcknowledged")],
  ["  hook recordAcknowledged", produce, {}, observed("recordAcknowledged")],
  ["  tracing channel send", produce, {}, () => traced("send")],
  ["run, callback without a promise", synchronous, {}, undefined],
  ["  onConsume, for each batch", synchronous, { interceptors: [{ onConsume: count }] }, undefined],
  ["  hook recordProcessed", synchronous, {}, observed("recordProcessed")],
  ["  tracing channel process", synchronous, {}, () => traced("process")],
  ["run, callback with a promise", asynchronous, {}, undefined],
  ["  tracing channel process", asynchronous, {}, () => traced("process")],
];

const results = CASES.map(() => ({ ns: Infinity, perRecord: 0 }));
// The first round only warms up. Then all cases in turn, so that none is measured in better times than the others.
for (let round = 0; round <= ROUNDS; round++)
  for (const [i, [, work, options, begin]] of CASES.entries()) {
    const { ns, perRecord } = await measure(work, options, begin);
    if (round > 0) results[i] = { ns: Math.min(results[i].ns, ns), perRecord };
  }
const rows = [["", "ns of CPU per record", "more", "calls per record"]];
let base = 0;
for (const [i, [name]] of CASES.entries()) {
  const { ns, perRecord } = results[i];
  const isBase = !name.startsWith(" ");
  if (isBase) base = ns;
  rows.push([name, ns.toFixed(0), isBase ? "" : (ns - base).toFixed(0), perRecord.toFixed(2)]);
}
console.log(`${process.version}, CPU time, best of ${ROUNDS} rounds of ${RECORDS} records`);
console.log(table(rows));
