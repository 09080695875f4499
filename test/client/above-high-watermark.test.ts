// A broker notes the high watermark before it reads the log: records above it are sound. They were called damaged.
import assert from "node:assert/strict";
import { test } from "node:test";
import { inWorld, take, text } from "./world.ts";

for (const behind of [1, 2, 5])
  test(`records that lie ${behind} above the high watermark of their response are read, and nothing is fetched again`, () =>
    inWorld({ topics: { t: 1 } }, async ({ cluster, client }) => {
      const lines: string[] = [];
      const kafka = client({ onLog: ({ level, message }) => void lines.push(`${level} ${message}`) });
      const producer = kafka.producer({ lingerMs: 0 });
      for (let i = 0; i < 6; i++) await producer.send({ topic: "t", value: `${i}` });
      cluster.intercept("Fetch", {
        respond: (response) => ({
          ...response,
          responses: response.responses.map((topic) => ({
            ...topic,
            partitions: topic.partitions.map((one) => ({
              ...one,
              highWatermark: Math.max(0, one.highWatermark - behind),
              lastStableOffset: Math.max(0, one.lastStableOffset - behind),
            })),
          })),
        }),
      });
      const consumer = kafka.consumer({ topics: ["t"], startOffset: "earliest" });
      const values = (await take(consumer, 6)).map(({ value }) => text(value));
      assert.deepEqual(values, ["0", "1", "2", "3", "4", "5"]);
      assert.deepEqual(
        lines.filter((line) => line.includes("damaged")),
        [],
      );
    }));

test("a base offset that was damaged upwards is still in doubt", () =>
  inWorld({ topics: { t: 1 } }, async ({ cluster, client }) => {
    const lines: string[] = [];
    const kafka = client({ onLog: ({ level, message }) => void lines.push(`${level} ${message}`) });
    await kafka.producer().send({ topic: "t", value: "0" });
    let isDamaged = false;
    cluster.intercept("Fetch", {
      respond: (response) => ({
        ...response,
        responses: response.responses.map((topic) => ({
          ...topic,
          partitions: topic.partitions.map((one) => {
            if (isDamaged || one.records === null || one.records.length === 0) return one;
            isDamaged = true;
            const records = one.records.slice();
            new DataView(records.buffer).setBigInt64(0, 65_536n);
            return { ...one, records };
          }),
        })),
      }),
    });
    const [record] = await take(kafka.consumer({ topics: ["t"], startOffset: "earliest" }), 1);
    assert.equal(record?.offset, 0);
    assert.match(lines.join("\n"), /damaged.*ends at offset 65536, and the log at 1/);
  }));
