import assert from "node:assert/strict";
import { test } from "node:test";
import { Quorum } from "./quorum.ts";

test("the next running voter leads when the leader stops, and stays the leader when that one comes back", () => {
  const quorum = new Quorum([0, 1, 2], 0);
  for (const id of [0, 1, 2]) quorum.started(id);
  assert.deepEqual([quorum.leaderId, quorum.at(0).leaderEpoch], [0, 1]);
  quorum.stopped(1, 1000);
  assert.equal(quorum.leaderId, 0);
  quorum.stopped(0, 2000);
  assert.deepEqual([quorum.leaderId, quorum.at(2000).leaderEpoch], [2, 2]);
  quorum.started(0);
  assert.equal(quorum.leaderId, 2);
  quorum.stopped(0, 3000);
  quorum.stopped(2, 3000);
  assert.equal(quorum.leaderId, 2, "no voter is up");
  quorum.started(1);
  assert.deepEqual([quorum.leaderId, quorum.at(3000).leaderEpoch], [1, 3]);
});

test("the metadata log grows with time; a voter that is down stays where it was, and brokers that were added only observe", () => {
  const quorum = new Quorum([0, 1], 1000);
  for (const id of [0, 1, 2]) quorum.started(id);
  quorum.stopped(1, 2000);
  assert.deepEqual(quorum.at(4000), {
    leaderId: 0,
    leaderEpoch: 1,
    highWatermark: 7,
    voters: [
      { nodeId: 0, logEndOffset: 7, lastFetchMs: 4000 },
      { nodeId: 1, logEndOffset: 3, lastFetchMs: 2000 },
    ],
    observers: [{ nodeId: 2, logEndOffset: 7, lastFetchMs: 4000 }],
  });
  quorum.removed(2);
  assert.deepEqual(quorum.at(4000).observers, []);
});
