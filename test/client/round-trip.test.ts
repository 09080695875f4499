import { test } from "node:test";
import assert from "node:assert/strict";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import { json } from "../../src/serdes/json.ts";
import { string } from "../../src/serdes/string.ts";
import { inWorld, take, text } from "./world.ts";

test("a record there and back: key, value, headers, timestamp, offset", () =>
  inWorld({ topics: { orders: 3 } }, async ({ kafka }) => {
    const producer = kafka.producer();
    const headers = [
      ["a", new Uint8Array([1])],
      ["a", null],
      ["trace-✓", new Uint8Array(0)],
    ] as const;
    const sent = await producer.send({
      topic: "orders",
      key: "42",
      value: "one espresso",
      headers,
      timestamp: 1_700_000_000_000,
    });
    assert.deepEqual([sent.topic, sent.offset, sent.timestamp], ["orders", 0, 1_700_000_000_000]);
    const [record] = await take(kafka.consumer({ topics: ["orders"] }), 1);
    assert.ok(record);
    assert.deepEqual(
      [record.topic, record.partition, record.offset, record.timestamp, text(record.key), text(record.value)],
      ["orders", sent.partition, 0, 1_700_000_000_000, "42", "one espresso"],
    );
    assert.deepEqual(
      record.headers.map(([name, value]) => [name, value === null ? null : [...value]]),
      [
        ["a", [1]],
        ["a", null],
        ["trace-✓", []],
      ],
    );
  }));

test("null and empty are not the same, for keys and for values", () =>
  inWorld({ topics: { t: 1 } }, async ({ kafka }) => {
    const producer = kafka.producer();
    for (const [key, value] of [
      [null, null],
      ["", ""],
      [null, ""],
      ["", null],
    ] as const)
      await producer.send({ topic: "t", key, value });
    const records = await take(kafka.consumer({ topics: ["t"] }), 4);
    assert.deepEqual(
      records.map((r) => [text(r.key), text(r.value)]),
      [
        [null, null],
        ["", ""],
        [null, ""],
        ["", null],
      ],
    );
  }));

test("serdes: typed values, null stays null, a poison record names where it is", () =>
  inWorld({ topics: { t: 1 } }, async ({ kafka }) => {
    const producer = kafka.producer({ key: string(), value: json<{ id: number }>() });
    await producer.send({ topic: "t", key: "a", value: { id: 7 } });
    await producer.send({ topic: "t", key: "b", value: null });
    await kafka.producer().send({ topic: "t", value: "no json" });
    const consumer = kafka.consumer({ topics: ["t"], key: string(), value: json<{ id: number }>() });
    const seen: unknown[] = [];
    await assert.rejects(
      async () => {
        for await (const record of consumer) seen.push([record.key, record.value]);
      },
      (error: unknown) =>
        KafkaError.is(error) &&
        error.kind === "serialization" &&
        error.topic === "t" &&
        error.partition === 0 &&
        error.offset === 2,
    );
    assert.deepEqual(seen, [
      ["a", { id: 7 }],
      ["b", null],
    ]);
    assert.equal(consumer.position({ topic: "t", partition: 0 }), 2, "what could not be read is the next again");
  }));

for (const compressionType of ["none", "gzip", "snappy", "lz4", "zstd"] as const) {
  test(`50,000 enqueued records come back once and in order, by record and by batch (${compressionType})`, () =>
    inWorld({ topics: { t: 3 }, brokers: 3 }, async ({ kafka }) => {
      const producer = kafka.producer({ compressionType, batchSize: 20_000, bufferMemory: 200_000 });
      const value = new Uint8Array(50);
      const view = new DataView(value.buffer);
      for (let i = 0; i < 50_000;) {
        view.setUint32(0, i);
        if (producer.enqueue({ topic: "t", value })) i++;
        else await producer.ready();
      }
      await producer.flush();
      assert.equal(producer.counters.acknowledged, 50_000);
      assert.equal(producer.bufferedBytes, 0);
      const number = (bytes: Uint8Array | null): number =>
        bytes === null ? -1 : new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
      const byRecord = (await take(kafka.consumer({ topics: ["t"] }), 50_000)).map(
        (r) => [r.partition, number(r.value)] as const,
      );
      const byBatch: (readonly [number, number])[] = [];
      for await (const batch of kafka.consumer({ topics: ["t"] }).batches()) {
        for (const r of batch.records) byBatch.push([r.partition, number(r.value)]);
        if (byBatch.length >= 50_000) break;
      }
      for (const seen of [byRecord, byBatch]) {
        assert.equal(new Set(seen.map(([, n]) => n)).size, 50_000);
        for (const partition of [0, 1, 2]) {
          const numbers = seen.filter(([p]) => p === partition).map(([, n]) => n);
          assert.ok(numbers.length > 1000);
          assert.ok(numbers.every((n, i) => i === 0 || n > (numbers[i - 1] ?? 0)));
        }
      }
    }));
}

