// Events of clients: names, listeners, what a wrong name throws, and listeners that fail.
import { test } from "node:test";
import assert from "node:assert/strict";
import { ClientEvents } from "../../packages/kafkajs/src/events/client-events.ts";
import { InstrumentationEvent } from "../../packages/kafkajs/src/events/instrumentation-event.ts";
import type { LogEntry } from "../../packages/kafkajs/src/logging/logger.ts";
import { createLogger } from "../../packages/kafkajs/src/logging/logger.ts";
import { outcome, theirs } from "./real-kafkajs.ts";
import { inKafkaJsWorld } from "./world.ts";

const WRONG = ["connect", "producer.connec", "", undefined, null, 5, Symbol.iterator, "toString"] as const;

function realClients() {
  const kafka = new theirs.Kafka({ brokers: ["nowhere:1"], logLevel: theirs.logLevel.NOTHING });
  return { producer: kafka.producer(), consumer: kafka.consumer({ groupId: "g" }), admin: kafka.admin() };
}

test("the names, and the errors for others, are kafkajs's", () =>
  inKafkaJsWorld({}, async ({ kafka }) => {
    const real = realClients();
    const mine = { producer: kafka().producer(), consumer: kafka().consumer({ groupId: "g" }), admin: kafka().admin() };
    for (const kind of ["producer", "consumer", "admin"] as const) {
      assert.deepEqual(Object.entries(mine[kind].events), Object.entries(real[kind].events), kind);
      for (const name of WRONG) {
        const on = (client: object): unknown =>
          (client as { on(wrong: unknown, listener: () => void): unknown }).on(name, () => undefined);
        assert.deepEqual(
          outcome(() => on(mine[kind])),
          outcome(() => on(real[kind])),
          `${kind}.on(${String(name)})`,
        );
      }
    }
  }));

interface Heard {
  readonly events: ClientEvents<"producer">;
  readonly logged: LogEntry[];
  built: number;
}

function heard(): Heard {
  const logged: LogEntry[] = [];
  const host = {
    clock: { now: () => 1000, monotonic: () => 0 },
    environment: () => undefined,
    process: { nextEventId: 0, warned: new Set<string>() },
  };
  const logger = createLogger(host, 5, () => (entry) => logged.push(entry)).namespace("Producer");
  return { events: new ClientEvents("producer", host, logger), logged, built: 0 };
}

test("nothing is built when nobody listens; all listeners get one object, with an id that counts", () => {
  const world = heard();
  const { events } = world;
  const emit = () => events.emit("REQUEST", () => ({ built: ++world.built }));
  emit();
  const got: unknown[] = [];
  const removeFirst = events.on("producer.network.request", (event) => got.push(event));
  events.on("producer.network.request", (event) => got.push(event));
  emit();
  assert.equal(got[0], got[1]);
  assert.ok(got[0] instanceof InstrumentationEvent);
  assert.deepEqual(Object.fromEntries(Object.entries(got[0])), {
    id: 0,
    type: "producer.network.request",
    timestamp: 1000,
    payload: { built: 1 },
  });
  removeFirst();
  removeFirst();
  emit();
  assert.equal(got.length, 3);
  assert.equal((got[2] as InstrumentationEvent).id, 1);
  assert.equal(world.built, 2);
});

test("a listener may be added twice, and removed once each", () => {
  const { events } = heard();
  let calls = 0;
  const listener = () => calls++;
  const removers = [1, 2].map(() => events.on("producer.connect", listener));
  events.emit("CONNECT");
  assert.equal(calls, 2);
  removers[0]!();
  events.emit("CONNECT");
  assert.equal(calls, 3);
  removers[1]!();
  events.emit("CONNECT");
  assert.equal(calls, 3);
});

/** A rejection without an error. */
const NO_ERROR = "no error" as unknown as Error;

test("a listener that throws, or rejects, is logged, and the others are called: kafkajs ends the process", async () => {
  const { events, logged } = heard();
  const got: string[] = [];
  events.on("producer.connect", () => {
    throw new Error("thrown");
  });
  events.on("producer.connect", () => Promise.reject(new Error("rejected")));
  events.on("producer.connect", () => Promise.reject(NO_ERROR));
  events.on("producer.connect", ({ type }) => got.push(type));
  events.emit("CONNECT");
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(got, ["producer.connect"]);
  assert.deepEqual(
    logged.map(({ label, namespace, log }) => [label, namespace, log.message, log["eventName"]]),
    ["thrown", "rejected", "no error"].map((text) => [
      ...["ERROR", "Producer", `Failed to execute listener: ${text}`],
      "producer.connect",
    ]),
  );
});

test("listeners that are added or removed while one is called take effect at the next event", () => {
  const { events } = heard();
  const got: string[] = [];
  const remove = events.on("producer.connect", () => {
    got.push("first");
    remove();
    events.on("producer.connect", () => got.push("added"));
  });
  events.on("producer.connect", () => got.push("second"));
  events.emit("CONNECT");
  assert.deepEqual(got, ["first", "second"]);
  events.emit("CONNECT");
  assert.deepEqual(got, ["first", "second", "second", "added"]);
});

test("what makes an event begins with its first listener, and ends after its last", () => {
  const { events } = heard();
  const got: string[] = [];
  events.source("REQUEST", () => {
    got.push("begin");
    return () => got.push("end");
  });
  const removers = [1, 2].map(() => events.on("producer.network.request", () => undefined));
  removers[0]!();
  assert.deepEqual(got, ["begin"]);
  removers[1]!();
  removers[1]!();
  events.on("producer.network.request", () => undefined);
  assert.deepEqual(got, ["begin", "end", "begin"]);
});
