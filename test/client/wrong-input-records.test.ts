// Records that are wrong: each is refused with a KafkaError that names what, before anything of it is counted, numbered
// or written.
import { test } from "node:test";
import assert from "node:assert/strict";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import { bytes } from "../../src/serdes/bytes.ts";
import { json } from "../../src/serdes/json.ts";
import { string } from "../../src/serdes/string.ts";
import { inWorld, take, text, type World } from "./world.ts";

type Case = readonly [record: unknown, message: RegExp];

/** The error with which both `send` and `enqueue` refuse a record. */
async function refusal(world: World, options: object, record: unknown): Promise<KafkaError> {
  const producer = world.kafka.producer(options);
  const sent: unknown = await producer.send(record as never).then(
    (metadata) => metadata,
    (error: unknown) => error,
  );
  assert.ok(KafkaError.is(sent), `it was sent: ${JSON.stringify(sent)}`);
  assert.throws(() => producer.enqueue(record as never), { kind: sent.kind, message: sent.message });
  // Nothing is left behind of it, and the next record has the number that it would have had.
  assert.deepEqual([producer.bufferedBytes, producer.counters.accepted], [0, 0]);
  await producer.close();
  return sent;
}

const RECORDS: readonly Case[] = [
  [null, /a record must be an object with a topic and a value, not null/],
  [undefined, /not undefined/],
  ["orders", /not "orders"/],
  [[{ topic: "t", value: "v" }], /not an array: pass one record for each call/],
  [{}, /a record needs a topic, not undefined/],
  [{ topic: "", value: "v" }, /a record needs a topic, not an empty one/],
  [{ topic: 5, value: "v" }, /a record needs a topic, not 5/],
  [{ topik: "t", value: "v" }, /a record has no field "topik"; did you mean topic\?/],
  [{ topic: "t" }, /has no field "value"; a tombstone, .* is value: null/],
  [{ topic: "t", key: "k" }, /has no field "value"/],
  [{ topic: "t", value: undefined }, /has the value undefined; a tombstone, .* is value: null/],
  [{ topic: "t", key: "k", vlaue: "v" }, /a record has no field "vlaue"; did you mean value\?/],
  [{ topic: "t", value: "v", vlaue: "w" }, /a record has no field "vlaue"/],
  [{ topic: "t", messages: [{ value: "v" }] }, /a record has no field "messages": send takes one record a call/],
  [{ topic: "t", value: "v", header: {} }, /a record has no field "header"; did you mean headers\?/],
  [{ topic: "t", value: "v", Key: "k" }, /a record has no field "Key"; did you mean key\?/],
  [
    { topic: "t", value: "v", partition: "0" },
    /the partition of a record for topic t must be a whole number from 0 to 2147483647, not "0"/,
  ],
  [{ topic: "t", value: "v", partition: null }, /the partition .* not null/],
  [{ topic: "t", value: "v", timestamp: new Date(0) }, /the timestamp .* not a Date/],
  [{ topic: "t", value: "v", timestamp: Object.create(null) as object }, /the timestamp .* not an empty object/],
];

test(
  "a record that is none, has a field that records do not have, or no value, is refused by the name of the field, " +
    "and is no tombstone",
  () =>
    inWorld({ topics: { t: 1 } }, async (world) => {
      for (const [record, message] of RECORDS) {
        const error = await refusal(world, {}, record);
        assert.equal(error.kind, "config", error.message);
        assert.match(error.message, message);
        assert.equal(error.outcome, "notWritten", error.message);
        const also = await refusal(world, { interceptors: [{ onSend: () => undefined }] }, record);
        assert.deepEqual([also.kind, also.message], [error.kind, error.message], "with an interceptor");
      }
      assert.equal(world.cluster.snapshot().topics[0]?.partitions[0]?.highWatermark, 0);
    }),
);

