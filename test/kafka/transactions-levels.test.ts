// The producer's transactions against real Apache Kafka, in both protocols.
import { after, before, describe, test } from "node:test";
import assert from "node:assert/strict";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import { Kafka } from "../../src/node.ts";
import { text } from "../client/world.ts";
import { runJava } from "./jars.ts";
import { type KafkaCluster, startKafka } from "./kafka-cluster.ts";
import { readLog } from "./read-log.ts";

/**
 * The records that a reader of committed records gets before a final record; small fetches, so that transactions span
 * responses.
 */
async function committed(kafka: Kafka, topic: string, partition = 0): Promise<string[]> {
  const end = kafka.producer();
  await end.send({ topic, partition, value: "END" });
  await end.close();
  const consumer = kafka.consumer({
    assign: [{ topic, partition, offset: "earliest" }],
    isolationLevel: "read_committed",
    maxPartitionFetchBytes: 200,
    fetchMaxBytes: 200,
  });
  const seen: string[] = [];
  for await (const record of consumer) {
    const value = text(record.value) ?? "";
    if (value === "END") break;
    seen.push(value);
  }
  await consumer.close();
  return seen;
}

/** Waits until a topic's open transaction has ended: then readers of committed records may read to the end. */
async function untilDecided(kafka: Kafka, topic: string): Promise<void> {
  const assign = [{ topic, partition: 0 }];
  const [all, stable] = (["read_uncommitted", "read_committed"] as const).map((isolationLevel) =>
    kafka.consumer({ assign, isolationLevel }),
  );
  assert.ok(all !== undefined && stable !== undefined);
  for (;;) {
    const [[readable = -1], [end = 0]] = [await stable.endOffsets(assign), await all.endOffsets(assign)];
    if (readable === end) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await all.close();
  await stable.close();
}

for (const level of [2, 1]) {
  describe(`transaction.version ${level}`, () => {
    let cluster: KafkaCluster;
    let kafka: Kafka;

    before(async () => {
      cluster = await startKafka({
        features: [`transaction.version=${level}`],
        properties: { "transaction.abort.timed.out.transaction.cleanup.interval.ms": "200" },
      });
      kafka = new Kafka({ bootstrapServers: cluster.bootstrapServers });
    });

    after(async () => {
      await kafka.close();
      await cluster.stop();
    });

    const create = (topic: string, numPartitions = 1): Promise<unknown> =>
      kafka
        .admin()
        .createTopics([{ topic, numPartitions }])
        .then((results) => results.orThrow());

    test("commits are seen, aborts are not, by us and by Kafka's console consumer; transactions span responses", async () => {
      await create("mixed", 2);
      const producer = kafka.producer({ transactionalId: "mixed", batchSize: 100 });
      const expected: string[][] = [[], []];
      for (let i = 0; i < 20; i++) {
        await producer.begin();
        for (let j = 0; j < 10; j++) {
          producer.enqueue({ topic: "mixed", partition: j % 2, value: `${i}.${j}` });
          if (i % 3 !== 2) expected[j % 2]!.push(`${i}.${j}`);
        }
        await producer.flush();
        if (i % 3 === 2) await producer.abort();
        else await producer.commit();
      }
      await producer.close();
      assert.deepEqual([await committed(kafka, "mixed"), await committed(kafka, "mixed", 1)], expected);
      const theirs = await readLog(cluster.bootstrapServers, "mixed", "read_committed");
      assert.deepEqual([theirs.get(0)?.slice(0, -1), theirs.get(1)?.slice(0, -1)], expected);
    });

    test("a zombie is fenced, a throw aborts, a close aborts", async () => {
      await create("fence");
      const old = kafka.producer({ transactionalId: "fence" });
      await old.begin();
      await old.send({ topic: "fence", value: "old" });
      const young = kafka.producer({ transactionalId: "fence" });
      await young.transaction((tx) => tx.send({ topic: "fence", value: "young" }));
      // Under version 2 the leader's refusal may be for a timeout as well: the abort tells.
      await assert.rejects(
        old.send({ topic: "fence", value: "zombie" }).then(() => old.commit()),
        (error: unknown) => KafkaError.is(error) && (error.kind === "fenced" || error.kind === "abortable"),
      );
      await assert.rejects(old.abort(), { kind: "fenced", message: /another producer with transactional id fence/ });
      await assert.rejects(
        young.transaction(async (tx) => {
          await tx.send({ topic: "fence", value: "thrown" });
          throw new RangeError("mine");
        }),
        RangeError,
      );
      await young.begin();
      await young.send({ topic: "fence", value: "open" });
      await young.close();
      await old.close();
      assert.deepEqual(await committed(kafka, "fence"), ["young"]);
    });

    test("offsets count with their transaction only: Kafka's own tool reads them", async () => {
      await create("input", 2);
      await create("output");
      const producer = kafka.producer({ transactionalId: "offsets" });
      await producer.transaction(async (tx) => {
        tx.enqueue({ topic: "output", value: "one" });
        await Promise.all([
          tx.sendOffsets([{ topic: "input", partition: 0, offset: 5 }], { groupId: "g" }),
          tx.sendOffsets([{ topic: "input", partition: 1, offset: 7 }], { groupId: "g" }),
        ]);
      });
      await assert.rejects(
        producer.transaction(async (tx) => {
          await tx.sendOffsets([{ topic: "input", partition: 0, offset: 50 }], { groupId: "g" });
          throw new RangeError("mine");
        }),
        RangeError,
      );
      await assert.rejects(
        producer.transaction((tx) =>
          tx.sendOffsets([{ topic: "input", partition: 0, offset: 60 }], {
            groupId: "g",
            generationId: 3,
            memberId: "gone",
          }),
        ),
        { kind: "abortable", message: /rebalanced/ },
      );
      await producer.transaction((tx) => tx.send({ topic: "output", value: "two" }));
      await producer.close();
      const { stdout } = await runJava("org.apache.kafka.tools.consumer.group.ConsumerGroupCommand", [
        "--bootstrap-server",
        cluster.bootstrapServers,
        "--describe",
        "--group",
        "g",
      ]);
      assert.deepEqual(
        [...stdout.matchAll(/input\s+(\d)\s+(\d+)/g)].map(([, partition, offset]) => `${partition}=${offset}`).sort(),
        ["0=5", "1=7"],
        stdout,
      );
      assert.deepEqual(await committed(kafka, "output"), ["one", "two"]);
    });

    test("a transaction that was open for too long is aborted by the coordinator, and the error says so", async () => {
      await create("slow");
      const producer = kafka.producer({ transactionalId: "slow", transactionTimeoutMs: 1000 });
      await producer.begin();
      await producer.send({ topic: "slow", value: "slow" });
      await untilDecided(kafka, "slow");
      await assert.rejects(producer.commit(), {
        kind: level === 2 ? "abortable" : "fenced",
        message: /transactionTimeoutMs \(1000 ms\)/,
      });
      if (level === 2) {
        await producer.abort();
        await producer.transaction((tx) => tx.send({ topic: "slow", value: "again" }));
      }
      await producer.close();
      assert.deepEqual(await committed(kafka, "slow"), level === 2 ? ["again"] : []);
    });
  });
}
