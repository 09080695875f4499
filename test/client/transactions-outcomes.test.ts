// Transactions of the whole client on the embedded cluster, in both protocols.
import { test } from "node:test";
import assert from "node:assert/strict";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import type { Kafka } from "../../src/kafka.ts";
import type { AsyncRuntime } from "../../src/runtime/async-runtime.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import { inWorld, take, text, type World } from "./world.ts";

const LEVELS = [2, 1] as const;

/** The records that a reader of committed records sees before a final record. */
async function committed(kafka: Kafka<AsyncRuntime>, topic = "t", partition = 0): Promise<string[]> {
  const end = kafka.producer();
  await end.send({ topic, partition, value: "END" });
  await end.close();
  const consumer = kafka.consumer({
    assign: [{ topic, partition, offset: "earliest" }],
    isolationLevel: "read_committed",
  });
  const seen: string[] = [];
  for await (const record of consumer) {
    const value = text(record.value) ?? "";
    if (value === "END") break;
    seen.push(value);
  }
  await consumer.close();
  const admin = kafka.admin();
  await admin.close();
  return seen;
}

for (const transactionVersion of LEVELS) {
  const options = { transactionVersion, topics: { t: 3 } };
  const name = `transaction.version ${transactionVersion}`;
  const world = (body: (world: World) => Promise<void>, more: object = {}): Promise<void> =>
    inWorld({ ...options, ...more }, body);

  test(`${name}: a commit is seen, an abort is not, and the next one goes on`, () =>
    world(async ({ kafka }) => {
      const producer = kafka.producer({ transactionalId: "x" });
      for (let i = 0; i < 6; i++) {
        await producer.begin();
        producer.enqueue({ topic: "t", partition: 0, value: `a${i}` });
        await producer.send({ topic: "t", partition: 0, value: `b${i}` });
        void producer.send({ topic: "t", partition: 1, value: `c${i}` }).catch(() => undefined);
        if (i % 2 === 0) await producer.commit();
        else await producer.abort();
      }
      await producer.close();
      assert.deepEqual(await committed(kafka), ["a0", "b0", "a2", "b2", "a4", "b4"]);
      assert.deepEqual(await committed(kafka, "t", 1), ["c0", "c2", "c4"]);
    }));

  test(`${name}: transaction() commits what it need not await, aborts when it throws, and takes nothing after its end`, () =>
    world(async ({ kafka }) => {
      const producer = kafka.producer({ transactionalId: "x" });
      let escaped: { enqueue(record: { topic: string; value: string }): boolean } | undefined;
      const answer = await producer.transaction((tx) => {
        escaped = tx;
        for (let i = 0; i < 10; i++) tx.enqueue({ topic: "t", partition: 0, value: String(i) });
        return 42;
      });
      assert.equal(answer, 42);
      await assert.rejects(
        producer.transaction(async (tx) => {
          await tx.send({ topic: "t", partition: 0, value: "lost" });
          throw new RangeError("mine");
        }),
        RangeError,
      );
      await producer.begin();
      assert.throws(() => escaped?.enqueue({ topic: "t", value: "late" }), { kind: "config", message: /over/ });
      await producer.commit();
      await producer.close();
      assert.deepEqual(
        await committed(kafka),
        Array.from({ length: 10 }, (_, i) => String(i)),
      );
    }));

  test(`${name}: a zombie is fenced, and told what to do`, () =>
    world(async ({ kafka }) => {
      const old = kafka.producer({ transactionalId: "x" });
      await old.begin();
      await old.send({ topic: "t", partition: 0, value: "old" });
      const young = kafka.producer({ transactionalId: "x" });
      await young.begin();
      await young.send({ topic: "t", partition: 0, value: "young" });
      await young.commit();
      // On version 2 a broker that refuses the epoch cannot tell this from a timeout: the abort does.
      await assert.rejects(
        old.send({ topic: "t", partition: 0, value: "zombie" }).then(() => old.commit()),
        { kind: transactionVersion === 2 ? "abortable" : "fenced" },
      );
      await assert.rejects(old.abort(), {
        kind: "fenced",
        message: /another producer with transactional id x.*close this producer/,
      });
      await assert.rejects(old.begin(), { kind: "fenced" });
      await old.close();
      await young.close();
      assert.deepEqual(await committed(kafka), ["young"]);
    }));

  test(`${name}: a record that is lost makes the transaction abortable, and the next one goes on`, () =>
    world(async ({ kafka }) => {
      const producer = kafka.producer({ transactionalId: "x", maxRequestSize: 1000 });
      await producer.begin();
      producer.enqueue({ topic: "t", partition: 0, value: "fine" });
      await assert.rejects(producer.send({ topic: "t", partition: 0, value: "x".repeat(5000) }));
      await assert.rejects(producer.commit(), { kind: "abortable", message: /call abort\(\)/ });
      await assert.rejects(producer.send({ topic: "t", partition: 0, value: "more" }), { kind: "abortable" });
      await producer.abort();
      await producer.transaction((tx) => tx.send({ topic: "t", partition: 0, value: "again" }));
      await producer.close();
      assert.deepEqual(await committed(kafka), ["again"]);
    }));

  test(`${name}: the commit's answer is lost: it is asked again, and what follows has another epoch`, () =>
    world(async ({ kafka, cluster }) => {
      const producer = kafka.producer({ transactionalId: "x" });
      await producer.begin();
      await producer.send({ topic: "t", partition: 0, value: "one" });
      let cuts = 2;
      const epochs: number[] = [];
      cluster.intercept("EndTxn", ({ message }) => {
        epochs.push(message.producerEpoch);
        return cuts-- > 0 ? "disconnect-after" : undefined;
      });
      await producer.commit();
      await producer.begin();
      await producer.send({ topic: "t", partition: 0, value: "two" });
      await producer.commit();
      await producer.close();
      assert.deepEqual(epochs.slice(0, 3), [epochs[0], epochs[0], epochs[0]]);
      assert.ok((epochs[3] ?? 0) > (epochs[0] ?? 0), `epochs ${epochs.join()}`);
      assert.deepEqual(await committed(kafka), ["one", "two"]);
    }));

  for (const api of ["EndTxn", "TxnOffsetCommit"] as const) {
    test(
      `${name}: ${api} is applied when the client has long retried it, within the next transaction: nothing of ` +
        "that one is committed (Jepsen)",
      () =>
        world(async ({ kafka, cluster, platform }) => {
          const producer = kafka.producer({ transactionalId: "x" });
          cluster.intercept(api, { applyLaterMs: 3000 }, { times: 1 });
          await producer.transaction(async (tx) => {
            await tx.sendOffsets([{ topic: "t", partition: 0, offset: 1 }], { groupId: "g" });
            await tx.send({ topic: "t", partition: 0, value: "one" });
          });
          await producer.begin();
          await producer.send({ topic: "t", partition: 0, value: "torn" });
          await sleep(platform, 5000); // the ghost comes
          await producer.send({ topic: "t", partition: 1, value: "torn" });
          await producer.abort();
          await producer.transaction((tx) => tx.send({ topic: "t", partition: 1, value: "two" }));
          cluster.intercept(api, { applyLaterMs: 3000 }, { times: 1 });
          await producer.transaction((tx) =>
            tx.sendOffsets([{ topic: "t", partition: 0, offset: 3 }], { groupId: "g" }),
          );
          await producer.begin();
          await producer.sendOffsets([{ topic: "t", partition: 0, offset: 5 }], { groupId: "g" });
          await sleep(platform, 5000); // the other one comes
          if (api === "EndTxn") await producer.abort();
          else await producer.commit();
          await producer.close();
          await sleep(platform, 1000); // the markers come after the answer
          const offsets = cluster
            .snapshot()
            .groups.find(({ groupId }) => groupId === "g")
            ?.offsets.map(({ offset }) => offset);
          assert.deepEqual(offsets, [api === "EndTxn" ? 3 : 5], "no offset goes back, or ahead");
          assert.deepEqual([await committed(kafka), await committed(kafka, "t", 1)], [["one"], ["two"]]);
        }),
    );
  }

  test(`${name}: nobody answers the commit: indefinite; abort tells that it was committed`, () =>
    world(async ({ kafka, cluster }) => {
      const producer = kafka.producer({ transactionalId: "x", maxBlockMs: 1000 });
      await producer.begin();
      await producer.send({ topic: "t", partition: 0, value: "one" });
      let isDark = true;
      cluster.intercept("EndTxn", () => (isDark ? "disconnect-after" : undefined));
      await assert.rejects(producer.commit({ timeoutMs: 2000 }), {
        kind: "timeout",
        outcome: "indefinite",
        message: /commit\(\) again, or abort\(\)/,
      });
      await assert.rejects(producer.begin(), { kind: "config", message: /unknown/ });
      isDark = false;
      await assert.rejects(producer.abort(), { outcome: "written", message: /committed already/ });
      await producer.transaction((tx) => tx.send({ topic: "t", partition: 0, value: "two" }));
      await producer.close();
      assert.deepEqual(await committed(kafka), ["one", "two"]);
    }));

  test(`${name}: offsets of several groups, and many calls at once, are all part of the transaction`, () =>
    world(async ({ kafka, cluster }) => {
      const producer = kafka.producer({ transactionalId: "x" });
      const committedOffsets: string[] = [];
      cluster.intercept("TxnOffsetCommit", ({ message }) => {
        for (const topic of message.topics)
          for (const p of topic.partitions)
            committedOffsets.push(`${message.groupId}/${topic.name}/${p.partitionIndex}=${p.committedOffset}`);
        return undefined;
      });
      await producer.transaction(async (tx) => {
        await Promise.all([
          tx.sendOffsets([{ topic: "t", partition: 0, offset: 5 }], { groupId: "g" }),
          tx.sendOffsets([{ topic: "t", partition: 1, offset: 7 }], { groupId: "g" }),
          tx.sendOffsets([{ topic: "t", partition: 1, offset: 9, metadata: "m" }], { groupId: "h" }),
        ]);
      });
      await producer.close();
      assert.deepEqual(committedOffsets, ["g/t/0=5", "g/t/1=7", "h/t/1=9"]);
    }));

  test(`${name}: the transaction was open for too long: the message says so`, () =>
    world(async ({ kafka, platform }) => {
      const producer = kafka.producer({ transactionalId: "x", transactionTimeoutMs: 2000 });
      await producer.begin();
      await producer.send({ topic: "t", partition: 0, value: "slow" });
      await sleep(platform, 30_000);
      // On protocol 2 the coordinator still knows whose transaction it aborted: the producer can go on.
      await assert.rejects(producer.commit(), {
        kind: transactionVersion === 2 ? "abortable" : "fenced",
        message: /transactionTimeoutMs \(2000 ms\)/,
      });
      if (transactionVersion === 2) {
        await producer.abort();
        await producer.transaction((tx) => tx.send({ topic: "t", partition: 0, value: "again" }));
      }
      await producer.close();
      assert.deepEqual(await committed(kafka), transactionVersion === 2 ? ["again"] : []);
    }));
}

