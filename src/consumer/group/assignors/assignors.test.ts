import { test } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import type { AssignorContext, AssignorBasis, AssignorMember, GroupAssignment } from "./assignor.ts";
import type { BuiltInAssignor } from "./built-in.ts";
import { KafkaError } from "../../../errors/kafka-error.ts";
import { Cancellation } from "../../../runtime/cancellation.ts";
import { rangeAssignor } from "./range.ts";
import { roundRobinAssignor } from "./round-robin.ts";
import { decodeStickyUserData, encodeStickyUserData } from "./sticky-user-data.ts";
import { cooperativeStickyAssignor, stickyAssignor } from "./sticky.ts";

const RACKS = ["r0", "r1", "r2"];
const TOPICS = ["a", "b", "c", "d"];
const member = (memberId: string, more: Partial<AssignorMember> = {}): AssignorMember => ({
  memberId,
  instanceId: null,
  topics: ["a"],
  owned: [],
  generation: -1,
  rack: null,
  userData: null,
  metadata: new Uint8Array(),
  ...more,
});
const topic = (count: number, racks: readonly string[] = []): string[][] =>
  Array.from({ length: count }, (_, i) => (racks.length === 0 ? [] : [racks[i % racks.length] ?? ""]));
const flat = (result: GroupAssignment): string[] =>
  [...result.values()]
    .flat()
    .map(({ topic, partition }) => `${topic}/${partition}`)
    .sort();

const inputs: fc.Arbitrary<AssignorBasis> = fc
  .record({
    sizes: fc.array(fc.nat(9), { minLength: 1, maxLength: 4 }),
    isUniform: fc.boolean(),
    members: fc.array(
      fc.record({
        topics: fc.subarray(TOPICS),
        rack: fc.option(fc.constantFrom(...RACKS)),
        instance: fc.boolean(),
        // Claims may be stale, double, of partitions and topics that there are not: other clients' members say what
        // they like.
        owned: fc.array(
          fc.record({ topic: fc.constantFrom(...TOPICS, "gone"), partition: fc.integer({ min: -2, max: 10 }) }),
          { maxLength: 8 },
        ),
        generation: fc.integer({ min: -1, max: 3 }),
      }),
      { minLength: 1, maxLength: 7 },
    ),
  })
  .map(({ sizes, isUniform, members }) => ({
    members: members.map(({ topics, rack, instance, owned, generation }, i) =>
      member(`m${i}`, {
        topics: isUniform ? TOPICS : topics,
        rack,
        instanceId: instance ? `i${9 - i}` : null,
        owned,
        generation,
      }),
    ),
    partitions: new Map(sizes.map((count, i) => [TOPICS[i] ?? "", topic(count, RACKS)])),
  }));

const everything = ({ members, partitions }: AssignorBasis): string[] =>
  [...partitions]
    .filter(([name]) => members.some((m) => m.topics.includes(name)))
    .flatMap(([name, list]) => [...list.keys()].map((partition) => `${name}/${partition}`))
    .sort();

for (const assignor of [rangeAssignor, roundRobinAssignor, stickyAssignor]) {
  test(
    `${assignor.name}: every partition that somebody wants goes to exactly one that wants it, the same for any ` +
      "order of members",
    () => {
      fc.assert(
        fc.property(inputs, (input) => {
          const result = assignor.assign(input);
          assert.deepEqual(flat(result), everything(input));
          assert.deepEqual([...result.keys()].sort(), input.members.map((m) => m.memberId).sort());
          for (const [memberId, list] of result)
            for (const one of list)
              assert.ok(input.members.find((m) => m.memberId === memberId)?.topics.includes(one.topic));
          const again = assignor.assign({ ...input, members: [...input.members].reverse() });
          for (const [memberId, list] of result) assert.deepEqual(again.get(memberId), list);
        }),
        { numRuns: 500 },
      );
    },
  );
}

/**
 * Whether some chain of single moves leads from a member to one that has at least two fewer: then the balance could be
 * better.
 */
function couldBeBetter(input: AssignorBasis, result: GroupAssignment): boolean {
  const count = (id: string): number => result.get(id)?.length ?? 0;
  return input.members.some((from) => {
    const reached = new Set([from.memberId]);
    for (const id of reached)
      for (const one of result.get(id) ?? [])
        for (const to of input.members) if (to.topics.includes(one.topic)) reached.add(to.memberId);
    return [...reached].some((id) => count(id) + 2 <= count(from.memberId));
  });
}

