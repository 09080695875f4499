import { test } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { FetchSession, type SessionPartition } from "./fetch-session.ts";

const partition = fc.record(
  {
    topic: fc.constant("t"),
    topicId: fc.constantFrom("x", "y"),
    partition: fc.integer({ min: 0, max: 4 }),
    fetchOffset: fc.nat(2),
    leaderEpoch: fc.nat(1),
    lastFetchedEpoch: fc.integer({ min: -1, max: 1 }),
    maxBytes: fc.constant(100),
  },
  { noNullPrototype: true },
);
const keyOf = (p: SessionPartition): string => `${p.topicId}/${p.partition}`;
const wanted = fc.uniqueArray(partition, { selector: keyOf, maxLength: 6 });
const sorted = (partitions: Iterable<SessionPartition>): SessionPartition[] =>
  [...partitions].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));

test("against a broker's side: after each good request it knows just what is wanted, and nothing is told twice", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(wanted, fc.constantFrom("good", "good", "good", "lost", "none")), { maxLength: 20 }),
      (rounds) => {
        const session = new FetchSession();
        let known = new Map<string, SessionPartition>();
        let id = 0;
        let epoch = 0;
        for (const [partitions, what] of rounds) {
          const request = session.request(partitions);
          if (request.sessionEpoch === 0) {
            known = new Map();
            id++;
            epoch = 0;
          } else assert.deepEqual([request.sessionId, request.sessionEpoch], [id, epoch]);
          for (const p of request.forgotten) assert.ok(known.delete(keyOf(p)), "forgotten, but never known");
          for (const p of request.partitions) {
            assert.notDeepEqual(known.get(keyOf(p)), p, "told again");
            known.set(keyOf(p), p);
          }
          assert.deepEqual(sorted(known.values()), sorted(partitions));
          epoch++;
          if (what === "good") session.succeeded(id);
          else if (what === "lost") session.reset();
          else session.succeeded(0);
        }
      },
    ),
    { numRuns: 300 },
  );
});
