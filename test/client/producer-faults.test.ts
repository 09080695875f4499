// The producer against brokers that misbehave, in virtual time: acknowledged records are in the log once, in order.
import { test } from "node:test";
import assert from "node:assert/strict";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import type { Delivery } from "../../src/producer/partition/delivery.ts";
import type { EmbeddedCluster } from "../../src/embedded/embedded-cluster.ts";
import type { Kafka } from "../../src/kafka.ts";
import type { SimulatedRuntime } from "../../src/simulation/simulated-runtime.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import { inWorld, take, text } from "./world.ts";

const CODES = {
  OUT_OF_ORDER_SEQUENCE_NUMBER: 45,
  DUPLICATE_SEQUENCE_NUMBER: 46,
  NOT_ENOUGH_REPLICAS: 19,
  NOT_LEADER_OR_FOLLOWER: 6,
  COORDINATOR_LOAD_IN_PROGRESS: 14,
  CLUSTER_AUTHORIZATION_FAILED: 31,
  MESSAGE_TOO_LARGE: 10,
  UNKNOWN_PRODUCER_ID: 59,
};

/** The values of a one-partition topic, as the log holds them. */
async function logOf(
  kafka: Kafka<SimulatedRuntime>,
  cluster: EmbeddedCluster,
  topic = "t",
): Promise<(string | null)[]> {
  const count =
    cluster
      .snapshot()
      .topics.find((t) => t.topic === topic)
      ?.partitions.reduce((sum, p) => sum + p.highWatermark, 0) ?? 0;
  if (count === 0) return [];
  const consumer = kafka.consumer({ topics: [topic] });
  const values = (await take(consumer, count)).map((record) => text(record.value));
  await consumer.close();
  return values;
}

const numbers = (count: number, from = 0): string[] => Array.from({ length: count }, (_, i) => String(from + i));

/** An answer to a Produce request that has one error for each partition. */
function refuse(
  message: {
    readonly topicData: readonly {
      readonly topicId: string;
      readonly name: string;
      readonly partitionData: readonly { readonly index: number }[];
    }[];
  },
  errorCode: number,
): { readonly answer: object } {
  return {
    answer: {
      responses: message.topicData.map(({ topicId, name, partitionData }) => ({
        topicId,
        name,
        partitionResponses: partitionData.map(({ index }) => ({ index, errorCode, baseOffset: -1 })),
      })),
    },
  };
}

test("a reply that is lost after the batch was written: the retry is recognised, and the log has it once", () =>
  inWorld({ topics: { t: 1 } }, async ({ kafka, cluster }) => {
    let cuts = 0;
    cluster.intercept("Produce", () => (cuts++ < 1 ? "disconnect-after" : undefined));
    const producer = kafka.producer();
    const sent = await Promise.all(numbers(10).map((value) => producer.send({ topic: "t", value })));
    assert.deepEqual(
      sent.map((r) => r.offset),
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    );
    assert.ok(producer.counters.retries >= 1);
    assert.deepEqual(await logOf(kafka, cluster), numbers(10));
  }));

test("the timestamps of a batch whose retry was recognised are those of its records, not the greatest of them for all", () =>
  inWorld({ topics: { t: 1 } }, async ({ kafka, cluster, platform }) => {
    let cuts = 0;
    cluster.intercept("Produce", () => (cuts++ < 1 ? "disconnect-after" : undefined));
    const producer = kafka.producer({ lingerMs: 100 });
    const sending: Promise<{ readonly timestamp: number }>[] = [];
    for (const value of numbers(3)) {
      sending.push(producer.send({ topic: "t", value }));
      await sleep(platform, 10);
    }
    const said = (await Promise.all(sending)).map(({ timestamp }) => timestamp);
    assert.equal(producer.counters.retries, 1);
    assert.equal(new Set(said).size, 3);
    assert.deepEqual(
      (await take(kafka.consumer({ topics: ["t"] }), 3)).map(({ timestamp }) => timestamp),
      said,
    );
  }));

test("a request that is lost before it was written is sent again, and so is one that is never answered", () =>
  inWorld({ topics: { t: 1 } }, async ({ kafka, cluster, platform }) => {
    const faults = ["disconnect", "hang", undefined, "disconnect-after"] as const;
    let next = 0;
    cluster.intercept("Produce", () => faults[next++]);
    const producer = kafka.producer({ requestTimeoutMs: 1000 });
    const before = platform.clock.monotonic();
    assert.equal((await producer.send({ topic: "t", value: "a" })).offset, 0);
    assert.ok(platform.clock.monotonic() - before >= 1000, "the request that hung was waited for");
    assert.equal((await producer.send({ topic: "t", value: "b" })).offset, 1);
    assert.deepEqual(await logOf(kafka, cluster), ["a", "b"]);
  }));

