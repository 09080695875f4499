// The classic protocol of groups: members join, sync, send heartbeats and leave, in and out of order.
import { deleteGroupsApi } from "../../../src/protocol/messages/delete-groups.ts";
import { describeGroupsApi } from "../../../src/protocol/messages/describe-groups.ts";
import { heartbeatApi } from "../../../src/protocol/messages/heartbeat.ts";
import {
  type JoinGroupRequest,
  type JoinGroupResponse,
  joinGroupApi,
} from "../../../src/protocol/messages/join-group.ts";
import { leaveGroupApi } from "../../../src/protocol/messages/leave-group.ts";
import { listGroupsApi } from "../../../src/protocol/messages/list-groups.ts";
import { offsetCommitApi } from "../../../src/protocol/messages/offset-commit.ts";
import { offsetDeleteApi } from "../../../src/protocol/messages/offset-delete.ts";
import { offsetFetchApi } from "../../../src/protocol/messages/offset-fetch.ts";
import { syncGroupApi } from "../../../src/protocol/messages/sync-group.ts";
import type { Input } from "../../../src/protocol/schema.ts";
import { type Case, create, range } from "./asking.ts";
import type { Side } from "./side.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const isBalancing = (state: string): boolean => state === "PreparingRebalance";
const isThere = (state: string): boolean => state !== "Dead";

async function ready(side: Side): Promise<void> {
  await side.until(
    async (ask) =>
      (await ask(offsetFetchApi, { groups: [{ groupId: "nobody", topics: [] }] }, 8)).groups[0]?.errorCode === 0,
  );
}

function joinOf(groupId: string, more: Input<JoinGroupRequest> = {}): Input<JoinGroupRequest> {
  return {
    groupId,
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 20_000,
    memberId: "",
    protocolType: "consumer",
    protocols: [
      { name: "range", metadata: bytes("r") },
      { name: "sticky", metadata: bytes("s") },
    ],
    ...more,
  };
}

/** Joins as clients do: first for an id, then with it. */
async function join(
  side: Side,
  groupId: string,
  version: number,
  line = 0,
  more: Input<JoinGroupRequest> = {},
): Promise<string> {
  const first = await side.ask(joinGroupApi, joinOf(groupId, more), version, line);
  return first?.memberId ?? "";
}

/** Waits until the coordinator has what was sent before, by the state of the group. */
async function arrived(side: Side, groupId: string, isSo: (state: string) => boolean): Promise<void> {
  await side.until(async (ask) => {
    const { groups } = await ask(describeGroupsApi, { groups: [groupId] }, 5);
    return isSo(groups[0]?.groupState ?? "");
  }, 2);
}

async function describe(side: Side, ...groups: string[]): Promise<void> {
  for (const version of [0, 3, 5, 6])
    await side.ask(
      describeGroupsApi,
      { groups, ...(version >= 3 ? { includeAuthorizedOperations: true } : {}) },
      version,
      2,
    ); // no other waits on this line
}

const invalid: Case = {
  name: "classic groups: requests that are none of a member's",
  run: async (side) => {
    await ready(side);
    for (const version of range(2, 9)) {
      await side.ask(joinGroupApi, joinOf(""), version);
      await side.ask(joinGroupApi, joinOf("ci", { sessionTimeoutMs: 5 }), version);
      await side.ask(joinGroupApi, joinOf("ci", { sessionTimeoutMs: 1_800_001 }), version);
      await side.ask(joinGroupApi, joinOf("ci", { memberId: "who" }), version);
      await side.ask(joinGroupApi, joinOf("ci", { protocols: [] }), version);
      await side.ask(joinGroupApi, joinOf("ci", { protocolType: "" }), version);
      if (version >= 5) await side.ask(joinGroupApi, joinOf("ci", { memberId: "who", groupInstanceId: "i" }), version);
    }
    for (const groupId of ["", "ci", "never"]) {
      for (const version of range(0, 5)) {
        const named = version >= 5 ? { protocolType: "consumer", protocolName: "range" } : {};
        await side.ask(syncGroupApi, { groupId, memberId: "who", generationId: 1, ...named }, version);
        if (version >= 5) await side.ask(syncGroupApi, { groupId, memberId: "who", generationId: 1 }, version);
        if (version <= 4) await side.ask(heartbeatApi, { groupId, memberId: "who", generationId: 1 }, version);
        await side.ask(
          leaveGroupApi,
          version < 3
            ? { groupId, memberId: "who" }
            : {
                groupId,
                members: [
                  { memberId: "who" },
                  { memberId: "", groupInstanceId: "i" },
                  { memberId: "x", groupInstanceId: "i" },
                ],
              },
          version,
        );
      }
      await describe(side, groupId);
      for (const version of range(0, 3)) await side.ask(deleteGroupsApi, { groupsNames: [groupId, groupId] }, version);
    }
  },
};

