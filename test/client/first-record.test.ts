// The first record of a producer: how many round trips it waits for.
import assert from "node:assert/strict";
import { test } from "node:test";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import { inWorld } from "./world.ts";

test("the connection for records opens while the producer id is asked for; it opened after that", () =>
  inWorld({ topics: { t: 1 }, latencyMs: 20 }, async ({ kafka, cluster, platform }) => {
    const opened: number[] = [];
    let identifiedMs = 0;
    cluster.intercept("ApiVersions", () => {
      opened.push(platform.clock.monotonic());
    });
    cluster.intercept("InitProducerId", {
      delayMs: 500,
      respond: (response) => {
        identifiedMs = platform.clock.monotonic();
        return response;
      },
    });
    await kafka.producer().send({ topic: "t", value: "first" });
    assert.equal(opened.length, 2, "one connection for metadata and the producer id, and one for records");
    assert.ok((opened[1] ?? 0) < identifiedMs, `${opened.join(", ")}; identified at ${identifiedMs}`);
  }));

test("a connection for records that fails while the producer id is asked for is opened again when it is needed", () =>
  inWorld({ topics: { t: 1 }, client: { retryBackoffMs: 10 } }, async ({ kafka, cluster }) => {
    let connections = 0;
    cluster.intercept("ApiVersions", () => (++connections === 2 ? "disconnect" : undefined));
    const { offset } = await kafka.producer().send({ topic: "t", value: "first" });
    assert.deepEqual([offset, connections > 2], [0, true]);
  }));

test("a producer that is closed while both are under way rejects its record, and leaves nothing behind", () =>
  inWorld({ topics: { t: 1 }, latencyMs: 20 }, async ({ kafka, cluster }) => {
    cluster.intercept("InitProducerId", "hang");
    const producer = kafka.producer();
    const sent = producer.send({ topic: "t", value: "first" });
    const rejected = assert.rejects(sent, (error) => KafkaError.is(error) && error.outcome === "notWritten");
    await producer.close({ timeoutMs: 100 });
    await rejected;
  }));
