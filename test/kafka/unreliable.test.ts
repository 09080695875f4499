// Three brokers, killed, stopped and started again under load, behind a proxy that drops responses. Kafka's own
// tools must find each acknowledged record once and in order.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Kafka } from "../../src/node.ts";
import { nodePlatform } from "../../src/platform/node/platform.ts";
import { CuttingProxy } from "./cutting-proxy.ts";
import { runJava } from "./jars.ts";
import { type KafkaCluster, startKafka } from "./kafka-cluster.ts";
import { readLog } from "./read-log.ts";

const PARTITIONS = 3;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The faults of about half a minute. */
async function torment({ brokers }: KafkaCluster, proxy: CuttingProxy): Promise<void> {
  for (let round = 0; round < 8; round++) {
    proxy.cutNext(1 + (round % 3));
    await pause(150);
  }
  const [first, second, third] = brokers;
  await first?.kill();
  proxy.cutNext(2);
  await pause(2000);
  await first?.restart();
  await second?.pause(); // longer than its session: others take its partitions, and it does not know
  await pause(6000);
  second?.resume();
  proxy.cutNext(2);
  await pause(2000);
  await third?.kill();
  await pause(1000);
  await third?.restart();
  await pause(1000);
}

test(
  "idempotent: brokers are killed, stopped and restarted, and answers are swallowed; nothing acknowledged is lost, " +
    "doubled or out of order",
  async () => {
    const cluster = await startKafka({ brokers: 3 });
    const proxy = await CuttingProxy.start(cluster.brokers.map(({ port }) => port));
    const kafka = new Kafka({
      bootstrapServers: cluster.bootstrapServers,
      connector: proxy.through(nodePlatform().connector),
      requestTimeoutMs: 5000,
      onLog: () => undefined,
    });
    try {
      (await kafka.admin().createTopics([{ topic: "t", numPartitions: PARTITIONS, replicationFactor: 3 }])).orThrow();
      const producer = kafka.producer();
      const acknowledged = new Set<number>();
      const failures: string[] = [];
      await producer.send({ topic: "t", partition: 0, value: "0" });
      acknowledged.add(0);
      let isOver = false;
      const trouble = torment(cluster, proxy).finally(() => {
        isOver = true;
      });
      let sent = 1;
      for (; !isOver; sent++) {
        const value = sent;
        const delivery = producer.send({ topic: "t", partition: value % PARTITIONS, value: String(value) }).then(
          () => acknowledged.add(value),
          (error: unknown) => failures.push(String(error)),
        );
        if (value % 20 === 0) await Promise.race([delivery, pause(5)]);
      }
      await trouble;
      await producer.close({ timeoutMs: 120_000 });
      assert.deepEqual(failures, []);
      assert.equal(acknowledged.size, sent);
      assert.ok(
        proxy.cuts >= 10 && producer.counters.retries > 0,
        `${proxy.cuts} answers swallowed, ${producer.counters.retries} retries`,
      );
      const log = await readLog(cluster.bootstrapServers, "t");
      for (let partition = 0; partition < PARTITIONS; partition++) {
        const expected = Array.from({ length: sent }, (_, i) => i).filter((i) => i % PARTITIONS === partition);
        assert.deepEqual(log.get(partition)?.map(Number), expected, `partition ${partition}: each once, in order`);
      }
      const ends = (
        await runJava("org.apache.kafka.tools.GetOffsetShell", [
          "--bootstrap-server",
          cluster.bootstrapServers,
          "--topic",
          "t",
        ])
      ).stdout
        .trim()
        .split("\n");
      assert.equal(
        ends.reduce((sum, line) => sum + Number(line.split(":")[2]), 0),
        sent,
        "Kafka's own tool counts the same",
      );
    } finally {
      await kafka.close().catch(() => undefined);
      await proxy.stop();
      await cluster.stop();
    }
  },
);
