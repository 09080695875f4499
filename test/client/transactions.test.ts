// Transactions of the real client against the embedded cluster, in virtual time, on both versions of the protocol.
import assert from "node:assert/strict";
import { test } from "node:test";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import type { Kafka } from "../../src/kafka.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import type { SimulatedRuntime } from "../../src/simulation/simulated-runtime.ts";
import { inWorld, text, type World } from "./world.ts";

/** The records of a topic of one partition that a read_committed consumer sees, up to the last stable offset. */
async function committed(kafka: Kafka<SimulatedRuntime>, topic: string, world: World): Promise<(string | null)[]> {
  const consumer = kafka.consumer({
    assign: [{ topic, partition: 0 }],
    isolationLevel: "read_committed",
    fetchMaxWaitMs: 10,
  });
  const seen: (string | null)[] = [];
  const stop = sleep(world.platform, 3000).then(() => consumer.close());
  try {
    for await (const record of consumer) seen.push(text(record.value));
  } catch (error) {
    if (!KafkaError.is(error) || error.kind !== "closed") throw error;
  }
  await stop;
  return seen;
}

for (const transactionVersion of [1, 2] as const) {
  const version = `transaction.version ${transactionVersion}`;
  const inTransactions = (body: (world: World) => Promise<void>): Promise<void> =>
    inWorld({ brokers: 3, topics: { t: 1, u: 1 }, transactionVersion, latencyMs: 1 }, body);

  test(`${version}: what is committed is seen, what is aborted is not, and neither is lost count of`, () =>
    inTransactions(async (world) => {
      const { kafka } = world;
      const producer = kafka.producer({ transactionalId: "tx" });
      for (let i = 0; i < 6; i++) {
        await producer.begin();
        await producer.send({ topic: "t", value: `t${i}` });
        producer.enqueue({ topic: "u", value: `u${i}` });
        if (i % 2 === 0) await producer.commit();
        else await producer.abort();
      }
      await producer.close();
      assert.deepEqual(await committed(kafka, "t", world), ["t0", "t2", "t4"]);
      assert.deepEqual(await committed(kafka, "u", world), ["u0", "u2", "u4"]);
    }));

  test(`${version}: transaction() commits, and aborts when its body throws`, () =>
    inTransactions(async (world) => {
      const { kafka } = world;
      const producer = kafka.producer({ transactionalId: "tx" });
      assert.equal(await producer.transaction(async (tx) => (await tx.send({ topic: "t", value: "1" })).partition), 0);
      await assert.rejects(
        producer.transaction(async (tx) => {
          await tx.send({ topic: "t", value: "2" });
          throw new Error("the body's own");
        }),
        /the body's own/,
      );
      await producer.transaction((tx) => tx.enqueue({ topic: "t", value: "3" }));
      await producer.close();
      assert.deepEqual(await committed(kafka, "t", world), ["1", "3"]);
    }));

  test(`${version}: a second producer of the same id fences the first, whose work is aborted`, () =>
    inTransactions(async (world) => {
      const { kafka, client } = world;
      const first = kafka.producer({ transactionalId: "tx" });
      await first.begin();
      await first.send({ topic: "t", value: "zombie" });
      const second = client().producer({ transactionalId: "tx" });
      await second.transaction((tx) => tx.send({ topic: "t", value: "successor" }));
      await assert.rejects(
        first.commit(),
        (error: unknown) => KafkaError.is(error) && error.kind === "fenced" && /taken over/.test(error.message),
      );
      await assert.rejects(first.begin(), { kind: "fenced" });
      await first.close();
      await second.close();
      assert.deepEqual(await committed(kafka, "t", world), ["successor"]);
    }));

  test(`${version}: a producer that was fenced closes without an error: commit() and abort() have told it`, () =>
    inTransactions(async ({ kafka, client }) => {
      const first = kafka.producer({ transactionalId: "tx" });
      await first.begin();
      const second = client().producer({ transactionalId: "tx" });
      await second.transaction((tx) => tx.send({ topic: "t", value: "successor" }));
      first.enqueue({ topic: "t", value: "zombie" });
      await assert.rejects(first.commit(), { kind: transactionVersion === 2 ? "abortable" : "fenced" });
      await assert.rejects(first.abort(), { kind: "fenced" });
      await first.close();
      await second.close();
    }));

  test(`${version}: a record that fails makes the transaction abortable, and the next one works`, () =>
    inTransactions(async (world) => {
      const { kafka, cluster } = world;
      const producer = kafka.producer({ transactionalId: "tx" });
      await producer.begin();
      await producer.send({ topic: "t", value: "1" });
      cluster.failPartition("Produce", "u", 0, ["MESSAGE_TOO_LARGE"]);
      await assert.rejects(producer.send({ topic: "u", value: "too large" }), { codeName: "MESSAGE_TOO_LARGE" });
      await assert.rejects(producer.send({ topic: "t", value: "2" }), { kind: "abortable" });
      await assert.rejects(
        producer.commit(),
        (error: unknown) =>
          KafkaError.is(error) &&
          error.kind === "abortable" &&
          /MESSAGE_TOO_LARGE/.test(error.message) &&
          /abort\(\)/.test(error.message),
      );
      await producer.abort();
      await producer.transaction((tx) => tx.send({ topic: "t", value: "3" }));
      await producer.close();
      assert.deepEqual(await committed(kafka, "t", world), ["3"]);
    }));

  test(`${version}: offsets are committed with the transaction, and not without it`, () =>
    inTransactions(async ({ kafka, cluster }) => {
      const producer = kafka.producer({ transactionalId: "tx" });
      const offsets = (): unknown =>
        cluster
          .snapshot()
          .groups.find((group) => group.groupId === "g")
          ?.offsets.map(({ topic, partition, offset }) => ({ topic, partition, offset })) ?? [];
      await producer.transaction(async (tx) => {
        await tx.sendOffsets([{ topic: "t", partition: 0, offset: 7 }], { groupId: "g" });
        assert.deepEqual(offsets(), []);
      });
      await sleep({ runtime: kafka.runtime, clock: kafka.runtime.clock }, 100);
      assert.deepEqual(offsets(), [{ topic: "t", partition: 0, offset: 7 }]);
      await producer.begin();
      await producer.sendOffsets([{ topic: "t", partition: 0, offset: 9 }], { groupId: "g" });
      await producer.abort();
      await sleep({ runtime: kafka.runtime, clock: kafka.runtime.clock }, 100);
      assert.deepEqual(offsets(), [{ topic: "t", partition: 0, offset: 7 }]);
      await producer.close();
    }));

  test(
    `${version}: an answer to EndTxn that is lost: asked again, committed once, and the next transaction has ` +
      "another epoch",
    () =>
      inTransactions(async (world) => {
        const { kafka, cluster } = world;
        const producer = kafka.producer({ transactionalId: "tx" });
        const epochs: number[] = [];
        cluster.intercept("EndTxn", ({ message }) => void epochs.push(message.producerEpoch));
        await producer.transaction((tx) => tx.send({ topic: "t", value: "1" }));
        const lost = cluster.intercept("EndTxn", () => "disconnect-after", { times: 1 });
        await producer.transaction((tx) => tx.send({ topic: "t", value: "2" }));
        assert.equal(lost.calls, 1);
        await producer.transaction((tx) => tx.send({ topic: "t", value: "3" }));
        await producer.close();
        assert.equal(epochs.length, 4);
        assert.equal(epochs[1], epochs[2], "the same question again");
        assert.ok(
          (epochs[3] ?? 0) > (epochs[2] ?? 0),
          `${epochs.join()}: a late EndTxn must not end the next transaction`,
        );
        assert.deepEqual(await committed(kafka, "t", world), ["1", "2", "3"]);
      }),
  );

  test(`${version}: a leader and a coordinator that move in the middle of it change nothing`, () =>
    inTransactions(async (world) => {
      const { kafka, cluster } = world;
      const producer = kafka.producer({ transactionalId: "tx" });
      for (let i = 0; i < 9; i++) {
        await producer.begin();
        await producer.send({ topic: "t", value: `a${i}` });
        const { leaderId } = cluster.snapshot().topics[0]!.partitions[0]!;
        await cluster.stopBroker(i % 3);
        await sleep(world.platform, 50);
        const sent = producer.send({ topic: "t", value: `b${i}` });
        await cluster.startBroker(i % 3);
        await sent;
        await producer.commit();
        assert.ok(leaderId >= 0);
      }
      await producer.close();
      assert.deepEqual(
        await committed(kafka, "t", world),
        Array.from({ length: 9 }, (_, i) => [`a${i}`, `b${i}`]).flat(),
      );
    }));

  test(`${version}: close aborts what is open`, () =>
    inTransactions(async (world) => {
      const { kafka } = world;
      const producer = kafka.producer({ transactionalId: "tx", lingerMs: 1000 });
      await producer.begin();
      const dropped = assert.rejects(producer.send({ topic: "t", value: "1" }), {
        kind: "abortable",
        outcome: "notWritten",
      });
      await producer.close();
      await dropped;
      const next = kafka.producer({ transactionalId: "tx" });
      await next.transaction((tx) => tx.send({ topic: "t", value: "2" }));
      assert.deepEqual(await committed(kafka, "t", world), ["2"]);
    }));
}

