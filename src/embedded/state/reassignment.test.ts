import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Reassignment, completeReassignment, reassignedTo, revertedReplicas } from "./reassignment.ts";

const settled = (replicas: readonly number[]): Reassignment => ({ replicas, adding: [], removing: [] });
const going = (replicas: number[], adding: number[], removing: number[]): Reassignment => ({
  replicas,
  adding,
  removing,
});

// As a real Kafka 4.4 lists them.
const begun: readonly (readonly [Reassignment, readonly number[], Reassignment])[] = [
  [settled([0, 1]), [0, 2], going([0, 2, 1], [2], [1])],
  [settled([1]), [2], going([2, 1], [2], [1])],
  [settled([0, 1]), [1, 0], settled([1, 0])],
  [settled([2, 0]), [1, 2, 0], going([1, 2, 0], [1], [])],
  [settled([1, 2, 0]), [0], going([0, 1, 2], [], [1, 2])],
  [going([0, 2, 1], [2], [1]), [0, 2], going([0, 2, 1], [2], [1])],
  [going([0, 2, 1], [2], [1]), [1, 2], going([1, 2, 0], [2], [0])],
  [going([2, 1], [2], [1]), [0, 2], going([0, 2, 1], [0], [1])],
];

for (const [current, target, expected] of begun)
  test(`${current.replicas.join()} is reassigned to ${target.join()}: ${expected.replicas.join()}`, () =>
    assert.deepEqual(reassignedTo(target, current), expected));

test("a reassignment ends when all new replicas are in sync, and one that stays is", () => {
  const one = going([0, 2, 1], [2], [1]);
  assert.equal(completeReassignment(one, [0, 1]), undefined);
  assert.deepEqual(completeReassignment(one, [0, 1, 2]), { replicas: [0, 2], isr: [0, 2] });
  assert.deepEqual(completeReassignment(one, [2]), { replicas: [0, 2], isr: [2] });
  assert.equal(completeReassignment(going([2, 1], [], [1]), [1]), undefined);
  assert.equal(completeReassignment(settled([0, 1]), [0, 1]), undefined);
});

test("a cancelled reassignment keeps the order of the replicas that stay", () => {
  assert.deepEqual(revertedReplicas(going([2, 1, 0], [2], [0])), [1, 0]);
  assert.deepEqual(revertedReplicas(settled([0, 1])), [0, 1]);
});

const ids = fc.uniqueArray(fc.nat(5), { minLength: 1 });

test("a reassignment that ends has the replicas that were asked for, in their order, and an ISR among them", () => {
  fc.assert(
    fc.property(ids, ids, fc.subarray([0, 1, 2, 3, 4, 5]), (replicas, target, inSync) => {
      const one = reassignedTo(target, settled(replicas));
      assert.deepEqual(new Set(one.replicas), new Set([...replicas, ...target]));
      assert.equal(new Set(one.replicas).size, one.replicas.length);
      assert.deepEqual([...revertedReplicas(one)].sort(), [...replicas].sort());
      const done = completeReassignment(
        one,
        inSync.filter((id) => one.replicas.includes(id)),
      );
      if (done === undefined) return;
      assert.deepEqual(done.replicas, target);
      assert.ok(done.isr.length > 0 && done.isr.every((id) => target.includes(id)));
      assert.ok(one.adding.every((id) => done.isr.includes(id)));
    }),
  );
});
