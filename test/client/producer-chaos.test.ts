// Refusals, lost responses, moves, splits and signals at the same time, by seed. Each acknowledged record is in the log
// once, at the reported offset and in order; a record that was reported as not written is not there.
import { test } from "node:test";
import assert from "node:assert/strict";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import { Cancellation } from "../../src/runtime/cancellation.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import { inWorld, take, text } from "./world.ts";

const RECORDS = 150;
const FAULTS = ["disconnect", "disconnect-after", undefined, undefined, undefined, undefined] as const;

/** A small generator of its own, so that a test's choices do not follow the client's. */
function dice(seed: number): (sides: number) => number {
  let state = seed * 2 + 1;
  return (sides) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % sides;
  };
}

async function run(seed: number): Promise<void> {
  const roll = dice(seed);
  const topics = { t: { partitions: 2, configs: { "max.message.bytes": "700", "cleanup.policy": "compact" } } };
  await inWorld({ brokers: 2, topics, seed, latencyMs: roll(2) }, async ({ kafka, cluster, platform }) => {
    cluster.intercept("Produce", () => (roll(10) === 0 ? { delayMs: roll(40) } : FAULTS[roll(FAULTS.length + 6)]));
    const producer = kafka.producer({
      batchSize: 200 + roll(1500),
      lingerMs: roll(3) === 0 ? 5 : 0,
      maxInFlightRequests: 1 + roll(5),
      deliveryTimeoutMs: roll(4) === 0 ? 2000 : 60_000,
      requestTimeoutMs: 1000,
      ...(roll(2) === 0 ? {} : { compressionType: "lz4" as const }),
    });
    const fates: Promise<{
      readonly i: number;
      readonly partition: number;
      readonly offset: number;
      readonly outcome: string;
    }>[] = [];
    for (let i = 0; i < RECORDS; i++) {
      const kind = roll(40);
      const partition = roll(2);
      const signal = new Cancellation();
      const value = `${i} ${"x".repeat(kind === 0 ? 900 : roll(120))}`;
      const sent = producer.send(
        { topic: "t", partition, value, key: kind === 1 ? null : "k", headers: { h: "v" } },
        roll(4) === 0 ? { signal } : {},
      );
      fates.push(
        sent.then(
          ({ offset }) => ({ i, partition, offset, outcome: "written" }),
          (e: unknown) => ({ i, partition, offset: -1, outcome: KafkaError.from(e).outcome ?? "?" }),
        ),
      );
      if (roll(6) === 0) signal.cancel(new KafkaError("cancelled", "enough", {}));
      if (roll(5) === 0) await sleep(platform, roll(30));
      if (roll(25) === 0) cluster.moveLeader("t", roll(2), roll(2));
    }
    const all = await Promise.all(fates);
    await producer.flush();
    assert.equal(producer.counters.acknowledged + producer.counters.failed, producer.counters.accepted);
    await producer.close();
    // Not before: a batch that expired in flight keeps its memory until its response comes or its connection closes.
    assert.equal(producer.bufferedBytes, 0);
    for (const { partition, highWatermark } of cluster.snapshot().topics[0]?.partitions ?? []) {
      const consumer = kafka.consumer({ assign: [{ topic: "t", partition }] });
      const log =
        highWatermark === 0
          ? []
          : (await take(consumer, highWatermark)).map((record) => Number.parseInt(text(record.value) ?? "", 10));
      await consumer.close();
      assert.deepEqual(
        log,
        [...new Set(log)].sort((a, b) => a - b),
        "once, and in order",
      );
      for (const { i, offset, outcome } of all.filter((fate) => fate.partition === partition)) {
        if (outcome === "written" && offset >= 0) assert.equal(log[offset], i, `record ${i}`);
        else if (outcome === "written") assert.ok(log.includes(i), `record ${i} was acknowledged`);
        else if (outcome === "notWritten") assert.ok(!log.includes(i), `record ${i} was said not to be written`);
        else assert.equal(outcome, "indefinite");
      }
    }
  });
}

test("sixty seeds of everything at once", async () => {
  for (let seed = 1; seed <= 60; seed++) {
    await run(seed).catch((error: unknown) => {
      throw new Error(`seed ${seed}: ${String(error)}`, { cause: error });
    });
  }
});
