// Mutated batches: scripts/fuzz-records.mjs reads a million of them, and the tests read a few thousand.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import { BatchBuilder } from "../../src/records/batch-builder.ts";
import { portableCodecs } from "../../src/records/compression.ts";
import { readBatches } from "../../src/records/read-batches.ts";
import { crc32 } from "../../src/wire/crc32.ts";
import { crc32c } from "../../src/wire/crc32c.ts";
import { vectorFolder } from "../protocol/vectors.ts";

/** The largest size of a mutated batch, in bytes. */
export const FUZZ_BOUND = 1 << 20;
const INTERESTING = [0, 1, -1, 2, 127, 128, 255, 256, 32_767, -32_768, 65_535, 2 ** 31 - 1, -(2 ** 31), 2 ** 24];

/** Numbers from a seed, the same on every engine. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = (seed ^ 0x9e3779b9) | 0;
  }

  /** A whole number below `n`. */
  below(n: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % n;
  }
}

/** Batches to mutate: Apache Kafka's, one case a piece, and larger ones of our own, whose codecs have more to say. */
export function goldenBytes(): readonly Uint8Array[] {
  const lines = readFileSync(join(vectorFolder, "records.jsonl"), "utf8").trim().split("\n");
  const kafkas = lines.map((line) => new Uint8Array(Buffer.from((JSON.parse(line) as { hex: string }).hex, "hex")));
  const own = (["gzip", "snappy", "lz4", "zstd", "zstd"] as const).map((type, n) => {
    const dice = new Dice(n);
    const builder = new BatchBuilder();
    for (let i = 0; i < 40 * (n + 1); i++)
      builder.tryAppend(
        `key-${dice.below(30)}`,
        JSON.stringify({
          id: i,
          user: `user ${dice.below(50)}`,
          amount: dice.below(9999),
          state: ["open", "paid", "late"][dice.below(3)],
        }),
        [],
        1_700_000_000_000 + i * 7,
        1 << 20,
      );
    return builder
      .seal(
        { producerId: 7, producerEpoch: 1, baseSequence: 0 },
        { type, codec: portableCodecs()[type], level: n === 4 ? 9 : undefined },
      )
      .slice();
  });
  return [...kafkas, ...own, ...own];
}

/** Makes the length and the CRC of a batch fit what is there now, so that the mutation is not found by them. */
export function repair(bytes: Uint8Array): void {
  if (bytes.length < 26) return;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  view.setInt32(8, bytes.length - 12);
  if (view.getInt8(16) === 2) view.setUint32(17, crc32c(bytes, 21, bytes.length));
  else view.setUint32(12, crc32(bytes, 16, bytes.length));
}

/** One mutation or a few of `seed`'s choice. */
export function mutated(goldens: readonly Uint8Array[], seed: number): Uint8Array {
  const dice = new Dice(seed);
  let bytes: Uint8Array = goldens[dice.below(goldens.length)]!.slice();
  // Most of the golden sets of magic 0 and 1 hold several messages: the first is enough.
  const first = 12 + new DataView(bytes.buffer).getInt32(8);
  if (first < bytes.length && dice.below(2) === 0) bytes = bytes.slice(0, first);
  for (let n = 1 + dice.below(3); n > 0; n--) bytes = mutate(bytes, goldens, dice);
  if (dice.below(8) !== 0) repair(bytes);
  return bytes;
}

function mutate(bytes: Uint8Array, goldens: readonly Uint8Array[], dice: Dice): Uint8Array {
  const at = dice.below(Math.max(1, bytes.length));
  switch (dice.below(8)) {
    case 0:
      bytes[at] = bytes[at]! ^ (1 << dice.below(8));
      return bytes;
    case 1:
      bytes[at] = dice.below(256);
      return bytes;
    case 2:
      return bytes.slice(0, at);
    case 3: {
      const width = [1, 2, 4][dice.below(3)]!;
      if (at + width > bytes.length) return bytes;
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      const value = INTERESTING[dice.below(INTERESTING.length)]!;
      if (width === 1) view.setInt8(at, value);
      else if (width === 2) view.setInt16(at, value, dice.below(2) === 0);
      else view.setInt32(at, value, dice.below(2) === 0);
      return bytes;
    }
    case 4: {
      // A piece of another batch.
      const other = goldens[dice.below(goldens.length)]!;
      const from = dice.below(other.length);
      const piece = other.subarray(from, from + 1 + dice.below(64)).subarray(0, bytes.length - at);
      bytes.set(piece, at);
      return bytes;
    }
    case 5: {
      // Bytes that are there twice, or not at all.
      const size = dice.below(32);
      const tail = bytes.subarray(dice.below(2) === 0 ? at : Math.min(bytes.length, at + 2 * size));
      const result = new Uint8Array(Math.min(bytes.length, at + size) + tail.length);
      result.set(bytes.subarray(0, at + size));
      result.set(tail, Math.min(bytes.length, at + size));
      return result;
    }
    case 6: {
      bytes.fill(dice.below(2) === 0 ? 255 : 0, at, at + 1 + dice.below(16));
      return bytes;
    }
    default: {
      // Another codec, or other attributes, for the same bytes.
      const magic = bytes[16]!;
      const place = magic === 2 ? 22 : 17;
      if (place < bytes.length)
        bytes[place] = dice.below(2) === 0 ? (bytes[place]! & ~7) | dice.below(8) : dice.below(256);
      return bytes;
    }
  }
}

/** Reads all there is: how many records, or the error. Anything but a well-formed KafkaError is thrown on. */
export function readEverything(bytes: Uint8Array): number | KafkaError {
  let count = 0;
  try {
    for (const batch of readBatches(bytes, {
      topic: "t",
      partition: 3,
      maxDecompressedBytes: FUZZ_BOUND,
      codecs: portableCodecs(),
    })) {
      count +=
        batch.baseOffset + batch.lastOffset + batch.maxTimestamp + batch.producerId > Number.NEGATIVE_INFINITY ? 0 : 1;
      for (const record of batch.records) {
        count++;
        if ((record.key?.length ?? 0) + (record.value?.length ?? 0) > FUZZ_BOUND)
          throw new Error("a record is larger than its batch may be");
        for (const [name] of record.headers) if (typeof name !== "string") throw new Error("a header has no name");
      }
    }
    return count;
  } catch (error) {
    if (!KafkaError.is(error) || (error.kind !== "corrupt" && error.kind !== "config")) throw error;
    if (error.topic !== "t" || error.partition !== 3 || error.offset === undefined)
      throw new Error(`an error does not say where: ${error.message}`, { cause: error });
    return error;
  }
}

/** The kind of an outcome, without its numbers. */
export function outcomeOf(result: number | KafkaError): string {
  return typeof result === "number"
    ? "read"
    : result.message
        .replace(/^.*is (corrupt|larger than this client may read): /, "")
        .replace(/(is not|begins with) [\da-f]+/, "$1 N")
        .replace(/-?\b\d+/g, "N");
}
