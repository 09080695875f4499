// odradek/opentelemetry: records that are sent or processed together, by sendAll and consumeTransformProduce.
import assert from "node:assert/strict";
import { test } from "node:test";
import { context, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import type { ReadableSpan } from "@opentelemetry/sdk-trace-base";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import { consumeTransformProduce } from "../../src/exactly-once/consume-transform-produce.ts";
import type { ProducerRecord } from "../../src/producer/partition/delivery.ts";
import type { KafkaRecord } from "../../src/records/record.ts";
import { sendAll } from "../../src/send-all.ts";
import { Recorded, registerGlobals } from "./spans.ts";
import { inWorld, take, text, type World } from "./world.ts";

registerGlobals();

const TOPICS = { t: 1, u: 1, small: { partitions: 1, configs: { "max.message.bytes": "1000" } } };

async function traced(body: (world: World & { readonly recorded: Recorded }) => Promise<void>): Promise<void> {
  const recorded = new Recorded();
  await inWorld({ topics: TOPICS }, async (world) => {
    recorded.telemetry.instrument(world.kafka);
    await body({ ...world, recorded });
  });
  await recorded.close();
}

const idOf = (span: ReadableSpan): string => span.spanContext().spanId;

function headerOf({ headers }: KafkaRecord<unknown, unknown>, name: string): string | null {
  return text(headers.find(([found]) => found === name)?.[1] ?? null);
}

/** The id of the span whose context a record carries. */
function carriedBy(record: KafkaRecord<unknown, unknown>): string | undefined {
  return headerOf(record, "traceparent")?.split("-")[2];
}

test("sendAll has one span PRODUCER for its records, child of the active one, and its context is in their headers", () =>
  traced(async ({ client, kafka, recorded }) => {
    const records = ["a", "b", "c"].map((value) => ({ topic: "t", value, headers: { kept: "yes" } }));
    const parent = recorded.provider.getTracer("app").startSpan("app");
    const written = await context.with(trace.setSpan(context.active(), parent), () =>
      sendAll(kafka.producer(), records),
    );
    assert.deepEqual(
      written.map(({ baseOffset, count }) => [baseOffset, count]),
      [[0, 3]],
    );
    assert.deepEqual(
      records[0],
      { topic: "t", value: "a", headers: { kept: "yes" } },
      "the caller's record is as it was",
    );
    const span = recorded.one("send t");
    assert.equal(span.kind, SpanKind.PRODUCER);
    assert.equal(span.parentSpanContext?.spanId, parent.spanContext().spanId);
    const { "kafka.cluster.id": _cluster, "messaging.client.id": _client, ...attributes } = span.attributes;
    assert.deepEqual(attributes, {
      "messaging.system.name": "kafka",
      "messaging.operation.name": "send",
      "messaging.operation.type": "send",
      "messaging.destination.name": "t",
      "messaging.destination.partition.id": "0",
      "messaging.batch.message_count": 3,
      "server.address": "127.0.0.1",
      "server.port": 9092,
    });
    const read = await take(client().consumer({ topics: ["t"], startOffset: "earliest" }), 3);
    assert.deepEqual(read.map(carriedBy), Array(3).fill(idOf(span)));
    assert.deepEqual(
      read.map((record) => headerOf(record, "kept")),
      ["yes", "yes", "yes"],
    );
    const durations = await recorded.points("messaging.client.operation.duration");
    assert.deepEqual(
      durations.map(({ attributes: { "messaging.operation.name": name }, value }) => [
        name,
        (value as { count: number }).count,
      ]),
      [["send", 1]],
    );
    const sent = await recorded.points("messaging.client.sent.messages");
    assert.deepEqual(
      sent.map(({ value }) => value),
      [3],
    );
  }));

test("sendAll of several topics, of a generator, of records with a context of their own, and of none", () =>
  traced(async ({ client, kafka, recorded }) => {
    const producer = kafka.producer();
    await producer.send({ topic: "t", value: "first" });
    const [first] = await take(client().consumer({ topics: ["t"], startOffset: "earliest" }), 1);
    assert.ok(first !== undefined);
    const { headers } = first;
    function* records(): Iterable<ProducerRecord<string, string>> {
      yield { topic: "t", value: "a" };
      yield { topic: "u", value: "b", headers };
    }
    await sendAll(producer, records());
    const span = recorded.one("send");
    assert.equal(span.attributes["messaging.destination.name"], undefined);
    assert.equal(span.attributes["messaging.batch.message_count"], 2);
    const own = recorded.one("send t");
    assert.deepEqual(
      span.links.map((link) => link.context.spanId),
      [idOf(own)],
    );
    const [passedOn] = await take(client().consumer({ topics: ["u"], startOffset: "earliest" }), 1);
    assert.equal(passedOn === undefined ? "" : carriedBy(passedOn), idOf(own));
    assert.deepEqual(await sendAll(producer, []), []);
    assert.equal(recorded.spans("send").at(-1)?.attributes["messaging.batch.message_count"], 0);
  }));

test("a sendAll that fails: status and error.type; wrong arguments have no span; after the end there is none", () =>
  traced(async ({ kafka, recorded }) => {
    const producer = kafka.producer();
    const failed = sendAll(producer, [
      { topic: "small", value: "x" },
      { topic: "small", value: "x".repeat(2000) },
    ]);
    await assert.rejects(failed, (error) => KafkaError.is(error) && error.kind === "broker");
    const span = recorded.one("send small");
    assert.equal(span.status.code, SpanStatusCode.ERROR);
    assert.equal(span.attributes["error.type"], "MESSAGE_TOO_LARGE");
    await assert.rejects(sendAll(producer, 5 as never), { kind: "config" });
    await assert.rejects(sendAll(producer, [5 as never]), { kind: "config" });
    await assert.rejects(sendAll(producer, [null as never, { topic: "t", value: "v" }]), { kind: "config" });
    const wrong = recorded.spans("send");
    assert.deepEqual(
      wrong.map(({ attributes }) => attributes["error.type"]),
      ["config", "config"],
    );
    const before = recorded.spans().length;
    recorded.telemetry.instrument(kafka)();
    await sendAll(producer, [{ topic: "t", value: "v" }]);
    assert.equal(recorded.spans().length, before);
  }));

test("consumeTransformProduce: a span process for each transaction links to the senders; results are its children", () =>
  traced(async ({ client, kafka, recorded }) => {
    const written = await sendAll(
      kafka.producer(),
      ["a", "b"].map((value) => ({ topic: "t", value })),
    );
    assert.equal(written.length, 1);
    const active: (string | undefined)[] = [];
    const pipe = consumeTransformProduce(kafka, {
      ...{ groupId: "g", topics: ["t"], transactionalId: "x" },
      consumer: { startOffset: "earliest" },
      *transform(records) {
        for (const { value } of records) {
          active.push(trace.getActiveSpan()?.spanContext().spanId);
          yield { topic: "u", value: text(value) };
        }
      },
    });
    const read = await take(client().consumer({ topics: ["u"], startOffset: "earliest" }), 2);
    await pipe.close();
    const sent = recorded.one("send t");
    const processed = recorded.spans("process t");
    assert.equal(
      processed.reduce((sum, { attributes }) => sum + Number(attributes["messaging.batch.message_count"]), 0),
      2,
    );
    for (const span of processed) {
      assert.equal(span.kind, SpanKind.CONSUMER);
      assert.equal(span.attributes["messaging.consumer.group.name"], "g");
      assert.equal(span.attributes["messaging.destination.partition.id"], "0");
      for (const link of span.links) assert.equal(link.context.spanId, idOf(sent));
    }
    const ids = processed.map(idOf);
    assert.ok(active.length === 2 && active.every((id) => ids.includes(id ?? "")));
    const created = recorded.spans("create u");
    assert.deepEqual(read.map(carriedBy), created.map(idOf));
    for (const { parentSpanContext } of created) assert.ok(ids.includes(parentSpanContext?.spanId ?? ""));
    const consumed = await recorded.points("messaging.client.consumed.messages");
    assert.deepEqual(
      consumed.map(({ value }) => value),
      [2],
    );
  }));

test("consumeTransformProduce: a transform that fails ends its span with the error", () =>
  traced(async ({ kafka, recorded }) => {
    await kafka.producer().send({ topic: "t", value: "a" });
    const pipe = consumeTransformProduce(kafka, {
      ...{ groupId: "g", topics: ["t"], transactionalId: "x" },
      consumer: { startOffset: "earliest" },
      transform: () => {
        throw new TypeError("no");
      },
    });
    await assert.rejects(pipe.ended);
    const span = recorded.one("process t");
    assert.equal(span.status.code, SpanStatusCode.ERROR);
    assert.equal(span.attributes["error.type"], "TypeError");
  }));
