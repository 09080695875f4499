// Leaders and replicas for a partitioner of the user and for partitionsFor, in virtual time.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { PartitionInfo } from "../../src/cluster/partition-info.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import { inWorld } from "./world.ts";

const wrong = <T>(value: unknown): T => value as T;

test("a partitioner sees leader, replicas and in-sync replicas, also if another client fetched the metadata first", () =>
  inWorld({ brokers: 3, topics: { t: 3 } }, async ({ cluster, kafka, platform }) => {
    const other = kafka.producer();
    await Promise.all([0, 1, 2].map((partition) => other.send({ topic: "t", partition, value: "x" })));
    const seen: (readonly PartitionInfo[])[] = [];
    const producer = kafka.producer({
      partitioner: (_record, { partitionInfo }) => {
        seen.push(partitionInfo);
        return partitionInfo.find(({ leader }) => leader === 2)?.partition ?? 0;
      },
    });
    const { partition } = await producer.send({ topic: "t", value: "x" });
    await producer.send({ topic: "t", value: "x" });
    assert.equal(seen[0], seen[1], "one list until metadata changes");
    assert.deepEqual(
      seen[0]?.map(({ partition: number, leader, replicas, isr, offlineReplicas, errorCode }) => [
        number,
        replicas[0] === leader,
        [...replicas].sort(),
        [...isr].sort(),
        offlineReplicas,
        errorCode,
      ]),
      [0, 1, 2].map((number) => [number, true, [0, 1, 2], [0, 1, 2], [], 0]),
    );
    assert.equal(seen[0]?.[partition]?.leader, 2);
    await cluster.stopBroker(2);
    await sleep(platform, 10_000);
    await producer.send({ topic: "t", value: "x" });
    await sleep(platform, 1000);
    await producer.send({ topic: "t", value: "x" });
    const last = seen.at(-1) ?? [];
    assert.ok(last.every(({ leader }) => leader !== 2));
    assert.deepEqual([...(last[partition]?.isr ?? [])].sort(), [0, 1]);
  }));

test("metadata keeps no lists of replicas while nobody asks for them", () =>
  inWorld({ topics: { t: 1 } }, async ({ kafka }) => {
    let infos: readonly PartitionInfo[] = [];
    await kafka.producer({ partitioner: "round_robin" }).send({ topic: "t", value: "x" });
    const producer = kafka.producer({
      partitioner: (_record, context) => {
        infos = context.partitionInfo;
        return 0;
      },
    });
    await producer.send({ topic: "t", value: "x" });
    assert.deepEqual(infos[0]?.replicas, [0]);
  }));

test("partitionsFor: at once for a known topic, creates one as send does, and says what is wrong", () =>
  inWorld({ brokers: 3, topics: { t: 3 } }, async ({ cluster, kafka, platform }) => {
    const producer = kafka.producer();
    await producer.send({ topic: "t", value: "x" });
    const [first] = await producer.partitionsFor("t");
    assert.deepEqual([first?.partition, first?.replicas.length, first?.isr.length], [0, 3, 3]);
    let requests = 0;
    cluster.intercept("Metadata", () => {
      requests++;
    });
    assert.equal((await producer.partitionsFor("t")).length, 3);
    assert.equal(requests, 0);
    assert.ok((await producer.partitionsFor("created")).length > 0);
    const strict = kafka.producer({ allowAutoTopicCreation: false });
    await assert.rejects(strict.partitionsFor("absent", { timeoutMs: 500 }), {
      kind: "timeout",
      message: /metadata of topic absent.*UNKNOWN_TOPIC_OR_PARTITION/,
    });
    await assert.rejects(strict.partitionsFor("no good name!", { timeoutMs: 500 }), { code: 17 });
    const controller = new AbortController();
    const cancelled = assert.rejects(strict.partitionsFor("absent", { signal: controller.signal }), {
      kind: "cancelled",
    });
    await sleep(platform, 100);
    controller.abort();
    await cancelled;
    const closing = assert.rejects(strict.partitionsFor("absent"), { kind: "closed" });
    await strict.close();
    await closing;
    await assert.rejects(strict.partitionsFor("t"), { kind: "closed" });
    for (const topic of ["", null, 5]) await assert.rejects(producer.partitionsFor(wrong(topic)), { kind: "config" });
    for (const options of [null, { timeoutMs: -1 }, { timeout: 5 }])
      await assert.rejects(producer.partitionsFor("t", wrong(options)), { kind: "config" });
  }));
