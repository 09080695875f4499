// odradek/opentelemetry: parents, links, attributes, errors and metrics, and contexts in headers.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Attributes, context, type Link, propagation, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import type { ReadableSpan } from "@opentelemetry/sdk-trace-base";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import { deadLetter } from "../../src/exactly-once/dead-letter.ts";
import { openTelemetry, type OpenTelemetryOptions } from "../../src/opentelemetry.ts";
import { string } from "../../src/serdes/string.ts";
import { Recorded, registerGlobals } from "./spans.ts";
import { inWorld, take, text, type World } from "./world.ts";

registerGlobals();

const TOPICS = {
  t: { partitions: 1 },
  u: { partitions: 1 },
  small: { partitions: 1, configs: { "max.message.bytes": "1000" } },
};

/** A world with telemetry that has instrumented its `Kafka`. */
async function traced(
  options: OpenTelemetryOptions,
  body: (world: World & { readonly recorded: Recorded }) => Promise<void>,
): Promise<void> {
  const recorded = new Recorded(options);
  await inWorld({ topics: TOPICS }, async (world) => {
    recorded.telemetry.instrument(world.kafka);
    await body({ ...world, recorded });
  });
  await recorded.close();
}

/** The broker of the cluster. */
const SERVER = { "server.address": "127.0.0.1", "server.port": 9092 };

const linked = (links: readonly Link[]): readonly string[] => links.map((link) => link.context.spanId);
const idOf = (span: ReadableSpan): string => span.spanContext().spanId;
const traceOf = (span: ReadableSpan): string => span.spanContext().traceId;
const clusterOf = ({ attributes }: ReadableSpan): Attributes => ({
  "kafka.cluster.id": attributes["kafka.cluster.id"],
});

test("send has a span of kind PRODUCER, child of the active one, and its context is in the record's headers", () =>
  traced({}, async ({ kafka, recorded }) => {
    const producer = kafka.producer();
    const headers = { kept: "yes" };
    const record = { topic: "t", key: "k", value: "v", headers };
    const parent = recorded.provider.getTracer("app").startSpan("app");
    await context.with(trace.setSpan(context.active(), parent), () => producer.send(record));
    assert.deepEqual(record, { topic: "t", key: "k", value: "v", headers: { kept: "yes" } });
    const span = recorded.one("send t");
    assert.equal(span.kind, SpanKind.PRODUCER);
    assert.equal(span.parentSpanContext?.spanId, parent.spanContext().spanId);
    assert.equal(span.status.code, SpanStatusCode.UNSET);
    assert.deepEqual(span.links, []);
    assert.equal(span.instrumentationScope.name, "odradek");
    assert.equal(span.instrumentationScope.schemaUrl, "https://opentelemetry.io/schemas/1.45.0");
    assert.deepEqual(span.attributes, {
      "messaging.system.name": "kafka",
      "messaging.operation.name": "send",
      "messaging.operation.type": "send",
      "messaging.destination.name": "t",
      "messaging.client.id": "odradek-producer-1",
      "messaging.destination.partition.id": "0",
      "kafka.offset": 0,
      ...SERVER,
      // Known when the first record is sent, unless nothing was sent before.
      ...(span.attributes["kafka.cluster.id"] === undefined ? {} : clusterOf(span)),
    });
    const [written] = await take(kafka.consumer({ topics: ["t"], startOffset: "earliest" }), 1);
    assert.deepEqual(
      written?.headers.map(([name, value]) => [name, value && text(value)]),
      [
        ["kept", "yes"],
        ["traceparent", `00-${traceOf(span)}-${idOf(span)}-01`],
      ],
    );
  }));