test("protocol 1: the partitions of many sends at once are all added, in few requests, and before they are written to", () =>
  inWorld({ transactionVersion: 1, topics: { t: 3, u: 2 } }, async ({ kafka, cluster }) => {
    const added = new Set<string>();
    const asked: number[] = [];
    let renewed: readonly number[] | undefined;
    cluster.intercept("InitProducerId", ({ message }) => {
      renewed ??= [message.producerId, message.producerEpoch];
      return undefined;
    });
    cluster.intercept("AddPartitionsToTxn", ({ message, apiVersion }) => {
      asked.push(apiVersion);
      for (const topic of message.v3AndBelowTopics)
        for (const partition of topic.partitions) added.add(`${topic.name}-${partition}`);
      return undefined;
    });
    cluster.intercept("Produce", ({ message, apiVersion }) => {
      assert.ok(apiVersion <= 11 && message.transactionalId === "x");
      return undefined;
    });
    const producer = kafka.producer({ transactionalId: "x" });
    const sent = await producer.transaction((tx) =>
      Promise.all([0, 1, 2, 0, 1].map((partition, i) => tx.send({ topic: i < 3 ? "t" : "u", partition, value: "v" }))),
    );
    assert.equal(sent.length, 5);
    assert.deepEqual(
      [[...added].sort(), renewed],
      [
        ["t-0", "t-1", "t-2", "u-0", "u-1"],
        [-1, -1],
      ],
    );
    assert.ok(asked.length <= 2 && asked.every((version) => version <= 3), `versions ${asked.join()}`);
  }));