test("sticky: no better balance exists", () => {
  fc.assert(
    fc.property(inputs, (input) => assert.ok(!couldBeBetter(input, stickyAssignor.assign(input)))),
    { numRuns: 500 },
  );
});

test("sticky: an assignment that is balanced stays as it is, also when it is told by user data", () => {
  fc.assert(
    fc.property(inputs, fc.boolean(), (input, byUserData) => {
      const first = stickyAssignor.assign({ ...input, members: input.members.map((m) => ({ ...m, owned: [] })) });
      const members = input.members.map((m) => {
        const owned = first.get(m.memberId) ?? [];
        return byUserData
          ? { ...m, owned: [], userData: encodeStickyUserData({ owned, generation: 7 }) }
          : { ...m, owned, generation: 7 };
      });
      const second = stickyAssignor.assign({ ...input, members });
      for (const [memberId, list] of first) assert.deepEqual(second.get(memberId), list);
    }),
    { numRuns: 300 },
  );
});

test(
  "cooperative-sticky: nothing that another holds is given; once that was given back all is given out, and the " +
    "next round changes nothing",
  () => {
    fc.assert(
      fc.property(inputs, (input) => {
        // A real group: each partition has one holder at most.
        const taken = new Set<string>();
        let members = input.members.map((m) => ({
          ...m,
          generation: 3,
          owned: m.owned.filter(
            ({ topic: t, partition }) =>
              m.topics.includes(t) &&
              partition >= 0 &&
              partition < (input.partitions.get(t)?.length ?? 0) &&
              !taken.has(`${t}/${partition}`) &&
              taken.add(`${t}/${partition}`),
          ),
        }));
        for (let round = 0; round < 3; round++) {
          const result = cooperativeStickyAssignor.assign({ ...input, members });
          const given = flat(result);
          assert.equal(new Set(given).size, given.length);
          for (const [memberId, list] of result)
            for (const one of list)
              assert.ok(
                !members.some(
                  (m) =>
                    m.memberId !== memberId &&
                    m.owned.some((o) => o.topic === one.topic && o.partition === one.partition),
                ),
              );
          if (round === 1) assert.deepEqual(given, everything(input), "the second round gives out all");
          if (round === 2)
            for (const m of members) assert.deepEqual(result.get(m.memberId), m.owned, "the third changes nothing");
          members = members.map((m) => ({ ...m, generation: 4 + round, owned: [...(result.get(m.memberId) ?? [])] }));
        }
        // No single move would even it out.
        for (const from of members)
          for (const to of members)
            assert.ok(
              from.owned.length < to.owned.length + 2 || !from.owned.some((one) => to.topics.includes(one.topic)),
            );
      }),
      { numRuns: 300 },
    );
  },
);

test("sticky: of two that claim a partition the later generation keeps it; of the same generation nobody has a claim", () => {
  const owned = [{ topic: "a", partition: 0 }];
  const partitions = new Map([["a", topic(2)]]);
  const of = (assignor: BuiltInAssignor, one: number, other: number): string =>
    flat(
      new Map([
        [
          "x",
          [
            ...(assignor
              .assign({
                partitions,
                members: [member("m0", { owned, generation: one }), member("m1", { owned, generation: other })],
              })
              .get("m1") ?? []),
          ],
        ],
      ]),
    ).join();
  assert.equal(of(stickyAssignor, 1, 2), "a/0");
  assert.equal(of(stickyAssignor, 2, 1), "a/1");
  assert.equal(of(cooperativeStickyAssignor, 1, 2), "", "the other one still reads it");
});

test("racks: sticky and range give a member what lies near it, where the balance allows", () => {
  const partitions = new Map([["a", topic(6, RACKS)]]);
  const members = RACKS.map((rack, i) => member(`m${i}`, { rack: RACKS[2 - i] ?? rack }));
  for (const assignor of [rangeAssignor, stickyAssignor]) {
    const result = assignor.assign({ members, partitions });
    for (const m of members)
      assert.deepEqual(
        result.get(m.memberId)?.map(({ partition }) => RACKS[partition % 3]),
        [m.rack, m.rack],
        assignor.name,
      );
  }
});

