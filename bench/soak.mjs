// node bench/soak.mjs [--minutes 10] [--seconds-between 10]: a producer at full speed on a real Apache Kafka, and
// whether its memory stays flat. Half of the records go by `enqueue`, half by awaited `send`s; three topics in turn:
// plain, gzip with keys, lz4 with keys. Exit code 1 where it grows.
import { spawn } from "node:child_process";
import { parseArgs } from "node:util";
import { createTopic, endOffsets } from "./peers/admin.mjs";
import { makePool } from "./peers/drivers/payload.mjs";

const { values: options } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    "seconds-between": { type: "string", default: "10" },
    child: { type: "string" },
  },
});
const minutes = Number(options.minutes);
const TOPICS = { "soak-plain": "none", "soak-gzip": "gzip", "soak-lz4": "lz4" };
const PARTITIONS = 3;
/** The first part is warming up: buffers, compiled code and the heap take their size. */
const WARM_UP = 0.25;
/** In MB a minute. What a leak of one small object per batch, or per thousand records, would show many times over. */
const FLAT = { heap: 0.5, rss: 3 };

if (options.child !== undefined) await produce(options.child);
else await soak();

/** Starts the broker, and the producer in a process of its own whose collector can be called. */
async function soak() {
  const { startKafka } = await import("../build/test/kafka/kafka-cluster.js");
  const kafka = await startKafka({
    heapMb: 768,
    properties: { "message.max.bytes": "16777216", "log.retention.check.interval.ms": "5000" },
  });
  let isFlat = false;
  try {
    for (const topic of Object.keys(TOPICS)) {
      await createTopic(kafka.bootstrapServers, topic, PARTITIONS, {
        "retention.bytes": 100_000_000,
        "segment.bytes": 50_000_000,
        "file.delete.delay.ms": 1000,
        "max.message.bytes": 16_777_216,
      });
    }
    const args = [
      "--expose-gc",
      import.meta.filename,
      "--minutes",
      options.minutes,
      "--seconds-between",
      options["seconds-between"],
      "--child",
      kafka.bootstrapServers,
    ];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    let text = "";
    child.stdout.on("data", (chunk) => {
      text += chunk;
      process.stdout.write(chunk);
    });
    const code = await new Promise((resolve) => child.once("close", resolve));
    const acknowledged = Number(/^acknowledged (\d+)$/m.exec(text)?.[1]);
    let written = 0;
    for (const topic of Object.keys(TOPICS)) written += await endOffsets(kafka.bootstrapServers, topic, PARTITIONS);
    console.log(
      `${written} records are in the log: ` +
        `${written === acknowledged ? "as many as were acknowledged" : `NOT the ${acknowledged} that were acknowledged`}`,
    );
    isFlat = code === 0 && written === acknowledged;
  } finally {
    await kafka.stop();
  }
  process.exitCode = isFlat ? 0 : 1;
}

async function produce(bootstrapServers) {
  const { Kafka } = await import("odradek");
  const kafka = new Kafka({ bootstrapServers });
  const { values, keys, mask } = makePool(100);
  const producers = Object.entries(TOPICS).map(([topic, compressionType]) => ({
    topic,
    keyed: compressionType !== "none",
    producer: kafka.producer({ compressionType }),
  }));
  const samples = [];
  const began = performance.now();
  const until = began + minutes * 60_000;
  let nextSample = began;
  let records = 0;
  console.log("minute    records   msg/s since   heap MB   array buffers MB   RSS MB");
  for (let turn = 0; performance.now() < until; turn++) {
    const { producer, topic, keyed } = producers[turn % producers.length];
    const record = (i) => ({ topic, key: keyed ? keys[i & mask] : null, value: values[i & mask] });
    records += turn % 2 === 0 ? await enqueued(producer, record, 100_000) : await sent(producer, record, 100_000);
    if (performance.now() < nextSample) continue;
    nextSample = performance.now() + Number(options["seconds-between"]) * 1000;
    samples.push(await sample(began, records, samples.at(-1)));
  }
  for (const { producer } of producers) await producer.flush();
  const acknowledged = producers.reduce((sum, { producer }) => sum + producer.counters.acknowledged, 0);
  await kafka.close();
  console.log(`acknowledged ${acknowledged}`);
  process.exitCode = verdict(samples) && acknowledged === records ? 0 : 1;
}

async function enqueued(producer, record, count) {
  for (let i = 0; i < count;) {
    if (producer.enqueue(record(i))) i++;
    else await producer.ready();
  }
  return count;
}

/** A thousand at a time, each awaited. */
async function sent(producer, record, count) {
  let next = 0;
  const worker = async () => {
    while (next < count) await producer.send(record(next++));
  };
  await Promise.all(Array.from({ length: 1000 }, worker));
  return count;
}

async function sample(began, records, before) {
  for (let i = 0; i < 2; i++) {
    globalThis.gc();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { heapUsed, rss, arrayBuffers } = process.memoryUsage();
  const now = { minute: (performance.now() - began) / 60_000, records, heap: heapUsed / 1e6, rss: rss / 1e6 };
  const rate =
    before === undefined
      ? ""
      : Math.round((records - before.records) / ((now.minute - before.minute) * 60)).toLocaleString("en-US");
  console.log(
    `${now.minute.toFixed(2).padStart(6)} ${String(records).padStart(10)} ${rate.padStart(13)} ` +
      `${now.heap.toFixed(1).padStart(9)} ${(arrayBuffers / 1e6).toFixed(1).padStart(18)} ` +
      `${now.rss.toFixed(0).padStart(8)}`,
  );
  return now;
}

/** By the slope of a straight line through what came after the warm-up. */
function verdict(samples) {
  const rest = samples.filter(({ minute }) => minute >= minutes * WARM_UP);
  const slopes = { heap: slope(rest, "heap"), rss: slope(rest, "rss") };
  const isFlat = rest.length > 2 && slopes.heap < FLAT.heap && slopes.rss < FLAT.rss;
  console.log(
    `after the first quarter: heap ${slopes.heap.toFixed(2)} MB a minute (at most ${FLAT.heap}), RSS ` +
      `${slopes.rss.toFixed(2)} MB a minute (at most ${FLAT.rss}): memory ${isFlat ? "is flat" : "GROWS"}`,
  );
  return isFlat;
}

function slope(points, field) {
  const mean = (of) => points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const x = mean((point) => point.minute);
  const y = mean((point) => point[field]);
  const below = points.reduce((sum, point) => sum + (point.minute - x) ** 2, 0);
  return below === 0 ? 0 : points.reduce((sum, point) => sum + (point.minute - x) * (point[field] - y), 0) / below;
}