test("five requests under way, the first refused: all are written once and in order, with the bytes that they had", () =>
  inWorld({ topics: { t: 1 } }, async ({ kafka, cluster, platform }) => {
    const seen = new Map<number, string>();
    let requests = 0;
    cluster.intercept("Produce", async ({ message }) => {
      const bytes = message.topicData[0]?.partitionData[0]?.records ?? new Uint8Array(0);
      const sequence = new DataView(bytes.buffer, bytes.byteOffset).getInt32(53);
      const content = Buffer.from(bytes).toString("base64");
      assert.equal(seen.get(sequence) ?? content, content, `sequence ${sequence} came again with other bytes`);
      seen.set(sequence, content);
      const request = requests++;
      if (request === 0) {
        await sleep(platform, 50); // the others are under way by now
        return refuse(message, CODES.NOT_ENOUGH_REPLICAS);
      }
      return undefined;
    });
    const producer = kafka.producer({ batchSize: 200, lingerMs: 0 });
    const sent = await Promise.all(
      numbers(100).map((value) => producer.send({ topic: "t", value: value.padStart(60, "·") })),
    );
    assert.deepEqual(
      sent.map((r) => r.offset),
      numbers(100).map(Number),
    );
    assert.ok(producer.counters.retries > 0);
    assert.equal(producer.counters.epochBumps, 0);
    assert.deepEqual(
      await logOf(kafka, cluster),
      numbers(100).map((value) => value.padStart(60, "·")),
    );
  }));

test("DUPLICATE_SEQUENCE_NUMBER is success, at an offset that nobody knows", () =>
  inWorld({ topics: { t: 1 } }, async ({ kafka, cluster }) => {
    let first = true;
    cluster.intercept("Produce", ({ message }) => {
      if (!first) return undefined;
      first = false;
      return refuse(message, CODES.DUPLICATE_SEQUENCE_NUMBER);
    });
    const sent = await kafka.producer().send({ topic: "t", value: "x" });
    assert.equal(sent.offset, -1);
  }));

test("a throttle holds requests back, and loses none", () =>
  inWorld({ topics: { t: 1 } }, async ({ kafka, cluster, platform }) => {
    const at: number[] = [];
    cluster.intercept("Produce", ({ message }) => {
      at.push(platform.clock.monotonic());
      const { name, topicId } = message.topicData[0] ?? { name: "", topicId: "" };
      return at.length === 1
        ? {
            answer: {
              throttleTimeMs: 700,
              responses: [{ name, topicId, partitionResponses: [{ index: 0, errorCode: 0, baseOffset: 5 }] }],
            },
          }
        : undefined;
    });
    const producer = kafka.producer({ enableIdempotence: false });
    assert.equal((await producer.send({ topic: "t", value: "a" })).offset, 5);
    await producer.send({ topic: "t", value: "b" });
    assert.ok((at[1] ?? 0) - (at[0] ?? 0) >= 700, at.join(" "));
  }));

for (const how of ["refuses", "cuts off"] as const) {
  test(
    `a leader that moves while batches are under way, and ${how} them after the client has heard of the new one: ` +
      "they go there at once",
    () =>
      inWorld(
        { brokers: 2, topics: { t: { partitions: 1, replicationFactor: 2 } }, client: { metadataMaxAgeMs: 100 } },
        async ({ kafka, cluster, platform }) => {
          const producer = kafka.producer({ lingerMs: 0 });
          await producer.send({ topic: "t", value: "0" });
          const broker = cluster.snapshot().topics[0]?.partitions[0]?.leaderId ?? 0;
          cluster.intercept("Produce", { delayMs: 1000 }, { broker, times: 1 });
          if (how === "cuts off") cluster.intercept("Produce", "disconnect", { broker, times: 1 });
          const before = platform.clock.monotonic();
          const sent = [producer.send({ topic: "t", value: "1" })];
          await sleep(platform, 50);
          sent.push(producer.send({ topic: "t", value: "2" }));
          await sleep(platform, 50);
          cluster.moveLeader("t", 0, 1 - broker);
          assert.deepEqual(
            (await Promise.all(sent)).map(({ offset }) => offset),
            [1, 2],
          );
          assert.ok(platform.clock.monotonic() - before < 3000, `${platform.clock.monotonic() - before} ms`);
        },
      ),
  );
}

