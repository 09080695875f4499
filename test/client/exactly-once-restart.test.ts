// An instance of consumeTransformProduce, or of the loop by hand, crashes with a transaction open and comes back under
// its name: it goes on at once, and does not wait until the coordinator aborts what it left open. In virtual time, with
// both group protocols.
import assert from "node:assert/strict";
import { test } from "node:test";
import { consumeTransformProduce } from "../../src/exactly-once/consume-transform-produce.ts";
import type { Kafka } from "../../src/kafka.ts";
import type { AsyncRuntime } from "../../src/runtime/async-runtime.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import { inWorld, text, type World } from "./world.ts";

const TRANSACTION_TIMEOUT_MS = 30_000;
const SESSION_MS = 6000;

/** A client that crashes: its connections are cut, and it makes no others. */
function mortal({ cluster, client }: World): { readonly kafka: Kafka<AsyncRuntime>; crash(): void } {
  let isCrashed = false;
  const streams: { close(): void }[] = [];
  const { connector } = cluster;
  assert.ok(connector);
  const connect: NonNullable<typeof cluster.connector>["connect"] = async (target, sink, options) => {
    if (isCrashed) throw new Error("crashed");
    const stream = await connector.connect(target, sink, options);
    streams.push(stream);
    return stream;
  };
  return {
    kafka: client({
      cluster: { bootstrapServers: cluster.bootstrapServers, connector: { connect } },
      clientId: "mortal",
      onLog: () => undefined,
    }),
    crash: () => {
      isCrashed = true;
      for (const stream of streams) stream.close();
    },
  };
}

/** Until the transaction of "x" has offsets and records, and its commit gets no further. */
async function stuck(world: World): Promise<void> {
  const log = world.cluster.recordRequests({ api: "EndTxn" });
  while (log.entries.length === 0) await sleep(world.platform, 10);
  log.stop();
}

for (const groupProtocol of ["consumer", "classic"] as const) {
  const consumer = {
    groupProtocol,
    autoOffsetReset: "earliest",
    ...(groupProtocol === "classic" ? { sessionTimeoutMs: SESSION_MS, heartbeatIntervalMs: 1000 } : {}),
  } as const;
  const options = { topics: { in: 1, out: 1 }, latencyMs: 1, groups: { consumerSessionTimeoutMs: SESSION_MS } };

  test(
    `${groupProtocol}: consumeTransformProduce that crashed with a transaction open reads on at once after its ` +
      "restart",
    () =>
      inWorld(options, async (world) => {
        const { cluster, client, platform } = world;
        const run = (
          kafka: Kafka<AsyncRuntime>,
          arrived: (value: string) => void,
        ): ReturnType<typeof consumeTransformProduce> =>
          consumeTransformProduce(kafka, {
            groupId: "g",
            topics: ["in"],
            transactionalId: "x",
            maxMs: 1,
            consumer,
            producer: { transactionTimeoutMs: TRANSACTION_TIMEOUT_MS },
            transform: (records) =>
              records.map(({ value }) => {
                arrived(text(value) ?? "");
                return { topic: "out", value: value as Uint8Array };
              }),
          });
        await client().producer().send({ topic: "in", value: "1" });
        cluster.intercept("EndTxn", "hang", { clientId: "mortal" });
        const first = mortal(world);
        const old = run(first.kafka, () => undefined);
        await stuck(world);
        first.crash();
        await sleep(platform, SESSION_MS + 2000);
        const startedMs = platform.clock.monotonic();
        let waitedMs = -1;
        const young = run(client(), () => (waitedMs = platform.clock.monotonic() - startedMs));
        while (young.counters.records === 0) await sleep(platform, 10);
        assert.ok(waitedMs >= 0 && waitedMs < 4000, `${waitedMs} ms`);
        await young.close();
        await old.close({ timeoutMs: 100 });
      }),
  );

  test(
    `${groupProtocol}: the loop by hand that crashed with a transaction open reads on at once after its restart, ` +
      "with initTransactions first",
    () =>
      inWorld(options, async (world) => {
        const { cluster, client, platform } = world;
        /** Copies a record, as docs/consumer.md has it. */
        const copyOne = async (kafka: Kafka<AsyncRuntime>): Promise<void> => {
          const input = kafka.consumer({
            groupId: "g",
            topics: ["in"],
            enableAutoCommit: false,
            isolationLevel: "read_committed",
            ...consumer,
          });
          const sender = kafka.producer({ transactionalId: "x", transactionTimeoutMs: TRANSACTION_TIMEOUT_MS });
          await sender.initTransactions();
          for await (const { topic, partition, lastOffset, records } of input.batches()) {
            await sender.transaction(async (tx) => {
              for (const { value } of records) while (!tx.enqueue({ topic: "out", value })) await tx.ready();
              await tx.sendOffsets([{ topic, partition, offset: lastOffset + 1 }], input.groupMetadata());
            });
            break;
          }
        };
        await client().producer().send({ topic: "in", value: "1" });
        cluster.intercept("EndTxn", "hang", { clientId: "mortal" });
        const first = mortal(world);
        void copyOne(first.kafka).catch(() => undefined);
        await stuck(world);
        first.crash();
        await sleep(platform, SESSION_MS + 2000);
        const startedMs = platform.clock.monotonic();
        await copyOne(client());
        const waitedMs = platform.clock.monotonic() - startedMs;
        assert.ok(waitedMs < 4000, `${waitedMs} ms`);
      }),
  );
}

test("stop() does not wait for a coordinator that gives no epoch, and close() neither", () =>
  inWorld({ topics: { in: 1 }, latencyMs: 1 }, async ({ cluster, client, platform }) => {
    cluster.intercept("InitProducerId", "hang");
    for (const end of ["stop", "close"] as const) {
      const pipe = consumeTransformProduce(client(), {
        groupId: "g",
        topics: ["in"],
        transactionalId: "x",
        transform: () => undefined,
      });
      await sleep(platform, 1000);
      const startedMs = platform.clock.monotonic();
      await pipe[end]();
      await pipe.ended;
      assert.ok(platform.clock.monotonic() - startedMs < 1000, end);
    }
  }));
