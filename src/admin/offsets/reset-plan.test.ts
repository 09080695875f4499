import { test } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { KafkaError } from "../../errors/kafka-error.ts";
import { type OffsetReset, type OffsetResetTo, type ResetFacts, resetPlan } from "./reset-plan.ts";

const place = { topic: "orders", partition: 2 };
const facts = (more: Partial<ResetFacts> = {}): ResetFacts => ({
  ...{ committed: 50, earliest: 10, latest: 90, ofTime: undefined },
  ...more,
});

function planOf(to: OffsetResetTo, more: Partial<ResetFacts> = {}): OffsetReset {
  const plan = resetPlan(place, to, facts(more));
  if (KafkaError.is(plan)) assert.fail(plan.message);
  return plan;
}

test("each kind of reset, as kafka-consumer-groups.sh decides it", () => {
  const table: readonly (readonly [OffsetResetTo, Partial<ResetFacts>, after: number, clampedFrom?: number])[] = [
    ["earliest", {}, 10],
    ["earliest", { committed: undefined }, 10],
    ["latest", {}, 90],
    ["latest", { committed: undefined }, 90],
    [{ timestamp: 1 }, { ofTime: 33 }, 33],
    [{ timestamp: 1 }, { ofTime: undefined }, 90], // later than all records
    [{ offset: 0 }, {}, 10, 0],
    [{ offset: 10 }, {}, 10],
    [{ offset: 60 }, {}, 60],
    [{ offset: 90 }, {}, 90],
    [{ offset: 91 }, {}, 90, 91],
    [{ offset: 60 }, { committed: undefined }, 60],
    [{ shift: 0 }, {}, 50],
    [{ shift: 5 }, {}, 55],
    [{ shift: -5 }, {}, 45],
    [{ shift: -41 }, {}, 10, 9],
    [{ shift: 41 }, {}, 90, 91],
    [{ shift: -60 }, {}, 10, -10],
    [{ shift: 0 }, { committed: 200 }, 90, 200], // the topic was recreated
    [{ offset: 7 }, { earliest: 0, latest: 0 }, 0, 7], // an empty partition
  ];
  for (const [to, more, after, clampedFrom] of table)
    assert.deepEqual(
      planOf(to, more),
      { before: facts(more).committed, after, clampedFrom },
      JSON.stringify([to, more]),
    );
});

test("a shift without a committed offset is refused, with the partition and what to do", () => {
  const error = resetPlan(place, { shift: 1 }, facts({ committed: undefined }));
  assert.ok(KafkaError.is(error));
  assert.deepEqual([error.kind, error.topic, error.partition, error.outcome], ["config", "orders", 2, "notWritten"]);
  assert.match(
    error.message,
    /cannot shift the offset of orders-2: the group has committed none there; name "earliest"/,
  );
});

test("the new offset lies in the log, whatever was asked for; and is what was asked for if the log has it", () => {
  const offset = fc.nat({ max: 1_000_000 });
  const to: fc.Arbitrary<OffsetResetTo> = fc.oneof(
    fc.constantFrom("earliest" as const, "latest" as const),
    fc.record({ offset }),
    fc.record({ shift: fc.integer({ min: -Number.MAX_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER }) }),
    fc.record({ timestamp: offset }),
  );
  fc.assert(
    fc.property(to, offset, offset, offset, fc.nat({ max: 1000 }), (asked, committed, earliest, size, from) => {
      const latest = earliest + size;
      const ofTime = from > size ? undefined : earliest + from;
      const { before, after, clampedFrom } = planOf(asked, { committed, earliest, latest, ofTime });
      assert.equal(before, committed);
      assert.ok(after >= earliest && after <= latest);
      if (clampedFrom !== undefined)
        assert.ok(clampedFrom < earliest ? after === earliest : clampedFrom > latest && after === latest);
      else if (typeof asked === "object" && "offset" in asked) assert.equal(after, asked.offset);
      else if (typeof asked === "object" && "shift" in asked) assert.equal(after, committed + asked.shift);
    }),
  );
});