test("eachRecord runs in a span of kind CONSUMER with a link to the sender's, with its baggage", () =>
  traced({}, async ({ kafka, recorded }) => {
    const producer = kafka.producer();
    const baggage = propagation.setBaggage(context.active(), propagation.createBaggage({ customer: { value: "42" } }));
    await context.with(baggage, () => producer.send({ topic: "t", value: null }));
    await producer.send({ topic: "t", value: "second" });
    const consumer = kafka.consumer({ topics: ["t"], groupId: "g", startOffset: "earliest" });
    const seen: unknown[] = [];
    await consumer.run({
      eachRecord: async ({ offset }) => {
        seen.push(propagation.getActiveBaggage()?.getEntry("customer")?.value);
        await Promise.resolve();
        recorded.provider.getTracer("app").startSpan(`inside ${offset}`).end();
        if (offset === 1) void consumer.close();
      },
    });
    assert.deepEqual(seen, ["42", undefined]);
    const [sent, second] = recorded.spans("send t");
    const [processed, next] = recorded.spans("process t");
    assert.ok(sent !== undefined && second !== undefined && processed !== undefined && next !== undefined);
    assert.equal(processed.kind, SpanKind.CONSUMER);
    assert.equal(processed.parentSpanContext, undefined);
    assert.notEqual(traceOf(processed), traceOf(sent));
    assert.deepEqual([linked(processed.links), linked(next.links)], [[idOf(sent)], [idOf(second)]]);
    assert.equal(recorded.one("inside 0").parentSpanContext?.spanId, idOf(processed));
    const clusterId = processed.attributes["kafka.cluster.id"];
    assert.deepEqual(processed.attributes, {
      "messaging.system.name": "kafka",
      "messaging.operation.name": "process",
      "messaging.operation.type": "process",
      "messaging.destination.name": "t",
      "messaging.consumer.group.name": "g",
      "messaging.client.id": "odradek-consumer-g-1",
      "messaging.destination.partition.id": "0",
      "kafka.message.tombstone": true,
      "kafka.offset": 0,
      "kafka.cluster.id": clusterId,
      ...SERVER,
    });
    assert.equal(typeof clusterId, "string");
  }));

test("with joinTraces the sender's span is the parent, and the trace one", () =>
  traced({ joinTraces: true }, async ({ kafka, recorded }) => {
    await kafka.producer().send({ topic: "t", value: "v" });
    const consumer = kafka.consumer({ topics: ["t"], startOffset: "earliest" });
    await consumer.run({ eachRecord: () => void consumer.close() });
    const [sent, processed] = [recorded.one("send t"), recorded.one("process t")];
    assert.equal(processed.parentSpanContext?.spanId, idOf(sent));
    assert.equal(traceOf(processed), traceOf(sent));
    assert.deepEqual(linked(processed.links), [idOf(sent)]);
  }));

test("eachBatch has one span with a link for each record, and processRecord makes children of it", () =>
  traced({}, async ({ kafka, recorded }) => {
    const producer = kafka.producer({ lingerMs: 5 });
    await Promise.all([1, 2, 3].map((i) => producer.send({ topic: "t", value: `${i}` })));
    const consumer = kafka.consumer({ topics: ["t"], groupId: "g", startOffset: "earliest" });
    const results: unknown[] = [];
    await consumer.run({
      eachBatch: async (batch) => {
        assert.equal([...batch.records].length, 3);
        for (const record of batch.records)
          results.push(await recorded.telemetry.processRecord(record, async () => Promise.resolve(record.offset)));
        void consumer.close();
      },
    });
    assert.deepEqual(results, [0, 1, 2]);
    const sent = recorded.spans("send t");
    const processed = recorded.spans("process t");
    const whole = processed.at(-1);
    assert.ok(whole !== undefined && sent.length === 3 && processed.length === 4);
    assert.deepEqual(linked(whole.links), sent.map(idOf));
    assert.equal(whole.attributes["messaging.batch.message_count"], 3);
    assert.equal(whole.attributes["kafka.offset"], undefined);
    for (const [i, child] of processed.slice(0, 3).entries()) {
      assert.equal(child.parentSpanContext?.spanId, idOf(whole));
      assert.deepEqual(linked(child.links), [sent.map(idOf)[i]]);
      assert.equal(child.attributes["messaging.consumer.group.name"], "g");
      assert.equal(child.attributes["kafka.offset"], i);
    }
  }));

test("loops have a span receive for each record and batch; receiveSpans: false leaves them out", async () => {
  for (const receiveSpans of [true, false])
    await traced({ receiveSpans }, async ({ kafka, recorded }) => {
      const producer = kafka.producer();
      await producer.send({ topic: "t", value: "1" });
      await producer.send({ topic: "t", value: "2" });
      const consumer = kafka.consumer({ topics: ["t"], startOffset: "earliest" });
      for await (const record of consumer) {
        recorded.telemetry.processRecord(record, () => undefined);
        if (record.offset === 1) break;
      }
      for await (const batch of kafka.consumer({ topics: ["t"], startOffset: "earliest" }).batches()) {
        assert.equal([...batch.records].length, 1);
        break;
      }
      const received = recorded.spans("receive t");
      assert.equal(received.length, receiveSpans ? 3 : 0);
      assert.equal(recorded.spans("process t").length, 2);
      for (const [i, span] of received.entries()) {
        assert.equal(span.kind, SpanKind.CLIENT);
        assert.deepEqual(linked(span.links), [idOf(recorded.spans("send t")[i % 2] ?? span)]);
        assert.equal(span.attributes["messaging.operation.type"], "receive");
      }
      const consumed = await recorded.points("messaging.client.consumed.messages");
      assert.deepEqual(
        consumed.map(({ value }) => value),
        [3],
      );
    });
});

