// consumer.run and consumer.partition in groups, on a real Apache Kafka: rebalances wait for callbacks, and what is
// committed is the lowest that is not done.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { committed } from "../client/committed.ts";
import type { Consumer } from "../../src/consumer/consumer.ts";
import type { ConsumerOptions } from "../../src/consumer/options.ts";
import { Kafka } from "../../src/node.ts";
import { text } from "../client/world.ts";
import { type KafkaCluster, startKafka } from "./kafka-cluster.ts";

let cluster: KafkaCluster;
let kafka: Kafka;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const numbers = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

before(async () => {
  cluster = await startKafka({
    properties: {
      "group.consumer.heartbeat.interval.ms": "300",
      "group.consumer.min.heartbeat.interval.ms": "300",
      "group.consumer.assignment.interval.ms": "0",
    },
  });
  kafka = new Kafka({ bootstrapServers: cluster.bootstrapServers, onLog: () => undefined });
});

after(async () => {
  await kafka.close();
  await cluster.stop();
});

async function write(topic: string, from: number, to: number): Promise<void> {
  const producer = kafka.producer({ batchSize: 2000 });
  for (let i = from; i < to; i++) producer.enqueue({ topic, partition: i % 3, key: String(i % 50), value: String(i) });
  await producer.close();
}

const ways: readonly (readonly [name: string, options: Partial<ConsumerOptions>])[] = [
  ["consumer", { groupProtocol: "consumer" }],
  [
    "cooperative",
    { groupProtocol: "classic", partitionAssignmentStrategy: ["cooperative-sticky"], heartbeatIntervalMs: 300 },
  ],
];

for (const [way, options] of ways) {
  test(
    `${way}: members that come and go while callbacks are at work: no partition is with two, nothing is left out, ` +
      "each record once",
    async () => {
      const topic = `run-${way}`;
      (await kafka.admin().createTopics([{ topic, numPartitions: 3 }])).orThrow();
      await write(topic, 0, 3000);
      const atWork = new Map<number, number[]>();
      const seen: number[] = [];
      const wrongs: string[] = [];
      const member = (id: number): { consumer: Consumer; running: Promise<void>; stop(): Promise<void> } => {
        const abort = new AbortController();
        const consumer = kafka.consumer({ groupId: topic, topics: [topic], autoCommitIntervalMs: 200, ...options });
        const running = consumer
          .run({
            concurrency: 8,
            orderBy: "key",
            signal: abort.signal,
            eachRecord: async (record) => {
              const here = [...(atWork.get(record.partition) ?? []), id];
              atWork.set(record.partition, here);
              if (here.some((other) => other !== id)) wrongs.push(`${record.partition} is with ${here.join()}`);
              await pause(Number(text(record.value)) % 7);
              atWork.get(record.partition)?.splice(atWork.get(record.partition)?.indexOf(id) ?? 0, 1);
              seen.push(Number(text(record.value)));
            },
          })
          .catch((error: unknown) => {
            if (!abort.signal.aborted) throw error;
          });
        return {
          consumer,
          running,
          stop: async () => {
            abort.abort();
            await running;
            await consumer.close();
          },
        };
      };
      const first = member(1);
      while (seen.length < 300) await pause(10);
      const second = member(2);
      while (second.consumer.assignment().length === 0) await pause(10);
      while (seen.length < 1500) await pause(10);
      await first.stop();
      while (seen.length < 3000) await pause(10);
      await second.stop();
      assert.deepEqual(wrongs, []);
      assert.deepEqual(
        [...seen].sort((a, b) => a - b),
        numbers(0, 3000),
        "each once: what was done was committed, what was not came again",
      );
    },
  );

  test(`${way}: what is committed is the lowest that is not done, though later ones are`, async () => {
    const topic = `lowest-${way}`;
    (await kafka.admin().createTopics([{ topic, numPartitions: 3 }])).orThrow();
    await write(topic, 0, 300);
    const consumer = kafka.consumer({ groupId: topic, topics: [topic], enableAutoCommit: false, ...options });
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    let done = 0;
    const running = consumer.run({
      concurrency: 10,
      orderBy: "key",
      eachRecord: async (record) => {
        if (text(record.value) === "30") await held; // offset 10 of partition 0
        done++;
      },
    });
    // Records 30 and 180 are all that partition 0 has of this key: the second waits behind the one that is held.
    // All 298 others have to be done before the commit, or it may see the last ones of the other partitions at work.
    while (done < 298) await pause(10);
    await consumer.commit();
    assert.deepEqual(
      await committed(
        consumer,
        [0, 1, 2].map((partition) => ({ topic, partition })),
      ),
      [10, 100, 100],
    );
    release();
    while (done < 300) await pause(10);
    await consumer.commit();
    assert.deepEqual(await committed(consumer, [{ topic, partition: 0 }]), [100]);
    await consumer.close();
    await running;
  });

  test(`${way}: a partition in a stream of its own ends when it goes to another member, after its record in hand`, async () => {
    const topic = `split-${way}`;
    (await kafka.admin().createTopics([{ topic, numPartitions: 3 }])).orThrow();
    await write(topic, 0, 300);
    const seen: number[] = [];
    const streams: Promise<void>[] = [];
    const first: Consumer = kafka.consumer({
      groupId: topic,
      topics: [topic],
      autoCommitIntervalMs: 200,
      ...options,
      onAssigned: (partitions) => {
        for (const { partition } of partitions) {
          const stream = first.partition(topic, partition);
          streams.push(
            (async () => {
              for await (const record of stream) {
                await pause(5);
                seen.push(Number(text(record.value)));
              }
            })(),
          );
        }
      },
    });
    const main = (async () => {
      for await (const record of first) throw new Error(`${record.partition} came in the loop`);
    })();
    while (seen.length < 60) await pause(10);
    const second = kafka.consumer({ groupId: topic, topics: [topic], autoCommitIntervalMs: 200, ...options });
    const rest = (async () => {
      for await (const record of second) seen.push(Number(text(record.value)));
    })();
    while (seen.length < 300) await pause(10);
    await second.close();
    await rest;
    await first.close();
    await main;
    await Promise.all(streams);
    assert.ok(streams.length >= 3);
    assert.deepEqual(
      [...seen].sort((a, b) => a - b),
      numbers(0, 300),
    );
  });
}
