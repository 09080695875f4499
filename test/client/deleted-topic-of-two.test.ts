// A consumer of two topics, of which one is deleted while it reads, or never existed: it warns, continues with the
// other, and reads the topic again when it is recreated.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ConsumerOptions } from "../../src/consumer/options.ts";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import type { KafkaBaseOptions } from "../../src/kafka.ts";
import { sleep as sleepOn } from "../../src/runtime/sleep.ts";
import { type World, inWorld, text } from "./world.ts";

const MINUTES_MS = 300_000;

const ways: readonly (readonly [name: string, options: ConsumerOptions])[] = [
  ["eager", { groupId: "g", groupProtocol: "classic", partitionAssignmentStrategy: ["range"] }],
  ["cooperative", { groupId: "g", groupProtocol: "classic", partitionAssignmentStrategy: ["cooperative-sticky"] }],
  ["KIP-848", { groupId: "g", groupProtocol: "consumer" }],
  ["no group", {}],
];

interface Reader {
  readonly values: (string | null)[];
  readonly assigned: string[];
  readonly warnings: string[];
  close(): Promise<void>;
}

/** Reads both topics; an error of the loop fails the test. */
function read({ client }: World, options: ConsumerOptions): Reader {
  const [values, assigned, warnings]: [(string | null)[], string[], string[]] = [[], [], []];
  const log: KafkaBaseOptions["onLog"] = ({ level, message }) => {
    if (level === "warn") warnings.push(message);
  };
  const kafka = client({ metadataMaxAgeMs: 5000, onLog: log });
  const onAssigned: ConsumerOptions["onAssigned"] = (partitions) =>
    void assigned.push(...partitions.map(({ topic }) => topic));
  const consumer = kafka.consumer({
    ...options,
    topics: ["a", "b"],
    autoOffsetReset: "earliest",
    ...(options.groupId === undefined ? {} : { onAssigned }),
  });
  let error: KafkaError | undefined;
  const reading = (async () => {
    for await (const { value } of consumer) values.push(text(value));
  })().catch((thrown: unknown) => {
    error = KafkaError.from(thrown);
  });
  const close = async (): Promise<void> => {
    await consumer.close();
    await reading;
    assert.ifError(error);
  };
  return { values, assigned, warnings, close };
}

for (const [name, options] of ways) {
  test(`one of two topics is deleted: the loop threw every minute for ever (${name})`, () =>
    inWorld({ topics: { a: 2, b: 2 } }, async (world) => {
      const { kafka, platform } = world;
      const sleep = (ms: number): Promise<void> => sleepOn({ runtime: platform.runtime, clock: platform.clock }, ms);
      const reader = read(world, options);
      const producer = kafka.producer();
      const send = (topic: string, value: string): Promise<unknown> => producer.send({ topic, partition: 0, value });
      await send("a", "a0");
      await send("b", "b0");
      await sleep(10_000);
      (await kafka.admin().deleteTopics(["b"])).orThrow();
      await sleep(MINUTES_MS);
      await send("a", "a1");
      await sleep(MINUTES_MS);
      assert.deepEqual(reader.values, ["a0", "b0", "a1"]);
      assert.ok(
        reader.warnings.some((warning) =>
          /topic b was deleted; reading continues without it|cannot read b-\d: still waiting/.test(warning),
        ),
        reader.warnings.join("\n"),
      );
      const told = reader.assigned.length;
      assert.ok(told <= 8, `rebalances: ${reader.assigned.join()}`);
      (await kafka.admin().createTopics([{ topic: "b", numPartitions: 2 }])).orThrow();
      await send("b", "b1");
      await sleep(MINUTES_MS);
      assert.deepEqual(reader.values, ["a0", "b0", "a1", "b1"]);
      await reader.close();
      await producer.close();
    }));

  test(`one of two topics was never there: the loop threw after a minute, though there was the other (${name})`, () =>
    inWorld({ topics: { a: 2 } }, async (world) => {
      const { kafka, platform } = world;
      const sleep = (ms: number): Promise<void> => sleepOn({ runtime: platform.runtime, clock: platform.clock }, ms);
      const reader = read(world, options);
      const producer = kafka.producer();
      await sleep(MINUTES_MS);
      await producer.send({ topic: "a", value: "a0" });
      await sleep(1000);
      assert.deepEqual(reader.values, ["a0"]);
      assert.ok(
        reader.warnings.some((warning) => /metadata of a, b: still waiting after 2 s/.test(warning)),
        reader.warnings.join("\n"),
      );
      assert.ok(
        reader.warnings.some((warning) =>
          /metadata of b: .*UNKNOWN_TOPIC_OR_PARTITION.*Reading continues without it/.test(warning),
        ),
        reader.warnings.join("\n"),
      );
      await reader.close();
      await producer.close();
    }));
}