test("a send that fails: status, error.type, and the error still reaches the caller", () =>
  traced({}, async ({ kafka, recorded }) => {
    const producer = kafka.producer();
    const failed = producer.send({ topic: "small", value: "x".repeat(2000) });
    await assert.rejects(failed, (error) => KafkaError.is(error) && error.kind === "broker");
    const span = recorded.one("send small");
    assert.equal(span.status.code, SpanStatusCode.ERROR);
    assert.equal(span.attributes["error.type"], "MESSAGE_TOO_LARGE");
    assert.equal(span.events[0]?.name, "exception");
    await assert.rejects(producer.send({ topic: "t", value: "x", headers: 5 } as never), { kind: "config" });
    await assert.rejects(producer.send({ topic: "t" } as never), { kind: "config" });
    await assert.rejects(producer.send(null as never), { kind: "config" });
    await assert.rejects(producer.send({ topic: "t", value: "x", colour: "red" } as never), /colour/);
    const types = recorded.spans(/^send/).map(({ attributes }) => attributes["error.type"]);
    assert.ok(
      types.every((type) => type === "MESSAGE_TOO_LARGE" || type === "config"),
      types.join(),
    );
    const sent = await recorded.points("messaging.client.sent.messages");
    assert.deepEqual(
      sent.map(({ attributes, value }) => [attributes["error.type"], value]),
      [["MESSAGE_TOO_LARGE", 1]],
    );
  }));

test("a function that fails: its error is on the span of each try, and what run does is the same", () =>
  traced({}, async ({ kafka, recorded }) => {
    await kafka.producer().send({ topic: "t", value: "v" });
    class OrderError extends Error {
      override readonly name = "OrderError";
    }
    for (const fail of [
      () => {
        throw new OrderError("no such order");
      },
      async () => Promise.reject(new OrderError("no such order")),
    ]) {
      const consumer = kafka.consumer({ topics: ["t"], startOffset: "earliest" });
      await assert.rejects(consumer.run({ eachRecord: fail, retries: 1 }), OrderError);
      await consumer.close();
    }
    const spans = recorded.spans("process t");
    assert.equal(spans.length, 4);
    for (const { attributes, status } of spans) {
      assert.deepEqual(status, { code: SpanStatusCode.ERROR, message: "no such order" });
      assert.equal(attributes["error.type"], "OrderError");
    }
    const consumer = kafka.consumer({ topics: ["t"], startOffset: "earliest" });
    for (const wrong of [undefined, null, {}, { eachRecord: 5 }])
      await assert.rejects(consumer.run(wrong as never), { kind: "config" });
  }));

test("enqueue, transactions and dead letters are traced, and a record that is passed on keeps its context", () =>
  traced({}, async ({ kafka, recorded }) => {
    const producer = kafka.producer();
    assert.equal(producer.enqueue({ topic: "t", value: "v", headers: new Map([["a", "b"]]).entries() }), true);
    await producer.flush();
    const created = recorded.one("create t");
    assert.equal(created.kind, SpanKind.PRODUCER);
    const transactional = kafka.producer({ transactionalId: "tx" });
    await transactional.transaction((tx) => tx.send({ topic: "u", value: "in a transaction" }));
    assert.equal(recorded.spans("send u").length, 1);

    // A record that goes on as it is keeps the context of its origin, and the span links to that.
    const [record] = await take(kafka.consumer({ topics: ["t"], startOffset: "earliest" }), 1);
    assert.deepEqual(
      record?.headers.map(([name]) => name),
      ["a", "traceparent"],
    );
    assert.ok(record !== undefined);
    await producer.send(record);
    const passed = recorded.one("send t");
    assert.equal(passed.kind, SpanKind.CLIENT);
    assert.deepEqual(linked(passed.links), [idOf(created)]);
    const all = await take(kafka.consumer({ topics: ["t"], startOffset: "earliest" }), 2);
    assert.deepEqual(all[1]?.headers, all[0]?.headers);

    const consumer = kafka.consumer({ topics: ["t"], startOffset: "earliest", groupId: "dead" });
    const run = consumer.run({
      eachRecord: ({ offset }) => {
        if (offset === 1) void consumer.close();
        else throw new Error("not this one");
      },
      onFailed: deadLetter(producer, { topic: "u" }) as never,
    });
    await run;
    assert.equal(recorded.spans("send u").length, 2);
  }));

