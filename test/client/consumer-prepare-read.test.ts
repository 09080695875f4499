// A serde that must fetch something before it can read (prepareRead): a schema registry, in every kind of loop.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Consumer } from "../../src/consumer/consumer.ts";
import type { ConsumerOptions } from "../../src/consumer/options.ts";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import { consumeTransformProduce } from "../../src/exactly-once/consume-transform-produce.ts";
import type { LogEntry } from "../../src/runtime/platform.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import type { Serde } from "../../src/serdes/serde.ts";
import { type World, inWorld, take } from "./world.ts";

type Answer = (schema: string) => Promise<void> | undefined;

/**
 * Values are `schema:rest`. A schema must have been fetched before a value of it can be read, and fetching takes its
 * time.
 */
class Registry implements Serde<string> {
  readonly known = new Set<string>();
  /** The schemas that each call asked for. */
  readonly calls: string[][] = [];
  /** Values that were read, although their schema was not there. */
  readonly unprepared: string[] = [];
  answer: Answer;

  constructor(answer: Answer) {
    this.answer = answer;
  }

  serialize(value: string, { utf8 }: Parameters<Serde<string>["serialize"]>[1]): Uint8Array {
    return utf8.encode(value);
  }

  prepareRead(
    parts: Parameters<NonNullable<Serde<string>["prepareRead"]>>[0],
    { utf8 }: { utf8: { decode(bytes: Uint8Array): string } },
  ): Promise<void> | undefined {
    const schemas = [...new Set([...parts].map(({ bytes }) => utf8.decode(bytes).split(":")[0]!))];
    this.calls.push(schemas);
    const fetched = schemas
      .filter((schema) => !this.known.has(schema))
      .map((schema) => this.answer(schema)?.then(() => void this.known.add(schema)));
    const waits = fetched.filter((one) => one !== undefined);
    return waits.length > 0 ? Promise.all(waits).then(() => undefined) : undefined;
  }

  deserialize(bytes: Uint8Array, { utf8 }: { utf8: { decode(bytes: Uint8Array): string } }): string {
    const text = utf8.decode(bytes);
    if (!this.known.has(text.split(":")[0]!)) this.unprepared.push(text);
    return text;
  }
}

const never = (): Promise<void> => new Promise(() => undefined);
const isDown = (): Promise<void> => Promise.reject(new Error("the registry is down"));
const after =
  (world: World, ms: number): Answer =>
  () =>
    sleep(world.platform, ms);

/** One batch for each list of values. */
async function write(
  { kafka }: World,
  partition: number,
  ...batches: readonly (readonly (string | null)[])[]
): Promise<void> {
  const producer = kafka.producer({ lingerMs: 1000 });
  for (const values of batches) {
    for (const value of values) producer.enqueue({ topic: "t", partition, key: "k", value });
    await producer.flush();
  }
  await producer.close();
}

type Read = (consumer: Consumer<Uint8Array, string>, count: number) => Promise<(string | null)[]>;

