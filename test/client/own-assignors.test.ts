// Assignors of the user, with subscriptions and assignments of their own, in virtual time.
import { test } from "node:test";
import assert from "node:assert/strict";
import type {
  Assignor,
  AssignorInput,
  AssignorJoin,
  AssignorResult,
  ReceivedAssignment,
} from "../../src/consumer/group/assignors/assignor.ts";
import { kafkajsAssignor } from "../../src/consumer/group/assignors/round-robin.ts";
import { encodeVersioned } from "../../src/protocol/embedded-formats.ts";
import { consumerProtocolAssignment } from "../../src/protocol/messages/consumer-protocol-assignment.ts";
import { consumerProtocolSubscription } from "../../src/protocol/messages/consumer-protocol-subscription.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import { GroupReader } from "./group-reader.ts";
import { inWorld } from "./world.ts";

const wrong = <T>(value: unknown): T => value as T;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (given: Uint8Array | null): string | null => (given === null ? null : new TextDecoder().decode(given));

interface Seen {
  readonly joins: AssignorJoin[];
  readonly inputs: AssignorInput[];
  readonly received: ReceivedAssignment[];
}

function assignor(more: Partial<Assignor> = {}): Assignor & Seen {
  const seen: Seen = { joins: [], inputs: [], received: [] };
  return {
    ...seen,
    name: "mine",
    rebalanceProtocol: "eager",
    assign(input) {
      seen.inputs.push(input);
      return kafkajsAssignor.assign(input);
    },
    userData(_previous, _generation, join) {
      seen.joins.push(join);
      return bytes(`join ${seen.joins.length}`);
    },
    onAssignment: (assignment) => void seen.received.push(assignment),
    ...more,
  };
}
const options = (own: Assignor, topics: readonly string[] = ["t"]): object => ({
  topics,
  groupId: "g",
  partitionAssignmentStrategy: [own],
});

test("user data is asked for at every join, with this member's topics and the partitions that it had", () =>
  inWorld({ topics: { t: 2, u: 1 } }, async (world) => {
    const own = assignor();
    const reader = new GroupReader(world, options(own));
    await reader.until(({ held }) => held.size === 2);
    const before = own.joins.length;
    reader.consumer.subscribe(["t", "u"]);
    await reader.until(({ held }) => held.size === 3);
    assert.deepEqual(
      own.joins.slice(before).map(({ topics, previous, owned }) => ({ topics: [...topics].sort(), previous, owned })),
      [
        {
          topics: ["t", "u"],
          previous: [
            { topic: "t", partition: 0 },
            { topic: "t", partition: 1 },
          ],
          owned: [],
        },
      ],
    );
    const [first, second] = own.inputs;
    assert.equal(text(first?.members[0]?.userData ?? null), `join ${before}`);
    assert.equal(text(second?.members[0]?.userData ?? null), `join ${before + 1}`);
    assert.deepEqual([second?.groupId, second?.leaderId], ["g", second?.members[0]?.memberId]);
    assert.ok((second?.generation ?? 0) > (first?.generation ?? 0));
    await reader.close();
  }));

test(
  "the leader sees fresh metadata of topics that only other members subscribe to, also of a topic that has grown " +
    "since, with leader and replicas",
  () =>
    inWorld({ brokers: 2, topics: { t: 1 } }, async (world) => {
      const own = assignor();
      const leader = new GroupReader(world, options(own));
      await leader.until(({ held }) => held.size === 1);
      const admin = world.client().admin();
      await admin.createTopics([{ topic: "other", numPartitions: 3, replicationFactor: 1 }]);
      const other = new GroupReader(world, options(assignor(), ["other"]));
      await GroupReader.untilAll([leader, other], () => other.held.size === 3 && leader.held.size === 1);
      const { partitionInfo, partitions } = own.inputs.at(-1) as AssignorInput;
      assert.deepEqual([...partitionInfo.keys()].sort(), ["other", "t"]);
      assert.equal(partitionInfo.get("other")?.length, 3);
      assert.equal(partitions.get("other")?.length, 3);
      const [t] = partitionInfo.get("t") ?? [];
      assert.deepEqual(
        [t?.partition, [...(t?.replicas ?? [])].sort(), [...(t?.isr ?? [])].sort()],
        [0, [0, 1], [0, 1]],
      );
      assert.equal(t?.leader, t?.replicas[0]);
      assert.deepEqual([t?.errorCode, t?.offlineReplicas], [0, []]);
      for (const reader of [other, leader]) await reader.close();
    }),
);

test("the leader gives user data back to each member, and bytes of its own go to the members as they are", () =>
  inWorld({ topics: { t: 2 } }, async (world) => {
    const raw = encodeVersioned(
      consumerProtocolAssignment,
      { assignedPartitions: [{ topic: "t", partitions: [0, 1] }], userData: bytes("raw") },
      0,
    );
    for (const given of [{ partitions: [{ topic: "t", partition: 0 }], userData: bytes("yours") }, raw]) {
      const own = assignor({
        assign: ({ members }): AssignorResult => new Map(members.map(({ memberId }) => [memberId, given])),
      });
      const reader = new GroupReader(world, options(own));
      await reader.until(({ held }) => held.size === (given === raw ? 2 : 1));
      const [received] = own.received;
      assert.equal(own.received.length, 1);
      assert.equal(text(received?.userData ?? null), given === raw ? "raw" : "yours");
      if (given === raw) assert.deepEqual(received?.bytes, raw);
      await reader.close();
    }
  }));