const alone: Case = {
  name: "classic groups: a member alone, through all its life",
  run: async (side) => {
    await ready(side);
    await create(side, "cg", {}, 2);
    for (const version of range(2, 9)) {
      const groupId = `ca-${version}`;
      const sync = Math.min(version, 5);
      const named = sync >= 5 ? { protocolType: "consumer", protocolName: "range" } : {};
      let memberId = await join(side, groupId, version);
      await arrived(side, groupId, isThere); // a new group is described once it is written
      await describe(side, groupId);
      if (version >= 4) memberId = await join(side, groupId, version, 0, { memberId });
      await describe(side, groupId);
      await side.ask(heartbeatApi, { groupId, memberId, generationId: 1 }, 3);
      // Its answer was lost: the leader makes it again.
      await side.ask(joinGroupApi, joinOf(groupId, { memberId }), version);
      for (const [generationId, id, protocolName] of [
        [9, memberId, "range"],
        [1, "who", "range"],
        [1, memberId, "sticky"],
        [1, memberId, "range"],
        [1, memberId, "range"],
      ] as const) {
        await side.ask(
          syncGroupApi,
          {
            groupId,
            memberId: id,
            generationId,
            ...named,
            ...(sync >= 5 ? { protocolName } : {}),
            assignments: [
              { memberId, assignment: bytes("mine") },
              { memberId: "who", assignment: bytes("nobody's") },
            ],
          },
          sync,
        );
      }
      for (const generationId of [0, 1, 2])
        await side.ask(heartbeatApi, { groupId, memberId, generationId }, Math.min(version, 4));
      await describe(side, groupId);
      const commit = (id: string, generation: number, at: number): Promise<unknown> =>
        side.ask(
          offsetCommitApi,
          {
            groupId,
            memberId: id,
            generationIdOrMemberEpoch: generation,
            topics: [{ name: "cg", partitions: [{ partitionIndex: 0, committedOffset: 5 }] }],
          },
          at,
        );
      for (const at of [5, 8, 9])
        for (const [id, generation] of [
          [memberId, 1],
          [memberId, 0],
          [memberId, 7],
          ["who", 1],
          ["", -1],
          [memberId, -1],
        ] as const)
          await commit(id, generation, at);
      for (const at of [8, 9])
        await side.ask(
          offsetFetchApi,
          {
            groups: [
              {
                groupId,
                topics: [{ name: "cg", partitionIndexes: [0] }],
                ...(at >= 9 ? { memberId: "who", memberEpoch: 3 } : {}),
              },
            ],
          },
          at,
        );
      for (const at of [2, 3]) await side.ask(deleteGroupsApi, { groupsNames: [groupId] }, at);
      await side.ask(offsetDeleteApi, { groupId, topics: [{ name: "cg", partitions: [{ partitionIndex: 0 }] }] }, 0);
      await side.ask(joinGroupApi, joinOf(groupId, { memberId, protocolType: "connect" }), version);
      await side.ask(
        joinGroupApi,
        joinOf(groupId, { memberId, protocols: [{ name: "other", metadata: bytes("o") }] }),
        version,
      ); // alone it may choose
      await side.ask(leaveGroupApi, { groupId, members: [{ memberId }, { memberId: "who" }] }, 4);
      await describe(side, groupId);
      await side.ask(heartbeatApi, { groupId, memberId, generationId: 1 }, 4);
      await side.ask(joinGroupApi, joinOf(groupId, { memberId }), version);
      await commit("", -1, 8);
      for (const at of [0, 4, 5]) await side.ask(listGroupsApi, at >= 4 ? { statesFilter: ["Stable"] } : {}, at);
      for (const at of [2, 3]) await side.ask(deleteGroupsApi, { groupsNames: [groupId] }, at);
    }
    for (const version of range(0, 5)) await side.ask(listGroupsApi, {}, version);
  },
};

