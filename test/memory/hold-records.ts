// node --expose-gc hold-records.js WHAT CODEC: makes 100 fetches of a megabyte, keeps something of one record of each,
// prints the bytes that stay.
import { nodeCodecs } from "../../src/platform/node/codecs.ts";
import { BatchBuilder } from "../../src/records/batch-builder.ts";
import { portableCodecs } from "../../src/records/compression.ts";
import { readBatches } from "../../src/records/read-batches.ts";

const [, , keep = "record", type = "none"] = process.argv;
const collect = (globalThis as { gc?: () => void }).gc;
if (collect === undefined) throw new Error("run it with --expose-gc");
const codecs = { ...portableCodecs(), ...nodeCodecs() };
const builder = new BatchBuilder();
for (let i = 0; i < 1000; i++)
  builder.tryAppend(`key ${i}`, new Uint8Array(1024).fill(i), [["h", new Uint8Array(8)]], 1_700_000_000_000, 1 << 24);
const sealed = builder.seal(
  { producerId: -1, producerEpoch: -1, baseSequence: -1 },
  type === "gzip" || type === "zstd" ? { type, codec: codecs[type] } : undefined,
);

const held: unknown[] = [];
const bytes = (): number => {
  for (let i = 0; i < 3; i++) collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
};
/** A function of its own: nothing of the fetch is left on the stack. */
function fetchOne(): void {
  for (const batch of readBatches(sealed.slice(), { codecs, topic: "t", partition: 0 })) {
    const record = [...batch.records][500];
    if (record === undefined) throw new Error("there is no record");
    held.push(
      keep === "record"
        ? record
        : keep === "value"
          ? record.value
          : keep === "detached"
            ? record.detach()
            : record.detach().value,
    );
  }
}
fetchOne();
const before = bytes();
for (let i = 0; i < 100; i++) fetchOne();
console.log(bytes() - before);
if (held.length !== 101) throw new Error("not all is held");
