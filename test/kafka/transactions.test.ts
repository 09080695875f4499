// Transactions on a real Kafka, of transaction.version 2 and 1, as Kafka's own console consumer sees them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import { Kafka } from "../../src/node.ts";
import { nodePlatform } from "../../src/platform/node/platform.ts";
import { CuttingProxy } from "./cutting-proxy.ts";
import { runJava } from "./jars.ts";
import { startKafka } from "./kafka-cluster.ts";
import { readLog } from "./read-log.ts";

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const ROUNDS = 60;

for (const version of [2, 1]) {
  test(`transaction.version ${version}: commit, abort, fencing and offsets, as Kafka's own tools see them`, async () => {
    const cluster = await startKafka({ brokers: 1, features: [`transaction.version=${version}`] });
    const kafka = new Kafka({ bootstrapServers: cluster.bootstrapServers, onLog: () => undefined });
    try {
      (await kafka.admin().createTopics([{ topic: "t", numPartitions: 2, replicationFactor: 1 }])).orThrow();
      const producer = kafka.producer({ transactionalId: "tx" });
      for (let i = 0; i < 10; i++) {
        await producer.begin();
        for (const partition of [0, 1]) await producer.send({ topic: "t", partition, value: `${i}` });
        await producer.sendOffsets([{ topic: "t", partition: 0, offset: 100 + i, metadata: "note" }], { groupId: "g" });
        if (i % 3 === 2) await producer.abort();
        else await producer.commit();
      }
      await assert.rejects(
        producer.transaction((tx) => {
          tx.enqueue({ topic: "t", partition: 0, value: "thrown" });
          throw new Error("no");
        }),
        /no/,
      );
      const successor = kafka.producer({ transactionalId: "tx" });
      await producer.begin();
      await producer.send({ topic: "t", partition: 0, value: "zombie" });
      await successor.transaction((tx) => tx.send({ topic: "t", partition: 1, value: "successor" }));
      await assert.rejects(producer.commit(), (error: unknown) => KafkaError.is(error) && error.kind === "fenced");
      await producer.close();
      await successor.close();
      const expected = ["0", "1", "3", "4", "6", "7", "9"];
      const log = await readLog(cluster.bootstrapServers, "t", "read_committed");
      assert.deepEqual(log.get(0), expected);
      assert.deepEqual(log.get(1), [...expected, "successor"]);
      const groups = await runJava("org.apache.kafka.tools.consumer.group.ConsumerGroupCommand", [
        "--bootstrap-server",
        cluster.bootstrapServers,
        "--describe",
        "--group",
        "g",
      ]);
      assert.match(groups.stdout, /g +t +0 +109 /, groups.stdout + groups.stderr);
    } finally {
      await kafka.close().catch(() => undefined);
      await cluster.stop();
    }
  });

  test(
    `transaction.version ${version}: brokers killed and answers swallowed: every transaction whole or not at all, ` +
      "once and in order",
    async () => {
      const cluster = await startKafka({ brokers: 3, features: [`transaction.version=${version}`] });
      const proxy = await CuttingProxy.start(cluster.brokers.map(({ port }) => port));
      const kafka = new Kafka({
        bootstrapServers: cluster.bootstrapServers,
        connector: proxy.through(nodePlatform().connector),
        requestTimeoutMs: 5000,
        onLog: () => undefined,
      });
      try {
        (await kafka.admin().createTopics([{ topic: "t", numPartitions: 3, replicationFactor: 3 }])).orThrow();
        const producer = kafka.producer({ transactionalId: "tx" });
        const committed: number[] = [];
        const aborted: number[] = [];
        let restart: Promise<void> | undefined;
        for (let i = 0; i < ROUNDS; i++) {
          if (i > 0 && i % 4 === 0) proxy.cutNext(1);
          if (i === 20) void cluster.brokers[0]?.kill();
          if (i === 30) restart = cluster.brokers[0]?.restart();
          try {
            await producer.transaction(async (tx) => {
              for (const partition of [0, 1, 2]) tx.enqueue({ topic: "t", partition, value: `${i}` });
              await tx.sendOffsets([{ topic: "t", partition: 0, offset: i }], { groupId: "g" });
              if (i % 7 === 6) throw new Error("on purpose");
            });
            committed.push(i);
          } catch (error) {
            if (KafkaError.is(error) && error.kind !== "abortable") throw error;
            aborted.push(i);
          }
          await pause(20);
        }
        await restart;
        await producer.close();
        assert.ok(proxy.cuts >= 10, `${proxy.cuts} answers swallowed`);
        assert.ok(committed.length >= ROUNDS / 2, `${committed.length} committed, ${aborted.length} aborted`);
        const log = await readLog(cluster.bootstrapServers, "t", "read_committed");
        for (const partition of [0, 1, 2])
          assert.deepEqual(log.get(partition)?.map(Number), committed, `partition ${partition}`);
      } finally {
        await kafka.close().catch(() => undefined);
        await proxy.stop();
        await cluster.stop();
      }
    },
  );
}
