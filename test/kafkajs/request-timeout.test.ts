// KafkaJSRequestTimeoutError: the text and the members of kafkajs's, from the request that was not answered.
import { test } from "node:test";
import assert from "node:assert/strict";
import type { KafkaJSRequestTimeoutError } from "../../packages/kafkajs/src/errors/connection-errors.ts";
import { factsOf } from "./real-kafkajs.ts";
import { MODULES, onTcp } from "./tcp-cluster.ts";
import { inKafkaJsWorld } from "./world.ts";

test("a request that is not answered: the error says which, and agrees with REQUEST_TIMEOUT", () =>
  inKafkaJsWorld({ topics: { orders: 1 } }, async ({ kafka, cluster }) => {
    const admin = kafka({ requestTimeout: 2000 }).admin();
    const events: Record<string, unknown>[] = [];
    admin.on(admin.events.REQUEST_TIMEOUT, ({ payload }) => void events.push(payload as never));
    await admin.connect();
    for (const api of ["CreateTopics", "FindCoordinator"] as const) {
      cluster.intercept(api, "hang");
      const call =
        api === "CreateTopics"
          ? admin.createTopics({ topics: [{ topic: "new" }] })
          : admin.fetchOffsets({ groupId: "g", topics: ["orders"] });
      const error = await call.then(
        () => assert.fail("it resolved"),
        (thrown: unknown) => thrown as KafkaJSRequestTimeoutError & { readonly cause?: KafkaJSRequestTimeoutError },
      );
      const timeout = error.name === "KafkaJSRequestTimeoutError" ? error : error.cause;
      assert.ok(timeout !== undefined, String(error));
      const event = events.at(-1) ?? {};
      const { apiName, apiKey, apiVersion, clientId, ...facts } = event;
      assert.equal(apiName, api === "FindCoordinator" ? "GroupCoordinator" : api);
      assert.equal(clientId, "kafkajs");
      assert.equal(
        timeout.message,
        `Request ${apiName}(key: ${String(apiKey)}, version: ${String(apiVersion)}) timed out`,
      );
      const { broker, correlationId, createdAt, sentAt, pendingDuration } = timeout;
      assert.deepEqual({ broker, correlationId, createdAt, sentAt, pendingDuration }, facts);
      assert.ok(Number(sentAt) >= Number(createdAt) && Number(createdAt) > 0);
    }
    await admin.disconnect();
  }));

test("class, members and their kinds are kafkajs's", async () => {
  const [theirs, ours] = await Promise.all(
    MODULES.map(([, { Kafka }]) =>
      onTcp(1, async ({ brokers, cluster }) => {
        cluster.intercept("ListGroups", "hang");
        const admin = new Kafka({
          brokers,
          requestTimeout: 300,
          retry: { retries: 0 },
          logCreator: () => () => undefined,
        }).admin();
        await admin.connect();
        const error: unknown = await admin.listGroups().catch((thrown: unknown) => thrown);
        await admin.disconnect();
        const name = (error as Error).name;
        const timeout = name === "KafkaJSRequestTimeoutError" ? error : (error as Error).cause;
        const { chain, order, message } = factsOf(timeout) as Record<string, unknown>;
        const { retriable } = timeout as { retriable: unknown };
        const kinds = Object.entries(timeout as object).map(([key, value]) => `${key}: ${typeof value}`);
        return { chain, order, message: (message as string).replace(/version: \d+/, "version: v"), kinds, retriable };
      }),
    ),
  );
  assert.deepEqual(ours, theirs);
});

test("a send whose request is not answered: the cause is the timeout, with its request", () =>
  inKafkaJsWorld({ topics: { orders: 1 } }, async ({ kafka, cluster }) => {
    const producer = kafka({ requestTimeout: 2000 }).producer({ retry: { retries: 1, initialRetryTime: 100 } });
    await producer.connect();
    cluster.intercept("Produce", "hang");
    const error = await producer.send({ topic: "orders", messages: [{ value: "a" }] }).then(
      () => assert.fail("it resolved"),
      (thrown: unknown) => thrown as KafkaJSRequestTimeoutError & { readonly cause?: KafkaJSRequestTimeoutError },
    );
    const timeout = error.name === "KafkaJSRequestTimeoutError" ? error : error.cause;
    assert.equal(timeout?.name, "KafkaJSRequestTimeoutError", String(error));
    assert.match(timeout.message, /^Request Produce\(key: 0, version: \d+\) timed out$/);
    assert.equal(timeout.broker, cluster.bootstrapServers);
    assert.ok(Number(timeout.correlationId) > 0 && Number(timeout.sentAt) > 0);
    await producer.disconnect();
  }));
