import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { groupByTopic } from "./group-by-topic.ts";
import { PartitionMap } from "./partition-map.ts";

const place = fc.record({ topic: fc.constantFrom("a", "b", "a/1", "__proto__"), partition: fc.nat(3) });

test("a partition map behaves like a map whose keys are compared by topic and partition", () => {
  const step = fc.record({ place, value: fc.option(fc.nat(9)) });
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const map = new PartitionMap<number>();
      const model = new Map<string, number>();
      for (const { place: one, value } of steps) {
        const key = JSON.stringify([one.topic, one.partition]);
        if (value === null) assert.equal(map.delete(one), model.delete(key));
        else {
          map.set(one, value);
          model.set(key, value);
        }
        assert.equal(map.get(one), model.get(key));
        assert.equal(map.has(one), model.has(key));
        assert.equal(map.size, model.size);
      }
      const entries = [...map.entries()].map(([one, value]) => [JSON.stringify([one.topic, one.partition]), value]);
      assert.deepEqual(entries.sort(), [...model].sort());
      assert.deepEqual([...map.values()].sort(), [...model.values()].sort());
      map.clear();
      assert.deepEqual([map.size, ...map.values()], [0]);
    }),
  );
});

test("items are grouped by topic, topics and items in the order in which they came", () => {
  const items = [
    { topic: "b", partition: 1 },
    { topic: "a", partition: 0 },
    { topic: "b", partition: 0 },
  ];
  assert.deepEqual(
    [...groupByTopic(items)],
    [
      ["b", [items[0], items[2]]],
      ["a", [items[1]]],
    ],
  );
  assert.deepEqual([...groupByTopic([])], []);
});
