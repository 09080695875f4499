// What the interpreter costs, and how large the generated code is.
// `npm run build:tests && node bench/micro/protocol.mjs`
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { transformSync } from "esbuild";
import { codec } from "../../build/src/protocol.js";
import { nanoseconds, table } from "./measure.mjs";

const id = "AAAAAAAAAAAAAAAAAAAAAQ";
const metadata = {
  brokers: [0, 1, 2].map((nodeId) => ({ nodeId, host: `broker-${nodeId}.example`, port: 9092, rack: null })),
  clusterId: "cluster",
  controllerId: 0,
  topics: Array.from({ length: 100 }, (_, t) => ({
    name: `topic-${t}`,
    topicId: id,
    partitions: [0, 1, 2].map((partitionIndex) => ({
      partitionIndex,
      leaderId: partitionIndex,
      leaderEpoch: 5,
      replicaNodes: [0, 1, 2],
      isrNodes: [0, 1, 2],
      offlineReplicas: [],
    })),
  })),
};
const records = new Uint8Array(1000);
const fetch = {
  sessionId: 7,
  responses: Array.from({ length: 10 }, () => ({
    topicId: id,
    partitions: Array.from({ length: 10 }, (_, partitionIndex) => ({
      partitionIndex,
      highWatermark: 1000,
      lastStableOffset: 1000,
      logStartOffset: 0,
      abortedTransactions: null,
      records,
    })),
  })),
};
const produce = {
  acks: -1,
  timeoutMs: 30000,
  topicData: [{ topicId: id, partitionData: Array.from({ length: 10 }, (_, index) => ({ index, records })) }],
};

const rows = [["message", "bytes", "encode ns", "decode ns"]];
for (const [title, name, version, message] of [
  ["Metadata response, 100 topics of 3 partitions", "MetadataResponse", 13, metadata],
  ["Fetch response, 100 partitions of 1 kB", "FetchResponse", 17, fetch],
  ["Produce request, 10 partitions of 1 kB", "ProduceRequest", 13, produce],
  [
    "Heartbeat request",
    "HeartbeatRequest",
    4,
    { groupId: "group", generationId: 5, memberId: "member", groupInstanceId: null },
  ],
]) {
  const c = codec(name);
  const bytes = c.encode(message, version);
  rows.push([
    title,
    bytes.length,
    Math.round(nanoseconds(() => c.encode(message, version))),
    Math.round(nanoseconds(() => c.decode(bytes, version))),
  ]);
}
console.log(`node ${process.version}\n${table(rows)}\n`);

const folder = fileURLToPath(new URL("../../build/src/protocol/messages", import.meta.url));
const sources = readdirSync(folder)
  .filter((name) => name.endsWith(".js"))
  .map((name) => readFileSync(join(folder, name), "utf8"));
const raw = sources.join("\n");
const minified = sources.map((source) => transformSync(source, { minify: true, format: "esm" }).code).join("\n");
console.log(
  `generated code: ${sources.length} files, ${(raw.length / 1000).toFixed(0)} kB, ` +
    `${(minified.length / 1000).toFixed(0)} kB minified, ${(gzipSync(minified).length / 1000).toFixed(0)} kB ` +
    "gzipped",
);
