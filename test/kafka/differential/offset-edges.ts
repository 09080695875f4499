// Groups without members: where they are coordinated, what they commit, in a transaction and outside of one.
import { findCoordinatorApi } from "../../../src/protocol/messages/find-coordinator.ts";
import { offsetCommitApi } from "../../../src/protocol/messages/offset-commit.ts";
import { offsetDeleteApi } from "../../../src/protocol/messages/offset-delete.ts";
import { offsetFetchApi } from "../../../src/protocol/messages/offset-fetch.ts";
import { txnOffsetCommitApi } from "../../../src/protocol/messages/txn-offset-commit.ts";
import { type Case, UNKNOWN_ID, create, range } from "./asking.ts";
import type { Side } from "./side.ts";
import { Producer } from "./transaction-edges.ts";

async function ready(side: Side): Promise<void> {
  await side.until(
    async (ask) =>
      (await ask(findCoordinatorApi, { keyType: 0, coordinatorKeys: ["nobody"] }, 4)).coordinators[0]?.errorCode === 0,
  );
  await side.until(
    async (ask) =>
      (await ask(offsetFetchApi, { groups: [{ groupId: "nobody", topics: [] }] }, 8)).groups[0]?.errorCode === 0,
  );
}

const coordinators: Case = {
  name: "FindCoordinator of groups and transactions",
  run: async (side) => {
    await ready(side);
    await new Producer(side, "found").ready();
    for (const version of range(0, 3))
      for (const key of ["g", "", "ünï"])
        for (const keyType of version === 0 ? [0] : [0, 1, 2, 3, -1])
          await side.ask(findCoordinatorApi, { key, keyType }, version);
    for (const version of range(4, 6))
      for (const keyType of [0, 1, 3])
        for (const coordinatorKeys of [["a", "b", "a"], [], [""]])
          await side.ask(findCoordinatorApi, { keyType, coordinatorKeys }, version);
  },
};

const offsets: Case = {
  name: "OffsetCommit, OffsetFetch, OffsetDelete",
  run: async (side) => {
    const topicId = await create(side, "committed", {}, 3);
    await ready(side);
    const named = (
      version: number,
      name = "committed",
      id = topicId,
    ): { readonly name: string } | { readonly topicId: string } => (version >= 10 ? { topicId: id } : { name });
    const commit = (
      version: number,
      groupId: string,
      partitions: readonly {
        readonly partitionIndex: number;
        readonly committedOffset?: number;
        readonly committedLeaderEpoch?: number;
        readonly committedMetadata?: string | null;
      }[],
      more: object = {},
      topic: object = named(version),
    ): Promise<unknown> =>
      side.ask(
        offsetCommitApi,
        {
          groupId,
          topics: [
            {
              ...topic,
              partitions: partitions.map((one) => ({ committedOffset: 0, committedMetadata: null, ...one })),
            },
          ],
          ...more,
        },
        version,
      );
    const fetch = (
      version: number,
      groupId: string,
      partitionIndexes: readonly number[] | null,
      requireStable = false,
      topic: object = named(version),
    ): Promise<unknown> => {
      const topics = partitionIndexes === null ? null : [{ ...topic, partitionIndexes }];
      return side.ask(
        offsetFetchApi,
        {
          ...(version >= 8 ? { groups: [{ groupId, topics }] } : { groupId, topics: topics }),
          ...(version >= 7 ? { requireStable } : {}),
        },
        version,
      );
    };
    for (const version of range(2, 10)) {
      const groupId = `commits-${version}`;
      await commit(version, groupId, [
        { partitionIndex: 0, committedOffset: 5, committedMetadata: "m" },
        { partitionIndex: 1, committedOffset: 0 },
      ]);
      await commit(version, groupId, [
        { partitionIndex: 9 },
        { partitionIndex: 1, committedOffset: 7 },
        { partitionIndex: -1 },
      ]);
      await commit(version, groupId, [{ partitionIndex: 0 }], {}, named(version, "nowhere", UNKNOWN_ID));
      await commit(version, groupId, [
        { partitionIndex: 2, committedMetadata: "x".repeat(4097) },
        { partitionIndex: 0, committedMetadata: "x".repeat(4096) },
      ]);
      await commit(version, groupId, [
        { partitionIndex: 2, committedOffset: -1 },
        { partitionIndex: 2, committedOffset: 9 },
      ]);
      await commit(version, groupId, [{ partitionIndex: 0 }], { memberId: "somebody", generationIdOrMemberEpoch: 1 });
      await commit(version, groupId, [{ partitionIndex: 0 }], { memberId: "somebody" });
      await commit(version, groupId, [{ partitionIndex: 0 }], { generationIdOrMemberEpoch: 0 });
      await commit(version, `${groupId}-unknown`, [{ partitionIndex: 0 }], {
        memberId: "somebody",
        generationIdOrMemberEpoch: 1,
      });
      await commit(version, groupId, []);
      await commit(version, "", [{ partitionIndex: 0, committedOffset: 3 }]);
      if (version >= 6)
        await commit(version, groupId, [{ partitionIndex: 1, committedLeaderEpoch: 3, committedOffset: 8 }]);
    }
    for (const version of range(1, 10)) {
      for (const groupId of ["commits-9", "commits-2", "nobody", ""])
        for (const partitions of [[0, 1, 2], [9], []]) await fetch(version, groupId, partitions);
      if (version >= 2) for (const groupId of ["commits-9", "nobody"]) await fetch(version, groupId, null);
      if (version >= 7) await fetch(version, "commits-9", [0, 1, 2], true);
      await fetch(version, "commits-9", [0], false, named(version, "nowhere", UNKNOWN_ID));
    }
    for (const version of [8, 9])
      await side.ask(
        offsetFetchApi,
        {
          groups: [
            { groupId: "commits-3", topics: null },
            { groupId: "nobody", topics: null },
            { groupId: "commits-4", topics: [{ name: "committed", partitionIndexes: [0] }] },
          ],
        },
        version,
      );
    await side.ask(
      offsetFetchApi,
      {
        groups: [
          {
            groupId: "commits-3",
            memberId: "somebody",
            memberEpoch: 4,
            topics: [{ name: "committed", partitionIndexes: [0] }],
          },
        ],
      },
      9,
    );
    await side.ask(offsetFetchApi, { groups: [] }, 9);
    for (const [groupId, name, indexes] of [
      ["commits-3", "committed", [0, 9]],
      ["commits-3", "committed", [0, 2]],
      ["commits-3", "nowhere", [0]],
      ["nobody", "committed", [0]],
      ["", "committed", [0]],
    ] as const)
      await side.ask(
        offsetDeleteApi,
        { groupId, topics: [{ name, partitions: indexes.map((partitionIndex) => ({ partitionIndex })) }] },
        0,
      );
    await side.ask(offsetDeleteApi, { groupId: "commits-3", topics: [] }, 0);
    await fetch(9, "commits-3", null);
  },
};