test("a serde that must prepare does not see a record that is refused", () =>
  inWorld({ topics: { t: 1 } }, async ({ kafka }) => {
    const producer = kafka.producer({ value: { ...string(), prepare: () => assert.fail("prepared") } });
    for (const [record, message] of RECORDS.filter(
      ([one]) =>
        !(typeof one === "object" && one !== null && "partition" in one) &&
        !(typeof one === "object" && one !== null && "timestamp" in one),
    )) {
      const error: unknown = await producer.send(record as never).catch((thrown: unknown) => thrown);
      assert.ok(KafkaError.is(error));
      if (/value undefined/.test(message.source))
        assert.deepEqual([error.kind, /is undefined/.test(error.message)], ["serialization", true]);
      else assert.match(error.message, message);
    }
  }));

test("a misspelt field beside a proper value is noticed in a burst of records too", () =>
  inWorld({ topics: { t: 1 } }, async ({ kafka }) => {
    const producer = kafka.producer();
    for (let i = 0; i < 100; i++) producer.enqueue({ topic: "t", value: "v" });
    assert.throws(
      () => {
        for (let i = 0; i < 13; i++) producer.enqueue({ topic: "t", value: "v", heders: {} } as never);
      },
      { kind: "config", message: /"heders"; did you mean headers\?/ },
    );
    await producer.flush();
  }));

test("a consumed record is sent on as it is; a spread of one, which has neither key nor value, is refused", () =>
  inWorld({ topics: { t: 1 } }, async ({ kafka }) => {
    const producer = kafka.producer();
    await producer.send({ topic: "t", key: "k", value: "v", headers: { h: "1" }, timestamp: 5 });
    const consumer = kafka.consumer({ topics: ["t"] });
    const [record] = await take(consumer, 1);
    assert.ok(record);
    await producer.send(record);
    await assert.rejects(producer.send(Object.assign({}, record, { topic: "other" })), {
      kind: "config",
      message: /no field "offset": .* \{ topic, key: record\.key, value: record\.value, headers: record\.headers \}/,
    });
    const [again] = await take(consumer, 1);
    assert.deepEqual(
      [text(again?.key ?? null), text(again?.value ?? null), again?.headers.length, again?.timestamp],
      ["k", "v", 1, 5],
    );
  }));

const HEADERS: readonly Case[] = [
  [null, /the headers of a record for topic t are null/],
  ["abc", /the headers .* are "abc"/],
  [5, /are 5/],
  [() => undefined, /are a function/],
  [new Date(0), /are a Date/],
  [Promise.resolve({}), /are a Promise/],
  [new WeakMap(), /are a WeakMap/],
  [new Uint8Array(2), /header 0 of a record for topic t is 0/],
  [[null], /header 0 .* is null/],
  [[{ name: "a", value: "b" }], /header 0 .* is an object with name, value/],
  [[["a"]], /header 0 .* is a list of 1: "a"/],
  [[["a", "b", "c"]], /header 0 .* is a list of 3/],
  [
    [
      ["a", "b"],
      [5, "c"],
    ],
    /header 1 .* is a list of 2: 5, "c"/,
  ],
  [new Map([["a", 5]]), /the header "a" of a record for topic t is 5; a value is a string, a Uint8Array or null/],
  [new Set(["ab"]), /header 0 .* is "ab"/],
  [{ a: 1 }, /the header "a" .* is 1/],
  [{ a: undefined }, /the header "a" .* is undefined/],
  [{ a: ["b", "c"] }, /the header "a" .* is an array: give a pair for each value/],
  [{ a: new DataView(new ArrayBuffer(1)) }, /the header "a" .* is a DataView/],
];

test("headers that cannot be read as pairs are refused by name: none is lost without a word", () =>
  inWorld({ topics: { t: 1 } }, async (world) => {
    for (const [headers, message] of HEADERS) {
      for (const options of [{}, { interceptors: [{ onSend: () => undefined }] }]) {
        const error = await refusal(world, options, { topic: "t", value: "v", headers });
        assert.deepEqual([error.kind, error.topic, error.outcome], ["config", "t", "notWritten"], error.message);
        assert.match(error.message, message);
        assert.match(error.message, /headers are a plain object, or anything that iterates over pairs/);
      }
    }
  }));