test("a partition that is still being added when the transaction is aborted opens no other one, and fences nobody", () =>
  inWorld({ brokers: 3, topics: { t: 1, u: 1 }, transactionVersion: 1, latencyMs: 1 }, async (world) => {
    const { kafka, cluster, platform } = world;
    const producer = kafka.producer({ transactionalId: "tx" });
    await producer.transaction((tx) => tx.send({ topic: "t", value: "1" }));
    for (const how of ["disconnect", "disconnect-after"] as const) {
      const lost = cluster.intercept("AddPartitionsToTxn", () => how, { times: 3 });
      await producer.begin();
      producer.enqueue({ topic: "t", value: "never" });
      await sleep(platform, 150);
      await producer.abort();
      assert.ok(lost.calls > 0);
      lost();
      await producer.transaction((tx) => tx.send({ topic: "u", value: how }));
    }
    await producer.transaction((tx) => tx.send({ topic: "t", value: "2" }));
    await producer.close();
    assert.deepEqual(await committed(kafka, "t", world), ["1", "2"]);
    assert.deepEqual(await committed(kafka, "u", world), ["disconnect", "disconnect-after"]);
  }));

test("an upgrade of the cluster in mid-life: the producer goes over to the new protocol by itself", () =>
  inWorld({ topics: { t: 1 }, transactionVersion: 1, client: { metadataMaxAgeMs: 1000 } }, async (world) => {
    const { kafka, cluster, platform } = world;
    const producer = kafka.producer({ transactionalId: "tx" });
    const versions: number[] = [];
    cluster.intercept("EndTxn", ({ apiVersion }) => void versions.push(apiVersion));
    for (const value of ["1", "2", "3", "4"]) {
      if (value === "3") cluster.setTransactionVersion(2);
      await sleep(platform, 2000);
      await producer.transaction((tx) => tx.send({ topic: "t", value }));
    }
    await producer.close();
    assert.deepEqual(versions, [4, 4, 5, 5]);
    assert.deepEqual(await committed(kafka, "t", world), ["1", "2", "3", "4"]);
  }));