const transactional: Case = {
  name: "TxnOffsetCommit",
  run: async (side) => {
    const topicId = await create(side, "consumed", {}, 3);
    await ready(side);
    const named = (version: number, name: string, id: string): object => (version >= 6 ? { topicId: id } : { name });
    const p = await new Producer(side, "copying").ready();
    const commit = (
      version: number,
      groupId: string,
      committedOffset: number,
      more: object = {},
      partitionIndex = 0,
      topic: object = named(version, "consumed", topicId),
    ): Promise<unknown> =>
      side.ask(
        txnOffsetCommitApi,
        {
          transactionalId: "copying",
          groupId,
          producerId: p.producerId,
          producerEpoch: p.epoch,
          topics: [{ ...topic, partitions: [{ partitionIndex, committedOffset, committedMetadata: "m" }] }],
          ...more,
        },
        version,
      );
    const look = async (groupId: string): Promise<void> => {
      for (const requireStable of [false, true]) {
        await side.ask(
          offsetFetchApi,
          { groups: [{ groupId, topics: [{ name: "consumed", partitionIndexes: [0, 1] }] }], requireStable },
          9,
        );
        await side.ask(offsetFetchApi, { groups: [{ groupId, topics: null }], requireStable }, 9);
      }
    };
    for (const version of range(0, 4)) {
      const groupId = `copies-${version}`;
      await commit(version, groupId, 1); // not added
      await p.addOffsets(groupId, 3);
      await commit(version, groupId, 10 + version);
      await commit(version, groupId, 20 + version);
      await commit(version, groupId, 0, {}, 9);
      await commit(version, groupId, 0, {}, 0, { name: "nowhere" });
      await commit(version, groupId, 0, { producerEpoch: p.epoch - 1 });
      await commit(version, groupId, 0, { producerEpoch: p.epoch + 1 });
      await commit(version, groupId, 0, { producerId: 999_999 });
      await commit(version, "", 0);
      if (version >= 3)
        for (const more of [
          { memberId: "somebody", generationIdOrMemberEpoch: 4 },
          { memberId: "somebody" },
          { generationIdOrMemberEpoch: 0 },
        ])
          await commit(version, groupId, 0, more);
      await look(groupId);
      await p.end(version % 2 === 0, 4);
      await look(groupId);
    }
    for (const [version, committed] of [
      [5, true],
      [5, false],
      [6, true],
      [6, false],
    ] as const) {
      const groupId = `copies-${version}-${String(committed)}`;
      await commit(version, groupId, 5);
      await p.describe();
      // Another member's offset that is committed after it, but before its transaction ends, is the later one.
      await side.ask(
        offsetCommitApi,
        {
          groupId,
          topics: [
            { name: "consumed", partitions: [{ partitionIndex: 0, committedOffset: 77, committedMetadata: "" }] },
          ],
        },
        9,
      );
      await commit(version, groupId, 6, {}, 1);
      await commit(version, groupId, 7, { memberId: "somebody", generationIdOrMemberEpoch: 4 }, 2);
      await commit(version, `${groupId}-unknown`, 7, { memberId: "somebody", generationIdOrMemberEpoch: 4 });
      await commit(version, `${groupId}-unknown`, 7, { generationIdOrMemberEpoch: 4 });
      await commit(version, groupId, 8, {}, 9);
      await commit(version, groupId, 8, {}, 0, named(version, "nowhere", UNKNOWN_ID));
      await look(groupId);
      await p.end(committed, 5);
      await look(groupId);
    }
    await commit(5, "copies-never", 1, { memberId: "somebody", generationId: 4 });
    await p.end(false, 5);
    await commit(5, "copies-never", 1, { transactionalId: "unheard of" });
    await commit(5, "copies-never", 1, { transactionalId: "" });
    await commit(5, "copies-never", 1, { producerEpoch: p.epoch + 1 });
    await commit(5, "copies-never", 1, { topics: [] });
    await look("copies-never");
  },
};

export const offsetEdges: readonly Case[] = [coordinators, offsets, transactional];
