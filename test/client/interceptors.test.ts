// Interceptors of producers and consumers, and onThrottle, in virtual time.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { GroupOffset } from "../../src/cluster/group-offsets.ts";
import type { Throttle } from "../../src/cluster/throttle.ts";
import type { KafkaError } from "../../src/errors/kafka-error.ts";
import * as ErrorCode from "../../src/errors/error-code.ts";
import type { ConsumerInterceptor } from "../../src/consumer/interceptor.ts";
import type { RecordMetadata } from "../../src/producer/partition/delivery.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import { json } from "../../src/serdes/json.ts";
import { string } from "../../src/serdes/string.ts";
import { inWorld, take, text } from "./world.ts";

const GROUPS = { initialRebalanceDelayMs: 0 };

/** The ends of records, as interceptors of a producer get them. */
class Ends {
  readonly all: { readonly metadata: RecordMetadata; readonly error: KafkaError | undefined }[] = [];
  closed = 0;
  onAcknowledgement = (metadata: RecordMetadata, error: KafkaError | undefined): void =>
    this.#tell({ metadata, error });
  close = (): void => {
    this.closed++;
  };

  #tell(end: { readonly metadata: RecordMetadata; readonly error: KafkaError | undefined }): void {
    this.all.push(end);
  }
}

test("onAcknowledgement is called once for each record, before its promise settles, and close after all of them", () =>
  inWorld({ topics: { t: 1 } }, async ({ kafka }) => {
    const ends = new Ends();
    const order: string[] = [];
    const producer = kafka.producer({
      interceptors: [ends, { onAcknowledgement: ({ offset }) => order.push(`end ${offset}`) }],
      onDelivery: ({ count }) => order.push(`batch of ${count}`),
    });
    const sent = producer.send({ topic: "t", value: "a", timestamp: 7 }).then(() => order.push("promise"));
    assert.ok(producer.enqueue({ topic: "t", value: "b", timestamp: 8 }));
    await sent;
    await producer.flush();
    assert.deepEqual(
      ends.all.map(({ metadata, error }) => [
        metadata.topic,
        metadata.partition,
        metadata.offset,
        metadata.timestamp,
        error,
      ]),
      [
        ["t", 0, 0, 7, undefined],
        ["t", 0, 1, 8, undefined],
      ],
    );
    assert.deepEqual(order.slice(0, 2), ["batch of 2", "end 0"]);
    assert.ok(order.indexOf("end 0") < order.indexOf("promise"));
    assert.equal(ends.closed, 0);
    await producer.close();
    await producer.close();
    assert.equal(ends.closed, 1);
  }));

test("a record that fails is told with its error: refused, without a topic, too large, or closed", () =>
  inWorld({ topics: { t: 1, small: { partitions: 1, configs: { "max.message.bytes": "500" } } } }, async (world) => {
    const ends = new Ends();
    const producer = world.kafka.producer({
      interceptors: [ends],
      maxBlockMs: 1000,
      allowAutoTopicCreation: false,
      value: {
        ...string(),
        serialize: (value: string, context) => {
          if (value === "wrong") throw new TypeError("no");
          return string().serialize(value, context);
        },
      },
    });
    await assert.rejects(producer.send({ topic: "t", value: "wrong" }), { kind: "serialization" });
    assert.throws(() => producer.enqueue({ topic: "t", value: "wrong" }), { kind: "serialization" });
    await assert.rejects(producer.send({ topic: "none", value: "v" }), { kind: "timeout" });
    await assert.rejects(producer.send({ topic: "small", partition: 0, value: "x".repeat(600) }), {
      code: ErrorCode.MESSAGE_TOO_LARGE,
    });
    await assert.rejects(producer.send({ topic: "t", partition: 9, value: "v" }));
    assert.deepEqual(
      ends.all.map(({ metadata: { topic, partition, offset }, error }) => [topic, partition, offset, error?.kind]),
      [
        ["t", -1, -1, "serialization"],
        ["none", -1, -1, "timeout"],
        ["small", 0, -1, "broker"],
        ["t", 9, -1, "config"],
      ],
    );
    // A failed record of enqueue is reported, and the flush rejects too.
    producer.enqueue({ topic: "small", partition: 0, value: "x".repeat(600) });
    await assert.rejects(producer.flush(), { code: ErrorCode.MESSAGE_TOO_LARGE, message: /1 enqueued record/ });
    producer.enqueue({ topic: "none", value: "v" });
    await assert.rejects(producer.flush(), { kind: "timeout", message: /1 enqueued record/ });
    assert.equal(ends.all.length, 6);
    // Records that close() gives up are reported before close.
    world.cluster.intercept("Produce", "hang");
    const given = producer.send({ topic: "t", value: "late" }).catch((error: unknown) => error);
    let told = -1;
    ends.close = () => void (told = ends.all.length);
    await producer.close({ timeoutMs: 100 });
    await given;
    assert.deepEqual([told, ends.all.length, ends.all[6]?.error?.kind], [7, 7, "closed"]);
  }));

