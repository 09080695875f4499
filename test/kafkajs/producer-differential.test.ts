// The same calls of a producer on kafkajs 2.2.4 and on the shipped drop-in, each with an embedded cluster of its own: the
// results and errors are the same, but for those that are listed with a reason.
import { test } from "node:test";
import assert from "node:assert/strict";
import type { Message, Producer, Transaction } from "kafkajs";
import { EmbeddedCluster } from "../../src/embedded.ts";
import { factsOf, shipped, theirs } from "./real-kafkajs.ts";

/** What a call is made on. */
interface Stage {
  readonly producer: Producer;
  readonly kafka: InstanceType<typeof theirs.Kafka>;
  readonly options: { readonly createPartitioner: typeof theirs.Partitioners.DefaultPartitioner };
}

/** A call; `why` says why the drop-in answers otherwise. */
type Call = readonly [what: string, call: (stage: Stage) => unknown, why?: string];

const wrong = <T>(value: unknown): T => value as T;
const M: Message[] = [{ value: "a", partition: 0 }];
const send =
  (record: unknown): Call[1] =>
  ({ producer }) =>
    producer.send(wrong(record));
const message = (fields: object): Call[1] => send({ topic: "t", messages: [{ value: "a", partition: 0, ...fields }] });
const batch =
  (given: unknown): Call[1] =>
  ({ producer }) =>
    producer.sendBatch(wrong(given));

const SENDS: readonly Call[] = [
  ["nothing", send(undefined)],
  ["null", send(null)],
  ["no topic", send({ messages: M })],
  ["no messages", send({ topic: "t" })],
  ["messages: null", send({ topic: "t", messages: null })],
  ["messages: a number", send({ topic: "t", messages: 5 })],
  ["messages: an object", send({ topic: "t", messages: {} })],
  ["messages: none", send({ topic: "t", messages: [] })],
  ["a message without a value", send({ topic: "t", messages: [{ key: "k" }] })],
  ["a message that is null", send({ topic: "t", messages: [null] })],
  ["a message that is text", send({ topic: "t", messages: ["a"] })],
  ["a value: a number", message({ value: 5 })],
  ["a value: an object", message({ value: { a: 1 } })],
  ["a value: a list", message({ value: [1, 2] })],
  ["a value: null", message({ value: null })],
  ["a key: true", message({ key: true })],
  ["a key: a number", message({ key: 5 })],
  ["a key: null", message({ key: null })],
  ["a header: a number", message({ headers: { a: 5 } })],
  ["a header: an object", message({ headers: { a: {} } })],
  [
    "a header: undefined",
    message({ headers: { a: undefined } }),
    "left out: kafkajs throws, though its types allow it",
  ],
  ["a header: null", message({ headers: { a: null } }), "sent: kafkajs throws"],
  ["headers", message({ headers: { a: "1", b: Buffer.from("2"), c: ["x", Buffer.from("y")] } })],
  ["a timestamp: text", message({ timestamp: "1000" })],
  ["a timestamp: a number", message({ timestamp: 1000 })],
  ["a timestamp: a Date", message({ timestamp: new Date(1000) })],
  ["a timestamp: words", message({ timestamp: "soon" })],
  ["a timestamp: a part", message({ timestamp: "5.5" })],
  ["a timestamp before 1970", message({ timestamp: "-5" }), "Odradek, as Java, takes none"],
  ["a partition: text", message({ partition: "1" })],
  ["a partition that there is not", message({ partition: 7 }), "kafkajs drops the message, and resolves with []"],
  ["one message", message({})],
  ["two messages", send({ topic: "t", messages: [...M, ...M] })],
  ["acks: 0", send({ topic: "t", acks: 0, messages: M })],
  ["acks: 1", send({ topic: "t", acks: 1, messages: M })],
  ["acks: 2", send({ topic: "t", acks: 2, messages: M })],
  ["timeout: 0", send({ topic: "t", timeout: 0, messages: M })],
  ["gzip", send({ topic: "t", compression: 1, messages: M })],
  ["snappy", send({ topic: "t", compression: 2, messages: M }), "built in: kafkajs needs a package"],
  ["compression: 9", send({ topic: "t", compression: 9, messages: M }), "a text: kafkajs reads a property of null"],
  ["too large", message({ value: Buffer.alloc(1_100_000) })],
  ["an illegal topic", send({ topic: "no such/topic", messages: M })],
  ["a topic that is a number", send({ topic: 5, messages: M })],
  ["sendBatch: nothing", batch(undefined)],
  ["sendBatch: null", batch(null)],
  ["sendBatch: no topics", batch({})],
  ["sendBatch: topics: null", batch({ topicMessages: null })],
  [
    "sendBatch: a topic twice",
    batch({
      topicMessages: [
        { topic: "t", messages: M },
        { topic: "u", messages: M },
        { topic: "t", messages: M },
      ],
    }),
  ],
  ["sendBatch: one without a topic", batch({ topicMessages: [{ topic: "t", messages: M }, { messages: [] }] })],
  [
    "sendBatch: one without a value",
    batch({
      topicMessages: [
        { topic: "t", messages: M },
        { topic: "u", messages: [{}] },
      ],
    }),
  ],
];

