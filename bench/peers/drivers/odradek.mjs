import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../folders.mjs";
import { main } from "./main.mjs";
import { security } from "./security.mjs";

/** This checkout's build, or another's, to compare with. */
const { Kafka, observe } = await import(process.env.ODRADEK_ENTRY ?? "odradek");
/** For one row of the page: `run` with callbacks beside each other in place of the loop. */
const runs = process.env.RUN !== undefined;
const CONCURRENCY = 10;
/** For one row of the page: a function for each hook of connections, requests and batches. */
const HOOKS =
  process.env.HOOKS === undefined
    ? []
    : [
        ...["connectionOpened", "connectionAuthenticated", "connectionRefused", "connectionClosed"],
        ...["requestWritten", "requestAnswered", "requestFailed", "requestTimedOut", "requestThrottled"],
        ...["requestQueueChanged", "fetchStarted", "fetchEnded", "batchStarted", "batchProcessed"],
        ...["batchSent", "batchAcknowledged", "batchFailed", "batchRetried"],
      ];
let events = 0;
const connect = (bootstrap) => {
  const kafka = new Kafka({
    bootstrapServers: bootstrap,
    ...(security === undefined ? {} : { tls: { ca: security.ca } }),
    ...(security?.user === undefined
      ? {}
      : { sasl: { mechanism: "PLAIN", username: security.user, password: security.password } }),
  });
  if (HOOKS.length > 0) observe(kafka, Object.fromEntries(HOOKS.map((name) => [name, () => events++])));
  return kafka;
};
/** For one row of the page: what gzip costs at another level than 6, its own default. */
const gzipLevel = process.env.GZIP_LEVEL === undefined ? undefined : Number(process.env.GZIP_LEVEL);

await main({
  name: "odradek",
  version: JSON.parse(readFileSync(join(root, "package.json"), "utf8")).version,
  async producer({ bootstrap, topic, size, compression, kind }) {
    const kafka = connect(bootstrap);
    const producer = kafka.producer({
      compressionType: compression ?? "none",
      ...(gzipLevel === undefined ? {} : { compressionGzipLevel: gzipLevel }),
    });
    const send = (value) => producer.send({ topic, value });
    if (kind === "bulk") await send(new Uint8Array(size)); // others connect and fetch metadata before the measure, too
    return {
      shape: gzipLevel === undefined ? "enqueue, defaults, idempotent" : `enqueue, compressionGzipLevel ${gzipLevel}`,
      singleShape: "send, defaults, idempotent",
      extraRecords: kind === "bulk" ? 1 : 0,
      send,
      bulk: (count, values, keys, mask, partitions) =>
        partitions === undefined
          ? bulk(producer, topic, count, values, keys, mask)
          : spread(producer, topic, count, values, mask, partitions),
      close: () => kafka.close(),
    };
  },
  async consume({ bootstrap, topic, group, mode, onRecord }) {
    const kafka = connect(bootstrap);
    const consumer = kafka.consumer({ groupId: group, topics: [topic] });
    const [shape, read] =
      mode === "batch"
        ? ["batches()", readBatches]
        : runs
          ? [`run, concurrency ${CONCURRENCY}`, runRecords]
          : ["for await", readRecords];
    read(consumer, onRecord).catch((error) => {
      console.error(error);
      process.exit(1);
    });
    return { shape, close: () => kafka.close() };
  },
});

async function bulk(producer, topic, count, values, keys, mask) {
  for (let i = 0; i < count;) {
    const record =
      keys === undefined ? { topic, value: values[i & mask] } : { topic, key: keys[i & mask], value: values[i & mask] };
    if (producer.enqueue(record)) i++;
    else await producer.ready();
  }
  await producer.flush();
}

async function spread(producer, topic, count, values, mask, partitions) {
  for (let i = 0; i < count;) {
    if (producer.enqueue({ topic, partition: i % partitions, value: values[i & mask] })) i++;
    else await producer.ready();
  }
  await producer.flush();
}

async function readBatches(consumer, onRecord) {
  for await (const batch of consumer.batches()) for (const record of batch.records) onRecord(record.value);
}

async function readRecords(consumer, onRecord) {
  for await (const record of consumer) onRecord(record.value);
}

function runRecords(consumer, onRecord) {
  return consumer.run({ concurrency: CONCURRENCY, eachRecord: (record) => onRecord(record.value) });
}