test("records that wait for a serde or for room are told too, and a transaction of failed ones aborts", () =>
  inWorld({ topics: { t: 1 } }, async ({ kafka, platform }) => {
    const ends = new Ends();
    const producer = kafka.producer({
      interceptors: [ends],
      transactionalId: "x",
      bufferMemory: 400,
      value: {
        ...string(),
        prepare: (value: string) => (value === "wrong" ? Promise.reject(new Error("no schema")) : sleep(platform, 5)),
      },
    });
    await producer.transaction(async (transaction) => {
      await Promise.all(Array.from({ length: 5 }, () => transaction.send({ topic: "t", value: "v".repeat(200) })));
    });
    assert.deepEqual(
      ends.all.map(({ metadata }) => metadata.offset),
      [0, 1, 2, 3, 4],
    );
    await assert.rejects(
      producer.transaction(async (transaction) => {
        void transaction.send({ topic: "t", value: "wrong" }).catch(() => undefined);
        await transaction.send({ topic: "t", value: "v" });
      }),
    );
    assert.ok(ends.all.some(({ error }) => error?.kind === "serialization"));
  }));

test("onConsume sees each batch before its first record, in each kind of loop, with decoded records, and counts nothing", () =>
  inWorld({ topics: { t: 1 } }, async ({ kafka }) => {
    const producer = kafka.producer({ value: json<number>() });
    for (let i = 0; i < 3; i++) await producer.send({ topic: "t", value: i });
    const order: string[] = [];
    const options = {
      assign: [{ topic: "t", partition: 0, offset: 0 }],
      value: json<number>(),
      interceptors: [
        {
          onConsume({ topic, partition, records }) {
            order.push(`batch ${topic}-${partition}: ${[...records].map(({ value }) => value).join()}`);
          },
        } satisfies ConsumerInterceptor<Uint8Array, number>,
      ],
    };
    const expected = [0, 1, 2].flatMap((i) => [`batch t-0: ${i}`, `record ${i}`]);
    const each = async (
      name: string,
      read: (consumer: ReturnType<typeof kafka.consumer<Uint8Array, number>>) => Promise<void>,
    ): Promise<void> => {
      order.length = 0;
      const consumer = kafka.consumer<Uint8Array, number>(options);
      await read(consumer);
      assert.deepEqual(order, expected, name);
      assert.deepEqual([consumer.counters.records, consumer.counters.batches], [3, 3], name);
      await consumer.close();
    };
    await each("records", async (consumer) => {
      for await (const { value } of consumer) if (order.push(`record ${value}`) === 6) break;
    });
    await each("batches", async (consumer) => {
      for await (const { records } of consumer.batches()) {
        for (const { value } of records) order.push(`record ${value}`);
        if (order.length === 6) break;
      }
    });
    await each("run", async (consumer) => {
      await consumer.run({
        eachRecord: async ({ value }) => {
          if (order.push(`record ${value}`) === 6) await consumer.close();
        },
      });
    });
    await each("eachBatch", async (consumer) => {
      await consumer.run({
        eachBatch: async ({ records }) => {
          for (const { value } of records) order.push(`record ${value}`);
          if (order.length === 6) await consumer.close();
        },
      });
    });
    await each("partition", async (consumer) => {
      for await (const { value } of consumer.partition("t", 0)) if (order.push(`record ${value}`) === 6) break;
    });
  }));

test("onCommit is called for commits of the client and of the application, and close once", () =>
  inWorld({ topics: { t: 1 }, groups: GROUPS }, async ({ kafka }) => {
    for (let i = 0; i < 3; i++) await kafka.producer().send({ topic: "t", value: "v" });
    const told: (readonly GroupOffset[] | string)[] = [];
    const interceptors = [
      { onCommit: (offsets: readonly GroupOffset[]) => told.push(offsets), close: () => told.push("closed") },
    ];
    const consumer = kafka.consumer({ groupId: "g", topics: ["t"], interceptors });
    for await (const { offset } of consumer) {
      if (offset === 1) await consumer.commit([{ topic: "t", partition: 0, offset: 1, metadata: "mine" }]);
      if (offset === 2) {
        await assert.rejects(consumer.commit([{ topic: "t", partition: 0, offset: 2, metadata: "x".repeat(9000) }]));
        break;
      }
    }
    await consumer.close();
    await consumer.close();
    const offsets = told.map((one) =>
      typeof one === "string" ? one : one.map(({ offset, metadata }) => [offset, metadata]),
    );
    assert.deepEqual(offsets, [[[1, "mine"]], [[2, undefined]], "closed"]);
    const manual = kafka.consumer({ groupId: "h", assign: [{ topic: "t", partition: 0, offset: 0 }], interceptors });
    await take(manual, 3);
    await manual.commit();
    assert.equal((told.at(-1) as readonly GroupOffset[])[0]?.offset, 3);
  }));