/** Reads the given number of values in each way, and leaves the consumer open if the way allows it. */
const loops: Readonly<Record<string, Read>> = {
  "for await": async (consumer, count) => (await take(consumer, count)).map(({ value }) => value),
  "records()": async (consumer, count) => {
    const values: (string | null)[] = [];
    for await (const record of consumer.records()) {
      values.push(record.value);
      consumer.markProcessed(record);
      if (values.length === count) break;
    }
    return values;
  },
  "batches()": async (consumer, count) => {
    const values: (string | null)[] = [];
    for await (const { records } of consumer.batches()) {
      for (const { value } of records) values.push(value);
      if (values.length >= count) break;
    }
    return values;
  },
  "partition()": async (consumer, count) => {
    const main = consumer.records()[Symbol.asyncIterator]();
    const waiting = main.next(); // joins, and gets the rest: nothing
    while (!consumer.assignment().some(({ partition }) => partition === 0)) await Promise.resolve();
    const values = (await take(consumer.partition("t", 0), count)).map(({ value }) => value);
    void consumer.close();
    await waiting;
    return values;
  },
  "run by record": async (consumer, count) => {
    const values: (string | null)[] = [];
    await consumer.run({
      concurrency: 3,
      eachRecord: async ({ value }) => {
        await Promise.resolve();
        values.push(value);
        if (values.length === count) void consumer.close();
      },
    });
    return values;
  },
  "run by key": async (consumer, count) => {
    const values: (string | null)[] = [];
    await consumer.run({
      concurrency: 3,
      orderBy: "key",
      eachRecord: ({ value }) => {
        values.push(value);
        if (values.length === count) void consumer.close();
      },
    });
    return values;
  },
  "run by batch": async (consumer, count) => {
    const values: (string | null)[] = [];
    await consumer.run({
      eachBatch: ({ records }) => {
        for (const { value } of records) values.push(value);
        if (values.length >= count) void consumer.close();
      },
    });
    return values;
  },
  "run by batches": async (consumer, count) => {
    const values: (string | null)[] = [];
    await consumer.run({
      eachBatches: (batches) => {
        for (const { records } of batches) for (const { value } of records) values.push(value);
        if (values.length >= count) void consumer.close();
      },
    });
    return values;
  },
};

const assigned = {
  assign: [
    { topic: "t", partition: 0 },
    { topic: "t", partition: 1, offset: "latest" },
  ],
} satisfies ConsumerOptions;
const ways: Readonly<Record<string, ConsumerOptions>> = {
  assign: assigned,
  "a classic group": { groupId: "g", topics: ["t"], groupProtocol: "classic" },
  "a KIP-848 group": { groupId: "g", topics: ["t"], groupProtocol: "consumer" },
};

for (const [loop, read] of Object.entries(loops)) {
  for (const [way, options] of Object.entries(ways)) {
    if (loop === "partition()" && way !== "assign") continue; // its partition is asked for when it is read already
    test(`${loop}, ${way}: records come after their serde was ready, which is asked once for a batch`, () =>
      inWorld({ topics: { t: 2 } }, async (world) => {
        await write(world, 0, ["a:1", "b:2", null, "a:3"], ["b:4"], ["c:5", "c:6"]);
        const registry = new Registry(after(world, 50));
        const consumer = world.kafka.consumer<Uint8Array, string>({ ...(options as object), value: registry });
        assert.deepEqual(await read(consumer, 7), ["a:1", "b:2", null, "a:3", "b:4", "c:5", "c:6"]);
        assert.deepEqual(registry.unprepared, []);
        // Leaving a stream gives the record in hand back: the main loop asks for its batch again.
        assert.deepEqual(registry.calls.slice(0, loop === "partition()" ? 3 : undefined), [["a", "b"], ["b"], ["c"]]);
        if (loop !== "partition()") assert.deepEqual([consumer.counters.records, consumer.counters.batches], [7, 3]);
        await consumer.close();
      }));

    test(`${loop}, ${way}: a record whose schema cannot be fetched is poison; the good ones of its batch are not`, () =>
      inWorld({ topics: { t: 2 }, client: { onLog: () => undefined } }, async (world) => {
        await write(world, 0, ["a:1", "gone:2", null, "a:3", "gone:4"], ["b:5"]);
        const registry = new Registry((schema) =>
          schema === "gone" ? Promise.reject(new Error("no such schema")) : sleep(world.platform, 5),
        );
        const poison: string[] = [];
        const consumer = world.kafka.consumer<Uint8Array, string>({
          ...(options as object),
          value: registry,
          onPoison: async ({ what, offset, error }: { what: string; offset: number; error: KafkaError }) =>
            void poison.push(`${what} ${offset}: ${error.kind}: ${error.message}`),
        });
        assert.deepEqual(await read(consumer, 4), ["a:1", null, "a:3", "b:5"]);
        const why = (offset: number): string =>
          `record ${offset}: serialization: the value of the record at t-0 offset ${offset} cannot be ` +
          "deserialised: prepareRead of its serde failed: no such schema";
        assert.deepEqual(poison, [why(1), why(4)]);
        assert.deepEqual(registry.unprepared, []);
        await consumer.close();
      }));
  }
}

