// Errors in requests that read: fetches, sessions, offsets and epochs.
import { type FetchRequest, fetchApi } from "../../../src/protocol/messages/fetch.ts";
import { listOffsetsApi } from "../../../src/protocol/messages/list-offsets.ts";
import { offsetForLeaderEpochApi } from "../../../src/protocol/messages/offset-for-leader-epoch.ts";
import type { Input } from "../../../src/protocol/schema.ts";
import { type Case, MAX, UNKNOWN_ID, batch, create, now, produce, range } from "./asking.ts";
import type { Side } from "./side.ts";

type Partition = Input<FetchRequest["topics"][number]["partitions"][number]>;
type Named = { readonly topic: string } | { readonly topicId: string };

const ZERO_ID = "AAAAAAAAAAAAAAAAAAAAAA";

/** Topics are named by ids since version 13. */
function naming(version: number, topic: string, topicId: string): Named {
  return version >= 13 ? { topicId } : { topic };
}

function fetch(
  side: Side,
  version: number,
  named: Named,
  partitions: readonly Partition[],
  more: Input<FetchRequest> = {},
): Promise<unknown> {
  return side.ask(
    fetchApi,
    {
      maxWaitMs: 0,
      minBytes: 0,
      maxBytes: MAX,
      topics: [{ ...named, partitions: partitions.map((partition) => ({ partitionMaxBytes: MAX, ...partition })) }],
      ...more,
    },
    version,
  );
}

const fetches: Case = {
  name: "fetches that are wrong",
  run: async (side) => {
    const topicId = await create(side, "read", {}, 2);
    for (let i = 0; i < 3; i++) await produce(side, batch({ values: [`a${i}`, `b${i}`] }), { topic: "read" });
    for (const version of range(4, 18)) {
      const named = naming(version, "read", topicId);
      for (const fetchOffset of [-2, -1, 0, 1, 5, 6, 7, Number.MAX_SAFE_INTEGER])
        await fetch(side, version, named, [{ partition: 0, fetchOffset }]);
      for (const partition of [-1, 2, 2_147_483_647]) await fetch(side, version, named, [{ partition }]);
      if (version >= 9)
        for (const currentLeaderEpoch of [-2, -1, 0, 1, 2_147_483_647])
          await fetch(side, version, named, [
            { partition: 0, currentLeaderEpoch },
            { partition: 1, currentLeaderEpoch },
          ]);
      if (version >= 12)
        for (const lastFetchedEpoch of [-2, -1, 0, 1, 5])
          for (const fetchOffset of [-1, 3, 6, 7])
            await fetch(
              side,
              version,
              named,
              [
                { partition: 0, fetchOffset, lastFetchedEpoch },
                { partition: 1, lastFetchedEpoch },
              ],
              { maxWaitMs: 20, minBytes: 1000 },
            );
      for (const isolationLevel of [0, 1])
        await fetch(side, version, named, [{ partition: 0, fetchOffset: 2 }, { partition: 1 }], { isolationLevel });
      for (const partitionMaxBytes of [-1, 0, 1, 80, 200])
        await fetch(side, version, named, [
          { partition: 0, partitionMaxBytes },
          { partition: 0, partitionMaxBytes },
        ]);
      for (const maxBytes of [-1, 0, 1, 80, 200])
        await fetch(side, version, named, [{ partition: 1 }, { partition: 0 }], { maxBytes });
      await fetch(side, version, named, [
        { partition: 0, fetchOffset: 0 },
        { partition: 0, fetchOffset: 4 },
      ]);
      await fetch(side, version, named, []);
      await fetch(side, version, named, [], { topics: [] });
      await fetch(side, version, naming(version, "nowhere", UNKNOWN_ID), [{ partition: 0 }, { partition: 1 }]);
      await fetch(side, version, naming(version, "", ZERO_ID), [{ partition: 0 }]);
      await fetch(side, version, named, [], {
        topics: [
          { ...named, partitions: [{ partition: 0, partitionMaxBytes: MAX }] },
          { ...naming(version, "nowhere", UNKNOWN_ID), partitions: [{ partition: 0, partitionMaxBytes: MAX }] },
          { ...named, partitions: [{ partition: 1, partitionMaxBytes: MAX }] },
        ],
      });
      await fetch(side, version, named, [], {
        topics: [
          { ...naming(version, "nowhere", UNKNOWN_ID), partitions: [{ partition: 0, partitionMaxBytes: MAX }] },
          {
            ...named,
            partitions: [
              { partition: 9, partitionMaxBytes: MAX },
              { partition: 1, partitionMaxBytes: MAX },
            ],
          },
        ],
      });
      await fetch(side, version, named, [{ partition: 0, fetchOffset: 6 }], { maxWaitMs: -1, minBytes: 1 });
      await fetch(side, version, named, [{ partition: 0, fetchOffset: 6 }], { maxWaitMs: 20, minBytes: 1 });
      await fetch(side, version, named, [{ partition: 0, fetchOffset: 9 }, { partition: 1 }], {
        maxWaitMs: 20,
        minBytes: 1,
      });
    }
  },
};

