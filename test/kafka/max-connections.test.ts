// The option `maxConnections` at three real brokers with two connections: a producer, a transaction, a member of a
// group and an admin take turns. Kafka's own console consumer reads the result.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Kafka, nodeConnector } from "../../src/node.ts";
import { countingConnector } from "../client/counting-connector.ts";
import { text } from "../client/world.ts";
import { type KafkaCluster, startKafka } from "./kafka-cluster.ts";
import { readLog } from "./read-log.ts";

const PARTITIONS = 6;
const RECORDS = 60;

let cluster: KafkaCluster;
before(async () => {
  cluster = await startKafka({ brokers: 3 });
});
after(() => cluster.stop());

const valuesOf = (partition: number): readonly string[] =>
  Array.from({ length: RECORDS }, (_, i) => `${partition}-${i}`);

for (const groupProtocol of ["consumer", "classic"] as const)
  test(`three brokers, two connections, a group of the protocol ${groupProtocol}: all arrives once, in order`, async () => {
    const { connector, most } = countingConnector(nodeConnector());
    const kafka = new Kafka({ bootstrapServers: cluster.bootstrapServers, connector, maxConnections: 2 });
    const [input, output] = [`in-${groupProtocol}`, `out-${groupProtocol}`];
    const topics = [input, output].map((topic) => ({ topic, numPartitions: PARTITIONS }));
    (await kafka.admin().createTopics(topics)).orThrow();
    const consumer = kafka.consumer({
      topics: [input],
      groupId: groupProtocol,
      groupProtocol,
      startOffset: "earliest",
    });
    const writer = kafka.producer({ transactionalId: groupProtocol });
    const copied = (async () => {
      const records: { readonly partition: number; readonly value: string }[] = [];
      for await (const { partition, value } of consumer) {
        records.push({ partition, value: text(value) ?? "" });
        if (records.length === PARTITIONS * RECORDS) break;
      }
      await writer.transaction(async (tx) => {
        for (const { partition, value } of records) tx.enqueue({ topic: output, partition, value });
      });
    })();
    const producer = kafka.producer();
    for (let i = 0; i < RECORDS; i += 20) {
      const sent = Array.from({ length: PARTITIONS * 20 }, (_, j) => {
        const partition = j % PARTITIONS;
        const value = valuesOf(partition)[i + Math.floor(j / PARTITIONS)] ?? "";
        return producer.send({ topic: input, partition, value });
      });
      await Promise.all(sent);
    }
    await copied;
    await kafka.close();
    assert.equal(most(), 2);
    const log = await readLog(cluster.bootstrapServers, output, "read_committed");
    for (let partition = 0; partition < PARTITIONS; partition++)
      assert.deepEqual(log.get(partition), valuesOf(partition), `partition ${partition}`);
  });