test("a member that joins a sticky group of 50 with 10,000 partitions moves its share and no more", () => {
  const partitions = new Map(TOPICS.map((name) => [name, topic(2500)]));
  const before = stickyAssignor.assign({
    partitions,
    members: Array.from({ length: 50 }, (_, i) => member(`m${i}`, { topics: TOPICS })),
  });
  for (const isUniform of [true, false]) {
    const members = [
      ...Array.from({ length: 50 }, (_, i) =>
        member(`m${i}`, { topics: TOPICS, owned: before.get(`m${i}`) ?? [], generation: 1 }),
      ),
      member("new", { topics: isUniform ? TOPICS : TOPICS.slice(1) }),
    ];
    const after = stickyAssignor.assign({ partitions, members });
    assert.equal(after.get("new")?.length, 196);
    const kept = members.reduce(
      (sum, m) =>
        sum +
        m.owned.filter(
          (one) =>
            after.get(m.memberId)?.includes(one) === true ||
            after.get(m.memberId)?.some((a) => a.topic === one.topic && a.partition === one.partition),
        ).length,
      0,
    );
    assert.equal(kept, 10_000 - 196);
  }
});

test("sticky's user data: what was written is read; the first version, cut and foreign bytes", () => {
  const owned = [
    { topic: "a", partition: 1 },
    { topic: "ünï", partition: 0 },
  ];
  const bytes = encodeStickyUserData({ owned, generation: 9 });
  assert.deepEqual(decodeStickyUserData(bytes), { owned, generation: 9 });
  assert.deepEqual(decodeStickyUserData(bytes.subarray(0, bytes.length - 4)), { owned, generation: -1 });
  for (let cut = 0; cut < bytes.length - 4; cut++)
    assert.equal(decodeStickyUserData(bytes.subarray(0, cut)), undefined);
});

/** Members that each subscribe to about half of the topics. */
function mixed(members: number, partitions: number, topics: number): AssignorBasis {
  const names = Array.from({ length: topics }, (_, i) => `t${i}`);
  let seed = 1;
  const below = (n: number): number => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return Math.floor((seed / 2147483648) * n);
  };
  return {
    partitions: new Map(names.map((name) => [name, topic(partitions / topics)])),
    members: Array.from({ length: members }, (_, i) => member(`m${i}`, { topics: names.filter(() => below(2) === 1) })),
  };
}

/** A host that has a turn at every step, and counts them. */
class Turns implements AssignorContext {
  readonly signal: AssignorContext["signal"] = new Cancellation();
  steps = 0;
  giveTurn(): Promise<void> {
    this.steps++;
    return Promise.resolve();
  }
}

for (const assignor of [rangeAssignor, roundRobinAssignor, stickyAssignor, cooperativeStickyAssignor]) {
  test(`${assignor.name}: with turns of the host in between the result is the same`, () =>
    fc.assert(
      fc.asyncProperty(inputs, async (input) => {
        const turns = new Turns();
        assert.deepEqual(await assignor.assign(input, turns), assignor.assign(input));
      }),
      { numRuns: 100 },
    ));

  test(`${assignor.name}: a division that nobody needs any more stops at its next turn`, async () => {
    let steps = 0;
    const giveTurn = (): Promise<void> | undefined =>
      ++steps === 3 ? Promise.reject(new KafkaError("cancelled", "rebalances")) : undefined;
    await assert.rejects(async () => assignor.assign(mixed(10, 100, 10), { giveTurn, signal: new Cancellation() }), {
      kind: "cancelled",
    });
    assert.equal(steps, 3);
  });
}

// A step is a millisecond of work at most: without looking at a clock, their number says that the work does not grow
// with members × members × partitions.
for (const [members, partitions, topics, limit] of [
  [100, 2000, 10, 20_000],
  [200, 2000, 10, 20_000],
  [300, 3000, 10, 30_000],
  [1000, 10_000, 10, 100_000],
  [300, 3000, 300, 60_000],
] as const) {
  test(
    `sticky: ${members} members that subscribe to half of ${topics} topics with ${partitions} partitions do not ` +
      "take minutes",
    async () => {
      for (const assignor of [stickyAssignor, cooperativeStickyAssignor]) {
        const input = mixed(members, partitions, topics);
        const turns = new Turns();
        const result = await assignor.assign(input, turns);
        assert.ok(turns.steps < limit, `${assignor.name} took ${turns.steps} steps`);
        assert.deepEqual(flat(result), everything(input));
      }
    },
  );
}
