import { KafkaError } from "../../errors/kafka-error.ts";
import type { BatchCompression } from "../../records/batch-builder.ts";
import type { CompressionType, Compressors } from "../../runtime/codec.ts";

/** The first version of Produce whose brokers support zstd (KIP-110). */
const ZSTD_SINCE_VERSION = 7;
const TYPES: readonly CompressionType[] = ["none", "gzip", "snappy", "lz4", "zstd"];

/**
 * The compression types that a producer may use, best first; types after `"none"` are dropped. Throws kind `config` for
 * an unknown type, and `unsupported` if the platform has a codec for none of them.
 */
export function compressionChoices(
  asked: CompressionType | readonly CompressionType[],
  codecs: Compressors,
  levels: Readonly<Record<Exclude<CompressionType, "none">, number | undefined>>,
): readonly BatchCompression[] {
  const types: readonly CompressionType[] = typeof asked === "string" ? [asked] : asked;
  const given: unknown = types;
  if (!Array.isArray(given) || given.length === 0 || !given.every((type) => TYPES.includes(type as CompressionType))) {
    throw new KafkaError(
      "config",
      `compressionType takes "none", "gzip", "snappy", "lz4" or "zstd", or a list of them, not ` +
        JSON.stringify(asked),
    );
  }
  const choices: BatchCompression[] = [];
  for (const type of types) {
    if (type === "none") return choices;
    const codec = codecs[type];
    if (codec !== undefined) choices.push({ type, codec, level: levels[type] });
  }
  const first = types[0] ?? "none";
  if (choices.length === 0)
    throw new KafkaError(
      "unsupported",
      `there is no codec for compressionType "${types.join('", "')}" on this platform: pass one to Kafka as ` +
        `codecs.${first}`,
    );
  return choices;
}

/** The first type that a broker with this version of Produce supports; undefined: batches are sent uncompressed. */
export function compressionFor(
  choices: readonly BatchCompression[],
  produceVersion: number,
): BatchCompression | undefined {
  for (const choice of choices) if (choice.type !== "zstd" || produceVersion >= ZSTD_SINCE_VERSION) return choice;
  return undefined;
}
