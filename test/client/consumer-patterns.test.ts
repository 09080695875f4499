// Topics by pattern, without a group, in virtual time.
import { test } from "node:test";
import assert from "node:assert/strict";
import type { ConsumerOptions } from "../../src/consumer/options.ts";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import type { Kafka } from "../../src/kafka.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import type { SimulatedRuntime } from "../../src/simulation/simulated-runtime.ts";
import { GroupReader } from "./group-reader.ts";
import { inWorld, take, text } from "./world.ts";

async function send(
  kafka: Kafka<SimulatedRuntime>,
  ...values: readonly (readonly [topic: string, value: string])[]
): Promise<void> {
  const producer = kafka.producer();
  for (const [topic, value] of values) await producer.send({ topic, value });
  await producer.close();
}

const client = { metadataMaxAgeMs: 2000 };
const seen: (records: readonly { topic: string; value: Uint8Array | null }[]) => string[] = (records) =>
  records.map(({ topic, value }) => `${topic}:${text(value) ?? ""}`).sort();

test("a pattern reads all topics whose name it finds, those that come later from their beginning, and Kafka's own not", () =>
  inWorld(
    { topics: { "a-1": 2, "a-2": 1, b: 1, exact: 1 }, autoCreateTopics: false, client },
    async ({ kafka, cluster, platform }) => {
      await send(kafka, ["a-1", "1"], ["a-2", "2"], ["b", "no"], ["exact", "3"]);
      const consumer = kafka.consumer({ topics: [/^a-|^__/, "exact"], autoOffsetReset: "latest" });
      const reading = take(consumer, 5);
      await sleep(platform, 1000);
      assert.deepEqual(
        consumer
          .assignment()
          .map(({ topic, partition }) => `${topic}/${partition}`)
          .sort(),
        ["a-1/0", "a-1/1", "a-2/0", "exact/0"],
      );
      await send(kafka, ["a-1", "4"], ["a-2", "5"], ["exact", "6"]);
      (await kafka.admin().createTopics([{ topic: "a-3", numPartitions: 2 }])).orThrow();
      const producer = kafka.producer();
      await producer.send({ topic: "a-3", partition: 0, value: "from the beginning" });
      await producer.send({ topic: "a-3", partition: 1, value: "of both" });
      await producer.close();
      assert.deepEqual(seen(await reading), ["a-1:4", "a-2:5", "a-3:from the beginning", "a-3:of both", "exact:6"]);
      assert.equal(cluster.snapshot().topics.length, 5);
    },
  ));

test("a topic that is deleted is read no more, and the others go on; when it comes back, it is read from its beginning", () =>
  inWorld(
    { topics: { "a-1": 1, "a-2": 1 }, autoCreateTopics: false, client: { metadataMaxAgeMs: 60_000 } },
    async ({ kafka, platform }) => {
      await send(kafka, ["a-1", "1"], ["a-2", "2"]);
      const consumer = kafka.consumer({ topics: /^a-/ });
      const values: string[] = [];
      const reading = (async () => {
        for await (const record of consumer)
          if (values.push(`${record.topic}:${text(record.value) ?? ""}`) === 4) break;
      })();
      await sleep(platform, 1000);
      (await kafka.admin().deleteTopics(["a-2"])).orThrow();
      await sleep(platform, 5000);
      assert.deepEqual(consumer.assignment(), [{ topic: "a-1", partition: 0 }], "noticed long before metadata is old");
      await send(kafka, ["a-1", "3"]);
      await sleep(platform, 300_000);
      assert.deepEqual(values, ["a-1:1", "a-2:2", "a-1:3"], "and the loop does not throw");
      (await kafka.admin().createTopics([{ topic: "a-2", numPartitions: 1 }])).orThrow();
      await send(kafka, ["a-2", "4"]);
      await reading;
      assert.deepEqual(values, ["a-1:1", "a-2:2", "a-1:3", "a-2:4"]);
    },
  ));