test("keys are on spans only if asked for, and only texts", () =>
  traced({ messageKeys: true }, async ({ kafka, recorded }) => {
    await kafka.producer().send({ topic: "t", key: "k", value: "v" });
    await kafka.producer().send({ topic: "t", key: new Uint8Array(3), value: "v" });
    const consumer = kafka.consumer({ topics: ["t"], startOffset: "earliest", key: string() as never });
    await consumer.run({ eachRecord: ({ offset }) => (offset === 1 ? void consumer.close() : undefined) });
    const keys = (name: string): unknown[] =>
      recorded.spans(name).map(({ attributes }) => attributes["kafka.message.key"]);
    assert.deepEqual(keys("send t"), ["k", undefined]);
    assert.deepEqual(keys("process t"), ["k", "\0\0\0"]);
  }));

test("the four metrics of the conventions, and commits", () =>
  traced({}, async ({ kafka, recorded }) => {
    const producer = kafka.producer();
    for (let i = 0; i < 3; i++) await producer.send({ topic: "t", value: "v" });
    assert.equal(producer.enqueue({ topic: "t", value: "v" }), true);
    await producer.flush();
    const consumer = kafka.consumer({ topics: ["t"], groupId: "g", startOffset: "earliest" });
    await consumer.run({ eachRecord: ({ offset }) => (offset === 3 ? void consumer.close() : undefined) });
    await consumer.close();
    const common = { "messaging.system.name": "kafka", "messaging.destination.name": "t", ...SERVER };
    const operation = (name: string, type = name): Attributes => ({
      "messaging.operation.name": name,
      "messaging.operation.type": type,
    });
    const group = { "messaging.consumer.group.name": "g" };
    const [sent] = await recorded.points("messaging.client.sent.messages");
    assert.deepEqual(sent?.attributes, { ...common, ...operation("send") });
    assert.equal(sent.value, 4);
    const [consumed] = await recorded.points("messaging.client.consumed.messages");
    assert.deepEqual(consumed?.attributes, { ...common, ...operation("process"), ...group });
    assert.equal(consumed.value, 4);
    const [processed] = await recorded.points("messaging.process.duration");
    assert.equal((processed?.value as { count: number }).count, 4);
    const durations = await recorded.points("messaging.client.operation.duration");
    const counts = new Map(
      durations.map(({ attributes, value }) => [
        attributes["messaging.operation.name"],
        (value as { count: number }).count,
      ]),
    );
    assert.equal(counts.get("send"), 3);
    assert.ok(Number(counts.get("commit")) >= 1);
    const commit = durations.find(({ attributes }) => attributes["messaging.operation.name"] === "commit");
    assert.deepEqual(commit?.attributes, {
      ...common,
      ...operation("commit", "settle"),
      ...group,
    });
  }));

test("instrument: single clients, twice, the end of it, and wrong arguments", async () => {
  const recorded = new Recorded();
  await inWorld({ topics: TOPICS }, async ({ client, kafka }) => {
    const { telemetry } = recorded;
    const before = kafka.producer();
    const end = telemetry.instrument(kafka);
    telemetry.instrument(kafka);
    await before.send({ topic: "t", value: "v" });
    assert.equal(recorded.spans().length, 0);
    const endOne = telemetry.instrument(before);
    telemetry.instrument(before);
    await before.send({ topic: "t", value: "v" });
    assert.equal(recorded.spans().length, 1);
    endOne();
    await before.send({ topic: "t", value: "v" });
    const later = kafka.producer();
    await later.send({ topic: "t", value: "v" });
    assert.equal(recorded.spans().length, 2);
    end();
    end();
    await later.send({ topic: "t", value: "v" });
    await kafka.producer().send({ topic: "t", value: "v" });
    assert.equal(recorded.spans().length, 2);
    telemetry.instrument(later);
    await later.send({ topic: "t", value: "v" });
    assert.equal(recorded.spans().length, 3);

    const closed = client();
    await closed.close();
    assert.throws(() => telemetry.instrument(closed), { kind: "closed" });
    for (const wrong of [undefined, null, {}, 5, kafka.admin()])
      assert.throws(() => telemetry.instrument(wrong as never), { kind: "config" });
    assert.throws(() => telemetry.processRecord({} as never, () => undefined), { kind: "config" });
    assert.throws(() => telemetry.processRecord({ topic: "t" } as never, 5 as never), { kind: "config" });
    for (const [options, message] of [
      [null, /openTelemetry takes an object/],
      [{ tracerProvider: {} }, /tracerProvider takes an object with getTracer/],
      [{ joinTraces: "yes" }, /joinTraces takes true or false/],
      [{ maxLinks: -1 }, /maxLinks/],
      [{ joinTrace: true }, /has no option "joinTrace"; did you mean joinTraces/],
    ] as const)
      assert.throws(() => openTelemetry(options as never), { kind: "config", message });
  });
  await recorded.close();
});
