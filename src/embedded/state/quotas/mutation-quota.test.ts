import assert from "node:assert/strict";
import { test } from "node:test";
import { IdleEntries } from "./idle-entries.ts";
import { MutationQuota, mutationBuckets } from "./mutation-quota.ts";
import { TokenBucket } from "./token-bucket.ts";

const quota = { limit: 2, sharedBy: "alice" };

test("a bucket begins with the tokens of eleven seconds, and may get a debt", () => {
  const bucket = new TokenBucket();
  assert.equal(bucket.tokens(2, 0), 22);
  bucket.take(25, 2, 0);
  assert.equal(bucket.throttleMs(2, 0), 1500);
  assert.equal(bucket.throttleMs(2, 1000), 500);
  assert.equal(bucket.throttleMs(2, 1500), 0);
  assert.equal(bucket.isIdle(5000), false);
  assert.equal(bucket.tokens(2, 60_000), 22);
});

test("a strict quota refuses topics while there is a debt; the other one only throttles", () => {
  for (const [isStrict, taken, throttleMs, left] of [
    [true, [true, false, false], 500, -1],
    [false, [true, true, true], 3500, -7],
  ] as const) {
    const buckets = mutationBuckets();
    const asked = new MutationQuota(quota, buckets, isStrict, 0);
    assert.deepEqual([asked.take(23), asked.take(4), asked.take(2)], taken);
    assert.equal(asked.throttleMs, throttleMs);
    assert.equal(buckets.of("alice", 0).tokens(2, 0), left);
    assert.equal(new MutationQuota({ ...quota, sharedBy: "bob" }, buckets, true, 0).take(22), true);
  }
});

test("without a quota nothing is counted", () => {
  const buckets = mutationBuckets();
  const asked = new MutationQuota(undefined, buckets, true, 0);
  assert.deepEqual([asked.take(1e6), asked.take(1), asked.throttleMs, buckets.size], [true, true, 0, 0]);
});

test("entries that are as good as new are removed when there are many", () => {
  const entries = new IdleEntries(() => new TokenBucket());
  for (let i = 0; i < 1500; i++) entries.of(`client ${i}`, 0).take(1, 1, 0);
  assert.equal(entries.size, 1500);
  entries.of("late", 60_000);
  assert.equal(entries.size, 1);
});