for (const [way, options] of Object.entries(ways)) {
  test(`${way}: a registry that is down ends the loop with kind serialization, and is asked again by the next loop`, () =>
    inWorld({ topics: { t: 2 } }, async (world) => {
      await write(world, 0, ["a:1", "b:2"]);
      const registry = new Registry((schema) => (schema === "b" ? isDown() : Promise.resolve()));
      const consumer = world.kafka.consumer<Uint8Array, string>({ ...(options as object), value: registry });
      const values: (string | null)[] = [];
      const loop = async (): Promise<void> => {
        for await (const record of consumer) {
          values.push(record.value);
          consumer.markProcessed(record);
          if (record.value === "b:2") return;
        }
      };
      for (let i = 0; i < 2; i++)
        await assert.rejects(loop(), {
          kind: "serialization",
          topic: "t",
          partition: 0,
          offset: 1,
          message:
            "the value of the record at t-0 offset 1 cannot be deserialised: prepareRead of its serde failed: " +
            "the registry is down",
        });
      assert.deepEqual(values, ["a:1"], "what could be read comes, once");
      registry.answer = () => Promise.resolve();
      await loop();
      assert.deepEqual(values, ["a:1", "b:2"]);
      await consumer.close();
    }));

  test(
    `${way}: a registry that never answers holds up one partition; a warning says so, and close, pause and a ` +
      "signal do not wait",
    () => {
      const log: LogEntry[] = [];
      return inWorld({ topics: { t: 2 }, client: { onLog: (entry) => void log.push(entry) } }, async (world) => {
        const { clock } = world.platform;
        await write(world, 0, ["hangs:1"]);
        const from = clock.monotonic();
        const registry = new Registry((schema) => (schema === "hangs" ? never() : undefined));
        registry.known.add("fine");
        const controller = new AbortController();
        const consumer = world.kafka.consumer<Uint8Array, string>({ ...(options as object), value: registry });
        const values: (string | null)[] = [];
        const reading = (async () => {
          for await (const record of consumer.records({ signal: controller.signal })) {
            values.push(record.value);
            consumer.markProcessed(record);
          }
        })();
        while (registry.calls.length === 0) await sleep(world.platform, 100);
        await write(world, 1, ["fine:1"], ["fine:2"]);
        await sleep(world.platform, 3000);
        assert.deepEqual(values, ["fine:1", "fine:2"]);
        const warned = log.filter(({ level }) => level === "warn").map(({ message }) => message);
        assert.deepEqual(warned, ["prepareRead of a serde, for records of t-0: still waiting after 2 s"]);
        consumer.pause([{ topic: "t", partition: 0 }]);
        consumer.resume([{ topic: "t", partition: 0 }]);
        controller.abort();
        await assert.rejects(reading, { kind: "cancelled" });
        assert.equal(registry.calls.filter(([schema]) => schema === "hangs").length, 1);
        const next = consumer[Symbol.asyncIterator]().next();
        await sleep(world.platform, 1000);
        assert.ok(clock.monotonic() - from < 20_000);
        const closing = clock.monotonic();
        await consumer.close();
        assert.ok(clock.monotonic() - closing < 1000, "closing waits for nothing");
        assert.deepEqual(await next, { value: undefined, done: true });
      });
    },
  );
}