test("protocol 1: a record that send() refuses fails the commit, also when nobody looks at it", () =>
  inWorld({ transactionVersion: 1, topics: { t: 1 } }, async ({ kafka }) => {
    const producer = kafka.producer({ transactionalId: "x", maxRequestSize: 1000 });
    const error = await producer
      .transaction((tx) => {
        tx.enqueue({ topic: "t", value: "fine" });
        tx.send({ topic: "t", value: "x".repeat(5000) }).catch(() => undefined);
      })
      .catch((thrown: unknown) => thrown);
    assert.ok(KafkaError.is(error) && error.kind === "abortable");
    await producer.close();
    assert.deepEqual(await committed(kafka), []);
  }));

test("a record that its signal takes back does not lose the transaction", () =>
  inWorld({ topics: { t: 1 } }, async ({ kafka }) => {
    const producer = kafka.producer({ transactionalId: "x", lingerMs: 100 });
    await producer.transaction(async (tx) => {
      const abort = new AbortController();
      const back = tx.send({ topic: "t", value: "back" }, { signal: abort.signal });
      tx.enqueue({ topic: "t", value: "stays" });
      abort.abort();
      await assert.rejects(back, { kind: "cancelled" });
    });
    await producer.close();
    assert.deepEqual(await committed(kafka), ["stays"]);
  }));

