import { Gunzip, gzipSync } from "fflate/browser";
import { KafkaError } from "../errors/kafka-error.ts";
import type { Codec, Codecs } from "../runtime/codec.ts";

/** How much compressed input is inflated between two looks at what came out. */
const STEP_BYTES = 4096;
const DEFAULT_LEVEL = 6;

/** Codecs in plain JavaScript, the same on every host: slower than native ones, which a platform puts in their place. */
export function portableCodecs(): Codecs {
  return { gzip: portableGzip };
}

type Level = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9;

const portableGzip: Codec = {
  compress(bytes, level) {
    // A time of 0: the same bytes must come out at every call, and no clock be read.
    return gzipSync(bytes, { level: (level ?? DEFAULT_LEVEL) as Level, mtime: 0 });
  },
  decompress(bytes, maxBytes) {
    const chunks: Uint8Array[] = [];
    let size = 0;
    const gunzip = new Gunzip((chunk) => {
      size += chunk.length;
      if (size > maxBytes) throw new KafkaError("corrupt", `more than ${maxBytes} bytes come out of ${bytes.length}`);
      chunks.push(chunk);
    });
    // In steps, so that a bomb is found after the first of them that goes too far.
    for (let i = 0; i < bytes.length; i += STEP_BYTES) gunzip.push(bytes.subarray(i, i + STEP_BYTES), i + STEP_BYTES >= bytes.length);
    return joined(chunks, size);
  },
};

function joined(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const [only] = chunks;
  if (chunks.length === 1 && only !== undefined) return only;
  const all = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}