test("bytes may give one partition to both members; an object may not", () =>
  inWorld({ topics: { t: 1 } }, async (world) => {
    const all = encodeVersioned(
      consumerProtocolAssignment,
      { assignedPartitions: [{ topic: "t", partitions: [0] }], userData: null },
      0,
    );
    const broadcast = assignor({
      assign: ({ members }) => new Map(members.map(({ memberId }) => [memberId, all])),
    });
    const readers = [1, 2].map(() => new GroupReader(world, options(broadcast)));
    await GroupReader.untilAll(readers, () => readers.every(({ held }) => held.size === 1));
    await sleep(world.platform, 1000); // both have joined, and open no connection while they are closed
    for (const reader of readers) await reader.close();
  }));

test("a subscription of the assignor's own: the leader gets the bytes, and partitions of its own topics", () =>
  inWorld({ topics: { t: 2 } }, async (world) => {
    const own = assignor({
      subscription: ({ topics }) => bytes(JSON.stringify({ topics })),
      assign(input) {
        own.inputs.push(input);
        return new Map(
          input.members.map(({ memberId }) => [
            memberId,
            (input.partitions.get("t") ?? []).map((_, partition) => ({ topic: "t", partition })),
          ]),
        );
      },
    });
    const reader = new GroupReader(world, options(own));
    await reader.until(({ held }) => held.size === 2);
    const [member] = own.inputs[0]?.members ?? [];
    assert.equal(text(member?.metadata ?? null), '{"topics":["t"]}');
    assert.deepEqual([member?.topics, own.joins.length], [[], 0]);
    await reader.close();
  }));

test("a member of kafkajs names version 1 and leaves out its fields: it is read as version 0, as NestJS needs it", () =>
  inWorld({ topics: { t: 2 } }, async (world) => {
    const own = assignor({
      subscription(join) {
        const ofZero = encodeVersioned(
          consumerProtocolSubscription,
          { topics: join.topics, userData: bytes("nest"), ownedPartitions: [] },
          0,
        );
        return ofZero.map((byte, i) => (i === 1 ? 1 : byte)); // the version
      },
    });
    const reader = new GroupReader(world, options(own));
    await reader.until(({ held }) => held.size === 2);
    const [member] = own.inputs[0]?.members ?? [];
    assert.deepEqual([member?.topics, text(member?.userData ?? null)], [["t"], "nest"]);
    await reader.close();
  }));

test("a partition of a topic that the member does not subscribe to is not read, and a warning names the topic", () => {
  const warnings: string[] = [];
  return inWorld({ topics: { t: 1 } }, async (world) => {
    const consumer = world
      .client({
        onLog: ({ level, message }) => {
          if (level === "warn") warnings.push(message);
        },
      })
      .consumer({
        topics: ["t"],
        groupId: "g",
        partitionAssignmentStrategy: [
          assignor({
            assign: ({ members }) =>
              new Map(
                members.map(({ memberId }) => [
                  memberId,
                  encodeVersioned(
                    consumerProtocolAssignment,
                    {
                      assignedPartitions: [
                        { topic: "t", partitions: [0] },
                        { topic: "v", partitions: [3] },
                      ],
                      userData: null,
                    },
                    0,
                  ),
                ]),
              ),
          }),
        ],
      });
    await world.kafka.producer().send({ topic: "t", value: "1" });
    const next = await consumer[Symbol.asyncIterator]().next();
    assert.equal(next.done, false);
    assert.deepEqual(consumer.assignment(), [{ topic: "t", partition: 0 }]);
    assert.deepEqual(warnings, [
      "group g: the leader assigned partitions of topics that this member does not subscribe to, and they are not " +
        "read: v",
    ]);
    await consumer.close();
  });
});

test("methods that fail, or return something else, end the loop with an error that names the assignor and the cause", () =>
  inWorld({ topics: { t: 1 } }, async (world) => {
    const cause = new Error("no idea");
    const thrower = (): never => {
      throw cause;
    };
    for (const [more, message] of [
      [{ userData: thrower }, "userData() of the assignor mine failed: no idea"],
      [{ subscription: thrower }, "subscription() of the assignor mine failed: no idea"],
      [{ onAssignment: thrower }, "onAssignment() of the assignor mine failed: no idea"],
      [{ userData: () => wrong("text") }, 'the result of userData() takes a Uint8Array or null, not "text"'],
      [{ subscription: () => wrong(null) }, "the result of subscription() takes a Uint8Array, not null"],
      [{ onAssignment: () => Promise.reject(cause) }, "returned a promise, but must be synchronous"],
      [{ assign: () => wrong(new Map([[1, []]])) }, "has partitions for 1, which is not a member"],
      [
        { assign: ({ leaderId }: AssignorInput) => wrong(new Map([[leaderId, { userData: null }]])) },
        "needs partitions",
      ],
      [
        { assign: ({ leaderId }: AssignorInput) => wrong(new Map([[leaderId, { partitions: [], data: 1 }]])) },
        'has no field "data"',
      ],
      [
        { assign: ({ leaderId }: AssignorInput) => wrong(new Map([[leaderId, { partitions: [], userData: "x" }]])) },
        "takes a Uint8Array or null",
      ],
    ] as const) {
      const consumer = world.kafka.consumer(options(assignor(wrong(more))));
      const error = await consumer[Symbol.asyncIterator]()
        .next()
        .then(
          () => assert.fail(message),
          (failure: unknown) => failure as Error & { readonly kind: string },
        );
      assert.equal(error.kind, "config", message);
      assert.ok(error.message.includes(message), error.message);
      if (message.endsWith("no idea")) assert.equal(error.cause, cause);
      await consumer.close();
    }
    for (const more of [
      { version: 4 },
      { version: "1" },
      { subscription: 1 },
      { onAssignment: {} },
      { userData: null },
    ])
      assert.throws(() => world.kafka.consumer(options(assignor(wrong(more)))), {
        kind: "config",
        message: /partitionAssignmentStrategy: an assignor takes a name, or an object with/,
      });
  }));
