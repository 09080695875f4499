// A platform may leave out parts with a portable substitute; errors name missing or wrong parts.
import { test } from "node:test";
import assert from "node:assert/strict";
import { EmbeddedCluster, Kafka, KafkaError, type Platform, boxedRuntime, string } from "../../src/core.ts";
import type { AsyncRuntime } from "../../src/runtime/async-runtime.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import { inVirtualTime } from "../runtime/virtual.ts";

type AnyPlatform = Platform<AsyncRuntime>;

const config = (pattern: RegExp) => (error: unknown) =>
  KafkaError.is(error) && error.kind === "config" && pattern.test(error.message);

test(
  "runtime, clock and entropy are a platform: a client and an embedded cluster, with text and every codec, on a " +
    "runtime with delays of its own",
  async () => {
    await inVirtualTime(async (virtual) => {
      const { clock, entropy } = virtual;
      const runtime = boxedRuntime({ clock, sleep: (ms, { signal }) => sleep(virtual, ms, signal) });
      const platform = { runtime, clock, entropy };
      const cluster = await EmbeddedCluster.start({ platform, topics: { t: 1 } });
      const kafka = new Kafka({ cluster });
      const codecs = ["none", "gzip", "snappy", "lz4", "zstd"] as const;
      for (const compressionType of codecs)
        await kafka.producer({ compressionType, value: string() }).send({ topic: "t", value: `ö ${compressionType}` });
      const seen: (string | null)[] = [];
      for await (const { value } of kafka.consumer({ topics: ["t"], value: string() }))
        if (seen.push(value) === codecs.length) break;
      assert.deepEqual(
        seen,
        codecs.map((name) => `ö ${name}`),
      );
      await kafka.close();
      await cluster.close();
      assert.throws(
        () => new Kafka({ bootstrapServers: "localhost:9092", platform }),
        config(/cannot open connections.*connector.*docs\/platforms\.md/),
      );
      await assert.rejects(
        EmbeddedCluster.start({ platform, ports: [0] }),
        (error) => KafkaError.is(error) && error.kind === "unsupported",
      );
    });
  },
);

const whole: AnyPlatform = {
  runtime: { spawn: () => undefined, delayFor: () => ({ then: () => undefined, [Symbol.dispose]: () => undefined }) },
  clock: { now: () => 0, monotonic: () => 0 },
  entropy: { fill: () => undefined },
};
const wrong: readonly (readonly [what: string, platform: unknown, says: RegExp])[] = [
  ["null", null, /takes an object with at least runtime, clock and entropy, not null/],
  [
    "a function, nodePlatform instead of nodePlatform()",
    () => whole,
    /takes an object with at least runtime, clock and entropy, not/,
  ],
  ["no clock", { ...whole, clock: undefined }, /and clock is missing.*docs\/platforms\.md/],
  [
    "a runtime without delayFor",
    { ...whole, runtime: { spawn: () => undefined } },
    /platform\.runtime takes an object with spawn\(\) and delayFor\(\)/,
  ],
  [
    "entropy that is a function",
    { ...whole, entropy: () => undefined },
    /platform\.entropy takes an object with fill\(\)/,
  ],
  [
    "a connector that is a function",
    { ...whole, connector: () => undefined },
    /platform\.connector takes an object with connect\(\)/,
  ],
  [
    "a codec without decompress",
    { ...whole, codecs: { gzip: { compress: () => undefined } } },
    /platform\.codecs\.gzip takes an object with compress\(\) and decompress\(\)/,
  ],
  ["a codec of no such name", { ...whole, codecs: { brotli: {} } }, /platform\.codecs has no codec "brotli"/],
];

for (const [what, platform, says] of wrong) {
  test(`a platform that is wrong is named, by Kafka and by EmbeddedCluster.start: ${what}`, async () => {
    assert.throws(
      () => new Kafka({ bootstrapServers: "localhost:9092", platform: platform as AnyPlatform }),
      config(says),
    );
    await assert.rejects(EmbeddedCluster.start({ platform: platform as AnyPlatform }), config(says));
  });
}