test("wrong times for begin, commit, abort and send are said to be so", () =>
  inWorld({ topics: { t: 1 } }, async ({ kafka }) => {
    const plain = kafka.producer();
    await assert.rejects(plain.begin(), { kind: "config", message: /transactionalId/ });
    const producer = kafka.producer({ transactionalId: "x" });
    await assert.rejects(producer.send({ topic: "t", value: "x" }), { kind: "config", message: /begin\(\)/ });
    assert.throws(() => producer.enqueue({ topic: "t", value: "x" }), { kind: "config" });
    await assert.rejects(producer.commit(), { kind: "config" });
    await producer.abort();
    await producer.begin();
    await assert.rejects(producer.begin(), { kind: "config", message: /open already/ });
    await producer.commit();
    assert.throws(() => kafka.producer({ transactionalId: "x", acks: 1 }), { kind: "config" });
  }));

test("close() aborts what is open", () =>
  inWorld({ topics: { t: 1 } }, async ({ kafka }) => {
    const producer = kafka.producer({ transactionalId: "x" });
    await producer.begin();
    await producer.send({ topic: "t", partition: 0, value: "open" });
    await producer.close();
    const consumer = kafka.consumer({ assign: [{ topic: "t", partition: 0 }] });
    await take(consumer, 1);
    await consumer.close();
    assert.deepEqual(await committed(kafka), []);
  }));