const followers: Case = {
  name: "fetches of whom the brokers do not know",
  run: async (side) => {
    const topicId = await create(side, "copied-by");
    await produce(side, batch(), { topic: "copied-by" });
    for (const version of [4, 9, 12, 14])
      for (const replicaId of [-2, -3])
        await fetch(side, version, naming(version, "copied-by", topicId), [{ partition: 0 }], { replicaId });
    for (const version of [11, 17])
      await fetch(side, version, naming(version, "copied-by", topicId), [{ partition: 0 }], { rackId: "a-rack" });
  },
};

const sessions: Case = {
  name: "fetch sessions that are wrong",
  run: async (side) => {
    const topicId = await create(side, "in-session", {}, 3);
    const other = await create(side, "in-session-too");
    for (let i = 0; i < 3; i++) await produce(side, batch(), { topic: "in-session", partition: i });
    for (const version of range(7, 18)) {
      const named = naming(version, "in-session", topicId);
      const second = naming(version, "in-session-too", other);
      const unknown = naming(version, "nowhere", UNKNOWN_ID);
      const ask = (
        sessionId: number,
        sessionEpoch: number,
        topics: Input<FetchRequest>["topics"] = [],
        more: Input<FetchRequest> = {},
      ): Promise<unknown> =>
        side.ask(fetchApi, { maxWaitMs: 0, maxBytes: MAX, sessionId, sessionEpoch, topics, ...more }, version);
      const at = (partition: number, fetchOffset = 1): Partition => ({
        partition,
        fetchOffset,
        partitionMaxBytes: MAX,
      });
      const all = [{ ...named, partitions: [at(0), at(1), at(2)] }];
      for (const [id, epoch] of [
        [0, -1],
        [0, 1],
        [0, -2],
        [5, 0],
        [5, -1],
        [5, 1],
        [-1, 0],
        [-1, 1],
        [123_456, 7],
      ] as const)
        await ask(id, epoch, all);
      await ask(0, 0, all);
      const id = side.sessionId;
      await ask(id, 2);
      await ask(id, -2);
      await ask(id, 1, [
        { ...second, partitions: [at(0, 0)] },
        { ...unknown, partitions: [at(0, 0)] },
      ]);
      await ask(id, 2);
      await ask(id, 3, [{ ...named, partitions: [at(0, 9), at(7, 0)] }]);
      await ask(id, 4);
      await ask(id, 5, [{ ...named, partitions: [at(0, 1)] }], {
        forgottenTopicsData: [
          { ...named, partitions: [1, 2, 7, 9] },
          { ...unknown, partitions: [0] },
        ],
      });
      await ask(id, 6, [{ ...named, partitions: [at(0, 0)] }]);
      await ask(id, 7);
      await ask(id, 8, [{ ...named, partitions: [at(0, 0), at(0, 1)] }]);
      await ask(id, 9);
      if (version === 12 || version === 13)
        await side.ask(
          fetchApi,
          {
            maxWaitMs: 0,
            maxBytes: MAX,
            sessionId: id,
            sessionEpoch: 10,
            topics: [{ ...naming(25 - version, "in-session", topicId), partitions: [at(2)] }],
          },
          25 - version,
        );
      await ask(id, -1, [{ ...named, partitions: [at(2, 0)] }]);
      await ask(id, 10);
      // A full fetch ends the session that it names, and begins another.
      await ask(0, 0, all);
      const first = side.sessionId;
      await ask(first, 0, [{ ...named, partitions: [at(1)] }]);
      await ask(first, 1);
      await ask(side.sessionId, 1);
      await ask(side.sessionId, 2, [], { forgottenTopicsData: [{ ...named, partitions: [1] }] });
      await ask(side.sessionId, 3);
      await ask(0, 0);
      await ask(0, 0, [{ ...unknown, partitions: [at(0, 0)] }]);
    }
  },
};