test("a broker that is behind once does not make a pattern's topic be read again", () =>
  inWorld({ topics: { "a-1": 1 }, client: { metadataMaxAgeMs: 500 } }, async ({ kafka, cluster, platform }) => {
    await send(kafka, ["a-1", "1"]);
    const reading = take(kafka.consumer({ topics: /^a-/ }), 2);
    await sleep(platform, 400);
    cluster.intercept(
      "Metadata",
      { respond: (response) => ({ ...response, topics: [] }) },
      { when: ({ message }) => message.topics === null, times: 1 },
    );
    await sleep(platform, 3000);
    await send(kafka, ["a-1", "2"]);
    assert.deepEqual(seen(await reading), ["a-1:1", "a-1:2"]);
  }));

test("a pattern that finds nothing yet waits; what names no topic is refused", () =>
  inWorld({ autoCreateTopics: false, client }, async ({ kafka, platform }) => {
    const reading = take(kafka.consumer({ topics: /^later$/ }), 1);
    await sleep(platform, 200_000);
    (await kafka.admin().createTopics([{ topic: "later", numPartitions: 1 }])).orThrow();
    await send(kafka, ["later", "at last"]);
    assert.deepEqual(seen(await reading), ["later:at last"]);
    const isConfig =
      (word: string) =>
      (e: unknown): boolean =>
        KafkaError.is(e) && e.kind === "config" && e.message.includes(word);
    assert.throws(() => kafka.consumer({}), isConfig("`topics`"));
    assert.throws(() => kafka.consumer({ topics: [5 as never] }), isConfig("topics takes"));
    assert.throws(() => kafka.consumer({ topics: /a/, assign: [{ topic: "a", partition: 0 }] }), isConfig("not both"));
    assert.throws(() => kafka.consumer({ topicsPattern: "a.*" }), isConfig("groupId"));
    assert.throws(
      () => kafka.consumer({ topicsPattern: "a.*", groupId: "g", groupProtocol: "classic" }),
      isConfig("topicsPattern"),
    );
    assert.throws(
      () => kafka.consumer({ topicsPattern: "a.*", groupId: "g", sessionTimeoutMs: 10_000 }),
      isConfig("topicsPattern"),
    );
  }));

const ways: readonly (readonly [name: string, options: ConsumerOptions])[] = [
  ["classic, a JavaScript expression", { topics: /^a-/, groupProtocol: "classic", heartbeatIntervalMs: 100 }],
  [
    "classic cooperative, a JavaScript expression",
    {
      topics: /^a-/,
      groupProtocol: "classic",
      partitionAssignmentStrategy: ["cooperative-sticky"],
      heartbeatIntervalMs: 100,
    },
  ],
  ["KIP-848, a JavaScript expression", { topics: /^a-/, groupProtocol: "consumer" }],
  ["KIP-848, the broker's expression", { topicsPattern: "a-.*", groupProtocol: "consumer" }],
];

for (const [way, options] of ways) {
  test(`a group by pattern (${way}): two members share what there is, what comes and what stays`, () =>
    inWorld({ topics: { "a-1": 2, "a-2": 2, b: 1 }, autoCreateTopics: false, client }, async (world) => {
      const { kafka, platform } = world;
      const readers = [0, 1].map(() => new GroupReader(world, { groupId: "g", ...options }));
      const holds = (count: number): boolean => {
        const all = readers.flatMap(({ held }) => [...held]);
        return all.length === count && new Set(all).size === count && readers.every(({ held }) => held.size > 0);
      };
      await GroupReader.untilAll(readers, () => holds(4));
      (await kafka.admin().createTopics([{ topic: "a-3", numPartitions: 2 }])).orThrow();
      await GroupReader.untilAll(readers, () => holds(6));
      (await kafka.admin().deleteTopics(["a-1"])).orThrow();
      await GroupReader.untilAll(readers, () => holds(4));
      const producer = kafka.producer();
      for (const [i, topic] of ["a-2", "a-3", "a-2", "a-3"].entries())
        await producer.send({ topic, partition: i >> 1, value: String(i) });
      await GroupReader.untilAll(readers, () => readers.flatMap(({ values }) => values).length === 4);
      assert.deepEqual(readers.flatMap(({ values }) => values).sort(), [0, 1, 2, 3]);
      for (const reader of readers) {
        await reader.close();
        reader.checkHooks();
      }
      await sleep(platform, 1); // a connection that was being opened in memory still takes its turn
    }));
}