const OTHERS: readonly Call[] = [
  ["members", ({ producer }) => Object.entries(producer).map(([name, value]) => [name, typeof value])],
  ["events", ({ producer }) => producer.events],
  ["an event that there is not", ({ producer }) => producer.on(wrong("x"), () => undefined)],
  ["transaction without an id", ({ producer }) => producer.transaction()],
  [
    "idempotent with retries: 0",
    ({ kafka, options }) => void kafka.producer({ ...options, idempotent: true, retry: { retries: 0 } }),
  ],
  ["before connect", ({ kafka, options }) => kafka.producer(options).send({ topic: "t", messages: M })],
  ["before connect, wrong", ({ kafka, options }) => kafka.producer(options).send(wrong({ topic: "t" }))],
  [
    "an unknown topic that is not created",
    ({ kafka, options }) =>
      during(kafka.producer({ ...options, allowAutoTopicCreation: false }), (producer) =>
        producer.send({ topic: "no", messages: M }),
      ),
  ],
  [
    "idempotent",
    ({ kafka, options }) =>
      during(kafka.producer({ ...options, idempotent: true }), async (producer) => [
        producer.isIdempotent(),
        await outcome(() => producer.send({ topic: "t", messages: M, acks: 1 })),
        (await producer.send({ topic: "t", messages: M })).length,
      ]),
  ],
  [
    "disconnecting",
    async ({ kafka, options }) => {
      const producer = kafka.producer(options);
      await producer.connect();
      const ended = producer.disconnect();
      const refused = await outcome(() => producer.send({ topic: "t", messages: M }));
      await ended;
      return [refused, await outcome(() => producer.send({ topic: "t", messages: M }))];
    },
  ],
  ["transactions", ({ kafka, options }) => transactions(kafka, options)],
];

test("send and sendBatch", () => compare(SENDS));

test("the rest of a producer, and transactions", () => compare(OTHERS));

async function compare(calls: readonly Call[]): Promise<void> {
  const [real, ours] = await Promise.all([play(theirs, calls), play(shipped, calls)]);
  for (const [what, , why] of calls)
    if (why === undefined) assert.deepEqual(ours.get(what), real.get(what), what);
    else assert.notDeepEqual(ours.get(what), real.get(what), `${what} is as in kafkajs now`);
}

async function play(module: typeof theirs, calls: readonly Call[]): Promise<ReadonlyMap<string, unknown>> {
  const cluster = await EmbeddedCluster.start({ ports: [0], topics: { t: 3, u: 1 }, autoCreateTopics: true });
  const brokers = cluster.bootstrapServers.split(",");
  const kafka = new module.Kafka({ brokers, logLevel: 0, retry: { retries: 2, initialRetryTime: 20 } });
  const options = { createPartitioner: module.Partitioners.DefaultPartitioner };
  const producer = kafka.producer(options);
  await producer.connect();
  const outcomes = new Map<string, unknown>();
  for (const [what, call] of calls) outcomes.set(what, await outcome(() => call({ kafka, options, producer })));
  await producer.disconnect();
  await cluster.close();
  return outcomes;
}

async function during<T>(producer: Producer, work: (producer: Producer) => Promise<T>): Promise<T> {
  await producer.connect();
  try {
    return await work(producer);
  } finally {
    await producer.disconnect();
  }
}

/** A result; or what can be seen of an error, but its stack and the jittered time of its last wait. */
async function outcome(call: () => unknown): Promise<unknown> {
  try {
    return JSON.parse(JSON.stringify({ resolved: (await call()) ?? "nothing" }, visible)) as unknown;
  } catch (error) {
    return JSON.parse(JSON.stringify({ rejected: factsOf(error) }, visible)) as unknown;
  }
}

/** The members of an error, or of a result, that may differ. */
const HIDDEN = new Set(["stack", "retryTime", "generatedMessage", "actual", "expected", "operator", "diff"]);

/** An offset is text; which one depends on the calls before. */
function visible(key: string, value: unknown): unknown {
  return HIDDEN.has(key) ? undefined : key === "baseOffset" ? typeof value : value;
}

async function transactions(kafka: Stage["kafka"], options: Stage["options"]): Promise<unknown> {
  const producer = kafka.producer({ ...options, transactionalId: "x", maxInFlightRequests: 1, idempotent: true });
  await producer.connect();
  const found: unknown[] = [];
  const note = async (call: () => unknown): Promise<void> => void found.push(await outcome(call));
  const length = async (sent: Promise<unknown[]>): Promise<number> => (await sent).length;
  const record = { topic: "t", messages: M };
  const first = await producer.transaction();
  found.push(Object.keys(first).sort(), first.isActive());
  await note(() => producer.transaction());
  await note(() => length(first.send(record)));
  await note(() => length(first.sendBatch({ topicMessages: [record] })));
  await note(() => first.send({ ...record, acks: 1 }));
  await note(() => length(producer.send(record)));
  for (const given of [{}, { consumerGroupId: "g" }]) await note(() => first.sendOffsets(wrong(given)));
  await note(() =>
    first.sendOffsets({ consumerGroupId: "g", topics: [{ topic: "t", partitions: [{ partition: 0, offset: "1" }] }] }),
  );
  const ended = first.commit();
  found.push(first.isActive());
  await note(() => first.commit());
  await ended;
  await note(() => first.send(record));
  await note(() => first.abort());
  await note(async () => await (await producer.transaction()).commit());
  const aborted = await producer.transaction();
  await aborted.send(record);
  await note(() => aborted.abort());
  await fence(kafka, options, await producer.transaction(), note);
  await producer.disconnect();
  return found;
}

/** Another producer takes the transactional id. */
async function fence(
  kafka: Stage["kafka"],
  options: Stage["options"],
  fenced: Transaction,
  note: (call: () => unknown) => Promise<void>,
): Promise<void> {
  await fenced.send({ topic: "t", messages: M });
  const other = kafka.producer({ ...options, transactionalId: "x", maxInFlightRequests: 1, idempotent: true });
  await other.connect();
  const transaction = await other.transaction();
  await note(() => fenced.send({ topic: "t", messages: M }));
  await note(() => fenced.commit());
  await transaction.abort();
  await other.disconnect();
}
