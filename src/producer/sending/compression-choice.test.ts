import { test } from "node:test";
import assert from "node:assert/strict";
import { KafkaError } from "../../errors/kafka-error.ts";
import type { Codec, CompressionType } from "../../runtime/codec.ts";
import { compressionChoices, compressionFor } from "./compression-choice.ts";

const codec: Codec = { compress: (bytes) => bytes, decompress: (bytes) => bytes };
const levels = { gzip: 6, snappy: undefined, lz4: 1, zstd: 3 };
const types = (
  asked: CompressionType | readonly CompressionType[],
  codecs = { gzip: codec, zstd: codec, lz4: codec },
): string[] => compressionChoices(asked, codecs, levels).map(({ type, level }) => `${type} ${String(level)}`);

test("the first that the platform has and the broker knows; none ends the list", () => {
  assert.deepEqual(types("none"), []);
  assert.deepEqual(types("lz4"), ["lz4 1"]);
  assert.deepEqual(types(["zstd", "snappy", "gzip", "none", "lz4"]), ["zstd 3", "gzip 6"]);
  const choices = compressionChoices(["zstd", "lz4"], { zstd: codec, lz4: codec }, levels);
  assert.deepEqual(
    [3, 6, 7, 13].map((version) => compressionFor(choices, version)?.type),
    ["lz4", "lz4", "zstd", "zstd"],
  );
  assert.equal(compressionFor(compressionChoices("zstd", { zstd: codec }, levels), 6), undefined);
});

test("types that there are not, empty lists, and platforms without any of the codecs are named", () => {
  const fails =
    (kind: string, text: RegExp) =>
    (e: unknown): boolean =>
      KafkaError.is(e) && e.kind === kind && text.test(e.message);
  for (const bad of ["brotli", [], ["gzip", "brotli"], 5, null, {}])
    assert.throws(() => types(bad as never), fails("config", /compressionType takes/), JSON.stringify(bad));
  assert.throws(() => types(["snappy"]), fails("unsupported", /codecs\.snappy/));
  assert.deepEqual(types(["snappy", "none"]), []);
});