test(
  "anything that iterates over pairs is taken for headers: fetch's Headers, a Map, URLSearchParams, an iterator " +
    "that can be read once",
  () =>
    inWorld({ topics: { t: 1 } }, async ({ kafka }) => {
      const pairs: [string, string][] = [
        ["a", "1"],
        ["b", "2"],
      ];
      function* generated(): Generator<[string, string]> {
        yield* pairs;
      }
      const given = [
        new Headers(pairs),
        new Map(pairs),
        new URLSearchParams(pairs),
        new Map(pairs).entries(),
        generated(),
        pairs,
        Object.fromEntries(pairs),
        Object.assign(Object.create(null) as object, { a: "1", b: "2" }),
      ] as const;
      const plain = kafka.producer();
      for (const headers of given.filter((one) => !("next" in one)))
        await plain.send({ topic: "t", value: "v", headers: headers as Map<string, string> });
      // Read before it is prepared, by interceptors and for its batch.
      const thorough = kafka.producer({
        value: { ...string(), prepare: () => Promise.resolve() },
        interceptors: [{ onSend: () => undefined }],
      });
      for (const headers of given)
        await thorough.send({ topic: "t", value: "v", headers: headers as Map<string, string> });
      for (const record of await take(kafka.consumer({ topics: ["t"] }), given.length * 2 - 2)) {
        assert.deepEqual(
          record.headers.map(([name, value]) => [name, text(value)]),
          pairs,
        );
      }
    }),
);

const SERDES: readonly (readonly [serde: object, value: unknown, message: RegExp])[] = [
  [string(), {}, /string\(\) takes a string, not an empty object/],
  [string(), { a: 1 }, /string\(\) takes a string, not an object with a/],
  [string(), [1, 2], /string\(\) takes a string, not an array/],
  [string(), 5, /string\(\) takes a string, not the number 5/],
  [string(), undefined, /is undefined, which no serde can write; a tombstone, .* is value: null/],
  [json(), undefined, /is undefined, which no serde can write/],
  [json(), () => undefined, /json\(\) cannot write a function/],
  [json(), Symbol("s"), /json\(\) cannot write a symbol/],
  [json(), 1n, /the bigint 1n has no JSON form/],
  [
    json(),
    Object.assign([], {
      toJSON: (): never => {
        throw new Error("boom");
      },
    }),
    /an array has no JSON form, .*: boom/,
  ],
  [json(), NaN, /json\(\) cannot write the number NaN/],
  [json(), new Map([["a", 1]]), /json\(\) cannot write a Map/],
  [json(), Promise.resolve(1), /json\(\) cannot write a Promise/],
  [bytes(), "text", /bytes\(\) takes a Uint8Array, not the string "text"/],
  [bytes(), new DataView(new ArrayBuffer(1)), /bytes\(\) takes a Uint8Array, not a DataView/],
  ...(
    [
      [undefined, /made undefined/],
      [null, /made null/],
      ["text", /made the string "text"/],
      [[1], /made an array/],
      [new Uint16Array(1), /made a Uint16Array/],
      [new ArrayBuffer(1), /made an ArrayBuffer/],
      [Promise.resolve(new Uint8Array(1)), /made a Promise, not a Uint8Array; serialize is synchronous/],
    ] as const
  ).map(([made, message]) => [{ serialize: () => made, deserialize: () => made }, 1, message] as const),
];

