// The steps of a record before it is in a batch: interceptors, signals, serdes that must prepare.
import { test } from "node:test";
import assert from "node:assert/strict";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import { Cancellation } from "../../src/runtime/cancellation.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import type { Serde } from "../../src/serdes/serde.ts";
import { json } from "../../src/serdes/json.ts";
import { inWorld, take, text, type World } from "./world.ts";

const stop = (): KafkaError => new KafkaError("cancelled", "enough", {});

async function logOf({ kafka, cluster }: World, topic = "t"): Promise<(string | null)[]> {
  const count = cluster.snapshot().topics.find((t) => t.topic === topic)?.partitions[0]?.highWatermark ?? 0;
  if (count === 0) return [];
  const consumer = kafka.consumer({ topics: [topic] });
  const values = (await take(consumer, count)).map((record) => text(record.value));
  await consumer.close();
  return values;
}

/** A serde whose preparation takes as long as the value says, and what it did. */
function slowSerde(world: World): { readonly serde: Serde<{ ms: number }>; readonly prepared: number[] } {
  const known = new Set<number>();
  const prepared: number[] = [];
  const prepare = async (ms: number): Promise<void> => {
    prepared.push(ms);
    await sleep(world.platform, ms);
    if (ms === 13) throw new Error("no schema for 13");
    known.add(ms);
  };
  const serde: Serde<{ ms: number }> = {
    prepare: ({ ms }) => (ms === 0 || known.has(ms) ? undefined : prepare(ms)),
    serialize: ({ ms }, { utf8 }) =>
      ms === 0 || known.has(ms) ? utf8.encode(String(ms)) : assert.fail(`${ms} was not prepared`),
    deserialize: () => ({ ms: 0 }),
  };
  return { serde, prepared };
}

test("interceptors change a record before its serdes see it, one after the other, and the caller's stays as it was", () =>
  inWorld({ topics: { t: 1, u: 1 } }, async (world) => {
    const log: string[] = [];
    const producer = world.client({ onLog: ({ message }) => log.push(message) }).producer({
      value: json<{ n: number }>(),
      interceptors: [
        { onSend: (record) => void record.headers.push(["trace", "1"]) },
        {
          onSend: () => {
            throw new Error("boom");
          },
        },
        {
          onSend: (record) => {
            record.headers.push(["trace", Uint8Array.of(50)]);
            record.value = { n: (record.value?.n ?? 0) + 1 };
            record.topic = "u";
            record.key = "k";
          },
        },
      ],
    });
    const given = Object.freeze({ topic: "t", value: Object.freeze({ n: 1 }), headers: Object.freeze({ a: "b" }) });
    assert.equal((await producer.send(given)).topic, "u");
    assert.equal(producer.enqueue(given), true);
    await producer.flush();
    assert.deepEqual(given, { topic: "t", value: { n: 1 }, headers: { a: "b" } });
    const consumer = world.kafka.consumer({ topics: ["u"] });
    for (const record of await take(consumer, 2)) {
      assert.deepEqual([text(record.value), text(record.key)], ['{"n":2}', "k"]);
      assert.deepEqual(
        record.headers.map(([name, value]) => [name, text(value)]),
        [
          ["a", "b"],
          ["trace", "1"],
          ["trace", "2"],
        ],
      );
    }
    assert.equal(
      log.filter((message) => /a record of topic t: onSend of interceptors\[\d\] failed.*boom/.test(message)).length,
      2,
    );
    await assert.rejects(producer.send(null as never), /a record must be an object/);
    await assert.rejects(producer.send({ topic: "t", value: null, headers: "no" as never }), /headers of a record/);
    for (const bad of [5, {}, [{}], [null]])
      assert.throws(
        () => world.kafka.producer({ interceptors: bad as never }),
        (e: unknown) => KafkaError.is(e) && e.kind === "config",
      );
  }));

test("a signal takes a record back while it waits for metadata or in its batch: it alone, and it is never written", () =>
  inWorld({ topics: { t: 1 }, latencyMs: 10 }, async (world) => {
    const producer = world.kafka.producer({ lingerMs: 500 });
    const signals = Array.from({ length: 6 }, () => new Cancellation());
    const send = (i: number): Promise<unknown> =>
      producer.send({ topic: "t", value: String(i) }, { signal: signals[i] ?? assert.fail() });
    const results: Promise<PromiseSettledResult<unknown>[]> = Promise.allSettled([0, 1, 2].map(send));
    signals[1]?.cancel(stop()); // metadata is not there yet
    await sleep(world.platform, 200);
    const more = Promise.allSettled([3, 4, 5].map(send));
    signals[0]?.cancel(stop());
    signals[4]?.cancel(stop());
    assert.equal(producer.enqueue({ topic: "t", value: "6" }), true);
    const isTaken = (result: PromiseSettledResult<unknown>): boolean =>
      result.status === "rejected" &&
      KafkaError.is(result.reason) &&
      result.reason.kind === "cancelled" &&
      result.reason.outcome === "notWritten";
    assert.deepEqual([...(await results), ...(await more)].map(isTaken), [true, true, false, false, true, false]);
    await producer.flush();
    assert.deepEqual(await logOf(world), ["2", "3", "5", "6"]);
    assert.deepEqual([producer.bufferedBytes, producer.counters.failed, producer.counters.epochBumps], [0, 3, 0]);
    assert.deepEqual(
      signals.map((signal) => signal.listenerCount),
      [0, 0, 0, 0, 0, 0],
    );
  }));