test("a caller that fills one buffer again and again loses nothing, also before the topic is known", () =>
  inWorld({ topics: { t: 1 } }, async ({ kafka }) => {
    const producer = kafka.producer();
    const value = new Uint8Array(1);
    for (let i = 0; i < 5; i++) {
      value[0] = i;
      assert.ok(producer.enqueue({ topic: "t", value }));
    }
    await producer.flush();
    assert.deepEqual(
      (await take(kafka.consumer({ topics: ["t"] }), 5)).map((r) => r.value?.[0]),
      [0, 1, 2, 3, 4],
    );
  }));

test("a topic that is unknown is created when the broker may, and its records keep their order", () =>
  inWorld({ numPartitions: 1 }, async ({ kafka }) => {
    const producer = kafka.producer();
    const sent = await Promise.all(["a", "b", "c"].map((value) => producer.send({ topic: "new", value })));
    assert.deepEqual(
      sent.map((r) => r.offset),
      [0, 1, 2],
    );
  }));

test("an unknown topic fails after maxBlockMs, and is named; a consumer never creates one", () =>
  inWorld({ autoCreateTopics: false }, async ({ kafka, platform }) => {
    const before = platform.clock.monotonic();
    await assert.rejects(
      kafka.producer({ maxBlockMs: 2000 }).send({ topic: "nowhere", value: "x" }),
      (e: unknown) =>
        KafkaError.is(e) && e.kind === "timeout" && e.message.includes("nowhere") && e.outcome === "notWritten",
    );
    assert.equal(Math.round(platform.clock.monotonic() - before), 2000);
    await assert.rejects(
      take(kafka.consumer({ topics: ["nowhere"], defaultApiTimeoutMs: 3000 }), 1),
      (e: unknown) => KafkaError.is(e) && e.kind === "timeout" && e.message.includes("nowhere"),
    );
  }));

test("an unreachable bootstrap fails within its timeout, naming the address and the reason", () =>
  inWorld({}, async ({ platform, client }) => {
    const lost = client({ cluster: { bootstrapServers: "nobody:1,else:2", connector: platform.connector } });
    await assert.rejects(
      lost.admin().listTopics({ timeoutMs: 5000 }),
      (e: unknown) => KafkaError.is(e) && e.kind === "timeout" && /nobody:1.*refused.*else:2/.test(e.message),
    );
  }));

test("admin: create, list, describe, delete, and what is wrong by name", () =>
  inWorld({ brokers: 3 }, async ({ kafka }) => {
    const admin = kafka.admin();
    (
      await admin.createTopics([
        { topic: "a", numPartitions: 2, replicationFactor: 3 },
        { topic: "b", configs: { "cleanup.policy": "compact" } },
      ])
    ).orThrow();
    assert.deepEqual(await admin.listTopics(), ["a", "b"]);
    const [a] = (await admin.describeTopics(["a"])).orThrow();
    assert.deepEqual(
      a?.partitions.map((p) => [p.partition, p.replicas.length]),
      [
        [0, 3],
        [1, 3],
      ],
    );
    await assert.rejects(
      admin.createTopics([{ topic: "a" }]).then((results) => results.orThrow()),
      (e: unknown) => KafkaError.is(e) && e.codeName === "TOPIC_ALREADY_EXISTS" && e.topic === "a",
    );
    await assert.rejects(
      admin.createTopics([{ topic: "c", configs: { "no.such.config": "1" } }]).then((results) => results.orThrow()),
      (e: unknown) => KafkaError.is(e) && e.codeName === "INVALID_CONFIG",
    );
    await assert.rejects(
      kafka.producer().send({ topic: "b", value: "no key" }),
      (e: unknown) => KafkaError.is(e) && e.codeName === "INVALID_RECORD",
    );
    (await admin.deleteTopics(["a"])).orThrow();
    assert.deepEqual(await admin.listTopics(), ["b"]);
  }));

