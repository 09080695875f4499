import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { KafkaError } from "../errors/kafka-error.ts";
import { Results } from "./results.ts";

const refused = new KafkaError("broker", "cannot create b");
const results = new Results<{ readonly topic: string; readonly partition: number }, number>(
  [
    [{ topic: "t", partition: 0 }, 5],
    [{ topic: "t", partition: 1 }, refused],
  ],
  ({ topic, partition }) => `${topic}-${partition}`,
);

test("an item was found only by the same object; now by an equal key", () => {
  assert.equal(results.get({ topic: "t", partition: 0 }), 5);
  assert.equal(results.get({ topic: "t", partition: 1 }), refused);
  assert.equal(results.get({ topic: "t", partition: 2 }), undefined);
  assert.throws(() => results.get(undefined as never), { kind: "config", message: /^get: the key cannot be read/ });
});

test("results iterate as pairs in the order of the call, and print their entries", () => {
  assert.deepEqual(
    [...results].map(([{ partition }, result]) => [partition, result]),
    [
      [0, 5],
      [1, refused],
    ],
  );
  assert.equal(results.size, 2);
  assert.match(inspect(results), /partition: 0 \} => 5,\n.*partition: 1 \} => KafkaError: cannot create b\n/);
  assert.deepEqual(Object.keys(results), ["entries"]);
});

test("orThrow throws the first error, and returns the values if there is none", () => {
  assert.throws(() => results.orThrow(), { kind: refused.kind, message: refused.message });
  assert.deepEqual(new Results([["a", 1] as const, ["b", 2] as const], (key) => key).orThrow(), [1, 2]);
  assert.deepEqual(new Results([], String).orThrow(), []);
});
