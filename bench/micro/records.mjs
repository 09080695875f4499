// What records cost: node bench/micro/records.mjs [ROUNDS] [--json] Ours beside kafkajs's and @platformatic/kafka's own
// encoders and decoders, in the same process and run, each in turn in every round; medians. First: npm run build:tests,
// and `npm ci` in this folder for the others (without it, only ours are measured).
import { createRequire } from "node:module";
import { BatchBuilder, portableCodecs, readBatches } from "../../build/src/records.js";
import { nodeCodecs } from "../../build/src/platform/node/codecs.js";
import { vectorCrc32c } from "../../build/src/records/vector-crc32c.js";
import { crc32c as byTables } from "../../build/src/wire/crc32c.js";
import { murmur2 } from "../../build/src/wire/murmur2.js";
import { writeVarint } from "../../build/src/wire/varint.js";
import { ByteReader } from "../../build/src/wire/byte-reader.js";

const rounds = Number(process.argv[2] ?? 7) || 7;
const require = createRequire(import.meta.url);
const attempt = async (load) => {
  try {
    return await load();
  } catch {
    return undefined;
  }
};
const kafkajs = await attempt(() => ({
  encodeBatch: require("kafkajs/src/protocol/recordBatch/v0").RecordBatch,
  encodeRecord: require("kafkajs/src/protocol/recordBatch/record/v0"),
  decodeBatch: require("kafkajs/src/protocol/recordBatch/v0/decoder"),
  Decoder: require("kafkajs/src/protocol/decoder"),
  crc32c: require("kafkajs/src/protocol/recordBatch/crc32C"),
  murmur2: require("kafkajs/src/producer/partitioners/default/murmur2"),
}));
const platformatic = await attempt(() => import("@platformatic/kafka"));
if (kafkajs === undefined || platformatic === undefined)
  console.error("not all peers are installed: npm ci in bench/micro");

/** What a client on Node has: vectors where batches are large. */
const crc32c = vectorCrc32c(globalThis.WebAssembly);

const NOW = 1_700_000_000_000;
const STAMP = { producerId: 7, producerEpoch: 1, baseSequence: 0 };
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
let sink = 0;

/** Nanoseconds per unit of work, each kind in turn in every round. */
async function measure(kinds, units, targetMs = 60) {
  const names = Object.keys(kinds).filter((name) => kinds[name] !== undefined);
  const results = Object.fromEntries(names.map((name) => [name, []]));
  const repeats = {};
  for (const name of names) {
    for (let i = 0, until = performance.now() + 80; i < 20 || performance.now() < until; i++) {
      const r = kinds[name]();
      if (r instanceof Promise) await r;
      if (i > 3 && performance.now() > until + 1000) break;
    }
    const before = performance.now();
    const r = kinds[name]();
    if (r instanceof Promise) await r;
    repeats[name] = Math.max(1, Math.round(targetMs / Math.max(0.001, performance.now() - before)));
  }
  for (let round = 0; round < rounds; round++) {
    for (const name of names) {
      const before = performance.now();
      for (let i = 0; i < repeats[name]; i++) {
        const r = kinds[name]();
        if (r instanceof Promise) await r;
      }
      results[name].push(((performance.now() - before) * 1e6) / (repeats[name] * units));
    }
  }
  return Object.fromEntries(names.map((name) => [name, median(results[name])]));
}

function row(what, result, unit = (ns) => ns.toFixed(ns < 100 ? 1 : 0)) {
  const cell = (name) => (result[name] === undefined ? "–" : unit(result[name]));
  console.log(`| ${what} | ${cell("odradek")} | ${cell("kafkajs")} | ${cell("platformatic")} |`);
}

// Records -------------------------------------------------------------------------------------------------------------

function sample(size, isFull, count) {
  const value = Buffer.alloc(size, "v");
  const records = [];
  for (let i = 0; i < count; i++) {
    records.push({
      key: isFull ? Buffer.from(`key-${String(i).padStart(12, "0")}`) : null,
      value,
      headers: isFull
        ? [
            ["trace", Buffer.from("0123456789abcdef")],
            ["kind", Buffer.from("order")],
          ]
        : [],
      timestamp: NOW + i,
    });
  }
  return records;
}

