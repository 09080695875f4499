// DeleteRecords, and what the other requests about the log answer afterwards.
import { deleteRecordsApi } from "../../../src/protocol/messages/delete-records.ts";
import { fetchApi } from "../../../src/protocol/messages/fetch.ts";
import { listOffsetsApi } from "../../../src/protocol/messages/list-offsets.ts";
import { type Case, batch, create, fetchOf, now, produce, range } from "./asking.ts";
import type { Side } from "./side.ts";

type Topic = readonly [name: string, ...partitions: (readonly [index: number, offset: number])[]];

async function deleteBefore(side: Side, topics: readonly Topic[], version = 2, timeoutMs = 5000): Promise<void> {
  await side.ask(
    deleteRecordsApi,
    {
      timeoutMs,
      topics: topics.map(([name, ...partitions]) => ({
        name,
        partitions: partitions.map(([partitionIndex, offset]) => ({ partitionIndex, offset })),
      })),
    },
    version,
  );
}

async function lookAt(side: Side, topic: string): Promise<void> {
  for (const timestamp of [-1, -2, 0, now - 9000, now])
    await side.ask(
      listOffsetsApi,
      { replicaId: -1, topics: [{ name: topic, partitions: [{ partitionIndex: 0, timestamp }] }] },
      7,
    );
  for (const fetchOffset of [0, 2, 3, 4, 10]) await side.ask(fetchApi, fetchOf(topic, { fetchOffset }), 12);
}

const deleting: Case = {
  name: "DeleteRecords",
  run: async (side) => {
    await create(side, "d", {}, 2);
    for (const i of range(0, 4))
      await produce(side, batch({ values: [`a${i}`, `b${i}`], timestamp: now - 10_000 + i * 1000 }), { topic: "d" });
    await deleteBefore(side, [["d", [0, 3]]]);
    await lookAt(side, "d");
    for (const version of range(0, 2)) await deleteBefore(side, [["d", [0, 2]]], version);
    for (const offset of [-2, 11, 0, 3]) await deleteBefore(side, [["d", [0, offset]]]);
    for (const topics of [
      [["d", [1, -1]]],
      [["d", [5, 0]]],
      [["d", [-1, 0]]],
      [["nowhere", [0, 0]]],
      [["", [0, 0]]],
      [["bad name!", [0, 0]]],
      [],
      [["d"]],
      [["d", [0, 3], [0, 4]]],
      [
        ["d", [0, 1]],
        ["nowhere", [0, 0]],
        ["d", [1, 0]],
      ],
    ] as readonly (readonly Topic[])[])
      await deleteBefore(side, topics);
    for (const timeoutMs of [0, -1]) await deleteBefore(side, [["d", [0, 5]]], 2, timeoutMs);
    await lookAt(side, "d");
    await deleteBefore(side, [["d", [0, -1]]]);
    await produce(side, batch({ values: ["after"], timestamp: now }), { topic: "d" });
    for (const fetchOffset of [9, 10]) await side.ask(fetchApi, fetchOf("d", { fetchOffset }), 12);
  },
};

const policies: Case = {
  name: "DeleteRecords by cleanup.policy",
  run: async (side) => {
    for (const [name, policy] of [
      ["d-compact", "compact"],
      ["d-both", "compact,delete"],
      ["d-neither", ""],
    ] as const) {
      await create(side, name, { "cleanup.policy": policy });
      await produce(side, batch({ values: ["a", "b"], key: "k" }), { topic: name });
      await produce(side, batch({ values: ["a", "b"] }), { topic: name });
      for (const offset of [1, 9, -1]) await deleteBefore(side, [[name, [0, offset]]]);
      await side.ask(fetchApi, fetchOf(name, { fetchOffset: 0 }), 12);
    }
  },
};

export const deletionEdges: readonly Case[] = [deleting, policies];
