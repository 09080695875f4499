// Responses that no broker sends: the client closes the connection and repeats its requests on a new one.
import assert from "node:assert/strict";
import { test } from "node:test";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import { Kafka } from "../../src/node.ts";
import { type Fault, type World, simulate } from "../../src/simulation.ts";
import { take, text } from "../client/world.ts";

const BROKERS = [0, 1, 2];
/** `amount` of the fault, by what it does. */
const DAMAGES: readonly (readonly [what: string, amount: number])[] = [
  ["length 0", 1],
  ["a negative length", 2],
  ["an absurd length", 3],
  ["a wrong correlation id", 4],
  ["a byte too few", 5],
];

/** From 1 s on, each connection of the first node gets a malformed response, and each new one too for `durationMs`. */
const malformed = (amount: number, durationMs: number): readonly Fault[] =>
  BROKERS.map((broker) => ({ atMs: 1000, durationMs, kind: "malformed-response", node: 0, broker, amount }));

async function write(world: World, count: number): Promise<void> {
  const kafka = new Kafka(world.node("writer").kafkaOptions);
  const producer = kafka.producer();
  for (let i = 0; i < count; i++) {
    await producer.send({ topic: "t", partition: 0, value: String(i) });
    await world.sleep(100);
  }
  await kafka.close();
}

for (const [what, amount] of DAMAGES) {
  test(`${what}, also while the consumer reconnected, ended its loop for good`, async () => {
    const { value, history } = await simulate(
      { seed: 1, topics: { t: 1 }, faults: { faults: malformed(amount, 2000) } },
      async (world) => {
        const kafka = new Kafka(world.node("reader").kafkaOptions);
        const reading = take(kafka.consumer({ topics: ["t"] }), 50);
        await write(world, 50);
        const records = await world.within(30_000, "reading", reading);
        await kafka.close();
        return records.map((record) => text(record.value));
      },
    );
    assert.deepEqual(
      value,
      Array.from({ length: 50 }, (_, i) => String(i)),
    );
    const ended = new Set(history.flatMap((event) => (event.type === "connection-end" ? [event.connection] : [])));
    const struck = history.flatMap((event) => (event.type === "malformed" ? [event.connection] : []));
    assert.ok(struck.length > 1, `${struck.length} malformed responses`);
    assert.deepEqual(
      struck.filter((connection) => !ended.has(connection)),
      [],
      "connections that stayed open",
    );
  });

  test(`${what} made a call fail at once, and the first records of a producer too`, async () => {
    await simulate({ seed: 1, topics: { t: 1 }, faults: { faults: malformed(amount, 500) } }, async (world) => {
      const kafka = new Kafka(world.node("client").kafkaOptions);
      await kafka.admin().listTopics();
      await world.sleep(1000 - world.nowMs + 1);
      const [topics, sent] = await Promise.all([
        kafka.admin().listTopics(),
        kafka.producer().send({ topic: "t", value: "x" }),
      ]);
      assert.equal(topics.length, 1);
      assert.equal(sent.offset, 0);
      await kafka.close();
    });
  });
}

test("responses that are larger than maxFrameBytes end the loop and name the option; one alone may have been damaged", async () => {
  const { value, history } = await simulate({ seed: 1, brokers: 1, topics: { t: 1 } }, async (world) => {
    await write(world, 1);
    const big = new Kafka(world.node("big").kafkaOptions);
    await big.producer().send({ topic: "t", value: "x".repeat(5000) });
    await big.close();
    const kafka = new Kafka({ ...world.node("reader").kafkaOptions, maxFrameBytes: 2048 });
    const failure = await take(kafka.consumer({ topics: ["t"] }), 2).then(
      () => undefined,
      (error: unknown) => KafkaError.from(error),
    );
    await kafka.close();
    return failure;
  });
  assert.equal(value?.kind, "config");
  assert.equal(value.retriable, false);
  assert.match(value.message, /set maxFrameBytes to at least 5\d\d\d/);
  const fetches = history.filter((event) => event.type === "request" && event.node === "reader" && event.apiKey === 1);
  assert.equal(fetches.length, 3);
});
