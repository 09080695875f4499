// The options of `new Kafka`, right and wrong: the same outcome as kafkajs's, and clear texts where it has none.
import { test } from "node:test";
import assert from "node:assert/strict";
import type { Client } from "../../packages/kafkajs/src/client.ts";
import type { KafkaConfig } from "../../packages/kafkajs/src/connecting/kafka-config.ts";
import { outcome, outcomeOf, theirs } from "./real-kafkajs.ts";
import { inKafkaJsWorld } from "./world.ts";

const BROKERS: Readonly<Record<string, unknown>> = {
  undefined: undefined,
  null: null,
  "an empty list": [],
  "a number in the list": [5],
  "null in the list": ["nowhere:1", null],
  "an empty text in the list": [""],
  "a function that throws": () => {
    throw new Error("boom");
  },
  "a function that rejects": () => Promise.reject(new Error("boom")),
  "a function without a list": () => undefined,
  "a function with an empty list": () => Promise.resolve([]),
};

for (const [name, brokers] of Object.entries(BROKERS))
  test(`brokers: ${name}: connect rejects as kafkajs's does, at once and every time`, () =>
    inKafkaJsWorld({}, async ({ kafka, host }) => {
      const real = new theirs.Kafka({ brokers: brokers as string[], logLevel: theirs.logLevel.NOTHING });
      for (const kind of ["producer", "admin"] as const) {
        const [mine, other] = [kafka({ brokers: brokers as string[] })[kind](), real[kind]()];
        const expected = await outcomeOf(() => other.connect());
        for (const _ of [1, 2]) assert.deepEqual(await outcomeOf(() => mine.connect()), expected);
        await mine.disconnect();
      }
      assert.ok(host.clock.monotonic() < 10);
    }));

test("brokers that are no list are refused with a text that says what to pass", () =>
  inKafkaJsWorld({}, async ({ kafka }) => {
    for (const brokers of ["localhost:9092", {}, 5, true] as unknown as string[][])
      await assert.rejects(kafka({ brokers }).producer().connect(), {
        name: "KafkaJSNonRetriableError",
        message: `Failed to connect: brokers should be an array of "host:port", or a function that returns one, not ${typeof brokers}`,
      });
  }));

test("addresses, options and TLS that cannot be are refused when a client connects, not before", () =>
  inKafkaJsWorld({}, async ({ kafka }) => {
    const wrong: KafkaConfig[] = [
      { brokers: ["no port"] },
      { brokers: ["nowhere:99999999"] },
      { requestTimeout: -1 },
      { connectionTimeout: "soon" as never },
      { clientId: 5 as never },
      { ssl: { ca: 5 } },
      { sasl: {} },
      { sasl: 5 },
    ];
    for (const config of wrong) {
      const producer = kafka(config).producer();
      await assert.rejects(producer.connect(), (error: Error) => {
        assert.match(error.name, /^(KafkaJSNonRetriableError|TypeError)$/, JSON.stringify(config));
        assert.ok(error.message.length > 10);
        return true;
      });
      await producer.disconnect();
    }
  }));

test("brokers as a function: called for each client and each attempt, and may be async", () =>
  inKafkaJsWorld({ topics: { orders: 1 } }, async ({ kafka, cluster }) => {
    let calls = 0;
    const lists = [["nowhere:1"], [cluster.bootstrapServers]];
    const client = kafka({ brokers: async () => lists[Math.min(calls++, 1)]! }).producer();
    await client.connect();
    assert.equal(calls, 2, "the second attempt asks again");
    await client.disconnect();
    await client.connect();
    assert.equal(calls, 3);
    await client.disconnect();
  }));

test("unknown options are ignored, and nothing is checked before connect", () =>
  inKafkaJsWorld({}, async ({ kafka }) => {
    const client = kafka({ brokers: 5 as never, nonsense: true } as KafkaConfig);
    const producer = client.producer({ nonsense: 1 } as never);
    await producer.disconnect();
    assert.equal(typeof client.admin({ nonsense: 1 } as never).connect, "function");
  }));

test("new Kafka: without an argument a TypeError, without new as well; prototype, name, members", () =>
  inKafkaJsWorld({}, async ({ kafka }) => {
    const Mine = Object.getPrototypeOf(kafka().constructor) as typeof Client;
    for (const given of [undefined, null]) {
      assert.throws(() => new Mine(given as never), TypeError);
      assert.throws(() => new theirs.Kafka(given as never), TypeError);
    }
    assert.deepEqual(
      outcome(() => (Mine as unknown as () => void)()),
      outcome(() => (theirs.Kafka as unknown as () => void)()),
    );
    assert.equal(Mine.name, theirs.Kafka.name);
    assert.equal(Mine.length, theirs.Kafka.length);
    assert.deepEqual(Object.getOwnPropertyNames(Mine.prototype), Object.getOwnPropertyNames(theirs.Kafka.prototype));
    assert.deepEqual(Object.getOwnPropertyNames(kafka()), [], "fields have symbols as keys");
    const Proxied = new Proxy(kafka(), {});
    assert.equal(typeof Proxied.producer().send, "function", "a proxy of it works");
  }));

/** The members of a client that a tracing agent replaces. */
const members = (client: object): unknown =>
  Object.fromEntries(
    Object.entries(Object.getOwnPropertyDescriptors(client))
      .map(([name, { value, ...flags }]) => [name, { type: typeof value, ...flags }] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );

for (const kind of ["producer", "consumer"] as const)
  test(`a ${kind} has kafkajs's members: own, writable, configurable; Symbols can be added`, () =>
    inKafkaJsWorld({}, async ({ kafka }) => {
      const real = new theirs.Kafka({ brokers: ["nowhere:1"], logLevel: theirs.logLevel.NOTHING });
      const options = { groupId: "g" };
      const mine = kafka()[kind](options);
      assert.deepEqual(members(mine), members(real[kind](options)));
      assert.ok(Object.isExtensible(mine));
      Object.assign(mine, { [Symbol("agent")]: 1 });
    }));

test("clients without options", () =>
  inKafkaJsWorld({}, async ({ kafka }) => {
    const real = new theirs.Kafka({ brokers: ["nowhere:1"], logLevel: theirs.logLevel.NOTHING });
    for (const given of [undefined, {}, { groupId: "" }, { groupId: null }])
      assert.deepEqual(
        outcome(() => kafka().consumer(given as never)),
        outcome(() => real.consumer(given as never)),
      );
  }));