for (const groupProtocol of ["classic", "consumer"] as const) {
  test(`${groupProtocol}: a rebalance does not wait for a registry that never answers; the next holder asks again`, () =>
    inWorld({ topics: { t: 2 }, client: { onLog: () => undefined } }, async (world) => {
      const revoked: number[] = [];
      const hanging = new Registry(never);
      const reader = (value: Registry) =>
        world.client().consumer<Uint8Array, string>({
          groupId: "g",
          topics: ["t"],
          groupProtocol,
          value,
          onRevoked: (partitions) => void revoked.push(...partitions.map(({ partition }) => partition)),
        });
      await write(world, 0, ["a:0"]);
      await write(world, 1, ["a:1"]);
      const first = reader(hanging);
      const ended = first[Symbol.asyncIterator]().next();
      while (hanging.calls.length < 2) await sleep(world.platform, 100);
      const from = world.platform.clock.monotonic();
      const fine = new Registry(() => Promise.resolve());
      const second = reader(fine);
      const [record] = await take(second, 1);
      assert.ok(record?.value?.startsWith("a:"));
      assert.ok(world.platform.clock.monotonic() - from < 30_000, "far below maxPollIntervalMs");
      assert.deepEqual(fine.calls, [["a"]]);
      await Promise.all([first.close(), second.close()]);
      assert.equal((await ended).done, true);
    }));
}

test("a seek while a serde prepares leaves that batch behind: its late end hands out nothing", () =>
  inWorld({ topics: { t: 1 } }, async (world) => {
    await write(world, 0, ["slow:0"], ["fine:1"], ["fine:2"]);
    const registry = new Registry((schema) => (schema === "slow" ? sleep(world.platform, 500) : undefined));
    registry.known.add("fine");
    const consumer = world.kafka.consumer<Uint8Array, string>({
      assign: [{ topic: "t", partition: 0 }],
      value: registry,
    });
    const next = take(consumer, 2);
    while (registry.calls.length === 0) await sleep(world.platform, 10);
    consumer.seek({ topic: "t", partition: 0 }, 1);
    assert.deepEqual(
      (await next).map(({ value }) => value),
      ["fine:1", "fine:2"],
    );
    await sleep(world.platform, 1000);
    assert.equal(consumer.position({ topic: "t", partition: 0 }), 3);
    await consumer.close();
  }));

test("a pause while a serde prepares keeps the batch: it comes after the resume, and the serde is not asked again", () =>
  inWorld({ topics: { t: 1 } }, async (world) => {
    await write(world, 0, ["a:0", "a:1"]);
    const registry = new Registry(after(world, 100));
    const consumer = world.kafka.consumer<Uint8Array, string>({
      assign: [{ topic: "t", partition: 0 }],
      value: registry,
    });
    const next = take(consumer, 2);
    while (registry.calls.length === 0) await sleep(world.platform, 10);
    consumer.pause([{ topic: "t", partition: 0 }]);
    await sleep(world.platform, 1000);
    assert.equal(consumer.counters.records, 0);
    assert.ok(consumer.bufferedBytes > 0);
    consumer.resume([{ topic: "t", partition: 0 }]);
    assert.deepEqual(
      (await next).map(({ value }) => value),
      ["a:0", "a:1"],
    );
    assert.equal(consumer.bufferedBytes, 0);
    assert.deepEqual(registry.calls, [["a"]]);
    await consumer.close();
  }));

test(
  "keys and values are prepared beside each other; headers are there; a serde that waits for nothing makes nobody " +
    "wait",
  () =>
    inWorld({ topics: { t: 1 } }, async (world) => {
      const producer = world.kafka.producer();
      await producer.send({ topic: "t", key: "K", value: "V", headers: { schema: "7" } });
      await producer.close();
      const seen: string[] = [];
      const serde = (name: string, wait: Promise<void> | undefined): Serde<string> => ({
        serialize: (value, { utf8 }) => utf8.encode(value),
        deserialize: (bytes, { utf8 }) => utf8.decode(bytes),
        prepareRead: (parts, { topic, utf8 }) => {
          for (const { bytes, headers } of parts)
            seen.push(
              `${name} ${topic} ${utf8.decode(bytes)} ` +
                headers.map(([header, value]) => `${header}=${value === null ? "" : utf8.decode(value)}`).join(),
            );
          return wait;
        },
      });
      for (const wait of [undefined, Promise.resolve()]) {
        const consumer = world.kafka.consumer({
          assign: [{ topic: "t", partition: 0 }],
          key: serde("key", wait),
          value: serde("value", wait),
        });
        const [record] = await take(consumer, 1);
        assert.deepEqual([record?.key, record?.value], ["K", "V"]);
        await consumer.close();
      }
      assert.deepEqual(seen, ["key t K schema=7", "value t V schema=7", "key t K schema=7", "value t V schema=7"]);
    }),
);

