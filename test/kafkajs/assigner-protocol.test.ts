// The bytes that members of a group exchange, the assigner, and the partitioners: the same as kafkajs's.
import { test } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { AssignerProtocol } from "../../packages/kafkajs/src/assigners/assigner-protocol.ts";
import { roundRobinAssigner } from "../../packages/kafkajs/src/assigners/round-robin-assigner.ts";
import { outcome, theirs } from "./real-kafkajs.ts";

const real = theirs.AssignerProtocol as unknown as typeof AssignerProtocol;
const userData = fc.oneof(
  fc.constant(undefined),
  fc.constant(null),
  fc.string(),
  fc.uint8Array().map((bytes) => Buffer.from(bytes)),
);
const topic = fc.string({ unit: "binary", minLength: 1, maxLength: 12 }).filter((name) => name !== "__proto__");
const version = fc.integer({ min: -1, max: 32_767 });

test("the page's bytes of a metadata and of an assignment", () => {
  const metadata = AssignerProtocol.MemberMetadata.encode({ version: 1, topics: ["a", "b"], userData: "u" });
  assert.equal(metadata.toString("hex"), "0001000000020001610001620000000175");
  const assignment = AssignerProtocol.MemberAssignment.encode({ version: 0, assignment: { t: [0, 2] } });
  assert.equal(assignment.toString("hex"), "000000000001000174000000020000000000000002" + "00000000");
});

test("metadata has kafkajs's bytes, and both read the other's", () => {
  fc.assert(
    fc.property(version, fc.array(topic), userData, (number, topics, data) => {
      const fields = { version: number, topics, ...(data === undefined ? {} : { userData: data }) };
      const bytes = AssignerProtocol.MemberMetadata.encode(fields);
      assert.deepEqual(bytes, real.MemberMetadata.encode(fields));
      assert.deepEqual(AssignerProtocol.MemberMetadata.decode(bytes), real.MemberMetadata.decode(bytes));
    }),
  );
});

test("an assignment has kafkajs's bytes, and both read the other's", () => {
  const partitions = fc.array(fc.integer({ min: -1, max: 100_000 }));
  fc.assert(
    fc.property(version, fc.dictionary(topic, partitions), userData, (number, assignment, data) => {
      const fields = { version: number, assignment, ...(data === undefined ? {} : { userData: data }) };
      const bytes = AssignerProtocol.MemberAssignment.encode(fields);
      assert.deepEqual(bytes, real.MemberAssignment.encode(fields));
      assert.deepEqual(AssignerProtocol.MemberAssignment.decode(bytes), real.MemberAssignment.decode(bytes));
    }),
  );
});

test("bytes of a Java member, which has more fields behind, are read; an empty buffer is null or a RangeError", () => {
  // Version 1: owned partitions follow the user data.
  const java = Buffer.from("0001000000010001740000000000000001000174000000010000000" + "0", "hex");
  assert.deepEqual(AssignerProtocol.MemberMetadata.decode(java), real.MemberMetadata.decode(java));
  assert.deepEqual(AssignerProtocol.MemberMetadata.decode(java).topics, ["t"]);
  assert.equal(AssignerProtocol.MemberAssignment.decode(Buffer.alloc(0)), null);
  assert.throws(() => AssignerProtocol.MemberMetadata.decode(Buffer.alloc(0)), RangeError);
});

test("bytes that end early are refused where kafkajs refuses them", () => {
  const whole = AssignerProtocol.MemberAssignment.encode({ version: 0, assignment: { t: [1, 2] }, userData: "abc" });
  for (let length = 0; length < whole.length; length++) {
    const cut = whole.subarray(0, length);
    const kind = (outcome: unknown): unknown =>
      (outcome as { returned?: unknown }).returned ??
      (outcome as { threw?: { chain: string[] } }).threw?.chain[0] ??
      null;
    assert.deepEqual(
      kind(outcome(() => AssignerProtocol.MemberAssignment.decode(cut))),
      kind(outcome(() => real.MemberAssignment.decode(cut))),
      `${length} bytes`,
    );
  }
});

/** A cluster with these numbers of partitions. */
const clusterOf = (counts: Readonly<Record<string, number>>) => ({
  findTopicPartitionMetadata: (name: string) =>
    Array.from({ length: counts[name] ?? 0 }, (_, partitionId) => ({ partitionId })),
});

test("where all members have the same topics, the round robin assigner gives out as kafkajs's does", async () => {
  const counts = fc.dictionary(fc.constantFrom("a", "b", "c", "d"), fc.integer({ min: 0, max: 9 }), { minKeys: 1 });
  // kafkajs keeps members in a plain object, and fails for ids that every object has, such as "valueOf".
  const id = fc.string({ minLength: 1, maxLength: 8 }).filter((text) => !(text in Object.prototype));
  const members = fc.uniqueArray(id, { minLength: 1, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(counts, members, async (topics, ids) => {
      const cluster = clusterOf(topics);
      const subscription = { topics: Object.keys(topics) };
      const mine = roundRobinAssigner({ cluster });
      const kafkas = theirs.PartitionAssigners.roundRobin({ cluster } as never);
      assert.deepEqual(mine.protocol(subscription), kafkas.protocol(subscription));
      const memberMetadata = mine.protocol(subscription).metadata;
      const group = { members: ids.map((memberId) => ({ memberId, memberMetadata })), ...subscription };
      const byMember = (given: readonly { readonly memberId: string }[]): unknown =>
        [...given].sort((a, b) => (a.memberId < b.memberId ? -1 : 1));
      assert.deepEqual(byMember(await mine.assign(group)), byMember(await kafkas.assign(group)));
      assert.deepEqual([mine.name, mine.version], [kafkas.name, kafkas.version]);
    }),
  );
});

test("a partition goes only to members that subscribe to its topic, also one that the leader does not read", async () => {
  const assigner = roundRobinAssigner({ cluster: clusterOf({ a: 2, b: 3, c: 2 }) });
  const member = (memberId: string, topics: readonly string[]) => ({
    memberId,
    memberMetadata: assigner.protocol({ topics }).metadata,
  });
  const members = [member("m2", ["b"]), member("m1", ["a", "b"]), member("m3", ["c"])];
  const assigned = await assigner.assign({ members, topics: ["a", "b"] });
  const partitions = Object.fromEntries(
    assigned.map(({ memberId, memberAssignment }) => [
      memberId,
      { ...AssignerProtocol.MemberAssignment.decode(memberAssignment)?.assignment },
    ]),
  );
  assert.deepEqual(partitions, { m1: { a: [0, 1], b: [1] }, m2: { b: [0, 2] }, m3: { c: [0, 1] } });
});
