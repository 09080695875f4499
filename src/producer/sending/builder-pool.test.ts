import { test } from "node:test";
import assert from "node:assert/strict";
import { BuilderPool } from "./builder-pool.ts";

test("a builder begins with the size that its batch is expected to have", () => {
  const pool = new BuilderPool();
  assert.equal(pool.take(0).capacity, 512);
  assert.equal(pool.take(20_000).capacity, 32_768);
  assert.equal(pool.take(1 << 16).capacity, 1 << 16);
  assert.equal(pool.take(1_000_000).capacity, 1 << 20);
});

test("a builder is used again, empty, for a batch of its size", () => {
  const pool = new BuilderPool();
  const builder = pool.take(20_000);
  builder.tryAppend(null, "value", undefined, 0, Number.POSITIVE_INFINITY);
  pool.give(builder);
  assert.notEqual(pool.take(100_000), builder);
  assert.equal(pool.take(20_000), builder);
  assert.equal(builder.count, 0);
  assert.notEqual(pool.take(20_000), builder);
});

test("a builder that is larger than expected is used again, since a batch then need not grow", () => {
  const pool = new BuilderPool();
  const large = pool.take(1_000_000);
  pool.give(large);
  assert.equal(pool.take(20_000), large);
  assert.equal(pool.take(20_000).capacity, 32_768);
});

test("a large builder is not used for one of thousands of partitions: its memory would not be enough for all", () => {
  const pool = new BuilderPool();
  const large = pool.take(1_000_000);
  for (let i = 0; i < 4096; i++) pool.take(512);
  pool.give(large);
  assert.equal(pool.take(512).capacity, 512);
});

test("what is kept is bounded, and a size that is in use takes the place of one that is not", () => {
  const pool = new BuilderPool();
  const large = Array.from({ length: 40 }, () => pool.take(1_000_000));
  for (const builder of large) pool.give(builder);
  assert.equal(pool.keptBytes, 2 ** 25);
  const small = Array.from({ length: 3000 }, () => pool.take(8000));
  for (const builder of small) pool.give(builder);
  assert.equal(pool.keptBytes, 2048 * 8192);
  const kept = Array.from({ length: 3000 }, () => pool.take(8000)).filter((builder) => small.includes(builder));
  assert.equal(kept.length, 2048);
});

test("the more builders are in use, the less memory each of them begins with", () => {
  const pool = new BuilderPool();
  const last = Array.from({ length: 4096 }, () => pool.take(1_000_000)).at(-1);
  assert.equal(last?.capacity, 2 ** 26 / 4096);
});