test("a leader that moves names its successor, and the producer goes there without asking for metadata (KIP-951)", () =>
  inWorld({ brokers: 3, topics: { t: 1 } }, async ({ kafka, cluster }) => {
    const producer = kafka.producer();
    await producer.send({ topic: "t", value: "0" });
    let metadata = 0;
    const nodes: number[] = [];
    cluster.intercept(({ apiName, nodeId }) => {
      if (apiName === "Metadata") metadata++;
      if (apiName === "Produce") nodes.push(nodeId);
      return undefined;
    });
    for (let i = 1; i <= 4; i++) {
      const leader = cluster.snapshot().topics[0]?.partitions[0]?.leaderId ?? 0;
      cluster.moveLeader("t", 0, (leader + 1) % 3);
      assert.equal((await producer.send({ topic: "t", value: String(i) })).offset, i);
    }
    assert.equal(metadata, 0);
    assert.equal(nodes.length, 8, `one refusal and one success for each: ${nodes.join(" ")}`);
    assert.deepEqual(await logOf(kafka, cluster), numbers(5));
  }));

test("leaders that move again and again under load: once and in order", () =>
  inWorld({ brokers: 3, topics: { t: 1 } }, async ({ kafka, cluster, platform }) => {
    const producer = kafka.producer({ batchSize: 300 });
    const moving = { on: true };
    kafka.runtime.spawn(async () => {
      for (let i = 0; moving.on; i++) {
        cluster.moveLeader("t", 0, i % 3);
        await sleep(platform, 3);
      }
    });
    const all: Promise<unknown>[] = [];
    for (let i = 0; i < 2000; i++) {
      all.push(producer.send({ topic: "t", value: String(i) }));
      if (i % 20 === 0) await sleep(platform, 1);
    }
    await Promise.all(all);
    moving.on = false;
    await sleep(platform, 4);
    assert.deepEqual(await logOf(kafka, cluster), numbers(2000));
  }));

test("a batch that fails for good leaves no gap: the partition takes a new epoch, and the others go on (KIP-360)", () =>
  inWorld(
    { topics: { t: { partitions: 1, configs: { "max.message.bytes": "500" } }, u: 1 } },
    async ({ kafka, cluster }) => {
      const epochs: string[] = [];
      cluster.intercept("Produce", ({ message }) => {
        for (const { partitionData } of message.topicData) {
          for (const { records } of partitionData) {
            const view = new DataView(records?.buffer ?? new ArrayBuffer(0), records?.byteOffset);
            epochs.push(`${view.getInt16(51)}/${view.getInt32(53)}`);
          }
        }
        return undefined;
      });
      const producer = kafka.producer();
      await producer.send({ topic: "u", value: "0" });
      await producer.send({ topic: "t", value: "0" });
      const [, large, behind] = await Promise.allSettled([
        producer.send({ topic: "u", value: "1" }),
        producer.send({ topic: "t", value: "x".repeat(900) }),
        Promise.resolve().then(() => producer.send({ topic: "t", value: "1" })),
      ]);
      assert.ok(
        large.status === "rejected" &&
          KafkaError.is(large.reason) &&
          large.reason.codeName === "MESSAGE_TOO_LARGE" &&
          large.reason.outcome === "notWritten",
      );
      // It may have shared its batch with the large one, and then its fate.
      if (behind.status === "rejected") await producer.send({ topic: "t", value: "1" });
      await producer.send({ topic: "u", value: "2" });
      assert.equal(producer.counters.epochBumps, 1);
      assert.ok(epochs.includes("1/0"), epochs.join(" "));
      assert.deepEqual(await logOf(kafka, cluster, "t"), ["0", "1"]);
      assert.deepEqual(await logOf(kafka, cluster, "u"), ["0", "1", "2"]);
    },
  ));

test("a broker that forgot the producer's sequences: a new epoch, and nothing is lost", () =>
  inWorld({ topics: { t: 1 } }, async ({ kafka, cluster }) => {
    let count = 0;
    cluster.intercept("Produce", ({ message }) =>
      ++count === 2 ? refuse(message, CODES.UNKNOWN_PRODUCER_ID) : undefined,
    );
    const producer = kafka.producer();
    for (const value of numbers(4)) await producer.send({ topic: "t", value });
    assert.equal(producer.counters.epochBumps, 1);
    assert.deepEqual(await logOf(kafka, cluster), numbers(4));
  }));

