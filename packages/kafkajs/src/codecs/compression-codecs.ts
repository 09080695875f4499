import type { Codec, Codecs } from "odradek";

/** A codec, as kafkajs's registry has it. */
export interface KafkaJsCodec {
  /** Compresses the bytes of `encoder.buffer`. */
  compress(encoder: { readonly buffer: Buffer }): Promise<Buffer>;
  /** Gives back what was compressed. */
  decompress(buffer: Buffer): Promise<Buffer>;
}

/** Makes a codec. It is called for each batch. */
export type CodecFactory = () => KafkaJsCodec;

/** The registry of codecs by the numbers of `CodecNames`, 1 to 4. Users replace its members. */
export type CompressionCodecs = Record<number, CodecFactory>;

/** Kafka's names of the codecs. */
export type CodecName = keyof Codecs;

/** The most bytes that a batch may have when it is decompressed: a small one may be made to give many gigabytes. */
const MAX_BYTES = 1_073_741_824;

const NUMBERS: readonly (readonly [number, CodecName])[] = [
  [1, "gzip"],
  [2, "snappy"],
  [3, "lz4"],
  [4, "zstd"],
];

const BUILT_IN: unique symbol = Symbol("odradek:built-in");

/** A registry in which every codec is Odradek's. In kafkajs only gzip is there. */
export function compressionCodecs(codecs: Readonly<Record<CodecName, Codec>>): CompressionCodecs {
  return Object.fromEntries(
    NUMBERS.map(([number, type]) => {
      const codec: KafkaJsCodec = {
        compress: ({ buffer }) => promised(() => asBuffer(codecs[type].compress(buffer))),
        decompress: (buffer) => promised(() => asBuffer(codecs[type].decompress(buffer, MAX_BYTES))),
      };
      return [number, Object.assign(() => codec, { [BUILT_IN]: type })];
    }),
  );
}

/** Which of Odradek's codecs a factory of the registry makes; undefined for one of the user's. */
export function builtInCodec(factory: CodecFactory | undefined): CodecName | undefined {
  return (factory as { readonly [BUILT_IN]?: CodecName } | undefined)?.[BUILT_IN];
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Returns a promise of the result. An exception becomes a rejection. */
function promised<T>(make: () => T): Promise<T> {
  return new Promise((resolve) => {
    resolve(make());
  });
}