test("an interceptor that throws or rejects is logged with its method and its place, and the records go on", () =>
  inWorld({ topics: { t: 1 }, groups: GROUPS }, async ({ kafka, platform }) => {
    const fail = (): never => {
      throw new Error("boom");
    };
    const reject = (): never => Promise.reject(new Error("boom")) as never;
    const producer = kafka.producer({
      interceptors: [
        { onSend: fail, onAcknowledgement: reject, close: fail },
        { onSend: ({ headers }) => headers.push(["h", "1"]), onAcknowledgement: fail, close: reject },
      ],
    });
    assert.equal((await producer.send({ topic: "t", value: "v" })).offset, 0);
    await producer.close();
    const consumer = kafka.consumer({
      groupId: "g",
      topics: ["t"],
      interceptors: [
        { onConsume: fail, onCommit: reject, close: reject },
        { onConsume: reject, onCommit: fail, close: fail },
      ] as readonly ConsumerInterceptor[],
    });
    const [record] = await take(consumer, 1);
    assert.equal(text(record?.header("h") ?? null), "1");
    await consumer.commit();
    await consumer.close();
    await sleep(platform, 10);
    const logged = platform.logged.filter(({ level }) => level === "error").map(({ message }) => message);
    for (const name of [
      "onSend of interceptors[0]",
      ...["onAcknowledgement", "onConsume", "onCommit", "close"].flatMap((name) => [
        `${name} of interceptors[0]`,
        `${name} of interceptors[1]`,
      ]),
    ])
      assert.ok(
        logged.some((line) => line.includes(`${name} failed, and the client continues: boom`)),
        name,
      );
  }));

test("wrong interceptors are refused at once, with their place", () =>
  inWorld({ topics: { t: 1 } }, async ({ kafka }) => {
    for (const [interceptors, message] of [
      [{}, /a producer: interceptors takes a list/],
      [null, /a producer: interceptors takes a list/],
      [[null], /interceptors\[0\] takes an object with onSend\(\) or onAcknowledgement\(\) or close\(\).*, not null/],
      [[5], /interceptors\[0\] takes an object/],
      [[{}], /interceptors\[0\] takes an object/],
      [[{ onSend: 5 }], /interceptors\[0\] takes an object/],
      [
        [{ onSend: () => undefined, onAcknowledgment: () => undefined }],
        /interceptors\[0\] takes .*onAcknowledgement.*and no other members, not an object/,
      ],
    ] as const)
      assert.throws(() => kafka.producer({ interceptors: interceptors as never }), { kind: "config", message });
    for (const [interceptors, message] of [
      [[{ onSend: () => undefined }], /a consumer: interceptors\[0\] takes an object with onConsume\(\) or/],
      [
        [{ onConsume: () => undefined }, { onCommits: () => undefined }],
        /interceptors\[1\] takes an object with onConsume\(\)/,
      ],
      ["onConsume", /interceptors takes a list/],
    ] as const)
      assert.throws(() => kafka.consumer({ topics: ["t"], interceptors: interceptors as never }), {
        kind: "config",
        message,
      });
    // An instance of a class may have members of its own.
    class Counting {
      sends = 0;
      onSend(): void {
        this.sends++;
      }
    }
    const counting = new Counting();
    await kafka.producer({ interceptors: [counting] }).send({ topic: "t", value: "v" });
    assert.equal(counting.sends, 1);
    await kafka.close();
  }));

test("onThrottle tells which broker throttles which client, for which API, and for how long", async () => {
  const told: Throttle[] = [];
  await inWorld({ topics: { t: 1 }, client: { onThrottle: (throttle) => void told.push(throttle) } }, async (world) => {
    world.cluster.setQuotas({ "client-id": null }, { producer_byte_rate: 100 });
    const producer = world.kafka.producer();
    await producer.send({ topic: "t", value: "v".repeat(900) });
    await producer.send({ topic: "t", value: "late" });
    const [first] = told;
    assert.ok(first !== undefined);
    const { throttleMs, broker, ...others } = first;
    assert.deepEqual(others, { brokerId: 0, api: "Produce", clientId: "odradek-producer-1" });
    assert.ok(throttleMs > 100 && broker.includes(":"), `${throttleMs} ${broker}`);
    assert.throws(() => world.client({ onThrottle: 5 as never }), {
      kind: "config",
      message: /onThrottle takes a function/,
    });
    const failing = world.client({
      onThrottle: (): never => Promise.reject(new Error("boom")) as never,
    });
    await failing.producer().send({ topic: "t", value: "v".repeat(900) });
    await sleep(world.platform, 1);
    assert.ok(
      world.platform.logged.some(({ message }) => message === "onThrottle failed, and the client continues: boom"),
    );
  });
});