test("wrong options are errors of kind config that name the option", () =>
  inWorld({}, async ({ kafka, client }) => {
    const config =
      (name: RegExp) =>
      (e: unknown): boolean =>
        KafkaError.is(e) && e.kind === "config" && name.test(e.message);
    assert.throws(() => kafka.producer({ linger: 5 } as never), config(/linger/));
    assert.throws(() => kafka.producer({ batchSize: -1 }), config(/batchSize.*-1/));
    assert.throws(() => kafka.producer({ acks: 1, enableIdempotence: true }), config(/enableIdempotence/));
    assert.throws(() => kafka.consumer({}), config(/assign.*topics/));
    for (const [options, name] of [
      [{ topics: ["t"], groupId: "" }, /groupId is empty/],
      [{ topics: ["t"], onAssigned: () => undefined }, /onAssigned.*needs groupId/],
      [
        { assign: [{ topic: "t", partition: 0 }], groupId: "g", groupInstanceId: "i" },
        /groupInstanceId is an option of a group's members, and a consumer with `assign` joins none/,
      ],
      [{ topics: ["t"], groupId: "g", groupProtocol: "new" as "auto" }, /groupProtocol takes/],
      [
        { topics: ["t"], groupId: "g", groupProtocol: "consumer", sessionTimeoutMs: 10_000 },
        /sessionTimeoutMs is an option of the classic protocol/,
      ],
      [
        { topics: ["t"], groupId: "g", groupProtocol: "classic", groupRemoteAssignor: "uniform" },
        /groupRemoteAssignor/,
      ],
      [
        { topics: ["t"], groupId: "g", partitionAssignmentStrategy: ["fair" as "range"] },
        /partitionAssignmentStrategy has "fair"/,
      ],
      [{ topics: ["t"], groupId: "g", sessionTimeoutMs: 3000 }, /heartbeatIntervalMs \(3000\) must be below/],
      [{ topics: ["t"], groupId: "g", maxPollIntervalMs: -1 }, /maxPollIntervalMs takes a whole number/],
    ] as const)
      assert.throws(() => kafka.consumer(options), config(name));
    await assert.rejects(
      kafka.consumer({ topics: ["t"] }).commit(),
      config(/cannot commit: it needs a consumer in a group/),
    );
    assert.throws(() => client({ bootstrapServers: "localhost", cluster: undefined } as never), config(/localhost/));
    assert.throws(() => client({ bootstrapServer: "localhost:1" } as never), config(/bootstrapServer/));
    assert.throws(
      () => kafka.producer().enqueue({ topic: "t", value: 5 as never }),
      (e: unknown) => KafkaError.is(e) && e.kind === "serialization",
    );
  }));

test(
  "seek, pause and resume in the middle of a loop; a second loop at a time is refused; another goes on where one " +
    "ended",
  () =>
    inWorld({ topics: { t: 1 } }, async ({ kafka, platform }) => {
      const producer = kafka.producer();
      for (let i = 0; i < 10; i++) await producer.send({ topic: "t", value: String(i) });
      const partition = { topic: "t", partition: 0 };
      const consumer = kafka.consumer({ assign: [partition] });
      const seen: string[] = [];
      for await (const record of consumer) {
        seen.push(text(record.value) ?? "");
        if (seen.length === 1) assert.throws(() => consumer.batches(), /loop already/);
        if (seen.length === 3) consumer.seek(partition, 7);
        if (seen.length === 5) break;
      }
      assert.deepEqual(seen, ["0", "1", "2", "7", "8"]);
      assert.equal(consumer.position(partition), 8, "the record in hand is not done");
      consumer.pause([partition]);
      kafka.runtime.spawn(async () => {
        await sleep(platform, 1000);
        consumer.resume([partition]);
      });
      const [last] = await take(consumer, 1);
      assert.equal(text(last?.value ?? null), "8");
    }),
);

test("close ends a loop that waits, and is harmless twice; what comes after is told", () =>
  inWorld({ topics: { t: 1 } }, async ({ kafka, platform }) => {
    const consumer = kafka.consumer({ topics: ["t"] });
    kafka.runtime.spawn(async () => {
      await sleep(platform, 700);
      await consumer.close();
      await consumer.close();
    });
    assert.deepEqual(await take(consumer, 1), []);
    assert.throws(() => consumer.batches(), /closed/);
    const producer = kafka.producer();
    await producer.close();
    await producer.close();
    await assert.rejects(
      producer.send({ topic: "t", value: "x" }),
      (e: unknown) => KafkaError.is(e) && e.kind === "closed",
    );
  }));
