// One scenario for each feature of the client, run on every hostile runtime. A new feature adds a scenario here.
import assert from "node:assert/strict";
import type { EmbeddedCluster } from "../../src/embedded/embedded-cluster.ts";
import type { Kafka } from "../../src/kafka.ts";
import type { AsyncRuntime, Clock } from "../../src/runtime/async-runtime.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import { json } from "../../src/serdes/json.ts";
import { take, text } from "../client/world.ts";

export interface Stage {
  readonly kafka: Kafka<AsyncRuntime>;
  readonly cluster: EmbeddedCluster;
  /** A runtime that is not hostile, with which the test itself waits. */
  readonly host: { readonly runtime: AsyncRuntime; readonly clock: Clock };
}

const numbers = (count: number): string[] => Array.from({ length: count }, (_, i) => String(i));

export const scenarios: readonly { readonly name: string; readonly play: (stage: Stage) => Promise<void> }[] = [
  {
    name: "send, and a loop by record",
    play: async ({ kafka }) => {
      const producer = kafka.producer();
      const sent = await Promise.all(numbers(200).map((value) => producer.send({ topic: "one", value })));
      assert.deepEqual(
        sent.map((r) => r.offset),
        numbers(200).map(Number),
      );
      for (const value of ["a", "b"]) await producer.send({ topic: "one", value });
      assert.deepEqual(
        (await take(kafka.consumer({ topics: ["one"] }), 202)).map((r) => text(r.value)),
        [...numbers(200), "a", "b"],
      );
    },
  },
  {
    name: "enqueue without room, linger and gzip, and a loop by batch over three brokers",
    play: async ({ kafka }) => {
      const producer = kafka.producer({ bufferMemory: 20_000, batchSize: 2000, lingerMs: 7, compressionType: "gzip" });
      for (const value of numbers(3000))
        while (!producer.enqueue({ topic: "three", key: value, value })) await producer.ready();
      await producer.flush();
      const seen = new Set<string | null>();
      for await (const batch of kafka.consumer({ topics: ["three"] }).batches()) {
        for (const record of batch.records) seen.add(text(record.value));
        if (seen.size === 3000) break;
      }
      assert.equal(producer.counters.acknowledged, 3000);
    },
  },
  {
    name: "replies that are lost, requests that hang, leaders that move",
    play: async ({ kafka, cluster, host }) => {
      const faults = [undefined, "disconnect-after", undefined, "hang", "disconnect"] as const;
      let next = 0;
      const stop = cluster.intercept((request) =>
        request.apiName === "Produce" || request.apiName === "Fetch" ? faults[next++ % 20] : undefined,
      );
      const producer = kafka.producer({ requestTimeoutMs: 500, batchSize: 300 });
      const consumer = kafka.consumer({ topics: ["one"] });
      const read = take(consumer, 300);
      for (const value of numbers(300)) {
        void producer.send({ topic: "one", value }).catch(() => undefined);
        if (Number(value) % 40 === 0) {
          cluster.moveLeader("one", 0, (Number(value) / 40) % 3);
          await sleep(host, 20);
        }
      }
      await producer.flush();
      assert.deepEqual(
        (await read).map((r) => text(r.value)),
        numbers(300),
      );
      stop();
    },
  },
  {
    name: "a topic that is made on the way, seek, pause and resume, a poison record",
    play: async ({ kafka, host }) => {
      const producer = kafka.producer({ value: json<number>() });
      for (let i = 0; i < 5; i++) await producer.send({ topic: "made", partition: 0, value: i });
      await kafka.producer().send({ topic: "made", partition: 0, value: "{" });
      const partition = { topic: "made", partition: 0 };
      const consumer = kafka.consumer({ assign: [partition], value: json<number>() });
      assert.deepEqual(
        (await take(consumer, 3)).map((r) => r.value),
        [0, 1, 2],
      );
      consumer.seek(partition, 1);
      consumer.pause([partition]);
      kafka.runtime.spawn(async () => {
        await sleep(host, 300);
        consumer.resume([partition]);
      });
      assert.deepEqual(
        (await take(consumer, 4)).map((r) => r.value),
        [1, 2, 3, 4],
      );
      await assert.rejects(take(consumer, 1), { kind: "serialization", offset: 5 });
    },
  },
  {
    name: "admin, an idle minute, and everything closed in the middle of its work",
    play: async ({ kafka, host }) => {
      const admin = kafka.admin();
      (await admin.createTopics([{ topic: "admin", numPartitions: 2 }])).orThrow();
      assert.ok((await admin.listTopics()).includes("admin"));
      const consumer = kafka.consumer({ topics: ["admin"] });
      const read = take(consumer, 1);
      await sleep(host, 60_000);
      const producer = kafka.producer({ lingerMs: 10_000 });
      const sent = producer.send({ topic: "admin", value: "left in the buffer" });
      await kafka.close();
      assert.equal((await sent).topic, "admin");
      assert.ok((await read).length <= 1);
    },
  },
];
