// A real Kafka aborts a transaction that takes too long, forgets an idle transactional id, or gives it to another
// producer. The test checks whether the producer and consumeTransformProduce continue.
import assert from "node:assert/strict";
import { test } from "node:test";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import { consumeTransformProduce, Kafka } from "../../src/node.ts";
import { text } from "../client/world.ts";
import { startKafka } from "./kafka-cluster.ts";
import { readLog } from "./read-log.ts";

/** Of transactions. On a busy machine a good one takes a second. */
const TIMEOUT_MS = 4000;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const PROPERTIES = {
  "transaction.abort.timed.out.transaction.cleanup.interval.ms": "200",
  "transactional.id.expiration.ms": "5000",
  "transaction.remove.expired.transaction.cleanup.interval.ms": "500",
};

/** With the kind and the code of what a step rejected with. */
const fate = (step: Promise<unknown>): Promise<string> =>
  step.then(
    () => "ok",
    (error: unknown) => (KafkaError.is(error) ? `${error.kind} ${error.codeName ?? ""}` : String(error)),
  );

/** Until Kafka has aborted the transaction: polled, since it looks now and then. */
async function aborted(probe: () => Promise<string>): Promise<string> {
  for (;;) {
    await pause(TIMEOUT_MS + 200);
    const answer = await probe();
    if (answer !== "ok") return answer;
  }
}

for (const version of [2, 1]) {
  test(`transaction.version ${version}: timed out, forgotten, taken over: the producer goes on where Kafka lets it`, async () => {
    const cluster = await startKafka({ features: [`transaction.version=${version}`], properties: PROPERTIES });
    const kafka = new Kafka({ bootstrapServers: cluster.bootstrapServers, onLog: () => undefined });
    try {
      (
        await kafka.admin().createTopics([
          { topic: "t", numPartitions: 1, replicationFactor: 1 },
          { topic: "in", numPartitions: 1, replicationFactor: 1 },
        ])
      ).orThrow();
      const producer = kafka.producer({ transactionalId: "x", transactionTimeoutMs: TIMEOUT_MS });
      const write = (value: string): Promise<string> =>
        fate(producer.transaction((tx) => tx.send({ topic: "t", value })));
      assert.equal(await write("1"), "ok");
      for (const value of version === 2 ? ["2", "3"] : []) {
        await producer.begin();
        await producer.send({ topic: "t", value: "lost" });
        assert.equal(
          await aborted(() => fate(producer.send({ topic: "t", value: "lost" }))),
          "abortable INVALID_PRODUCER_EPOCH",
        );
        await producer.abort();
        assert.equal(await write(value), "ok");
      }
      // Idle for longer than Kafka remembers a transactional id.
      const kinds = new Set<string>();
      while (kinds.size === 0) {
        await pause(9000);
        const answer = await write("after a rest");
        if (answer !== "ok") kinds.add(answer);
      }
      assert.deepEqual([...kinds], ["abortable INVALID_PRODUCER_ID_MAPPING"]);
      assert.equal(await write("4"), "ok");
      const other = kafka.producer({ transactionalId: "x" });
      assert.equal(await fate(other.transaction((tx) => tx.send({ topic: "t", value: "other" }))), "ok");
      assert.match(await write("zombie"), /^fenced /);
      await producer.close().catch(() => undefined);
      const seen = (await readLog(cluster.bootstrapServers, "t", "read_committed"))
        .get(0)
        ?.filter((value) => value !== "after a rest");
      assert.deepEqual(seen, version === 2 ? ["1", "2", "3", "4", "other"] : ["1", "4", "other"]);
      if (version === 2) await pipeGoesOn(kafka);
    } finally {
      await kafka.close().catch(() => undefined);
      await cluster.stop();
    }
  });
}

async function pipeGoesOn(kafka: Kafka): Promise<void> {
  let isLate = true;
  const results: string[] = [];
  const pipe = consumeTransformProduce(kafka, {
    groupId: "g",
    topics: ["in"],
    transactionalId: "pipe",
    maxMs: 1,
    producer: { transactionTimeoutMs: TIMEOUT_MS },
    consumer: { autoOffsetReset: "earliest" },
    transform: async (records, { tx }) => {
      const value = String(text(records[0]?.value as Uint8Array | null));
      await tx.send({ topic: "t", value });
      if (!isLate) return;
      isLate = false;
      results.push(await aborted(() => fate(tx.send({ topic: "t", value: "too late" }))));
    },
  });
  const feeder = kafka.producer();
  await feeder.send({ topic: "in", value: "piped" });
  await Promise.race([
    pipe.ended,
    (async () => {
      while (pipe.counters.records < 1) await pause(20);
    })(),
  ]);
  assert.deepEqual(
    [pipe.counters.records, pipe.counters.aborted, results],
    [1, 1, ["abortable INVALID_PRODUCER_EPOCH"]],
  );
  await pipe.close();
}