test("a batch whose outcome is unknown is never sent under another epoch: it fails as indefinite", () =>
  inWorld({ topics: { t: 1 } }, async ({ kafka, cluster }) => {
    let count = 0;
    cluster.intercept("Produce", ({ message }) =>
      ++count === 2
        ? "disconnect-after"
        : count === 3
          ? refuse(message, CODES.OUT_OF_ORDER_SEQUENCE_NUMBER)
          : undefined,
    );
    const producer = kafka.producer();
    await producer.send({ topic: "t", value: "0" });
    await assert.rejects(producer.send({ topic: "t", value: "1" }), {
      outcome: "indefinite",
      topic: "t",
      partition: 0,
    });
    await producer.send({ topic: "t", value: "2" });
    assert.deepEqual(await logOf(kafka, cluster), ["0", "1", "2"], "it was written indeed, and once");
  }));

test("no leader: records wait, and go out when one comes; without one they fail at deliveryTimeoutMs", () =>
  inWorld(
    { brokers: 2, topics: { t: { partitions: 1, replicationFactor: 1 } } },
    async ({ kafka, cluster, platform }) => {
      const leader = cluster.snapshot().topics[0]?.partitions[0]?.leaderId ?? 0;
      const producer = kafka.producer({ deliveryTimeoutMs: 20_000, requestTimeoutMs: 5000 });
      await producer.send({ topic: "t", value: "0" });
      await cluster.stopBroker(leader);
      const waiting = producer.send({ topic: "t", value: "1" });
      await sleep(platform, 8000);
      await cluster.startBroker(leader);
      assert.equal((await waiting).offset, 1);
      let asked = 0;
      cluster.intercept("Metadata", () => {
        asked++;
        return undefined;
      });
      await cluster.stopBroker(leader);
      const before = platform.clock.monotonic();
      await assert.rejects(
        producer.send({ topic: "t", value: "2" }),
        (e: unknown) =>
          KafkaError.is(e) && e.kind === "timeout" && /t-0.*deliveryTimeoutMs \(20000 ms\)/.test(e.message),
      );
      assert.equal(Math.round(platform.clock.monotonic() - before), 20_000);
      assert.ok(
        asked > 15 && asked < 30,
        `${asked} Metadata requests in 20 seconds without a leader: the backoff grows to a second`,
      );
      await cluster.startBroker(leader);
      await producer.send({ topic: "t", value: "3" });
      assert.deepEqual(await logOf(kafka, cluster), ["0", "1", "3"]);
    },
  ));

test("no room: enqueue takes nothing, ready waits in order, send waits and then fails as buffer-full", () =>
  inWorld({ topics: { t: 1 } }, async ({ kafka, cluster, platform }) => {
    let isStuck = false;
    cluster.intercept("Produce", async () => {
      while (isStuck) await sleep(platform, 100);
      return undefined;
    });
    const producer = kafka.producer({ bufferMemory: 2000, maxBlockMs: 3000, batchSize: 500 });
    await producer.send({ topic: "t", value: "the topic is known" });
    isStuck = true;
    const value = "x".repeat(300);
    let taken = 1;
    while (producer.enqueue({ topic: "t", value })) taken++;
    assert.ok(taken >= 5 && taken <= 7, String(taken));
    const before = platform.clock.monotonic();
    await assert.rejects(producer.send({ topic: "t", value }), { kind: "buffer-full", outcome: "notWritten" });
    assert.equal(Math.round(platform.clock.monotonic() - before), 3000);
    const order: number[] = [];
    const waiting = [1, 2, 3].map((n) =>
      producer.send({ topic: "t", value: value + String(n) }).then((r) => order.push(r.offset)),
    );
    isStuck = false;
    await Promise.all(waiting);
    assert.deepEqual(order, [taken, taken + 1, taken + 2]);
    await producer.ready();
    assert.ok(producer.enqueue({ topic: "t", value }));
    await producer.flush();
    assert.equal(producer.bufferedBytes, 0);
    await assert.rejects(
      producer.send({ topic: "t", value: "x".repeat(3000) }),
      (e: unknown) => KafkaError.is(e) && /bufferMemory/.test(e.message),
      "a record that can never fit fails at once",
    );
  }));

