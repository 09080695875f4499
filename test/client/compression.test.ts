import { test } from "node:test";
import assert from "node:assert/strict";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import type { Codec } from "../../src/runtime/codec.ts";
import type { ProducerOptions } from "../../src/producer/options.ts";
import { inWorld, take, text } from "./world.ts";

test("levels: each codec gets its own, and what is out of range is named", () =>
  inWorld({ topics: { t: 1 } }, async ({ client }) => {
    const levels: (number | undefined)[] = [];
    const spy: Codec = { compress: (bytes, level) => (levels.push(level), bytes), decompress: (bytes) => bytes };
    const kafka = client({ codecs: { gzip: spy, snappy: spy, lz4: spy, zstd: spy } });
    const all = { compressionGzipLevel: 4, compressionLz4Level: 5, compressionZstdLevel: -6 };
    for (const compressionType of ["gzip", "snappy", "lz4", "zstd"] as const)
      await kafka.producer({ compressionType, ...all }).send({ topic: "t", value: "x" });
    for (const compressionType of ["gzip", "lz4", "zstd"] as const)
      await kafka.producer({ compressionType }).send({ topic: "t", value: "x" });
    assert.deepEqual(levels, [4, undefined, 5, -6, -1, 1, 3]);
    const wrong: ProducerOptions[] = [
      { compressionGzipLevel: 0 },
      { compressionGzipLevel: 10 },
      { compressionLz4Level: 0 },
      { compressionLz4Level: 18 },
      { compressionZstdLevel: 23 },
      { compressionZstdLevel: 2.5 },
      { compressionType: "brotli" as "gzip" },
    ];
    for (const options of wrong)
      assert.throws(
        () => kafka.producer(options),
        (e: unknown) => KafkaError.is(e) && e.kind === "config" && e.message.includes(Object.keys(options)[0] ?? "?"),
        JSON.stringify(options),
      );
  }));

test("a codec of one's own takes the place of ours, and only that one", () =>
  inWorld({ topics: { t: 1 } }, async ({ client }) => {
    let calls = "";
    // No LZ4 at all: all that counts is who was asked.
    const own: Codec = {
      compress: (bytes) => ((calls += "c"), bytes.slice(0, 8)),
      decompress: (bytes) => ((calls += "d"), bytes),
    };
    const kafka = client({ codecs: { lz4: own } });
    await assert.rejects(kafka.producer({ compressionType: "lz4" }).send({ topic: "t", value: "x".repeat(100) }));
    assert.equal(calls, "c", "the embedded broker reads with its own");
    await kafka.producer({ compressionType: "snappy" }).send({ topic: "t", value: "y".repeat(100) });
    const [record] = await take(kafka.consumer({ topics: ["t"] }), 1);
    assert.equal(text(record?.value ?? null), "y".repeat(100));
  }));
