// How a member leaves its group (KIP-1092), and groups with an assignor of their own, in virtual time.
import { test } from "node:test";
import assert from "node:assert/strict";
import type { Assignor } from "../../src/consumer/group/assignors/assignor.ts";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import { GroupReader } from "./group-reader.ts";
import { inWorld } from "./world.ts";

type Leave = readonly [
  protocol: "classic" | "consumer",
  isStatic: boolean,
  operation: "default" | "leave" | "remain",
  told: readonly string[],
];

const leaves: readonly Leave[] = [
  ["classic", false, "default", ["LeaveGroup"]],
  ["classic", false, "leave", ["LeaveGroup"]],
  ["classic", false, "remain", []],
  ["classic", true, "default", []],
  ["classic", true, "leave", ["LeaveGroup"]],
  ["classic", true, "remain", []],
  ["consumer", false, "default", ["epoch -1"]],
  ["consumer", false, "leave", ["epoch -1"]],
  ["consumer", false, "remain", []],
  ["consumer", true, "default", ["epoch -2"]],
  ["consumer", true, "leave", ["epoch -1"]],
  ["consumer", true, "remain", ["epoch -2"]],
];

for (const [groupProtocol, isStatic, groupMembership, expected] of leaves) {
  test(
    `${groupProtocol}, ${isStatic ? "static" : "dynamic"}, groupMembership ${groupMembership}: the group hears ` +
      (expected.join() || "nothing"),
    () =>
      inWorld({ topics: { t: 1 } }, async (world) => {
        const { cluster } = world;
        const told: string[] = [];
        cluster.intercept("LeaveGroup", () => void told.push("LeaveGroup"));
        cluster.intercept("ConsumerGroupHeartbeat", ({ message: { memberEpoch } }) => {
          if (memberEpoch < 0) told.push(`epoch ${memberEpoch}`);
          return undefined;
        });
        const reader = new GroupReader(world, {
          topics: ["t"],
          groupId: "g",
          groupProtocol,
          ...(isStatic ? { groupInstanceId: "i" } : {}),
        });
        await reader.until(({ held }) => held.size === 1);
        await reader.consumer.close({ groupMembership });
        assert.deepEqual(told, expected);
        assert.deepEqual(reader.hooks, ["assigned t-0", "revoked t-0"]);
      }),
  );
}

const standby: Assignor = {
  name: "standby",
  rebalanceProtocol: "eager",
  assign: ({ members, partitions }) => {
    const [first] = [...members].sort((a, b) => (a.memberId < b.memberId ? -1 : 1));
    const all = [...partitions].flatMap(([topic, list]) => list.map((_, partition) => ({ topic, partition })));
    return new Map(members.map((member) => [member.memberId, member === first ? all : []]));
  },
};

test("an assignor of one's own: one member reads everything, and when it leaves the other does", () =>
  inWorld({ topics: { t: 3 } }, async (world) => {
    const options = { topics: ["t"], groupId: "g", partitionAssignmentStrategy: [standby], heartbeatIntervalMs: 100 };
    const readers = [new GroupReader(world, options), new GroupReader(world, options)];
    await GroupReader.untilAll(
      readers,
      () =>
        readers.some(({ held }) => held.size === 3) &&
        readers.every(({ hooks, held }) => held.size === 3 || hooks.length % 6 === 0),
    );
    const active = readers.find(({ held }) => held.size === 3);
    assert.ok(active);
    await active.close();
    const other = readers.find((reader) => reader !== active);
    assert.ok(other);
    await other.until(({ held }) => held.size === 3);
    await other.close();
    for (const reader of readers) assert.deepEqual(reader.wrongs, []);
  }));

test("an assignor that gives a partition twice, or one that does not exist: the leader's loop throws and names both", () =>
  inWorld({ topics: { t: 1 } }, async (world) => {
    for (const [partitions, word] of [
      [[0, 0], "two members"],
      [[7], "does not exist"],
    ] as const) {
      const wrong: Assignor = {
        ...standby,
        name: `wrong-${partitions.length}`,
        assign: ({ members }) =>
          new Map(
            members.map(({ memberId }) => [memberId, partitions.map((partition) => ({ topic: "t", partition }))]),
          ),
      };
      const consumer = world.kafka.consumer({
        topics: ["t"],
        groupId: `g-${partitions.length}`,
        partitionAssignmentStrategy: [wrong],
      });
      await assert.rejects(
        (async () => {
          for await (const { topic } of consumer) assert.fail(topic);
        })(),
        (e: unknown) =>
          KafkaError.is(e) && e.kind === "config" && e.message.includes(wrong.name) && e.message.includes(word),
      );
      await consumer.close();
    }
  }));
