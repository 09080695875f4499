// Permanent errors end a call at once, with their reason, in virtual time.
import { test } from "node:test";
import assert from "node:assert/strict";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import type { Codec } from "../../src/runtime/codec.ts";
import { inWorld, take } from "./world.ts";

const VALUE = "x".repeat(1000);
const codec = (compress: (bytes: Uint8Array) => Uint8Array): Codec => ({ compress, decompress: (bytes) => bytes });
const broken = codec(() => {
  throw new Error("the codec broke");
});

const isOf =
  (kind: string, says: RegExp, cause?: RegExp) =>
  (e: unknown): boolean => {
    assert.ok(KafkaError.is(e), String(e));
    assert.equal(e.kind, kind, e.message);
    assert.equal(e.retriable, false);
    assert.equal(e.outcome, "notWritten");
    assert.match(e.message, says);
    if (cause !== undefined) assert.match((e.cause as Error).message, cause);
    return true;
  };

test("a codec that throws: its records waited for their delivery timeout, and the error blamed the cluster", () =>
  inWorld({ topics: { t: 2 }, client: { codecs: { gzip: broken } } }, async ({ kafka, platform, cluster }) => {
    const fromMs = platform.clock.monotonic();
    const producer = kafka.producer({ compressionType: "gzip" });
    const sent = await Promise.allSettled(
      [0, 1].map((partition) => producer.send({ topic: "t", partition, value: VALUE })),
    );
    for (const one of sent)
      assert.ok(
        one.status === "rejected" &&
          isOf(
            "serialization",
            /cannot compress 1 record for t-\d with gzip: the codec broke/,
            /^the codec broke$/,
          )(one.reason),
      );
    assert.ok(platform.clock.monotonic() - fromMs < 100);
    producer.enqueue({ topic: "t", value: VALUE });
    await assert.rejects(producer.flush(), /1 enqueued record was not delivered.*the codec broke/);
    assert.deepEqual(
      cluster.snapshot().topics[0]?.partitions.map(({ highWatermark }) => highWatermark),
      [0, 0],
    );
  }));

test("a codec that throws for one batch: the others of the request are written, in order and once", () =>
  inWorld(
    {
      topics: { t: 2 },
      client: {
        codecs: {
          gzip: codec((bytes) => {
            if (Buffer.from(bytes).includes("bad")) throw new Error("the codec broke");
            return bytes;
          }),
        },
      },
    },
    async ({ kafka, cluster }) => {
      const producer = kafka.producer({ compressionType: "gzip" });
      for (let round = 0; round < 3; round++) {
        const [one, other] = await Promise.allSettled([
          producer.send({ topic: "t", partition: 0, value: `bad ${VALUE}` }),
          producer.send({ topic: "t", partition: 1, value: VALUE }),
        ]);
        assert.equal(one?.status, "rejected");
        assert.equal(other?.status, "fulfilled");
        await producer.send({ topic: "t", partition: 0, value: VALUE });
      }
      assert.deepEqual(
        cluster.snapshot().topics[0]?.partitions.map(({ highWatermark }) => highWatermark),
        [3, 3],
      );
      assert.equal(producer.counters.epochBumps, 0, "the batch had no sequence numbers yet");
    },
  ));

test("a codec that returns a promise is told of", () =>
  inWorld(
    { topics: { t: 1 }, client: { codecs: { gzip: codec((async () => new Uint8Array()) as never) } } },
    async ({ kafka }) => {
      await assert.rejects(
        kafka.producer({ compressionType: "gzip" }).send({ topic: "t", value: VALUE }),
        isOf("config", /compress\(\) of the codec returned a Promise/),
      );
    },
  ));

test("a checksum that throws fails its records", () =>
  inWorld(
    {
      topics: { t: 1 },
      client: {
        crc32c: () => {
          throw new Error("no checksum");
        },
      },
    },
    async ({ kafka }) => {
      await assert.rejects(
        kafka.producer().send({ topic: "t", value: VALUE }),
        isOf("internal", /cannot write 1 record to t-0: no checksum/),
      );
    },
  ));

test("no common version of Produce: records waited for their delivery timeout", () =>
  inWorld({ topics: { t: 1 } }, async ({ kafka, cluster, platform }) => {
    cluster.intercept("ApiVersions", {
      respond: (r) => ({
        ...r,
        apiKeys: r.apiKeys.map((range) =>
          range.apiKey === 0 ? { ...range, minVersion: 100, maxVersion: 101 } : range,
        ),
      }),
    });
    const fromMs = platform.clock.monotonic();
    await assert.rejects(
      kafka.producer().send({ topic: "t", value: "x" }),
      isOf("unsupported", /cannot write 1 record to t-0:.*Produce/),
    );
    assert.ok(platform.clock.monotonic() - fromMs < 100);
  }));

test("TLS on a network that has none is an option that the platform does not support: every client says so at once", () =>
  inWorld({ topics: { t: 1 } }, async ({ client, platform }) => {
    const kafka = client({ tls: true });
    const isUnsupported = (e: unknown): boolean =>
      KafkaError.is(e) && e.kind === "unsupported" && !e.retriable && /does not speak TLS/.test(e.message);
    const fromMs = platform.clock.monotonic();
    await assert.rejects(kafka.producer().send({ topic: "t", value: "x" }), isUnsupported);
    await assert.rejects(kafka.admin().listTopics(), isUnsupported);
    await assert.rejects(take(kafka.consumer({ topics: ["t"] }), 1), isUnsupported);
    await assert.rejects(take(kafka.consumer({ groupId: "g", topics: ["t"] }), 1), isUnsupported);
    // At most one attempt a second.
    assert.ok(platform.clock.monotonic() - fromMs < 4000);
  }));
