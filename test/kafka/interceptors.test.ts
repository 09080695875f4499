// Interceptors, onThrottle, hooks for each record and tracing channels, with a real Kafka.
import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { subscribe, tracingChannel, unsubscribe } from "node:diagnostics_channel";
import { after, before, test } from "node:test";
import type { Throttle } from "../../src/cluster/throttle.ts";
import * as ErrorCode from "../../src/errors/error-code.ts";
import type { ProcessTrace, SendTrace } from "../../src/hooks/traces.ts";
import { Kafka, observe } from "../../src/node.ts";
import { type KafkaCluster, startKafka } from "./kafka-cluster.ts";

let real: KafkaCluster;
before(async () => {
  real = await startKafka({ firstNodeId: 0 });
});
after(() => real.stop());

test("records and commits pass interceptors, and the message of a send reaches the callback of run", async () => {
  const kafka = new Kafka({ bootstrapServers: real.bootstrapServers });
  const admin = kafka.admin();
  await admin.createTopics([{ topic: "seen", numPartitions: 1, configs: { "max.message.bytes": "2000" } }]);
  const ends: string[] = [];
  const hooks: string[] = [];
  observe(kafka, {
    recordAcknowledged: ({ offset }) => hooks.push(`acknowledged ${offset ?? -1}`),
    recordFailed: ({ error }) => hooks.push(`failed ${error.code ?? -1}`),
    recordProcessed: ({ offset }) => hooks.push(`processed ${offset}`),
  });
  const inject = (message: unknown): void => {
    (message as SendTrace).headers.push(["traceparent", "span"]);
  };
  subscribe("tracing:odradek:send:start", inject);
  const storage = new AsyncLocalStorage<string>();
  const { start } = tracingChannel<string>("odradek:process");
  start.bindStore(storage, (message) => {
    const [, value] = (message as unknown as ProcessTrace).record?.headers[0] ?? [];
    return Buffer.from(value ?? "").toString();
  });
  const producer = kafka.producer({
    interceptors: [
      {
        onAcknowledgement: ({ topic, partition, offset }, error) =>
          ends.push(
            error === undefined ? `${topic}-${partition} ${offset}` : `${topic}-${partition} ${error.code ?? -1}`,
          ),
        close: () => ends.push("closed"),
      },
    ],
  });
  for (const value of ["a", "b", "c"]) await producer.send({ topic: "seen", value });
  await assert.rejects(producer.send({ topic: "seen", partition: 0, value: "x".repeat(3000) }), {
    code: ErrorCode.MESSAGE_TOO_LARGE,
  });
  await producer.close();
  assert.deepEqual(ends, ["seen-0 0", "seen-0 1", "seen-0 2", `seen-0 ${ErrorCode.MESSAGE_TOO_LARGE}`, "closed"]);

  const consumed: string[] = [];
  const consumer = kafka.consumer({
    groupId: "intercepted",
    topics: ["seen"],
    interceptors: [
      {
        onConsume: ({ topic, records }) => consumed.push(`${topic} ${[...records].map(({ offset }) => offset).join()}`),
        onCommit: (offsets) => consumed.push(`commit ${offsets.map(({ offset }) => offset).join()}`),
        close: () => consumed.push("closed"),
      },
    ],
  });
  const contexts: (string | undefined)[] = [];
  await consumer.run({
    eachRecord: ({ offset }) => {
      contexts.push(storage.getStore());
      if (offset === 2) void consumer.close();
    },
  });
  await consumer.close();
  start.unbindStore(storage);
  unsubscribe("tracing:odradek:send:start", inject);
  assert.deepEqual(contexts, ["span", "span", "span"]);
  assert.equal(consumed.at(-1), "closed");
  assert.equal(consumed.at(-2), "commit 3");
  assert.deepEqual(
    consumed.flatMap((line) => (line.startsWith("seen ") ? line.slice(5).split(",") : [])),
    ["0", "1", "2"],
  );
  assert.deepEqual(hooks.slice(0, 4), [
    ...[0, 1, 2].map((i) => `acknowledged ${i}`),
    `failed ${ErrorCode.MESSAGE_TOO_LARGE}`,
  ]);
  await kafka.close();
});

test("onThrottle is called when a broker throttles a producer", async () => {
  const throttles: Throttle[] = [];
  const kafka = new Kafka({
    bootstrapServers: real.bootstrapServers,
    clientId: "slow",
    onThrottle: (throttle) => {
      throttles.push(throttle);
    },
  });
  const admin = kafka.admin();
  await admin.createTopics([{ topic: "slow", numPartitions: 1 }]);
  await admin.alterClientQuotas([{ entity: { "client-id": "slow" }, set: { producer_byte_rate: 2000 } }]);
  const producer = kafka.producer();
  for (let i = 0; throttles.length === 0 && i < 100; i++)
    await producer.send({ topic: "slow", value: "v".repeat(10_000) });
  const [first] = throttles;
  assert.deepEqual([first?.brokerId, first?.api, first?.clientId], [0, "Produce", "slow"]);
  assert.ok((first?.throttleMs ?? 0) > 0);
  await admin.alterClientQuotas([{ entity: { "client-id": "slow" }, remove: ["producer_byte_rate"] }]);
  await kafka.close();
});
