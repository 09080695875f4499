// A producer and a consumer without a Kafka: as those that a Kafka makes.
import { test } from "node:test";
import assert from "node:assert/strict";
import { EmbeddedCluster, KafkaError, standaloneConsumer, standaloneProducer, string } from "../../src/core.ts";
import { inVirtualTime } from "../runtime/virtual.ts";

const config = (pattern: RegExp) => (error: unknown) =>
  KafkaError.is(error) && error.kind === "config" && pattern.test(error.message);

test("they send and read, in a group and in a transaction, and leave nothing behind when they are closed", async () => {
  await inVirtualTime(async (platform) => {
    const cluster = await EmbeddedCluster.start({ platform, topics: { t: 1 } });
    const producer = standaloneProducer({ cluster }, { transactionalId: "alone", value: string() });
    await producer.transaction((tx) => tx.send({ topic: "t", value: "committed" }));
    await assert.rejects(
      producer.transaction(async (tx) => {
        await tx.send({ topic: "t", value: "aborted" });
        throw new KafkaError("config", "no");
      }),
    );
    await producer.transaction((tx) => tx.send({ topic: "t", value: "end" }));
    const consumer = standaloneConsumer(
      { cluster },
      { groupId: "g", topics: ["t"], isolationLevel: "read_committed", value: string() },
    );
    const seen: (string | null)[] = [];
    for await (const { value } of consumer) if (seen.push(value) === 2) break;
    assert.deepEqual(seen, ["committed", "end"]);
    await producer.close();
    await consumer.close();
    await producer.close();
    await assert.rejects(producer.begin(), (error) => KafkaError.is(error) && error.kind === "closed");
    await cluster.close();
  });
});

test("what is wrong is named as it is for a Kafka", () => {
  const platform = {
    runtime: { spawn: () => undefined, delayFor: () => ({ then: () => undefined, [Symbol.dispose]: () => undefined }) },
    clock: { now: () => 0, monotonic: () => 0 },
    entropy: { fill: () => undefined },
  };
  assert.throws(
    () => standaloneProducer(null as never),
    config(/standaloneProducer takes an object with .*, not null/),
  );
  assert.throws(
    () => standaloneProducer({ bootstrapServers: "localhost:9092" }),
    config(/standaloneProducer needs a platform.*docs\/platforms\.md/),
  );
  assert.throws(() => standaloneProducer({ platform }), config(/standaloneProducer needs bootstrapServers/));
  assert.throws(
    () => standaloneProducer({ bootstrapServers: "localhost:9092", platform }),
    config(/standaloneProducer needs a connector/),
  );
  const connector = { connect: () => Promise.reject(new KafkaError("connection", "none")) };
  const kafka = { bootstrapServers: "localhost:9092", platform, connector };
  assert.throws(
    () => standaloneProducer({ ...kafka, brokers: [] } as never),
    config(/standaloneProducer has no option "brokers"; did you mean bootstrapServers/),
  );
  assert.throws(() => standaloneProducer(kafka, { lingerMillis: 1 } as never), config(/lingerMs/));
  assert.throws(() => standaloneConsumer(kafka, undefined as never), config(/consumer takes an object|consumer needs/));
});