test("a signal does not pretend to take back a record that is under way, or was", () =>
  inWorld({ topics: { t: 1 } }, async (world) => {
    world.cluster.intercept("Produce", () => ({ delayMs: 100 }));
    const producer = world.kafka.producer();
    const signal = new Cancellation();
    const sent = producer.send({ topic: "t", value: "a" }, { signal });
    await sleep(world.platform, 50);
    signal.cancel(stop());
    assert.equal((await sent).offset, 0);
    await assert.rejects(producer.send({ topic: "t", value: "b" }, { signal }), {
      kind: "cancelled",
      outcome: "notWritten",
    });
    assert.deepEqual(await logOf(world), ["a"]);
  }));

test("send waits for a serde's preparation, in order; a preparation that fails fails its record alone", () =>
  inWorld({ topics: { t: 1 } }, async (world) => {
    const { serde, prepared } = slowSerde(world);
    const producer = world.kafka.producer({ value: serde });
    const all = [0, 500, 13, 0, 100, 500, 0];
    const results = await Promise.allSettled(all.map((ms) => producer.send({ topic: "t", value: { ms } })));
    assert.deepEqual(
      results.map((r) =>
        r.status === "fulfilled"
          ? r.value.offset
          : KafkaError.is(r.reason) && `${r.reason.kind} ${r.reason.outcome ?? ""}`,
      ),
      [0, 1, "serialization notWritten", 2, 3, 4, 5],
    );
    assert.deepEqual(await logOf(world), ["0", "500", "0", "100", "500", "0"]);
    assert.equal(prepared.length, 4);
    const before = world.platform.clock.monotonic();
    await producer.send({ topic: "t", value: { ms: 100 } });
    assert.ok(world.platform.clock.monotonic() - before < 50, "what is prepared is not waited for");
    await producer.send({ topic: "t", value: null });
  }));

test("enqueue refuses a serde that has to prepare; a flush and a close wait for what is being prepared", () =>
  inWorld({ topics: { t: 1 } }, async (world) => {
    const { serde } = slowSerde(world);
    const producer = world.kafka.producer({ value: serde });
    assert.throws(
      () => producer.enqueue({ topic: "t", value: { ms: 0 } }),
      (e: unknown) => KafkaError.is(e) && e.kind === "unsupported" && /use send/.test(e.message),
    );
    const first = producer.send({ topic: "t", value: { ms: 200 } });
    await producer.flush();
    assert.equal(producer.counters.acknowledged, 1);
    const second = producer.send({ topic: "t", value: { ms: 300 } });
    const signal = new Cancellation();
    const third = producer.send({ topic: "t", value: { ms: 400 } }, { signal });
    signal.cancel(stop());
    await Promise.all([producer.close(), assert.rejects(third, { kind: "cancelled", outcome: "notWritten" })]);
    assert.deepEqual([(await first).offset, (await second).offset], [0, 1]);
    const late = world.kafka.producer({ value: serde });
    const sent = late.send({ topic: "t", value: { ms: 60_000 } });
    await Promise.all([
      late.close({ timeoutMs: 1000 }),
      sleep(world.platform, 61_000),
      assert.rejects(sent, { kind: "closed", outcome: "notWritten" }),
    ]);
  }));

test("of a list of compressions the first is taken that the platform has", () =>
  inWorld({ topics: { t: 1 } }, async (world) => {
    const codecs = new Set<number>();
    world.cluster.intercept("Produce", ({ message }) => {
      const records = message.topicData[0]?.partitionData[0]?.records;
      if (records instanceof Uint8Array) codecs.add((records[22] ?? 0) & 7);
      return undefined;
    });
    await world.kafka.producer({ compressionType: ["lz4", "gzip"] }).send({ topic: "t", value: "x".repeat(1000) });
    await world.kafka.producer({ compressionType: ["none", "gzip"] }).send({ topic: "t", value: "x".repeat(1000) });
    assert.deepEqual(codecs, new Set([3, 0]));
    assert.throws(() => world.kafka.producer({ compressionType: [] }), /compressionType takes/);
  }));
