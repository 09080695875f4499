import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Turns } from "./turns.ts";

const step = fc.oneof(
  fc.integer({ min: 0, max: 9 }).map((member) => ({ how: "push", member }) as const),
  fc.integer({ min: 0, max: 9 }).map((member) => ({ how: "remove", member }) as const),
  fc.constant({ how: "shift", member: -1 } as const),
);

test("each member gets its turn, once for each time that it came, and nobody who left", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const turns = new Turns<number>();
      const members = new Set<number>();
      for (const { how, member } of steps) {
        if (how === "push") {
          turns.push(member);
          members.add(member);
        } else if (how === "remove") {
          turns.remove(member);
          members.delete(member);
        } else {
          const next = turns.shift();
          assert.equal(next !== undefined, members.size > 0);
          if (next !== undefined) assert.ok(members.delete(next), `${next} is not a member`);
        }
        assert.equal(turns.size, members.size);
      }
    }),
  );
});

test("they go round in the order in which they came", () => {
  const turns = new Turns<number>();
  for (let i = 0; i < 100; i++) turns.push(i);
  for (let round = 0; round < 5; round++)
    for (let i = 0; i < 100; i++) {
      assert.equal(turns.shift(), i);
      turns.push(i);
    }
});

test("one that leaves and comes back for ever does not fill the memory, and does not keep the others from their turn", () => {
  const turns = new Turns<string>();
  turns.push("other");
  for (let i = 0; i < 10_000; i++) {
    turns.push("restless");
    turns.remove("restless");
  }
  assert.equal(turns.shift(), "other");
  assert.equal(turns.shift(), undefined);
});