const offsets: Case = {
  name: "offsets and epochs that are asked for wrongly",
  run: async (side) => {
    await create(side, "listed", {}, 2);
    for (const ms of [1000, 3000, 2000, 3000])
      await produce(side, batch({ values: ["a", "b"], timestamp: now - 10_000 + ms }), { topic: "listed" });
    for (const version of range(1, 11)) {
      const ask = (
        partitions: readonly Input<{ partitionIndex: number; timestamp: number; currentLeaderEpoch: number }>[],
        more: { replicaId?: number; isolationLevel?: number; name?: string } = {},
      ): Promise<unknown> => {
        const { name = "listed", replicaId = -1, isolationLevel } = more;
        return side.ask(
          listOffsetsApi,
          {
            replicaId,
            ...(isolationLevel === undefined ? {} : { isolationLevel }),
            ...(version >= 10 ? { timeoutMs: 1000 } : {}),
            topics: [{ name, partitions }],
          },
          version,
        );
      };
      for (const timestamp of range(-9, 1))
        await ask([
          { partitionIndex: 0, timestamp },
          { partitionIndex: 1, timestamp },
        ]);
      for (const timestamp of [now - 7001, now - 7000, now - 6999, now + 1e9, Number.MAX_SAFE_INTEGER])
        await ask([{ partitionIndex: 0, timestamp }]);
      if (version >= 2)
        for (const isolationLevel of [0, 1])
          for (const timestamp of [-1, -2, -3, now - 8000])
            await ask([{ partitionIndex: 0, timestamp }], { isolationLevel });
      if (version >= 4)
        for (const currentLeaderEpoch of [-2, -1, 0, 1])
          for (const timestamp of [-1, -2, now - 8000])
            await ask([{ partitionIndex: 0, timestamp, currentLeaderEpoch }]);
      for (const replicaId of [-2, -3]) await ask([{ partitionIndex: 0, timestamp: -1 }], { replicaId });
      for (const partitionIndex of [-1, 2]) await ask([{ partitionIndex, timestamp: -1 }]);
      await ask([]);
      await ask([
        { partitionIndex: 0, timestamp: -1 },
        { partitionIndex: 0, timestamp: -2 },
      ]);
      await ask([
        { partitionIndex: 0, timestamp: -1 },
        { partitionIndex: 0, timestamp: -2 },
        { partitionIndex: 1, timestamp: -2 },
      ]);
      for (const name of ["nowhere", "", "bad name!"]) await ask([{ partitionIndex: 0, timestamp: -1 }], { name });
    }
    for (const version of range(2, 4)) {
      const ask = (
        topic: string,
        partitions: readonly { partition: number; currentLeaderEpoch?: number; leaderEpoch: number }[],
        replicaId = -1,
      ): Promise<unknown> =>
        side.ask(
          offsetForLeaderEpochApi,
          { ...(version >= 3 ? { replicaId } : {}), topics: [{ topic, partitions }] },
          version,
        );
      for (const leaderEpoch of [-2, -1, 0, 1, 2_147_483_647])
        for (const currentLeaderEpoch of [-2, -1, 0, 1])
          await ask("listed", [
            { partition: 0, currentLeaderEpoch, leaderEpoch },
            { partition: 1, currentLeaderEpoch, leaderEpoch },
          ]);
      for (const replicaId of [-2, -3]) await ask("listed", [{ partition: 0, leaderEpoch: 0 }], replicaId);
      for (const partition of [-1, 2]) await ask("listed", [{ partition, leaderEpoch: 0 }]);
      for (const topic of ["nowhere", "", "bad name!"]) await ask(topic, [{ partition: 0, leaderEpoch: 0 }]);
      await ask("listed", []);
      await ask("listed", [
        { partition: 0, leaderEpoch: 0 },
        { partition: 0, leaderEpoch: 1 },
      ]);
    }
  },
};

export const readEdges: readonly Case[] = [fetches, followers, sessions, offsets];
