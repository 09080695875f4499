// The stack of a failed call has the line of the application that awaited it, and an error that is printed has no empty
// fields.
import { test } from "node:test";
import assert from "node:assert/strict";
import { inspect } from "node:util";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import type { Producer } from "../../src/producer/producer.ts";
import { type World, inWorld } from "./world.ts";

type Call = (producer: Producer) => Promise<unknown>;
const record = { topic: "t", value: "x" };

async function theApplication(call: () => Promise<unknown>): Promise<unknown> {
  return await call();
}

const failures: readonly (readonly [name: string, arrange: (world: World) => void, options: object])[] = [
  ["a topic that does not exist", () => undefined, { maxBlockMs: 1000, topic: "nope" }],
  [
    "the broker refuses",
    ({ cluster }) =>
      void cluster.intercept("Produce", ({ message }) => ({
        answer: {
          responses: (message.topicData ?? []).map(({ topicId, partitionData }) => ({
            topicId,
            partitionResponses: partitionData.map(({ index }) => ({ index, errorCode: 29, baseOffset: -1 })),
          })),
        },
      })),
    {},
  ],
  [
    "the delivery timeout",
    ({ cluster }) => void cluster.intercept("Produce", "hang"),
    { deliveryTimeoutMs: 1000, requestTimeoutMs: 500 },
  ],
  [
    "no room",
    ({ cluster }) => void cluster.intercept("Produce", "hang"),
    { bufferMemory: 200, maxBlockMs: 1000, fill: true },
  ],
];
const ways: readonly (readonly [name: string, send: (producer: Producer, topic: string) => Promise<unknown>])[] = [
  ["await", (producer, topic) => producer.send({ ...record, topic })],
  ["Promise.all", (producer, topic) => Promise.all([0, 1, 2].map(() => producer.send({ ...record, topic })))],
  [
    "a function between",
    async (producer, topic) => {
      await producer.send({ ...record, topic });
    },
  ],
];
for (const [reason, arrange, { topic = "t", fill = false, ...options }] of failures as readonly (readonly [
  string,
  (world: World) => void,
  { topic?: string; fill?: boolean },
])[]) {
  for (const [way, send] of ways) {
    test(`a failed send (${reason}, by ${way}) had no line of the application in its stack`, () =>
      inWorld({ topics: { t: 1 }, autoCreateTopics: false, client: { onLog: () => undefined } }, async (world) => {
        arrange(world);
        const producer = world.kafka.producer(options);
        if (fill) producer.enqueue({ topic: "t", value: "y".repeat(150) });
        const error = await theApplication(() => send(producer, topic)).catch((e: unknown) => e);
        assert.ok(KafkaError.is(error), String(error));
        assert.match(error.stack ?? "", /at async theApplication/);
        await producer.close({ timeoutMs: 0 }).catch(() => undefined);
      }));
  }
}

test("records of one batch each have an error of their own, with the same facts", () =>
  inWorld({ topics: { t: 1 }, client: { onLog: () => undefined } }, async (world) => {
    failures[1]?.[1](world);
    const call: Call = (producer) => Promise.allSettled([0, 1].map(() => producer.send(record)));
    const [one, other] = (await call(world.kafka.producer())) as readonly PromiseRejectedResult[];
    assert.notEqual(one?.reason, other?.reason);
    for (const field of ["kind", "message", "code", "codeName", "outcome", "topic", "partition", "retriable"] as const)
      assert.equal((one?.reason as KafkaError)[field], (other?.reason as KafkaError)[field]);
  }));

test("a call that ends by its timeout has the line of the application in its stack", () =>
  inWorld({ topics: { t: 1 }, client: { onLog: () => undefined } }, async ({ cluster, kafka }) => {
    for (const api of ["Metadata", "DescribeAcls"] as const) cluster.intercept(api, "hang");
    const admin = kafka.admin();
    for (const call of [
      () => admin.listTopics({ timeoutMs: 1000 }),
      () => admin.describeAcls({}, { timeoutMs: 1000 }),
    ]) {
      const error = await theApplication(call).catch((e: unknown) => e);
      assert.match((error as Error).stack ?? "", /at async theApplication/);
    }
  }));

test("an error that is printed shows what is known, and no empty fields", () => {
  const printed = inspect(new KafkaError("broker", "no", { topic: "t", partition: 0 }));
  assert.doesNotMatch(printed, /undefined|name:/);
  assert.match(printed, /kind: 'broker'/);
  assert.match(printed, /partition: 0/);
  const { code, path } = new KafkaError("broker", "no");
  assert.deepEqual([code, path], [undefined, undefined]);
});
