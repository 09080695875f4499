// odradek/opentelemetry: commits, loops over batches and over one partition, eachBatches, and the broker of each span.
import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { test } from "node:test";
import { context, type Link, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import type { ReadableSpan } from "@opentelemetry/sdk-trace-base";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import type { CommitTrace } from "../../src/hooks/traces.ts";
import type { OpenTelemetryOptions } from "../../src/opentelemetry.ts";
import { publishHooks } from "../../src/observe.ts";
import { nodeDiagnostics } from "../../src/platform/node/diagnostics.ts";
import type { ConsumedBatch } from "../../src/consumer/reading/consumed-batch.ts";
import type { PartitionStream } from "../../src/consumer/reading/partition-stream.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import { Recorded, registerGlobals } from "./spans.ts";
import { inWorld, take, type World } from "./world.ts";

registerGlobals();

const TOPICS = { t: { partitions: 2 }, u: { partitions: 1 } };
const GROUPS = { initialRebalanceDelayMs: 0 };

/** A world with telemetry that has instrumented its `Kafka`. */
async function traced(
  options: OpenTelemetryOptions,
  body: (world: World & { readonly recorded: Recorded }) => Promise<void>,
): Promise<void> {
  const recorded = new Recorded(options);
  await inWorld({ topics: TOPICS, groups: GROUPS, brokers: 3 }, async (world) => {
    recorded.telemetry.instrument(world.kafka);
    await body({ ...world, recorded });
  });
  await recorded.close();
}

const idOf = (span: ReadableSpan): string => span.spanContext().spanId;
const linked = (links: readonly Link[]): readonly string[] => links.map((link) => link.context.spanId);
const serverOf = ({ attributes }: ReadableSpan): string =>
  `${String(attributes["server.address"])}:${String(attributes["server.port"])}`;

/** The address of a partition's leader. */
async function leaderOf({ kafka }: World, topic: string, partition: number): Promise<string> {
  const { leader } = (await kafka.producer().partitionsFor(topic)).find((one) => one.partition === partition) ?? {};
  return addressOf(kafka, leader);
}

async function addressOf(kafka: World["kafka"], nodeId: number | undefined): Promise<string> {
  const broker = (await kafka.admin().describeCluster()).nodes.find((one) => one.nodeId === nodeId);
  assert.ok(broker !== undefined);
  return `${broker.host}:${broker.port}`;
}

test("a commit has a span settle: a child of the active span if the application asked for it; with its coordinator", () =>
  traced({}, async (world) => {
    const { cluster, kafka, recorded } = world;
    await kafka.producer().send({ topic: "t", partition: 0, value: "v" });
    const consumer = kafka.consumer({ topics: ["t"], groupId: "g", enableAutoCommit: false });
    await take(consumer, 1);
    const parent = recorded.provider.getTracer("app").startSpan("app");
    const active = trace.setSpan(context.active(), parent);
    await context.with(active, () => consumer.commit([{ topic: "t", partition: 0, offset: 1 }]));
    const span = recorded.one("commit t");
    assert.equal(span.kind, SpanKind.CLIENT);
    assert.equal(span.parentSpanContext?.spanId, parent.spanContext().spanId);
    assert.equal(span.status.code, SpanStatusCode.UNSET);
    const group = (await kafka.admin().describeConsumerGroups(["g"])).get("g");
    assert.ok(group !== undefined && !KafkaError.is(group));
    assert.equal(serverOf(span), await addressOf(kafka, group.coordinatorId));
    assert.deepEqual(span.attributes, {
      "messaging.system.name": "kafka",
      "messaging.operation.name": "commit",
      "messaging.operation.type": "settle",
      "messaging.destination.name": "t",
      "messaging.destination.partition.id": "0",
      "messaging.consumer.group.name": "g",
      "messaging.client.id": "odradek-consumer-g-1",
      "kafka.cluster.id": span.attributes["kafka.cluster.id"],
      "server.address": "127.0.0.1",
      "server.port": Number(span.attributes["server.port"]),
    });

    // Of two topics it has no destination.
    await consumer.commit([
      { topic: "t", partition: 1, offset: 0 },
      { topic: "u", partition: 0, offset: 0 },
    ]);
    const both = recorded.one("commit");
    assert.equal(both.attributes["messaging.destination.name"], undefined);
    assert.equal(both.attributes["messaging.destination.partition.id"], undefined);

    cluster.failRequests("OffsetCommit", ["GROUP_AUTHORIZATION_FAILED"]);
    await assert.rejects(consumer.commit([{ topic: "t", partition: 0, offset: 1 }]), { kind: "authorization" });
    const failed = recorded.spans("commit t").at(-1);
    assert.equal(failed?.status.code, SpanStatusCode.ERROR);
    assert.equal(failed.attributes["error.type"], "GROUP_AUTHORIZATION_FAILED");
    const durations = (await recorded.points("messaging.client.operation.duration")).filter(
      ({ attributes }) => attributes["messaging.operation.type"] === "settle",
    );
    assert.deepEqual(
      durations.map(({ attributes, value }) => [attributes["error.type"], (value as { count: number }).count]),
      [
        [undefined, 1],
        [undefined, 1],
        ["GROUP_AUTHORIZATION_FAILED", 1],
      ],
    );
  }));

test("a commit of the consumer's own has a span without a parent, also if the loop runs in a span", () =>
  traced({}, async ({ kafka, recorded }) => {
    await kafka.producer().send({ topic: "t", partition: 0, value: "v" });
    const consumer = kafka.consumer({ topics: ["t"], groupId: "g" });
    const parent = recorded.provider.getTracer("app").startSpan("app");
    await context.with(trace.setSpan(context.active(), parent), () => take(consumer, 1));
    await consumer.close();
    assert.equal(recorded.one("commit t").parentSpanContext, undefined);
  }));

test("commits are traced beside the host's tracing channel, which gets the coordinator too; and after the end not", () => {
  const recorded = new Recorded();
  const published: CommitTrace[] = [];
  const listener = (message: unknown): void => void published.push(message as CommitTrace);
  subscribe("tracing:odradek:commit:asyncEnd", listener);
  return inWorld({ topics: TOPICS, groups: GROUPS }, async ({ kafka }) => {
    publishHooks(kafka, nodeDiagnostics);
    const end = recorded.telemetry.instrument(kafka);
    await kafka.producer().send({ topic: "t", partition: 0, value: "v" });
    const consumer = kafka.consumer({ topics: ["t"], groupId: "g", enableAutoCommit: false });
    await take(consumer, 1);
    await consumer.commit();
    assert.equal(recorded.spans("commit t").length, 1);
    assert.deepEqual(
      published.map(({ broker, client, groupId }) => [broker, client.kind, groupId]),
      [["127.0.0.1:9092", "consumer", "g"]],
    );
    end();
    await consumer.commit([{ topic: "t", partition: 0, offset: 0 }]);
    assert.deepEqual([recorded.spans("commit t").length, published.length], [1, 2]);
    unsubscribe("tracing:odradek:commit:asyncEnd", listener);
    await consumer.commit([{ topic: "t", partition: 0, offset: 1 }]);
    assert.deepEqual([recorded.spans("commit t").length, published.length], [1, 2]);
  }).finally(() => recorded.close());
});

test("the receive span of a batch has links to the senders of the records that were read, and ends at the hand-out", () =>
  traced({ maxLinks: 2 }, async ({ kafka, platform, recorded }) => {
    const producer = kafka.producer({ lingerMs: 5 });
    await Promise.all([1, 2, 3].map((i) => producer.send({ topic: "u", value: `${i}` })));
    await producer.send({ topic: "u", value: "4" });
    const consumer = kafka.consumer({ topics: ["u"], startOffset: "earliest" });
    let handedOutMs = 0;
    for await (const batch of consumer.batches()) {
      if (handedOutMs === 0) handedOutMs = platform.clock.now();
      assert.equal(recorded.spans("receive u").length, batch.baseOffset === 0 ? 0 : 1);
      for (const _ of batch.records) continue;
      for (const record of batch.records) recorded.telemetry.processRecord(record, () => undefined); // again
      if (batch.lastOffset === 3) break;
      await sleep(platform, 1000);
    }
    const sent = recorded.spans("send u");
    const [first, last, ...more] = recorded.spans("receive u");
    assert.ok(first !== undefined && last !== undefined && more.length === 0);
    assert.deepEqual(linked(first.links), sent.slice(0, 2).map(idOf), "two, by maxLinks");
    assert.deepEqual(linked(last.links), sent.slice(3).map(idOf));
    assert.deepEqual(
      [first, last].map(({ attributes }) => attributes["messaging.batch.message_count"]),
      [3, 1],
    );
    const [seconds, nanos] = first.endTime;
    assert.equal(Math.round(seconds * 1000 + nanos / 1e6), handedOutMs);
    assert.deepEqual(
      recorded.spans("process u").map(({ attributes }) => attributes["messaging.client.id"]),
      Array<string>(4).fill("odradek-consumer-1"),
    );
  }));

for (const kind of ["records", "batches"] as const)
  test(`a stream of one partition (${kind}) has receive spans, and its records are known to processRecord`, () =>
    traced({}, async (world) => {
      const { kafka, recorded } = world;
      const producer = kafka.producer();
      for (let i = 0; i < 2; i++) await producer.send({ topic: "t", partition: 1, value: `${i}` });
      const consumer = kafka.consumer({
        assign: [
          { topic: "t", partition: 0, offset: "earliest" },
          { topic: "t", partition: 1, offset: "earliest" },
        ],
      });
      const stream: PartitionStream = consumer.partition("t", 1);
      assert.deepEqual([stream.topic, stream.partition], ["t", 1]);
      const read: number[] = [];
      if (kind === "records") {
        for await (const record of stream) {
          recorded.telemetry.processRecord(record, () => read.push(record.offset));
          if (record.offset === 1) break;
        }
      } else {
        const batches = stream.batches();
        for (let i = 0; i < 2; i++)
          for (const record of ((await batches.next()) as IteratorYieldResult<ConsumedBatch>).value.records)
            recorded.telemetry.processRecord(record, () => read.push(record.offset));
        stream.leave(); // from outside: the span of the last batch ends
      }
      assert.deepEqual(read, [0, 1]);
      const sent = recorded.spans("send t");
      const received = recorded.spans("receive t");
      assert.deepEqual(
        received.map(({ links }) => linked(links)),
        sent.map((span) => [idOf(span)]),
      );
      const leader = await leaderOf(world, "t", 1);
      for (const span of [...received, ...recorded.spans("process t")]) {
        assert.equal(span.attributes["messaging.client.id"], "odradek-consumer-1");
        assert.equal(serverOf(span), leader);
      }
      assert.equal(recorded.spans("process t").length, 2);
    }));

test("eachBatches has one span for all batches of a call, with a link for each record", () =>
  traced({}, async (world) => {
    const { kafka, recorded } = world;
    const producer = kafka.producer();
    for (let i = 0; i < 3; i++) await producer.send({ topic: "u", value: `${i}` });
    const consumer = kafka.consumer({ topics: ["u"], startOffset: "earliest" });
    await consumer.run({
      eachBatches: (batches) => {
        assert.equal(batches.flatMap(({ records }) => [...records]).length, 3);
        recorded.provider.getTracer("app").startSpan("inside").end();
        void consumer.close();
      },
    });
    const span = recorded.one("process u");
    assert.deepEqual(linked(span.links), recorded.spans("send u").map(idOf));
    assert.equal(span.attributes["messaging.batch.message_count"], 3);
    assert.equal(recorded.one("inside").parentSpanContext?.spanId, idOf(span));
    assert.equal(serverOf(span), await leaderOf(world, "u", 0));
    const [consumed] = await recorded.points("messaging.client.consumed.messages");
    assert.equal(consumed?.value, 3);
  }));

test("spans of sends name the leader of each partition; a record that was not placed has none", () =>
  traced({}, async (world) => {
    const { kafka, recorded } = world;
    const producer = kafka.producer();
    for (const partition of [0, 1]) await producer.send({ topic: "t", partition, value: "v" });
    const [first, second] = recorded.spans("send t");
    assert.ok(first !== undefined && second !== undefined);
    assert.deepEqual(
      [serverOf(first), serverOf(second)],
      [await leaderOf(world, "t", 0), await leaderOf(world, "t", 1)],
    );
    assert.notEqual(serverOf(first), serverOf(second));
    await assert.rejects(producer.send({ topic: "t", value: 5 } as never));
    assert.equal(recorded.spans("send t").at(-1)?.attributes["server.address"], undefined);
  }));

test("a span of a consumer that reads from a follower (KIP-392) names the follower", () => {
  const recorded = new Recorded();
  return inWorld(
    { brokers: 2, topics: { t: { partitions: 1, replicationFactor: 2 } } },
    async ({ cluster, kafka }): Promise<void> => {
      recorded.telemetry.instrument(kafka);
      await kafka.producer().send({ topic: "t", value: "v" });
      const leader = cluster.snapshot().topics[0]?.partitions[0]?.leaderId ?? -1;
      cluster.intercept("Fetch", ({ nodeId }) =>
        nodeId !== leader
          ? undefined
          : {
              respond: (response) => ({
                ...response,
                responses: response.responses.map((topic) => ({
                  ...topic,
                  partitions: topic.partitions.map((one) => ({
                    ...one,
                    preferredReadReplica: 1 - leader,
                    records: null,
                  })),
                })),
              }),
            },
      );
      await take(kafka.consumer({ assign: [{ topic: "t", partition: 0 }], clientRack: "near" }), 1);
      assert.equal(serverOf(recorded.one("send t")), await addressOf(kafka, leader));
      assert.equal(serverOf(recorded.one("receive t")), await addressOf(kafka, 1 - leader));
    },
  ).finally(() => recorded.close());
});

test("enqueue passes its options on: a wrong one is refused", () =>
  traced({}, async ({ kafka }) => {
    const producer = kafka.producer();
    assert.throws(() => producer.enqueue({ topic: "t", value: "v" }, { contxt: true } as never), { kind: "config" });
    assert.equal(producer.enqueue({ topic: "t", value: "v" }, { context: true }), true);
    await producer.flush();
  }));
