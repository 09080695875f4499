// Clients of the drop-in connect and disconnect.
import { test } from "node:test";
import assert from "node:assert/strict";
import { inKafkaJsWorld } from "./world.ts";

test("a client connects, says so, and disconnects; requests are told to who listens", () =>
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

test("without a broker that answers, connect gives up after retries, as kafkajs does", () =>
  inKafkaJsWorld({}, async ({ kafka, host }) => {
    const admin = kafka({ brokers: ["nowhere:1", "nowhere:2"], retry: { retries: 2 } }).admin();
    const began = host.clock.monotonic();
    await assert.rejects(admin.connect(), (error: Error & { retryCount?: number; cause?: unknown }) => {
      assert.equal(error.name, "KafkaJSNumberOfRetriesExceeded");
      assert.equal(error.retryCount, 2);
      assert.equal((error.cause as Error).name, "KafkaJSConnectionError");
      return true;
    });
    const tookMs = host.clock.monotonic() - began;
    assert.ok(tookMs >= 240 + 384 && tookMs <= 5000, `${tookMs} ms`);
  }));