test("calls at the wrong time say what to do instead", () =>
  inWorld({ topics: { t: 1 } }, async ({ kafka }) => {
    await assert.rejects(kafka.producer().begin(), {
      kind: "config",
      message: /begin\(\) needs a producer with a transactionalId/,
    });
    const producer = kafka.producer({ transactionalId: "tx" });
    await assert.rejects(producer.send({ topic: "t", value: "1" }), {
      kind: "config",
      message: /no transaction is open/,
    });
    assert.throws(() => producer.enqueue({ topic: "t", value: "1" }), { kind: "config", message: /call begin\(\)/ });
    await assert.rejects(producer.commit(), { kind: "config", message: /no transaction to commit/ });
    await producer.abort();
    const beginning = producer.begin();
    await assert.rejects(producer.begin(), { kind: "config", message: /under way/ });
    await beginning;
    await assert.rejects(producer.begin(), { kind: "config", message: /open already/ });
    await assert.rejects(producer.sendOffsets([{ topic: "t", partition: 0, offset: -1 }], { groupId: "g" }), {
      kind: "config",
      message: /offset -1/,
    });
    await assert.rejects(producer.sendOffsets([], { groupId: "" }), { kind: "config" });
    await producer.commit();
    assert.throws(() => kafka.producer({ transactionalId: "" }), { kind: "config" });
    assert.throws(() => kafka.producer({ transactionalId: "x", acks: 1 }), { kind: "config" });
    assert.throws(() => kafka.producer({ transactionTimeoutMs: 1 }), { kind: "config" });
  }));
