// Clients of the drop-in connect and disconnect.
import { test } from "node:test";
import assert from "node:assert/strict";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import type { Connector } from "../../src/runtime/byte-stream.ts";
import { inKafkaJsWorld } from "./world.ts";

test("a client connects, says so, and disconnects; requests are told to those that listen", () =>
  inKafkaJsWorld({ topics: { orders: 1 } }, async ({ kafka }) => {
    const producer = kafka().producer();
    const events: string[] = [];
    const apis: string[] = [];
    producer.on(producer.events.CONNECT, ({ type }) => void events.push(type));
    producer.on(producer.events.DISCONNECT, ({ type }) => void events.push(type));
    const remove = producer.on(producer.events.REQUEST, ({ payload }) => void apis.push(payload.apiName));
    await producer.connect();
    remove();
    await producer.disconnect();
    await producer.disconnect();
    await producer.connect();
    await producer.disconnect();
    assert.deepEqual(events, [
      ...["producer.connect", "producer.disconnect", "producer.disconnect", "producer.connect"],
      "producer.disconnect",
    ]);
    assert.deepEqual(apis, ["ApiVersions", "Metadata"]);
  }));

test("REQUEST has all members of kafkajs's payload, in its types", () =>
  inKafkaJsWorld({ topics: { orders: 1 }, latencyMs: 5 }, async ({ kafka, cluster, host }) => {
    const admin = kafka({ clientId: "me" }).admin();
    const payloads: object[] = [];
    admin.on(admin.events.REQUEST, ({ payload }) => void payloads.push(payload));
    await admin.connect();
    await admin.disconnect();
    const { correlationId, createdAt, sentAt, size, pendingDuration, apiVersion, duration, ...rest } =
      payloads[1] as Record<string, number>;
    assert.deepEqual(rest, { apiKey: 3, apiName: "Metadata", broker: cluster.bootstrapServers, clientId: "me" });
    for (const number of [correlationId, createdAt, sentAt, size, pendingDuration, apiVersion, duration])
      assert.ok(Number.isInteger(number) && number! >= 0, JSON.stringify(payloads[1]));
    assert.equal(duration, 10);
    assert.ok(createdAt! <= host.clock.now() && sentAt! >= createdAt! && size! > 0);
  }));

test("without a broker that answers, connect gives up after its tries; each is logged", () =>
  inKafkaJsWorld({}, async ({ kafka, host, logged }) => {
    const admin = kafka({ brokers: ["nowhere:1", "nowhere:2"], retry: { retries: 2 } }).admin();
    const began = host.clock.monotonic();
    await assert.rejects(admin.connect(), (error: Error & { retryCount?: number; cause?: unknown }) => {
      assert.equal(error.name, "KafkaJSNumberOfRetriesExceeded");
      assert.equal(error.retryCount, 2);
      assert.equal((error.cause as Error).name, "KafkaJSConnectionError");
      return true;
    });
    const tookMs = host.clock.monotonic() - began;
    assert.ok(tookMs >= 240 + 384 && tookMs <= 1500, `${tookMs} ms`);
    const errors = logged.filter(({ label, namespace }) => label === "ERROR" && namespace === "BrokerPool");
    assert.equal(errors.length, 3);
    assert.match(
      String(errors[0]?.log.message),
      /^Failed to connect to seed broker, trying another broker from the list: /,
    );
  }));

test("the first broker is dead: the second is asked", () =>
  inKafkaJsWorld({}, async ({ kafka, cluster }) => {
    const producer = kafka({ brokers: ["nowhere:1", cluster.bootstrapServers], retry: { retries: 0 } }).producer();
    await producer.connect();
    await producer.disconnect();
  }));

test("disconnect ends a connect that still tries, and the client can connect again", () =>
  inKafkaJsWorld({}, async ({ kafka, cluster, host, wait }) => {
    const brokers = ["nowhere:1"];
    const producer = kafka({ brokers: () => brokers, retry: { retries: 100 } }).producer();
    const connecting = producer.connect();
    const rejected = assert.rejects(connecting, { name: "KafkaJSConnectionError" });
    await wait(1000);
    const began = host.clock.monotonic();
    await producer.disconnect();
    await rejected;
    assert.ok(host.clock.monotonic() - began < 10, "it does not wait for the next try");
    brokers[0] = cluster.bootstrapServers;
    await producer.connect();
    await producer.disconnect();
  }));

test("several callers of connect share one attempt", () =>
  inKafkaJsWorld({}, async ({ kafka, cluster }) => {
    let calls = 0;
    const producer = kafka({
      brokers: () => {
        calls++;
        return [cluster.bootstrapServers];
      },
    }).producer();
    await Promise.all([producer.connect(), producer.connect()]);
    await producer.connect();
    assert.equal(calls, 1);
    await Promise.all([producer.disconnect(), producer.disconnect()]);
  }));

test("a broker that accepts no connection: Connection timeout after connectionTimeout", () =>
  inKafkaJsWorld({ connector: silentConnector }, async ({ kafka, host }) => {
    const config = { brokers: ["silent:9092"], connectionTimeout: 700, retry: { retries: 0 } };
    const producer = kafka(config).producer();
    const began = host.clock.monotonic();
    await assert.rejects(producer.connect(), { message: "Connection timeout", name: "KafkaJSNumberOfRetriesExceeded" });
    assert.equal(Math.round(host.clock.monotonic() - began), 700);
    await producer.disconnect();
  }));

/** Connections never open; their signal ends them. */
const silentConnector: Connector = {
  connect: (_target, _sink, { signal }) =>
    new Promise((_, reject) => {
      signal?.addEventListener("abort", () => reject(new KafkaError("cancelled", "given up")));
    }),
};