test("what prepareRead throws is as what it rejects with; a batch that is refused and whose parts are not is read", () =>
  inWorld({ topics: { t: 1 } }, async (world) => {
    await write(world, 0, ["a:0", "a:1", "a:2"]);
    let calls = 0;
    const value: Serde<string> = {
      serialize: (text, { utf8 }) => utf8.encode(text),
      deserialize: (bytes, { utf8 }) => utf8.decode(bytes),
      prepareRead: (parts) => {
        calls++;
        if ([...parts].length > 1) throw new TypeError("too many");
        return undefined;
      },
    };
    const consumer = world.kafka.consumer({ assign: [{ topic: "t", partition: 0 }], value });
    assert.deepEqual(
      (await take(consumer, 3)).map((record) => record.value),
      ["a:0", "a:1", "a:2"],
    );
    assert.equal(calls, 4);
    await consumer.close();
  }));

test("exactly once waits for its serde too", () =>
  inWorld({ topics: { t: 1, out: 1 } }, async (world) => {
    await write(world, 0, ["a:0", "a:1"]);
    const registry = new Registry(after(world, 50));
    const values: (string | null)[] = [];
    const pipe = consumeTransformProduce<Uint8Array, string, string, string>(world.kafka, {
      groupId: "g",
      topics: ["t"],
      transactionalId: "x",
      consumer: { value: registry },
      transform: (records) => void values.push(...records.map(({ value }) => value)),
    });
    while (values.length < 2) await sleep(world.platform, 100);
    await pipe.close();
    assert.deepEqual([values, registry.unprepared], [["a:0", "a:1"], []]);
  }));

test(
  "a serde whose deserialize is async, or returns a promise, is refused with the place for it; prepareRead must be " +
    "a function",
  () =>
    inWorld({ topics: { t: 1 } }, async ({ kafka }) => {
      await kafka.producer().send({ topic: "t", value: "v" });
      const wrong = (value: unknown): never => value as never;
      const serialize = (): Uint8Array => new Uint8Array();
      for (const option of ["key", "value"]) {
        const consumer = (serde: unknown): unknown => kafka.consumer(wrong({ topics: ["t"], [option]: serde }));
        assert.throws(() => consumer({ serialize, deserialize: async () => "v" }), {
          kind: "config",
          message:
            `a consumer: ${option}.deserialize is an async function, but deserialize must be synchronous: ` +
            "do asynchronous work in prepareRead",
        });
        assert.throws(() => consumer({ serialize, deserialize: String, prepareRead: "yes" }), {
          kind: "config",
          message: `a consumer: ${option}.prepareRead takes a function, not "yes"`,
        });
        assert.throws(() => kafka.producer(wrong({ [option]: { serialize: async () => new Uint8Array() } })), {
          kind: "config",
          message: new RegExp(
            `${option}.serialize is an async function, but serialize must be synchronous: do asynchronous work in prepare`,
          ),
        });
      }
      const read = kafka.consumer<Uint8Array, string>({
        topics: ["t"],
        onPoison: "skip",
        value: { serialize, deserialize: () => wrong(Promise.reject(new Error("nobody sees this"))) },
      });
      await assert.rejects(
        read[Symbol.asyncIterator]().next(),
        (error: unknown) =>
          KafkaError.is(error) &&
          error.kind === "config" &&
          error.message.includes(
            "returned a promise from deserialize, which must be synchronous: fetch what it needs in prepareRead",
          ),
      );
    }),
);
