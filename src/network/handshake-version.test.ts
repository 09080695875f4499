import { test } from "node:test";
import assert from "node:assert/strict";
import { HandshakeVersion } from "./handshake-version.ts";

const HOUR = 3_600_000;

test(
  "after each hang-up before the first answer a lower version is asked for; after the lowest the highest again, " +
    "and not at once",
  () => {
    const version = new HandshakeVersion();
    assert.deepEqual(
      [
        version.next(0),
        version.hungUp(5, 0),
        version.next(0),
        version.hungUp(3, 0),
        version.next(0),
        version.hungUp(0, 0),
        version.next(0),
      ],
      [5, true, 3, true, 0, false, 5],
    );
  },
);

test("the version that worked is kept, also when a broker that restarts hangs up", () => {
  const version = new HandshakeVersion();
  version.hungUp(5, 0);
  version.answered(3, 3, 0);
  assert.equal(version.hungUp(3, 10), false);
  assert.equal(version.hungUp(3, 20), false);
  assert.equal(version.next(30), 3);
  version.answered(3, 3, 0);
  assert.deepEqual([version.hungUp(3, 40), version.hungUp(3, 50), version.next(60)], [false, false, 3]);
  assert.deepEqual([version.hungUp(3, 70), version.next(80)], [false, 5], "another broker is at this address now");
});

test("the best version, once it worked, is not lowered by a broker that restarts", () => {
  const version = new HandshakeVersion();
  version.answered(5, 5, 0);
  assert.deepEqual([version.hungUp(5, 1), version.hungUp(5, 2), version.next(3)], [false, false, 5]);
});

test("two connections that are hung up on together lower the version once", () => {
  const version = new HandshakeVersion();
  assert.deepEqual([version.hungUp(5, 0), version.hungUp(5, 0), version.next(0)], [true, true, 3]);
});

test("after an hour the highest version is tried again: the broker may have been upgraded", () => {
  const version = new HandshakeVersion();
  version.hungUp(5, 0);
  version.answered(3, 3, 0);
  assert.deepEqual([version.next(HOUR - 1), version.next(HOUR)], [3, 5]);
});

test("a version that the broker answered in place of the one it was asked with is kept for an hour", () => {
  const version = new HandshakeVersion();
  version.answered(5, 4, 10);
  assert.deepEqual([version.known, version.next(HOUR), version.next(HOUR + 10), version.known], [4, 4, 5, undefined]);
});

test("what another broker of the cluster answered is asked with first, and is lowered from there", () => {
  const version = new HandshakeVersion(4, 0);
  assert.deepEqual(
    [version.known, version.next(HOUR), version.hungUp(4, 1), version.next(2), version.hungUp(3, 2), version.next(3)],
    [undefined, 4, true, 3, true, 0],
  );
  const right = new HandshakeVersion(4, 0);
  right.answered(4, 4, 5);
  assert.deepEqual([right.known, right.next(HOUR - 1), right.next(HOUR)], [4, 4, 5]);
});
