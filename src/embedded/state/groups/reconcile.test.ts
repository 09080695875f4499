import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type ConsumerHeartbeatAnswer, type Refusal } from "./consumer-heartbeat.ts";
import { ConsumerGroup } from "./consumer-group.ts";
import { GROUP_DEFAULTS } from "./group-configs.ts";
import { type AssignedMember, assignPartitions } from "./server-assignors.ts";

const topic = (name: string, length: number): { name: string; topicId: string; partitions: { length: number } } => ({
  name,
  topicId: `id-${name}`,
  partitions: { length },
});
const topics = [topic("a", 5), topic("b", 3), topic("c", 1)];
const directory = {
  all: topics,
  byName: (name: string) => topics.find((one) => one.name === name),
  byId: (id: string) => topics.find((one) => one.topicId === id),
};

/** A member as a client sees itself: it has its last assignment, and gives up partitions only when the test says so. */
class Client {
  readonly memberId: string;
  readonly names: readonly string[];
  epoch = 0;
  /** The partitions that it believes to have. */
  owned: ReadonlySet<string> = new Set();
  /** The last assignment that it got. */
  told: ReadonlySet<string> = new Set();

  constructor(memberId: string, names: readonly string[]) {
    this.memberId = memberId;
    this.names = names;
  }

  request(memberEpoch = this.epoch): Parameters<ConsumerGroup["heartbeat"]>[0] {
    const isJoining = memberEpoch === 0;
    const byTopic = topics.map(({ topicId }) => ({
      topicId,
      partitions: [...this.owned]
        .filter((key) => key.startsWith(`${topicId}/`))
        .map((key) => Number(key.split("/")[1])),
    }));
    return {
      groupId: "g",
      memberId: this.memberId,
      memberEpoch,
      instanceId: null,
      rackId: null,
      rebalanceTimeoutMs: isJoining ? 1000 : -1,
      subscribedTopicNames: isJoining ? this.names : null,
      subscribedTopicRegex: null,
      serverAssignor: null,
      topicPartitions: byTopic,
      clientId: "",
      clientHost: "",
    };
  }

  take(answer: ConsumerHeartbeatAnswer | Refusal): void {
    assert.ok(!("errorCode" in answer), JSON.stringify(answer));
    this.epoch = answer.memberEpoch;
    if (answer.assignment === null) return;
    this.told = new Set(
      answer.assignment.topicPartitions.flatMap(({ topicId, partitions }) =>
        partitions.map((partition) => `${topicId}/${partition}`),
      ),
    );
    this.owned = new Set([...this.owned, ...this.told]);
  }

  giveBack(): void {
    this.owned = new Set([...this.owned].filter((key) => this.told.has(key)));
  }
}

const step = fc.record({
  member: fc.integer({ min: 0, max: 3 }),
  what: fc.constantFrom("join", "beat", "beat", "beat", "give back", "leave"),
});

test(
  "no partition is ever with two members, whoever comes, goes, and gives back late; in the end all are with " +
    "somebody who reads them",
  () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const group = new ConsumerGroup("g", { ...GROUP_DEFAULTS, consumerAssignmentIntervalMs: 0 }, directory);
        const clients = new Map<number, Client>();
        const check = (): void => {
          const all = [...clients.values()].flatMap(({ owned }) => [...owned]);
          assert.equal(new Set(all).size, all.length, `two have one: ${all.join()}`);
        };
        const act = ({ member, what }: { readonly member: number; readonly what: string }): void => {
          const client = clients.get(member);
          if (what === "join" && client === undefined) {
            const made = new Client(`m${member}`, member === 3 ? ["b", "c"] : ["a", "b"]);
            made.take(group.heartbeat(made.request(0), 0));
            clients.set(member, made);
          } else if (what === "beat" && client !== undefined) client.take(group.heartbeat(client.request(), 0));
          else if (what === "give back") client?.giveBack();
          else if (what === "leave" && client !== undefined) {
            group.leave(client.request(-1), 0);
            clients.delete(member);
          }
          check();
        };
        for (const one of steps) act(one);
        for (let round = 0; round < 10; round++)
          for (const member of clients.keys()) for (const what of ["beat", "give back", "beat"]) act({ member, what });
        const read = new Set([...clients.values()].flatMap(({ names }) => names));
        const expected = topics.flatMap(({ name, topicId, partitions }) =>
          read.has(name) ? Array.from({ length: partitions.length }, (_, i) => `${topicId}/${i}`) : [],
        );
        assert.deepEqual([...clients.values()].flatMap(({ owned }) => [...owned]).sort(), expected.sort());
        assert.equal(group.state, clients.size === 0 ? "Empty" : "Stable");
      }),
      { numRuns: 300 },
    );
  },
);

const members = fc.uniqueArray(
  fc.record({
    memberId: fc.string({ minLength: 1, maxLength: 3 }),
    some: fc.subarray(["a", "b", "c"], { minLength: 1 }),
  }),
  { selector: ({ memberId }) => memberId, minLength: 1, maxLength: 6 },
);
const counts = new Map([
  ["a", 7],
  ["b", 4],
  ["c", 1],
]);

for (const assignor of ["uniform", "range"]) {
  test(`${assignor}: each partition that somebody reads is given to one who does`, () => {
    fc.assert(
      fc.property(members, (all) => {
        const asked = all.map(({ memberId, some }): AssignedMember => ({
          memberId,
          instanceId: null,
          topicIds: new Set(some),
          target: new Map(),
        }));
        const given = [...assignPartitions(assignor, asked, counts)].flatMap(([memberId, assigned]) =>
          [...assigned].flatMap(([topicId, partitions]) =>
            [...partitions].map((partition) => ({ memberId, topicId, partition })),
          ),
        );
        for (const { memberId, topicId } of given)
          assert.ok(asked.find((one) => one.memberId === memberId)?.topicIds.has(topicId));
        const expected = [...counts].reduce(
          (sum, [topicId, count]) => sum + (asked.some(({ topicIds }) => topicIds.has(topicId)) ? count : 0),
          0,
        );
        assert.equal(new Set(given.map(({ topicId, partition }) => `${topicId}/${partition}`)).size, expected);
        assert.equal(given.length, expected);
      }),
    );
  });
}

test("uniform: who reads the same has the same, give or take one, and one more member moves no more than its share", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 }), (count) => {
      const ids = Array.from({ length: count + 1 }, (_, i) => `m${i}`);
      const asked = (some: readonly string[], before: ReturnType<typeof assignPartitions>): AssignedMember[] =>
        some.map((memberId) => ({
          memberId,
          instanceId: null,
          topicIds: new Set(counts.keys()),
          target: before.get(memberId) ?? new Map<string, ReadonlySet<number>>(),
        }));
      const sizes = (assigned: ReturnType<typeof assignPartitions>): number[] =>
        [...assigned.values()].map((one) => [...one.values()].reduce((sum, { size }) => sum + size, 0));
      const before = assignPartitions("uniform", asked(ids.slice(0, count), new Map()), counts);
      const after = assignPartitions("uniform", asked(ids, before), counts);
      for (const assigned of [before, after])
        assert.ok(Math.max(...sizes(assigned)) - Math.min(...sizes(assigned)) <= 1);
      for (const memberId of ids.slice(0, count))
        for (const [topicId, partitions] of after.get(memberId) ?? [])
          for (const partition of partitions)
            assert.ok(before.get(memberId)?.get(topicId)?.has(partition), "the old ones only give");
    }),
  );
});
