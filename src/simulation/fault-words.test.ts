import { test } from "node:test";
import assert from "node:assert/strict";
import { FAULT_KINDS } from "./fault-kinds.ts";
import { faultInWords } from "./fault-words.ts";

const struck = { node: "shop", broker: "broker-1", amount: 3, atMs: 1, durationMs: 2 };

test("every kind of fault has words, with the names of the affected nodes and brokers", () => {
  for (const kind of FAULT_KINDS) {
    const words = faultInWords({ ...struck, kind });
    assert.doesNotMatch(words, /amount/, kind);
    assert.match(words, /shop|broker-1|one partition/, kind);
  }
});

test("a kind without words is described by its name", () =>
  assert.equal(faultInWords({ ...struck, kind: "flood" }), "flood at shop and broker-1, amount 3"));