const together: Case = {
  name: "classic groups: members together, a follower that comes, one that leaves",
  run: async (side) => {
    await ready(side);
    for (const version of [4, 6, 9]) {
      const groupId = `ct-${version}`;
      const named = { protocolType: "consumer", protocolName: "sticky" };
      const [a, b] = [await join(side, groupId, version), await join(side, groupId, version, 1)];
      const likesSticky = { protocols: [{ name: "sticky", metadata: bytes("s2") }] };
      // It is alone once it is answered, not once the group has members. Kafka completes a first join by a timer, even
      // one of 0 ms: on a busy machine b came before that timer, and both were in the first generation.
      await side.ask(joinGroupApi, joinOf(groupId, { memberId: a }), version);
      await side.ask(
        joinGroupApi,
        joinOf(groupId, { memberId: b, protocols: [{ name: "other", metadata: bytes("o") }] }),
        version,
        1,
      ); // nothing in common
      const second = side.ask(joinGroupApi, joinOf(groupId, { memberId: b, ...likesSticky }), version, 1);
      const generationOf = (answer: JoinGroupResponse | undefined): number => answer?.generationId ?? -1;
      await arrived(side, groupId, isBalancing); // b's join: a's has ended
      const rejoined = side.ask(joinGroupApi, joinOf(groupId, { memberId: a }), version);
      const generationId = generationOf(await second);
      await rejoined;
      // An answer that was lost.
      await side.ask(joinGroupApi, joinOf(groupId, { memberId: b, ...likesSticky }), version, 1);
      await describe(side, groupId);
      // It has the same answer, whether it waits for that of the leader or comes after it.
      const waiting = side.ask(syncGroupApi, { groupId, memberId: b, generationId, ...named }, 5, 1);
      await side.ask(heartbeatApi, { groupId, memberId: b, generationId }, 4);
      await side.ask(
        syncGroupApi,
        {
          groupId,
          memberId: a,
          generationId,
          ...named,
          assignments: [
            { memberId: a, assignment: bytes("A") },
            { memberId: b, assignment: bytes("B") },
          ],
        },
        5,
      );
      await waiting;
      await describe(side, groupId);
      await side.ask(joinGroupApi, joinOf(groupId, { memberId: b, ...likesSticky }), version, 1); // nothing has changed
      const again = side.ask(joinGroupApi, joinOf(groupId, { memberId: a }), version); // the leader may always
      await arrived(side, groupId, isBalancing);
      await side.ask(heartbeatApi, { groupId, memberId: b, generationId }, 4, 1);
      await side.ask(syncGroupApi, { groupId, memberId: b, generationId, ...named }, 5, 1);
      await describe(side, groupId);
      await side.ask(leaveGroupApi, { groupId, members: [{ memberId: b }] }, 4, 1);
      const alone = generationOf(await again);
      await side.ask(
        syncGroupApi,
        { groupId, memberId: a, generationId: alone, protocolType: "consumer", protocolName: "range" },
        5,
      );
      await describe(side, groupId);
      await side.ask(leaveGroupApi, { groupId, memberId: a }, 0);
      await side.ask(leaveGroupApi, { groupId, memberId: a }, 2);
    }
  },
};

const statics: Case = {
  name: "classic groups: static members",
  run: async (side) => {
    await ready(side);
    for (const version of range(5, 9)) {
      const groupId = `cs-${version}`;
      const named = { protocolType: "consumer", protocolName: "range" };
      const more = { groupInstanceId: "i" };
      const memberId = await join(side, groupId, version, 0, more);
      await side.ask(
        syncGroupApi,
        {
          groupId,
          memberId,
          generationId: 1,
          groupInstanceId: "i",
          ...named,
          assignments: [{ memberId, assignment: bytes("A") }],
        },
        5,
      );
      const back = await join(side, groupId, version, 0, more); // without a rebalance
      for (const [id, groupInstanceId] of [
        [memberId, "i"],
        [memberId, null],
        [back, "i"],
        [back, "j"],
        [back, null],
      ] as const) {
        await side.ask(heartbeatApi, { groupId, memberId: id, generationId: 1, groupInstanceId }, 4);
        await side.ask(syncGroupApi, { groupId, memberId: id, generationId: 1, groupInstanceId, ...named }, 5);
        await side.ask(
          joinGroupApi,
          joinOf(groupId, { memberId: id, groupInstanceId: groupInstanceId ?? "k", protocols: [] }),
          version,
        );
        await side.ask(
          offsetCommitApi,
          {
            groupId,
            memberId: id,
            groupInstanceId,
            generationIdOrMemberEpoch: 1,
            topics: [{ name: "cg", partitions: [{ partitionIndex: 0, committedOffset: 5 }] }],
          },
          8,
        );
      }
      await describe(side, groupId);
      // With another protocol: a rebalance.
      await join(side, groupId, version, 0, { ...more, protocols: [{ name: "sticky", metadata: bytes("s") }] });
      await side.ask(
        leaveGroupApi,
        {
          groupId,
          members: [
            { memberId: "", groupInstanceId: "j" },
            { memberId, groupInstanceId: "i" },
            { memberId: "", groupInstanceId: "i" },
          ],
        },
        5,
      );
      await describe(side, groupId);
    }
  },
};

export const classicGroupEdges: readonly Case[] = [invalid, alone, together, statics];
