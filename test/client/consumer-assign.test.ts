// consumer.assign: other partitions in the middle of reading, without a group. In virtual time.
import assert from "node:assert/strict";
import { test } from "node:test";
import { sleep } from "../../src/runtime/sleep.ts";
import { inWorld, text } from "./world.ts";

const at = (partition: number): { readonly topic: string; readonly partition: number } => ({ topic: "t", partition });

test(
  "in the middle of a loop: of what is left out nothing more is delivered, what stays goes on, what comes begins " +
    "where it says",
  () =>
    inWorld({ topics: { t: 3 } }, async ({ kafka, platform }) => {
      const producer = kafka.producer();
      for (let i = 0; i < 10; i++)
        for (const partition of [0, 1, 2]) producer.enqueue({ ...at(partition), value: `${partition}:${i}` });
      await producer.flush();
      const consumer = kafka.consumer({ assign: [at(0), at(1)] });
      const values: string[] = [];
      for await (const record of consumer) {
        values.push(text(record.value) ?? "");
        if (values.length === 4) {
          await sleep(platform, 1000); // all is fetched
          consumer.assign([at(1), { ...at(2), offset: 7 }]);
        }
        if (values.length === 17) break;
      }
      assert.deepEqual(values.slice(0, 4), ["0:0", "0:1", "0:2", "0:3"]);
      assert.deepEqual(values.slice(4).sort(), [
        ...Array.from({ length: 10 }, (_, i) => `1:${i}`),
        "2:7",
        "2:8",
        "2:9",
      ]);
      await producer.close();
      await consumer.close();
    }),
);

test("a loop over nothing waits, and reads what it is given, of a topic that is not known before", () =>
  inWorld({ topics: { t: 1, other: 1 } }, async ({ kafka, platform }) => {
    const producer = kafka.producer();
    await producer.send({ topic: "other", value: "x" });
    const consumer = kafka.consumer({ assign: [] });
    const reading = (async () => {
      for await (const { value } of consumer) return text(value);
      return undefined;
    })();
    await sleep(platform, 5000);
    consumer.assign([{ topic: "other", partition: 0 }]);
    assert.equal(await reading, "x");
    await consumer.close();
    await producer.close();
  }));

test("a partition that comes back is read from where it says; one given twice is read once", () =>
  inWorld({ topics: { t: 1 } }, async ({ kafka }) => {
    const producer = kafka.producer();
    for (let i = 0; i < 3; i++) await producer.send({ ...at(0), value: String(i) });
    const consumer = kafka.consumer({ assign: [at(0), at(0)] });
    const read = async (count: number): Promise<readonly (string | null)[]> => {
      const values: (string | null)[] = [];
      for await (const record of consumer) {
        consumer.markProcessed(record);
        if (values.push(text(record.value)) === count) break;
      }
      return values;
    };
    assert.deepEqual(await read(3), ["0", "1", "2"]);
    consumer.assign([]);
    consumer.assign([{ ...at(0), offset: 1 }]);
    assert.deepEqual(await read(2), ["1", "2"]);
    await consumer.close();
    await producer.close();
  }));

test("what makes no sense is refused, and changes nothing", () =>
  inWorld({ topics: { t: 2 } }, async ({ kafka }) => {
    const consumer = kafka.consumer({ assign: [{ ...at(0), offset: 0 }], autoOffsetReset: "none" });
    assert.throws(
      () =>
        consumer.assign([
          { ...at(1), offset: 0 },
          { topic: "", partition: 1 },
        ]),
      { kind: "config", message: /no topic/ },
    );
    assert.throws(() => consumer.assign([{ ...at(1), offset: -1 }]), { kind: "config" });
    assert.throws(
      () =>
        consumer.assign([
          { ...at(1), offset: 1 },
          { topic: "u", partition: 0 },
        ]),
      { kind: "config", message: /autoOffsetReset is "none", and u\/0 has no offset/ },
    );
    assert.deepEqual(consumer.assignment(), [at(0)]);
    const subscribed = kafka.consumer({ topics: ["t"] });
    assert.throws(() => subscribed.assign([at(0)]), { kind: "config", message: /reads topics/ });
    const member = kafka.consumer({ groupId: "g", topics: ["t"] });
    assert.throws(() => member.assign([at(0)]), { kind: "config", message: /from its group/ });
    assert.throws(() => kafka.consumer({ assign: [], topics: ["t"] }), { kind: "config", message: /not both/ });
    await consumer.close();
    assert.throws(() => consumer.assign([at(0)]), { kind: "closed" });
    await subscribed.close();
    await member.close();
  }));
