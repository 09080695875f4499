import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { AddressPlan, ATTEMPT_DELAY_MS, interleaved, type ResolvedAddress } from "./address-plan.ts";

const v4 = (n: number): ResolvedAddress => ({ address: `10.0.0.${n}`, family: 4 });
const v6 = (n: number): ResolvedAddress => ({ address: `fd00::${n}`, family: 6 });

test("addresses alternate by family, the resolver's first family first, each address once", () => {
  const table: readonly (readonly [readonly ResolvedAddress[], readonly ResolvedAddress[]])[] = [
    [[], []],
    [[v4(1)], [v4(1)]],
    [
      [v4(1), v4(2), v4(3)],
      [v4(1), v4(2), v4(3)],
    ],
    [
      [v6(1), v6(2), v4(1), v4(2)],
      [v6(1), v4(1), v6(2), v4(2)],
    ],
    [
      [v4(1), v4(2), v4(3), v6(1)],
      [v4(1), v6(1), v4(2), v4(3)],
    ],
    [
      [v6(1), v6(2), v6(3), v4(1)],
      [v6(1), v4(1), v6(2), v6(3)],
    ],
    [
      [v4(1), v4(1), v6(1), v4(1), v6(1)],
      [v4(1), v6(1)],
    ],
  ];
  for (const [given, expected] of table) assert.deepEqual(interleaved(given), expected);
});

const addresses = fc
  .uniqueArray(fc.tuple(fc.integer({ min: 1, max: 99 }), fc.boolean()), {
    maxLength: 8,
    selector: ([n, isSix]) => `${n} ${String(isSix)}`,
  })
  .map((all) => all.map(([n, isSix]) => (isSix ? v6(n) : v4(n))));

test(
  "whatever the resolver gives, the order keeps each family's own, and a family comes twice in a row only when the " +
    "other has run out",
  () => {
    fc.assert(
      fc.property(addresses, (given) => {
        const order = interleaved(given);
        for (const family of [4, 6])
          assert.deepEqual(
            order.filter((one) => one.family === family),
            given.filter((one) => one.family === family),
          );
        order.forEach(({ family }, i) => {
          if (order[i - 1]?.family === family) assert.ok(order.slice(i).every((later) => later.family === family));
        });
        assert.equal(order[0]?.family, given[0]?.family);
      }),
    );
  },
);

test("the next address is due after the head start of the one before, or as soon as that one fails", () => {
  const plan = new AddressPlan([v6(1), v4(1), v6(2), v4(2)]);
  assert.deepEqual(
    [plan.next(1000)?.address, plan.next(1000), plan.dueMs],
    ["fd00::1", undefined, 1000 + ATTEMPT_DELAY_MS],
  );
  assert.equal(plan.next(1249), undefined);
  assert.deepEqual([plan.next(1250)?.address, plan.dueMs], ["10.0.0.1", 1500]);
  plan.failed();
  assert.deepEqual([plan.next(1260)?.address, plan.next(1260), plan.dueMs], ["fd00::2", undefined, 1510]);
  plan.failed();
  assert.deepEqual([plan.next(1270)?.address, plan.dueMs, plan.isOver], ["10.0.0.2", undefined, false]);
  plan.failed();
  assert.equal(plan.isOver, false);
  plan.failed();
  assert.deepEqual(
    [plan.isOver, plan.next(9999), plan.tried],
    [true, undefined, ["fd00::1", "10.0.0.1", "fd00::2", "10.0.0.2"]],
  );
});

test(
  "with each attempt silent, all addresses are tried one head start after the other; with each failing at once, " +
    "without any wait",
  () => {
    fc.assert(
      fc.property(addresses, fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }), (given, fails) => {
        const plan = new AddressPlan(given);
        let nowMs = 0;
        const startedMs: number[] = [];
        for (;;) {
          const address = plan.next(nowMs);
          if (address !== undefined) {
            if (fails[startedMs.length] === true) plan.failed();
            startedMs.push(nowMs);
          } else if (plan.dueMs === undefined) break;
          else nowMs = plan.dueMs;
        }
        assert.equal(startedMs.length, given.length);
        startedMs.forEach((ms, i) =>
          assert.equal(ms - (startedMs[i - 1] ?? 0), i === 0 || fails[i - 1] === true ? 0 : ATTEMPT_DELAY_MS),
        );
        assert.equal(
          plan.isOver,
          fails.slice(0, given.length).every((one) => one),
        );
      }),
    );
  },
);
