// Three brokers, each killed and started again while transactions run: leaders and the coordinator move in the middle
// of them.
import { test } from "node:test";
import assert from "node:assert/strict";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import { Kafka } from "../../src/node.ts";
import { startKafka } from "./kafka-cluster.ts";
import { readLog } from "./read-log.ts";

const TOTAL = 60;

for (const level of [2, 1]) {
  test(`transaction.version ${level}: whole or not at all, and what was committed is there once`, async () => {
    const cluster = await startKafka({ brokers: 3, features: [`transaction.version=${level}`] });
    const kafka = new Kafka({ bootstrapServers: cluster.bootstrapServers, onLog: () => undefined });
    try {
      (await kafka.admin().createTopics([{ topic: "t", numPartitions: 3, replicationFactor: 3 }])).orThrow();
      const producer = kafka.producer({
        transactionalId: "failover",
        requestTimeoutMs: 5000,
        deliveryTimeoutMs: 60_000,
      });
      const fates = new Map<number, "committed" | "aborted" | "unknown">();
      for (let i = 0; i < TOTAL; i++) {
        const victim = cluster.brokers[Math.floor(i / 20)];
        try {
          await producer.transaction(async (tx) => {
            for (let p = 0; p < 3; p++) tx.enqueue({ topic: "t", partition: p, value: `${i}` });
            if (i % 20 === 5) void victim?.kill();
            for (let p = 0; p < 3; p++) await tx.send({ topic: "t", partition: p, value: `${i}` });
          });
          fates.set(i, "committed");
        } catch (error) {
          assert.ok(KafkaError.is(error) && error.kind !== "fenced", String(error));
          fates.set(i, error.outcome === "indefinite" ? "unknown" : "aborted");
        }
        if (i % 20 === 12) await victim?.restart();
      }
      await producer.close();
      assert.ok([...fates.values()].filter((fate) => fate === "committed").length > TOTAL / 2);
      const seen = await readLog(cluster.bootstrapServers, "t", "read_committed");
      for (const [i, fate] of fates) {
        const counts = [0, 1, 2].map((p) => seen.get(p)?.filter((value) => value === `${i}`).length ?? 0);
        const whole = [2, 2, 2];
        const nothing = [0, 0, 0];
        if (fate === "committed") assert.deepEqual(counts, whole, `transaction ${i} was committed`);
        else if (fate === "aborted") assert.deepEqual(counts, nothing, `transaction ${i} was aborted`);
        else
          assert.ok(
            counts.join() === whole.join() || counts.join() === nothing.join(),
            `transaction ${i} is torn: ${counts.join()}`,
          );
      }
    } finally {
      await kafka.close();
      await cluster.stop();
    }
  });
}
