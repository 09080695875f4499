// consumeTransformProduce against a real Kafka of three brokers, on both versions of transactions and both group
// protocols: instances are killed without a word, brokers are killed and restarted, and Kafka's own console consumer
// sees each input's result exactly once.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { InputOptions } from "../../src/exactly-once/options.ts";
import { Kafka } from "../../src/node.ts";
import { text } from "../client/world.ts";
import { Instance } from "./groups/instance.ts";
import { inSync } from "./in-sync.ts";
import { type KafkaCluster, startKafka } from "./kafka-cluster.ts";
import { readLog } from "./read-log.ts";

const COUNT = 10_000;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The ways to be a member. */
const ways: readonly (readonly [name: string, options: InputOptions<Uint8Array, Uint8Array>])[] = [
  ["the protocol of KIP-848", { groupProtocol: "consumer" }],
  [
    "classic, eager",
    {
      groupProtocol: "classic",
      partitionAssignmentStrategy: ["range"],
      sessionTimeoutMs: 3000,
      heartbeatIntervalMs: 300,
    },
  ],
  [
    "classic, cooperative",
    {
      groupProtocol: "classic",
      partitionAssignmentStrategy: ["cooperative-sticky"],
      sessionTimeoutMs: 3000,
      heartbeatIntervalMs: 300,
    },
  ],
];

for (const version of [2, 1]) {
  describe(`transaction.version ${version}`, () => {
    let cluster: KafkaCluster;
    let kafka: Kafka;

    before(async () => {
      cluster = await startKafka({
        brokers: 3,
        features: [`transaction.version=${version}`],
        properties: {
          "group.min.session.timeout.ms": "1000",
          "group.consumer.heartbeat.interval.ms": "500",
          "group.consumer.min.heartbeat.interval.ms": "500",
          "group.consumer.session.timeout.ms": "3000",
          "group.consumer.min.session.timeout.ms": "3000",
          "group.consumer.assignment.interval.ms": "0",
        },
      });
      kafka = new Kafka({ bootstrapServers: cluster.bootstrapServers, onLog: () => undefined });
    });

    after(async () => {
      await kafka.close();
      await cluster.stop();
    });

    for (const [way, consumer] of version === 2 ? ways : ways.slice(0, 2)) {
      test(
        `${way}: an instance is killed, another takes its name, a broker is killed and comes back, and all are ` +
          "restarted in turn: each record has its effect once",
        async () => {
          const id = way.replace(/\W+/g, "-");
          const [input, output] = [`in-${id}`, `out-${id}`];
          (
            await kafka.admin().createTopics([
              { topic: input, numPartitions: 6, replicationFactor: 3 },
              { topic: output, numPartitions: 3, replicationFactor: 3 },
            ])
          ).orThrow();
          const writing = write(kafka, input);
          // A transaction may last for longer than a broker takes to go and to come.
          const make = (name: string): Instance =>
            new Instance(cluster.bootstrapServers, {
              transactionalId: `${id}-${name}`,
              groupId: id,
              topic: input,
              consumer,
              transactionTimeoutMs: 60_000,
              transform: (records) =>
                records.map(({ partition, offset, value }) => ({
                  topic: output,
                  key: `${partition}`,
                  value: `${partition}:${offset}:${text(value) ?? ""}`,
                })),
            });
          const [a, b] = [make("a"), make("b")];
          const committed = (...instances: readonly Instance[]): number =>
            instances.reduce((sum, { pipe }) => sum + pipe.counters.records, 0);
          await until(() => committed(a) >= 400 && committed(b) >= 400);
          a.crash();
          await until(() => committed(a, b) >= 1800);
          const again = make("a");
          await until(() => committed(again) >= 100);
          await cluster.brokers[0]?.kill();
          await pause(500);
          await cluster.brokers[0]?.restart();
          for (const broker of cluster.brokers) {
            await inSync(kafka, [input, output, "__consumer_offsets", "__transaction_state"]);
            await broker.shutDown();
            await broker.restart();
          }
          await writing;
          await untilSeen(kafka, output, COUNT);
          await Promise.all([b.close(), again.close()]);
          await a.close();
          const log = await readLog(cluster.bootstrapServers, output, "read_committed");
          const results = [...log.values()].flat();
          assert.deepEqual(
            results.map((result) => Number(result.split(":")[2])).sort((x, y) => x - y),
            Array.from({ length: COUNT }, (_, i) => i),
            `aborted: ${[...a.aborts, ...b.aborts, ...again.aborts].join("\n")}`,
          );
          assert.equal(new Set(results).size, COUNT);
          // Of one input partition, by its key, in order: the aborted ones do not count.
          for (const of of log.values()) {
            const last = new Map<string, number>();
            for (const result of of) {
              const [partition = "", offset] = result.split(":");
              assert.ok(Number(offset) > (last.get(partition) ?? -1), `${result} came after ${last.get(partition)}`);
              last.set(partition, Number(offset));
            }
          }
        },
      );
    }
  });
}

/** Writes the numbers in transactions, some of which are aborted: those must have no effect. */
async function write(kafka: Kafka, topic: string): Promise<void> {
  const producer = kafka.producer({ transactionalId: `writer-${topic}` });
  for (let i = 0; i < COUNT;) {
    await producer.begin();
    if (i % 300 === 200) {
      for (let n = 0; n < 50; n++) producer.enqueue({ topic, value: `${-1 - i}` });
      await producer.flush();
      await producer.abort();
      await producer.begin();
    }
    for (const end = i + 100; i < end; i++) producer.enqueue({ topic, partition: i % 6, value: `${i}` });
    await producer.commit();
    await pause(150);
  }
  await producer.close();
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await pause(20);
}

/** Waits until the given number of records of a topic is committed. */
async function untilSeen(kafka: Kafka, topic: string, count: number): Promise<void> {
  const consumer = kafka.consumer({ topics: [topic], isolationLevel: "read_committed" });
  let seen = 0;
  for await (const _ of consumer) if (++seen >= count) break;
  await consumer.close();
}
