// consumer.partition: one partition in a stream of its own, beside the consumer's loop.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Kafka } from "../../src/kafka.ts";
import type { KafkaRecord } from "../../src/records/record.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import type { SimulatedRuntime } from "../../src/simulation/simulated-runtime.ts";
import { inWorld, take, text } from "./world.ts";

const at = (partition: number): { topic: string; partition: number } => ({ topic: "t", partition });

async function fill(kafka: Kafka<SimulatedRuntime>, from: number, to: number): Promise<void> {
  const producer = kafka.producer({ batchSize: 100 });
  for (let i = from; i < to; i++) producer.enqueue({ topic: "t", partition: i % 2, value: String(i) });
  await producer.close();
}

const valueOf = ({ value }: { readonly value: Uint8Array | null }): number => Number(text(value));
const every = (from: number, to: number, rest: number): number[] =>
  Array.from({ length: to - from }, (_, i) => from + i).filter((i) => i % 2 === rest);

test("a partition that is split off comes there only, at its own pace; left, it comes in the loop again, where it was", () =>
  inWorld({ topics: { t: 2 } }, async ({ kafka, platform }) => {
    await fill(kafka, 0, 60);
    const consumer = kafka.consumer({ assign: [at(0), at(1)] });
    const split = consumer.partition("t", 1);
    const main: number[] = [];
    const loop = consumer.records();
    const reading = (async () => {
      for (;;) {
        const result = await loop.next();
        if (result.done === true) return;
        main.push(valueOf(result.value));
      }
    })();
    const own: number[] = [];
    for await (const record of split) {
      own.push(valueOf(record));
      await sleep(platform, 20);
      if (own.length === 10) break;
    }
    assert.deepEqual(own, every(0, 20, 1));
    await sleep(platform, 1000);
    assert.deepEqual(
      main.filter((value) => value % 2 === 0),
      every(0, 60, 0),
    );
    assert.deepEqual(
      main.filter((value) => value % 2 === 1),
      every(19, 60, 1),
      "with the record that was in hand",
    );
    assert.deepEqual(main.slice(0, 30), every(0, 60, 0), "the loop did not wait for the slow stream");
    await consumer.close();
    await reading;
  }));

test("split off in the middle of a loop: what the loop has open of it comes in the stream, and nothing twice", () =>
  inWorld({ topics: { t: 2 } }, async ({ kafka }) => {
    await fill(kafka, 0, 60);
    const consumer = kafka.consumer({ assign: [at(0), at(1)] });
    const seen: number[] = [];
    const saw = (record: KafkaRecord): void => {
      if (seen.push(valueOf(record)) === 60) void consumer.close();
    };
    let own: Promise<void> | undefined;
    for await (const record of consumer) {
      saw(record);
      if (record.partition === 1 && own === undefined) {
        const split = consumer.partition("t", 1);
        own = (async () => {
          for await (const batch of split.batches()) {
            for (const one of batch.records) saw(one);
          }
        })();
      }
    }
    await own;
    assert.deepEqual(
      [...seen].sort((a, b) => a - b),
      Array.from({ length: 60 }, (_, i) => i),
    );
  }));

test("it ends when the consumer is closed; what is not read, or split off already, is refused; leave gives it back", () =>
  inWorld({ topics: { t: 2 } }, async ({ kafka, platform }) => {
    await fill(kafka, 0, 4);
    const consumer = kafka.consumer({ assign: [at(0), at(1)] });
    const split = consumer.partition("t", 1);
    assert.throws(() => consumer.partition("t", 1), {
      kind: "config",
      message: /another stream, or run, reads it already/,
    });
    assert.throws(() => consumer.partition("t", 7), { kind: "config", message: /t-7 is not read/ });
    split.leave();
    split.leave();
    assert.deepEqual((await take(consumer, 4)).map(valueOf).sort(), [0, 1, 2, 3]);
    const again = consumer.partition("t", 1);
    const ended = take(again, 100);
    await sleep(platform, 100);
    await consumer.close();
    assert.deepEqual(await ended, []);
    assert.throws(() => consumer.partition("t", 0), { kind: "closed" });
  }));
