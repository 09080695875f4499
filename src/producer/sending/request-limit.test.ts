import { test } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { RequestLimit } from "./request-limit.ts";

test(
  "a request that got no answer halves the limit; answers double it below half of what failed, then raise it by a " +
    "sixteenth",
  () => {
    const limit = new RequestLimit(1000);
    assert.equal(limit.bytes, 1000);
    limit.failed(800, {});
    assert.equal(limit.bytes, 400);
    limit.failed(400, {});
    assert.equal(limit.bytes, 200);
    const seen = Array.from({ length: 3 }, () => {
      limit.answered(limit.bytes);
      return limit.bytes;
    });
    assert.deepEqual(seen, [212, 225, 239]);
    limit.answered(100);
    assert.equal(limit.bytes, 239, "what is much smaller says nothing");
    for (let i = 0; i < 100; i++) limit.answered(limit.bytes);
    assert.equal(limit.bytes, 1000);
  },
);

test("a broken connection with five requests in flight halved the limit five times", () => {
  const limit = new RequestLimit(1000);
  const connection = {};
  for (let i = 0; i < 5; i++) limit.failed(800, connection);
  assert.equal(limit.bytes, 400);
  limit.failed(400, {});
  assert.equal(limit.bytes, 200);
});

test("the limit is never below one byte, nor above the most, and a small request that fails never raises it", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1e8 }),
      fc.array(fc.option(fc.integer({ min: 1, max: 2e8 }), { nil: undefined })),
      (most, events) => {
        const limit = new RequestLimit(most);
        for (const event of events) {
          const before = limit.bytes;
          if (event === undefined) limit.answered(limit.bytes);
          else limit.failed(event, {});
          assert.ok(limit.bytes >= 1 && limit.bytes <= most);
          assert.ok(event === undefined ? limit.bytes >= before : limit.bytes <= before);
        }
      },
    ),
  );
});