function encoders(records) {
  const builder = new BatchBuilder(1 << 20, crc32c);
  const forKafkajs = records.map((r) => ({ key: r.key, value: r.value, headers: Object.fromEntries(r.headers) }));
  const forPlatformatic = records.map((r) => ({
    topic: "t",
    key: r.key ?? undefined,
    value: r.value,
    headers: new Map(r.headers.map(([name, v]) => [Buffer.from(name), v])),
    timestamp: BigInt(r.timestamp),
  }));
  return {
    odradek: () => {
      builder.reset();
      for (const r of records) builder.tryAppend(r.key, r.value, r.headers, r.timestamp, 1 << 28);
      sink += builder.seal(STAMP).length;
    },
    kafkajs:
      kafkajs &&
      (async () => {
        const encoded = forKafkajs.map((r, i) =>
          kafkajs.encodeRecord({ offsetDelta: i, timestampDelta: i, key: r.key, value: r.value, headers: r.headers }),
        );
        sink += (
          await kafkajs.encodeBatch({
            records: encoded,
            lastOffsetDelta: records.length - 1,
            firstTimestamp: NOW,
            maxTimestamp: NOW,
          })
        ).buffer.length;
      }),
    platformatic:
      platformatic?.createRecordsBatch &&
      (() => {
        sink += platformatic.createRecordsBatch(forPlatformatic, {
          firstSequence: 0,
          producerId: 7n,
          producerEpoch: 1,
        }).length;
      }),
  };
}

function batchBytes(records, compression) {
  const builder = new BatchBuilder(1 << 20);
  for (const r of records) builder.tryAppend(r.key, r.value, r.headers, r.timestamp, 1 << 28);
  return Buffer.from(builder.seal(STAMP, compression));
}

function decoders(bytes, touches, checkCrcs = true) {
  return {
    odradek: () => {
      for (const batch of readBatches(bytes, { checkCrcs, crc32c })) {
        for (const record of batch.records) {
          if (touches) sink += (record.key?.length ?? 0) + (record.value?.length ?? 0) + record.headers.length;
          else sink += record.offset;
        }
      }
    },
    kafkajs:
      kafkajs &&
      (async () => {
        const { records } = await kafkajs.decodeBatch(new kafkajs.Decoder(bytes));
        for (const record of records) sink += record.value.length;
      }),
    platformatic:
      platformatic?.readRecordsBatch &&
      (() => {
        const { records } = platformatic.readRecordsBatch(platformatic.Reader.from(bytes));
        for (const record of records) sink += record.value.length;
      }),
  };
}

console.log(
  `Node ${process.versions.node}, ${rounds} rounds, medians. kafkajs 2.2.4 and @platformatic/kafka 2.12.1 check ` +
    `no CRC when they decode; kafkajs decodes asynchronously.\n`,
);
console.log("| ns per record, batches of 1,000 | odradek | kafkajs | @platformatic/kafka |\n|---|---|---|---|");
for (const isFull of [false, true]) {
  for (const size of [10, 100, 1024]) {
    const records = sample(size, isFull, 1000);
    const what = `${size === 1024 ? "1 KiB" : `${size} B`}${isFull ? ", key of 16 B, 2 headers" : ""}`;
    row(`encode, ${what}`, await measure(encoders(records), records.length));
    const bytes = batchBytes(records);
    row(`decode, ${what}`, await measure(decoders(bytes, false), records.length));
    row(
      `decode, CRC not checked, ${what}`,
      await measure({ odradek: decoders(bytes, false, false).odradek }, records.length),
    );
    row(`decode and ask for all parts, ${what}`, await measure(decoders(bytes, true), records.length));
  }
}

console.log(
  "\n| ns per record, 100 B, whole batches with their headers and CRC | odradek | kafkajs | @platformatic/kafka " +
    "|\n|---|---|---|---|",
);
for (const count of [1, 100, 10_000]) {
  const records = sample(100, false, count);
  row(`encode, batch of ${count}`, await measure(encoders(records), count));
  row(`decode, batch of ${count}`, await measure(decoders(batchBytes(records), false), count));
}

// Primitives ----------------------------------------------------------------------------------------------------------