test("InitProducerId that fails for now is asked again while batches wait; one that may not fails every record", () =>
  inWorld({ topics: { t: 1 } }, async ({ kafka, cluster, platform }) => {
    let code = CODES.COORDINATOR_LOAD_IN_PROGRESS;
    let asked = 0;
    cluster.intercept("InitProducerId", () => {
      asked++;
      return code === 0 ? undefined : { answer: { errorCode: code, producerId: -1, producerEpoch: -1 } };
    });
    const producer = kafka.producer();
    const waiting = producer.send({ topic: "t", value: "0" });
    await sleep(platform, 3000);
    code = 0;
    assert.equal((await waiting).offset, 0);
    assert.ok(asked > 2 && asked < 20, `${asked} tries in three seconds`);
    code = CODES.CLUSTER_AUTHORIZATION_FAILED;
    const denied = kafka.producer();
    const results = await Promise.allSettled([
      denied.send({ topic: "t", value: "1" }),
      denied.send({ topic: "t", value: "2" }),
    ]);
    for (const result of results)
      assert.ok(
        result.status === "rejected" &&
          KafkaError.is(result.reason) &&
          result.reason.kind === "authorization" &&
          result.reason.outcome === "notWritten",
      );
    assert.deepEqual(await logOf(kafka, cluster), ["0"]);
  }));

test("a topic that grows: new records use the new partitions", () =>
  inWorld({ topics: { t: 1 }, client: { metadataMaxAgeMs: 1000 } }, async ({ kafka, cluster, platform }) => {
    const producer = kafka.producer({ batchSize: 1 });
    assert.equal((await producer.send({ topic: "t", value: "0" })).partition, 0);
    await assert.rejects(
      producer.send({ topic: "t", partition: 3, value: "0" }),
      (e: unknown) => KafkaError.is(e) && /has 1 partition/.test(e.message),
    );
    cluster.growTopic("t", 4);
    await sleep(platform, 2000);
    const partitions = new Set<number>();
    for (let i = 0; i < 60; i++) partitions.add((await producer.send({ topic: "t", value: String(i) })).partition);
    assert.deepEqual([...partitions].sort(), [0, 1, 2, 3]);
    assert.equal((await producer.send({ topic: "t", partition: 3, value: "0" })).partition, 3);
  }));

test("what nobody awaits is told: onDelivery once a batch, and flush with the count and the first error", () =>
  inWorld({ topics: { t: { partitions: 1, configs: { "max.message.bytes": "400" } } } }, async ({ kafka }) => {
    const deliveries: [number, number, string | undefined, number][] = [];
    const onDelivery = ({ baseOffset, count, error, records }: Delivery): void =>
      void deliveries.push([baseOffset, count, error?.codeName, [...records].length]);
    const producer = kafka.producer({ onDelivery });
    for (const value of ["a", "b"]) producer.enqueue({ topic: "t", value });
    await producer.flush();
    producer.enqueue({ topic: "t", value: "x".repeat(500) });
    await assert.rejects(
      producer.flush(),
      (e: unknown) => KafkaError.is(e) && /^1 enqueued records? .*MESSAGE_TOO_LARGE/.test(e.message),
    );
    await producer.flush();
    assert.deepEqual(deliveries, [
      [0, 2, undefined, 2],
      [-1, 1, "MESSAGE_TOO_LARGE", 1],
    ]);
  }));

test("close with brokers that hang: it ends within its timeout, and the rest fails as closed", () =>
  inWorld({ topics: { t: 1 } }, async ({ kafka, cluster, platform }) => {
    cluster.intercept("Produce", () => "hang");
    const producer = kafka.producer();
    const sent = Promise.allSettled([
      producer.send({ topic: "t", value: "a" }),
      producer.send({ topic: "t", value: "b" }),
    ]);
    await sleep(platform, 10);
    const before = platform.clock.monotonic();
    await producer.close({ timeoutMs: 4000 }).catch(() => undefined);
    assert.ok(platform.clock.monotonic() - before <= 4010, `${platform.clock.monotonic() - before} ms`);
    for (const result of await sent)
      assert.ok(
        result.status === "rejected" &&
          KafkaError.is(result.reason) &&
          result.reason.kind === "closed" &&
          result.reason.outcome === "indefinite",
        JSON.stringify(result),
      );
  }));
