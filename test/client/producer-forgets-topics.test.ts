// Topics that get no record are forgotten, and only records that wait for a topic ask for its creation (KIP-526).
import assert from "node:assert/strict";
import { test } from "node:test";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import { type World, inWorld, take, text } from "./world.ts";

interface Asked {
  readonly topics: readonly string[];
  readonly creates: boolean;
}

function watch({ cluster }: World): Asked[] {
  const asked: Asked[] = [];
  cluster.intercept("Metadata", ({ message }) => {
    asked.push({
      topics: (message.topics ?? []).map(({ name }) => name ?? ""),
      creates: message.allowAutoTopicCreation,
    });
    return undefined;
  });
  return asked;
}

const names = ({ cluster }: World): readonly string[] =>
  cluster
    .snapshot()
    .topics.map(({ topic }) => topic)
    .sort();
const AUTO = { brokers: 1, autoCreateTopics: true };

test("a deleted topic came back while its producer went on with another: it stays deleted, and is asked for no more", () =>
  inWorld({ ...AUTO, topics: { kept: 1, gone: 1 } }, async (world) => {
    const asked = watch(world);
    const producer = world.kafka.producer();
    for (const topic of ["kept", "gone"]) await producer.send({ topic, value: "x" });
    (await world.client().admin().deleteTopics(["gone"])).orThrow();
    asked.length = 0;
    for (let minute = 0; minute < 30; minute++) {
      await sleep(world.platform, 60_000);
      await producer.send({ topic: "kept", value: "x" });
    }
    assert.deepEqual(names(world), ["kept"]);
    assert.ok(
      asked.every(({ creates }) => !creates),
      "no record waited for it: nothing was to be created",
    );
    assert.deepEqual(asked.at(-1)?.topics, ["kept"], "and in the end the other is not even asked for");
  }));

test(
  "creation is asked for while records wait, in a request of its own, and the topic that was deleted is made anew " +
    "for a new record",
  () =>
    inWorld({ ...AUTO, topics: { there: 1 } }, async (world) => {
      const asked = watch(world);
      const producer = world.kafka.producer();
      await producer.send({ topic: "there", value: "x" });
      await producer.send({ topic: "new", value: "x" });
      assert.deepEqual(names(world), ["new", "there"]);
      assert.ok(
        asked.slice(1).every(({ topics, creates }) => creates === topics.includes("new")),
        JSON.stringify(asked),
      );
      (await world.client().admin().deleteTopics(["new"])).orThrow();
      await sleep(world.platform, 400_000);
      assert.equal((await producer.send({ topic: "new", value: "again" })).offset, 0, "made anew");
      assert.deepEqual(names(world), ["new", "there"]);
    }),
);

test("records that wait in batches bring a topic back that was deleted under them", () =>
  inWorld({ ...AUTO, topics: { t: 1 } }, async (world) => {
    const producer = world.kafka.producer();
    await producer.send({ topic: "t", value: "x" });
    (await world.client().admin().deleteTopics(["t"])).orThrow();
    assert.equal((await producer.send({ topic: "t", value: "y" })).offset, 0);
  }));

test(
  "a topic that comes back after it was forgotten goes on with its sequences: no record is lost as a duplicate, " +
    "with and without transactions",
  async () => {
    for (const transactionalId of [undefined, "x"]) {
      await inWorld({ topics: { t: 2, other: 1 } }, async (world) => {
        const asked = watch(world);
        const producer = world.kafka.producer({
          metadataMaxIdleMs: 5000,
          ...(transactionalId === undefined ? {} : { transactionalId }),
        });
        const send = async (topic: string, value: string): Promise<void> => {
          if (transactionalId === undefined) await producer.send({ topic, partition: 0, value });
          else await producer.transaction((tx) => tx.send({ topic, partition: 0, value }));
        };
        const values: string[] = [];
        for (let round = 0; round < 4; round++) {
          for (let i = 0; i < 3; i++) {
            values.push(`${round}.${i}`);
            await send("t", `${round}.${i}`);
          }
          for (let i = 0; i < 11; i++) {
            await sleep(world.platform, 60_000);
            await send("other", "x");
          }
        }
        assert.ok(
          asked.some(({ topics }) => topics.length === 1 && topics[0] === "other"),
          "t was forgotten",
        );
        const seen = await take(
          world.client().consumer({ assign: [{ topic: "t", partition: 0 }], isolationLevel: "read_committed" }),
          values.length,
        );
        assert.deepEqual(
          seen.map(({ value }) => text(value)),
          values,
        );
        const all = producer
          .metrics()
          .find(({ name, group }) => name === "record-send-total" && group === "producer-metrics");
        assert.equal(all?.value, values.length + 44, "what was counted stays counted");
      });
    }
  },
);

test("another client of the same Kafka keeps its interest in a topic that a producer forgot", () =>
  inWorld({ topics: { t: 1, other: 1 } }, async (world) => {
    const producer = world.kafka.producer({ metadataMaxIdleMs: 5000 });
    await producer.send({ topic: "t", value: "first" });
    const consumer = world.kafka.consumer({ topics: ["t"] });
    const loop = take(consumer, 2);
    for (let i = 0; i < 15; i++) {
      await sleep(world.platform, 60_000);
      await producer.send({ topic: "other", value: "x" });
    }
    await world.client().producer().send({ topic: "t", value: "second" });
    assert.deepEqual(
      (await loop).map(({ value }) => text(value)),
      ["first", "second"],
    );
  }));

test("topics that were written once are let go of", () =>
  inWorld({ topics: { kept: 1 }, autoCreateTopics: true }, async (world) => {
    const asked = watch(world);
    const producer = world.kafka.producer({ metadataMaxIdleMs: 5000, enableIdempotence: false });
    for (let i = 0; i < 300; i++) producer.enqueue({ topic: `once-${i}`, value: "x" });
    await producer.flush();
    for (let i = 0; i < 15; i++) {
      await sleep(world.platform, 60_000);
      await producer.send({ topic: "kept", value: "x" });
    }
    assert.deepEqual(asked.at(-1)?.topics, ["kept"]);
    assert.ok(
      producer
        .metrics()
        .filter(({ group }) => group === "producer-topic-metrics")
        .every(({ tags }) => tags["topic"] === "kept"),
    );
  }));

test("metadataMaxIdleMs: what is too short, or no number, is refused by name", () =>
  inWorld({ topics: { t: 1 } }, async ({ kafka }) => {
    for (const metadataMaxIdleMs of [0, 4999, 1.5, Number.NaN, "5000" as never, null as never]) {
      assert.throws(
        () => kafka.producer({ metadataMaxIdleMs }),
        (e: unknown) => KafkaError.is(e) && e.kind === "config" && e.message.includes("metadataMaxIdleMs"),
      );
    }
    await kafka.producer({ metadataMaxIdleMs: 5000 }).close();
  }));