console.log("\n| primitive | odradek | kafkajs | @platformatic/kafka |\n|---|---|---|---|");
const mbps = (size) => (ns) => `${((size * 1000) / ns).toFixed(0)} MB/s`;
for (const size of [1024, 65_536, 1 << 20]) {
  const bytes = Buffer.alloc(size, 7);
  const times = Math.max(1, (1 << 18) / size);
  const loop = (f) =>
    f &&
    (() => {
      for (let i = 0; i < times; i++) sink += Number(f(bytes));
    });
  row(
    `CRC32C, ${size} B`,
    await measure(
      {
        odradek: loop((all) => crc32c(all, 0, all.length)),
        kafkajs: loop(kafkajs?.crc32c),
        platformatic: loop(platformatic?.crc32c),
      },
      times,
    ),
    mbps(size),
  );
  row(`CRC32C by tables, ${size} B`, await measure({ odradek: loop(byTables) }, times), mbps(size));
}
for (const size of [8, 36]) {
  const key = Buffer.from("0123456789abcdefghijklmnopqrstuvwxyz".slice(0, size));
  const loop = (f) =>
    f &&
    (() => {
      for (let i = 0; i < 1000; i++) sink += Number(f(key));
    });
  row(
    `murmur2, key of ${size} B, ns`,
    await measure(
      { odradek: loop(murmur2), kafkajs: loop(kafkajs?.murmur2), platformatic: loop(platformatic?.murmur2) },
      1000,
    ),
  );
}
{
  const numbers = Array.from({ length: 1000 }, (_, i) =>
    i % 4 === 0 ? i : i % 4 === 1 ? -i * 100 : i % 4 === 2 ? i * 10_000 : i * 2_000_000,
  );
  const target = new Uint8Array(6000);
  let end = 0;
  for (const n of numbers) end = writeVarint(target, end, n);
  row(
    "write a varint, 1 to 5 B, ns",
    await measure(
      {
        odradek: () => {
          let p = 0;
          for (let i = 0; i < 1000; i++) p = writeVarint(target, p, numbers[i]);
          sink += p;
        },
      },
      1000,
    ),
  );
  row(
    "read a varint, 1 to 5 B, ns",
    await measure(
      {
        odradek: () => {
          const reader = new ByteReader(target, 0, end);
          for (let i = 0; i < 1000; i++) sink += reader.varint();
        },
      },
      1000,
    ),
  );
}

// Codecs --------------------------------------------------------------------------------------------------------------

function jsonRecords(count) {
  let seed = 1;
  const below = (n) => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((seed / 2 ** 32) * n);
  };
  return Array.from({ length: count }, (_, i) => ({
    key: null,
    headers: [],
    timestamp: NOW + i,
    value: Buffer.from(
      JSON.stringify({
        id: below(1e9),
        user: `user-${below(1000)}`,
        amount: below(1e5) / 100,
        status: ["ok", "failed", "pending"][below(3)],
        at: NOW + below(1e9),
      }),
    ),
  }));
}

console.log("\n| codec, a batch of 64 KiB of JSON | ratio | compress, MB/s | decompress, MB/s |\n|---|---|---|---|");
const body = batchBytes(jsonRecords(650)).subarray(61);
const native = nodeCodecs();
const portable = portableCodecs();
const list = [
  ["gzip, level 1", portable.gzip, 1],
  ["gzip", portable.gzip],
  ["snappy", portable.snappy],
  ["lz4", portable.lz4, 1],
  ["lz4, level 9", portable.lz4, 9],
  ["zstd, level 1", portable.zstd, 1],
  ["zstd", portable.zstd, 3],
  ["zstd, level 9", portable.zstd, 9],
  ["gzip, native", native.gzip],
  ["zstd, native", native.zstd],
];
for (const [name, codec, level] of list) {
  if (codec === undefined) continue;
  const small = codec.compress(body, level);
  const ns = await measure(
    {
      up: () => void (sink += codec.compress(body, level).length),
      down: () => void (sink += codec.decompress(small, 1 << 28).length),
    },
    1,
  );
  console.log(
    `| ${name} | ${(body.length / small.length).toFixed(2)} | ${mbps(body.length)(ns.up).replace(" MB/s", "")} | ` +
      `${mbps(body.length)(ns.down).replace(" MB/s", "")} |`,
  );
}
if (sink === 0) throw new Error("nothing was measured");