test("what a serde cannot write is refused with kind serialization that names the type, as a key and as a value", () =>
  inWorld({ topics: { t: 1 } }, async (world) => {
    const circular: { self?: unknown } = {};
    circular.self = circular;
    for (const [serde, value, message] of [
      ...SERDES,
      [json(), circular, /an object with self has no JSON form/] as const,
    ]) {
      const error = await refusal(world, { value: serde }, { topic: "t", value });
      assert.deepEqual([error.kind, error.topic], ["serialization", "t"], error.message);
      assert.match(error.message, message);
      if (value !== undefined)
        assert.match((await refusal(world, { key: serde }, { topic: "t", key: value, value: "v" })).message, message);
    }
    assert.match((await refusal(world, { value: json() }, { topic: "t", vlaue: 1 })).message, /no field "vlaue"/);
    const plain = await refusal(world, {}, { topic: "t", value: { a: 1 } });
    assert.deepEqual(
      [plain.kind, /is an object with a: without a serde it must be/.test(plain.message)],
      ["serialization", true],
    );
  }));

test("what an interceptor leaves or returns is checked as a record is", () =>
  inWorld({ topics: { t: 1 } }, async (world) => {
    for (const [onSend, message] of [
      [
        (record: Record<string, unknown>) => ({ ...record, value: "other" }),
        /onSend returned a record: it must change the given record in place/,
      ],
      [
        (record: Record<string, unknown>) => void (record["vlaue"] = "w"),
        /the record that interceptors left has no field "vlaue"; did you mean value\?/,
      ],
      [(record: Record<string, unknown>) => void (record["value"] = undefined), /has the value undefined/],
      [
        (record: Record<string, unknown>) => void (record["headers"] = null),
        /the headers of a record for topic t are null/,
      ],
      [(record: Record<string, unknown>) => void (record["headers"] = [["a", 1]]), /the header "a" .* is 1/],
      [
        (record: Record<string, unknown>) => void (record["topic"] = undefined),
        /a record needs a topic, not undefined/,
      ],
    ] as const) {
      const error = await refusal(world, { interceptors: [{ onSend }] }, { topic: "t", value: "v" });
      assert.equal(error.kind, "config", error.message);
      assert.match(error.message, message);
    }
    const fine = world.kafka.producer({
      interceptors: [
        { onSend: (record) => record },
        { onSend: (record) => record.headers.push(["a", "1"]) },
        { onSend: (record) => void Object.assign(record, { headers: undefined }) },
      ],
    });
    assert.equal((await fine.send({ topic: "t", value: "v" })).offset, 0);
  }));

test("a partitioner that returns no partition of the topic refuses its record, and frees its room", () =>
  inWorld({ topics: { t: 1 } }, async ({ kafka }) => {
    for (const [returned, message] of [
      [undefined, /returned undefined/],
      ["0", /returned "0"/],
      [0.5, /returned 0.5/],
      [-1, /returned -1/],
      [1, /returned 1 .* partitions 0 to 0/],
      [Promise.resolve(0), /returned a promise, but must return a number at once/],
      [{}, /returned an empty object/],
    ] as const) {
      const producer = kafka.producer({ partitioner: (() => returned) as never });
      await assert.rejects(producer.send({ topic: "t", value: "v" }), { kind: "config", message });
      assert.equal(producer.bufferedBytes, 0);
    }
  }));

test("in a transaction a refused record fails the commit, and send does not throw where it stands", () =>
  inWorld({ topics: { t: 1 } }, async ({ kafka }) => {
    const producer = kafka.producer({ transactionalId: "t" });
    await assert.rejects(
      producer.transaction((tx) => {
        tx.send({ topic: "t", vlaue: "v" } as never).catch(() => undefined);
      }),
      (error: unknown) => KafkaError.is(error) && /vlaue/.test(error.message),
    );
    await assert.rejects(
      producer.transaction((tx) => void tx.enqueue({ topic: "t", value: undefined } as never)),
      { kind: "config", message: /has the value undefined/ },
    );
    assert.deepEqual(
      await producer.transaction((tx) => tx.send({ topic: "t", value: "v" })).then(({ topic }) => topic),
      "t",
    );
  }));
