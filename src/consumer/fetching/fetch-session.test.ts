import { test } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { FetchSession, type SessionEntry, type SessionRequest } from "./fetch-session.ts";

type Told = Readonly<Record<"fetchOffset" | "currentLeaderEpoch" | "lastFetchedEpoch", number>>;

/** An event of one of five partitions between two requests. */
const change = fc.record(
  {
    partition: fc.integer({ min: 0, max: 4 }),
    /** The topic is deleted and created again now and then. */
    topicId: fc.constantFrom("x", "x", "x", "y"),
    how: fc.constantFrom("want", "want", "want", "unwant", "leave", "return"),
    fetchOffset: fc.nat(2),
    leaderEpoch: fc.nat(1),
    lastFetchedEpoch: fc.integer({ min: -1, max: 1 }),
  },
  { noNullPrototype: true },
);
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;
const round = fc.tuple(
  fc.array(change, { maxLength: 6 }),
  fc.constantFrom("good", "good", "good", "lost", "none", "alone", "whole"),
);
const keyOf = ({ topicId, partition }: { topicId: string; partition: number }): string => `${topicId}/${partition}`;
const told = ({ fetchOffset, currentLeaderEpoch, lastFetchedEpoch }: SessionEntry<string>): Told => ({
  fetchOffset,
  currentLeaderEpoch,
  lastFetchedEpoch,
});
const sorted = <V>(map: Iterable<readonly [string, V]>): readonly (readonly [string, V])[] =>
  [...map].sort(([a], [b]) => (a < b ? -1 : 1));

/** A consumer with a session; it reports what it wants, as a source does. */
class Wants {
  readonly session = new FetchSession<string>();
  readonly wanted = new Map<string, Told>();
  readonly #entries = new Map<number, SessionEntry<string>>();

  apply({ partition, topicId, how, fetchOffset, leaderEpoch, lastFetchedEpoch }: Change): void {
    const entry = this.#entries.get(partition);
    if (how === "want") {
      if (entry !== undefined && entry.topicId !== topicId) this.#leave(entry);
      const own = this.#entries.get(partition) ?? this.session.enter("t", topicId, partition, 100, `${partition}`);
      this.#entries.set(partition, own);
      this.session.want(own, fetchOffset, leaderEpoch, lastFetchedEpoch);
      this.wanted.set(keyOf(own), { fetchOffset, currentLeaderEpoch: leaderEpoch, lastFetchedEpoch });
      return;
    }
    if (entry === undefined) return;
    if (how === "unwant") {
      this.session.unwant(entry);
      this.wanted.delete(keyOf(entry));
    } else this.#leave(entry);
    if (how === "return")
      this.#entries.set(partition, this.session.enter("t", entry.topicId, partition, 100, `${partition}`));
  }

  #leave(entry: SessionEntry<string>): void {
    this.session.leave(entry);
    this.wanted.delete(keyOf(entry));
    this.#entries.delete(entry.partition);
  }
}

/** The broker's side of sessions. */
class Broker {
  known = new Map<string, Told>();
  #id = 0;
  #epoch = 0;

  /** Returns the id of the session. */
  take({ sessionId, sessionEpoch, partitions, forgotten }: SessionRequest<string>): number {
    if (sessionEpoch === 0) {
      this.known = new Map();
      this.#id++;
      this.#epoch = 0;
    } else assert.deepEqual([sessionId, sessionEpoch], [this.#id, this.#epoch]);
    // A broker takes what is new first, and forgets then: one that is named as both would be forgotten.
    const news = new Set(partitions.map(keyOf));
    for (const one of forgotten) {
      assert.ok(!news.has(keyOf(one)), "named as new, and as forgotten");
      assert.ok(this.known.delete(keyOf(one)), "forgotten, but never known");
    }
    for (const one of partitions) {
      assert.notDeepEqual(this.known.get(keyOf(one)), told(one), "said again");
      this.known.set(keyOf(one), told(one));
    }
    this.#epoch++;
    return this.#id;
  }
}

test("against a broker's side: after each good request it knows just what is wanted, and nothing is said twice", () => {
  fc.assert(
    fc.property(fc.array(round, { maxLength: 20 }), (rounds) => {
      const wants = new Wants();
      const { session } = wants;
      const broker = new Broker();
      for (const [changes, what] of rounds) {
        for (const one of changes) wants.apply(one);
        assert.equal(session.wanted, wants.wanted.size);
        const [first] = session.all();
        if (what === "alone" && first !== undefined) {
          assert.deepEqual(session.alone(first), {
            sessionId: 0,
            sessionEpoch: -1,
            partitions: [first],
            forgotten: [],
          });
          continue; // the broker's session stays as it is
        }
        if (what === "whole") {
          const { partitions } = session.whole();
          assert.deepEqual(sorted(partitions.map((one) => [keyOf(one), told(one)])), sorted(wants.wanted));
          session.reset();
          continue;
        }
        const id = broker.take(session.request());
        assert.equal(session.hasNews, false);
        assert.deepEqual(sorted(broker.known), sorted(wants.wanted));
        for (const { partition, topicId, owner } of session.all()) {
          assert.equal(session.find("", topicId, partition)?.owner, owner);
          assert.equal(session.find("t", "", partition)?.owner, owner);
        }
        if (what === "good") session.succeeded(id);
        else if (what === "lost") session.reset();
        else session.succeeded(0);
      }
    }),
    { numRuns: 500 },
  );
});

test("a fetch of 10,000 partitions of which one moved on names that one", () => {
  const session = new FetchSession<number>();
  const entries = Array.from({ length: 10_000 }, (_, i) => session.enter("t", "x", i, 100, i));
  for (const entry of entries) session.want(entry, 0, 1, -1);
  assert.equal(session.request().partitions.length, 10_000);
  session.succeeded(7);
  const [moved, paused] = [entries[5000], entries[9]];
  assert.ok(moved && paused);
  session.want(moved, 12, 1, 1);
  session.unwant(paused);
  const { partitions, forgotten, sessionId, sessionEpoch } = session.request();
  assert.deepEqual([sessionId, sessionEpoch], [7, 1]);
  assert.deepEqual([partitions.map((one) => one.partition), forgotten.map((one) => one.partition)], [[5000], [9]]);
});
