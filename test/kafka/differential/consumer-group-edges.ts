// The groups of KIP-848: heartbeats in and out of turn, what members get and give back, who commits, and members of
// both protocols together.
import { encodeVersioned } from "../../../src/protocol/embedded-formats.ts";
import { consumerGroupDescribeApi } from "../../../src/protocol/messages/consumer-group-describe.ts";
import {
  type ConsumerGroupHeartbeatRequest,
  consumerGroupHeartbeatApi,
} from "../../../src/protocol/messages/consumer-group-heartbeat.ts";
import { consumerProtocolAssignment } from "../../../src/protocol/messages/consumer-protocol-assignment.ts";
import { consumerProtocolSubscription } from "../../../src/protocol/messages/consumer-protocol-subscription.ts";
import { deleteGroupsApi } from "../../../src/protocol/messages/delete-groups.ts";
import { describeGroupsApi } from "../../../src/protocol/messages/describe-groups.ts";
import { heartbeatApi } from "../../../src/protocol/messages/heartbeat.ts";
import { joinGroupApi } from "../../../src/protocol/messages/join-group.ts";
import { leaveGroupApi } from "../../../src/protocol/messages/leave-group.ts";
import { listGroupsApi } from "../../../src/protocol/messages/list-groups.ts";
import { offsetCommitApi } from "../../../src/protocol/messages/offset-commit.ts";
import { offsetDeleteApi } from "../../../src/protocol/messages/offset-delete.ts";
import { offsetFetchApi } from "../../../src/protocol/messages/offset-fetch.ts";
import { syncGroupApi } from "../../../src/protocol/messages/sync-group.ts";
import type { Input } from "../../../src/protocol/schema.ts";
import { type Case, UNKNOWN_ID, create, range } from "./asking.ts";
import type { Side } from "./side.ts";

type Beat = Input<ConsumerGroupHeartbeatRequest>;

const soon = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 300));

async function ready(side: Side): Promise<void> {
  await side.until(
    async (ask) =>
      (await ask(offsetFetchApi, { groups: [{ groupId: "nobody", topics: [] }] }, 8)).groups[0]?.errorCode === 0,
  );
}

function joining(groupId: string, memberId: string, more: Beat = {}): Beat {
  return {
    groupId,
    memberId,
    memberEpoch: 0,
    rebalanceTimeoutMs: 20_000,
    subscribedTopicNames: ["kg"],
    topicPartitions: [],
    ...more,
  };
}

/** A heartbeat, and the epoch that it answers. */
async function beat(side: Side, request: Beat, version = 1): Promise<number> {
  return (await side.ask(consumerGroupHeartbeatApi, request, version))?.memberEpoch ?? -1;
}

async function describe(side: Side, ...groupIds: string[]): Promise<void> {
  for (const version of [0, 1])
    await side.ask(consumerGroupDescribeApi, { groupIds, includeAuthorizedOperations: version === 1 }, version);
}

const invalid: Case = {
  name: "groups of KIP-848: heartbeats that are wrong",
  run: async (side) => {
    await ready(side);
    await create(side, "kg", {}, 4);
    for (const version of [0, 1]) {
      for (const more of [
        { groupId: "" },
        { groupId: " " },
        { memberId: "" },
        { memberId: "", memberEpoch: 1 },
        { memberId: "", memberEpoch: -1 },
        { instanceId: "" },
        { rackId: "" },
        { rebalanceTimeoutMs: -1 },
        { topicPartitions: null },
        { topicPartitions: [{ topicId: UNKNOWN_ID, partitions: [0] }] },
        { subscribedTopicNames: null },
        { memberEpoch: -2 },
        { memberEpoch: -3 },
        { memberEpoch: 4 },
        { memberEpoch: -1 },
        { memberEpoch: -2, instanceId: "i" },
        { serverAssignor: "mine" },
        { memberEpoch: 4, instanceId: "i" },
      ])
        await beat(side, joining(`ki-${version}`, "m", more), version);
      await describe(side, `ki-${version}`, "");
    }
    for (const subscribedTopicRegex of ["[", "(", "a{2,1}", "*"]) {
      const { errorCode } =
        (await side.ask(
          consumerGroupHeartbeatApi,
          joining("kr-bad", "m", { subscribedTopicNames: null, subscribedTopicRegex }),
          1,
        )) ?? {};
      side.transcript.pop(); // Kafka's message is that of its library
      side.transcript.push(errorCode);
    }
    await describe(side, "kr-bad");
  },
};

const alone: Case = {
  name: "groups of KIP-848: a member alone, through all its life",
  run: async (side) => {
    await ready(side);
    const topicId = await create(side, "kg", {}, 4);
    for (const version of [0, 1]) {
      const groupId = `ka-${version}`;
      const epoch = await beat(side, joining(groupId, "m", { rackId: "r" }), version);
      await describe(side, groupId);
      const more = { groupId, memberId: "m" };
      await beat(side, { ...more, memberEpoch: epoch }, version);
      await beat(
        side,
        { ...more, memberEpoch: epoch, topicPartitions: [{ topicId, partitions: [0, 1, 2, 3] }] },
        version,
      );
      await beat(side, { ...more, memberEpoch: epoch + 1 }, version);
      await beat(side, { ...more, memberEpoch: epoch - 1 }, version);
      await beat(side, joining(groupId, "m"), version); // joins again
      await beat(side, { ...more, memberId: "who", memberEpoch: epoch }, version);
      await beat(
        side,
        {
          ...more,
          memberEpoch: epoch,
          rebalanceTimeoutMs: 5000,
          subscribedTopicNames: ["kg"],
          topicPartitions: [{ topicId, partitions: [0, 1, 2, 3] }],
        },
        version,
      ); // a whole one
      for (const at of [8, 9])
        for (const [memberId, generation] of [
          ["m", epoch],
          ["m", epoch + 1],
          ["m", epoch - 1],
          ["who", epoch],
          ["", -1],
          ["m", -1],
        ] as const) {
          await side.ask(
            offsetCommitApi,
            {
              groupId,
              memberId,
              generationIdOrMemberEpoch: generation,
              topics: [{ name: "kg", partitions: [{ partitionIndex: 0, committedOffset: 5 }] }],
            },
            at,
          );
          if (at === 9) {
            await side.ask(
              offsetFetchApi,
              {
                groups: [
                  { groupId, memberId, memberEpoch: generation, topics: [{ name: "kg", partitionIndexes: [0] }] },
                ],
              },
              9,
            );
            await side.ask(
              offsetFetchApi,
              {
                groups: [
                  {
                    groupId,
                    memberId: memberId === "" ? null : memberId,
                    memberEpoch: generation,
                    topics: [{ topicId, partitionIndexes: [0] }],
                  },
                ],
              },
              10,
            );
            await side.ask(
              offsetCommitApi,
              {
                groupId,
                memberId,
                generationIdOrMemberEpoch: generation,
                topics: [
                  { topicId, partitions: [{ partitionIndex: 1, committedOffset: 5 }] },
                  { topicId: UNKNOWN_ID, partitions: [{ partitionIndex: 1, committedOffset: 5 }] },
                ],
              },
              10,
            );
          }
        }
      await side.ask(offsetDeleteApi, { groupId, topics: [{ name: "kg", partitions: [{ partitionIndex: 0 }] }] }, 0);
      for (const at of [2, 3]) await side.ask(deleteGroupsApi, { groupsNames: [groupId] }, at);
      await side.ask(describeGroupsApi, { groups: [groupId] }, 5);
      await side.ask(describeGroupsApi, { groups: [groupId] }, 6);
      for (const filter of [
        { typesFilter: ["consumer"] },
        { statesFilter: ["Stable"], typesFilter: ["Consumer"] },
        { statesFilter: ["Empty"], typesFilter: ["consumer"] },
      ])
        await side.ask(listGroupsApi, filter, 5);
      for (const [memberId, memberEpoch] of [
        ["who", -1],
        ["m", -1],
        ["m", -1],
      ] as const)
        await beat(side, { groupId, memberId, memberEpoch }, version);
      await describe(side, groupId);
      await side.ask(
        offsetCommitApi,
        {
          groupId,
          generationIdOrMemberEpoch: -1,
          topics: [{ name: "kg", partitions: [{ partitionIndex: 0, committedOffset: 7 }] }],
        },
        9,
      );
      for (const at of [2, 3]) await side.ask(deleteGroupsApi, { groupsNames: [groupId] }, at);
      await describe(side, groupId);
    }
  },
};

const together: Case = {
  name: "groups of KIP-848: two members: what one gives back the other gets",
  run: async (side) => {
    await ready(side);
    const topicId = await create(side, "kg", {}, 4);
    for (const serverAssignor of ["range", "uniform"]) {
      const groupId = `kt-${serverAssignor}`;
      const a = { groupId, memberId: "aa" };
      const b = { groupId, memberId: "bb" };
      const first = await beat(side, joining(groupId, "aa", { serverAssignor }));
      const second = await beat(side, joining(groupId, "bb", { serverAssignor }));
      await describe(side, groupId);
      await beat(side, { ...b, memberEpoch: second });
      await beat(side, { ...a, memberEpoch: first }); // has to give back
      await describe(side, groupId);
      await side.ask(
        offsetCommitApi,
        {
          ...a,
          generationIdOrMemberEpoch: first,
          topics: [
            { name: "kg", partitions: range(0, 3).map((partitionIndex) => ({ partitionIndex, committedOffset: 5 })) },
          ],
        },
        9,
      );
      // Has not yet.
      await beat(side, { ...a, memberEpoch: first, topicPartitions: [{ topicId, partitions: [0, 1, 2, 3] }] });
      const kept = serverAssignor === "range" ? [0, 1] : undefined;
      const { assignment } =
        (await side.ask(
          consumerGroupHeartbeatApi,
          {
            ...a,
            memberEpoch: first,
            rebalanceTimeoutMs: 20_000,
            subscribedTopicNames: ["kg"],
            topicPartitions: [{ topicId, partitions: [0, 1, 2, 3] }],
          },
          1,
        )) ?? {};
      const partitions = kept ?? assignment?.topicPartitions[0]?.partitions ?? [];
      const third = await beat(side, { ...a, memberEpoch: first, topicPartitions: [{ topicId, partitions }] }); // has
      await describe(side, groupId);
      await beat(side, { ...a, memberEpoch: first, topicPartitions: [{ topicId, partitions }] }); // its answer was lost
      await beat(side, { ...b, memberEpoch: second });
      await describe(side, groupId);
      for (const [generation, name] of [
        [first, "aa"],
        [third, "aa"],
        [first, "bb"],
      ] as const) {
        for (const partitionIndex of range(0, 3))
          await side.ask(
            offsetCommitApi,
            {
              groupId,
              memberId: name,
              generationIdOrMemberEpoch: generation,
              topics: [{ name: "kg", partitions: [{ partitionIndex, committedOffset: 5 }] }],
            },
            9,
          );
      }
      await beat(side, { ...b, memberEpoch: second, subscribedTopicNames: ["kg", "nowhere"] });
      await beat(side, { ...b, memberEpoch: -1 });
      await describe(side, groupId);
      const last = await beat(side, { ...a, memberEpoch: third + 1 });
      await beat(side, { ...a, memberEpoch: Math.max(last, third), topicPartitions: [{ topicId, partitions }] });
      await describe(side, groupId);
      await beat(side, { ...a, memberEpoch: -1 });
    }
  },
};

const statics: Case = {
  name: "groups of KIP-848: static members",
  run: async (side) => {
    await ready(side);
    await create(side, "kg", {}, 4);
    const groupId = "ks";
    const instanceId = "i";
    const epoch = await beat(side, joining(groupId, "m", { instanceId }));
    await beat(side, joining(groupId, "n", { instanceId }));
    await beat(side, joining(groupId, "m", { instanceId }));
    await beat(side, { groupId, memberId: "m", instanceId, memberEpoch: epoch });
    await beat(side, { groupId, memberId: "m", memberEpoch: epoch });
    await beat(side, { groupId, memberId: "n", instanceId, memberEpoch: epoch });
    await beat(side, { groupId, memberId: "m", instanceId: "j", memberEpoch: epoch });
    for (const more of [
      { memberId: "n", instanceId, memberEpoch: -2 },
      { memberId: "m", instanceId: "j", memberEpoch: -2 },
      { memberId: "m", instanceId, memberEpoch: -2 },
    ])
      await beat(side, { groupId, ...more });
    await describe(side, groupId);
    const back = await beat(side, joining(groupId, "n", { instanceId }));
    await describe(side, groupId);
    await beat(side, { groupId, memberId: "m", instanceId, memberEpoch: epoch });
    await beat(side, { groupId, memberId: "n", instanceId, memberEpoch: back });
    await beat(side, { groupId, memberId: "n", instanceId, memberEpoch: -1 });
    await describe(side, groupId);
  },
};

const patterns: Case = {
  name: "groups of KIP-848: topics by a regular expression",
  run: async (side) => {
    await ready(side);
    await create(side, "kx-1", {}, 1);
    await create(side, "kx-2", {}, 1);
    await soon(); // until its coordinator has heard of them
    const groupId = "kp";
    const a = { groupId, memberId: "aa" };
    const epoch = await beat(
      side,
      joining(groupId, "aa", { subscribedTopicNames: null, subscribedTopicRegex: "kx-.*" }),
    );
    await soon();
    const found = await beat(side, { ...a, memberEpoch: epoch });
    await describe(side, groupId);
    await beat(side, { ...a, memberEpoch: found, subscribedTopicRegex: "kx-1" });
    await soon();
    await side.ask(consumerGroupHeartbeatApi, { ...a, memberEpoch: found }, 1);
    await beat(side, { ...a, memberEpoch: -1 });
  },
};

const metadata = (ownedPartitions: readonly number[] = []): Uint8Array =>
  encodeVersioned(
    consumerProtocolSubscription,
    {
      topics: ["kg"],
      ownedPartitions: ownedPartitions.length === 0 ? [] : [{ topic: "kg", partitions: ownedPartitions }],
    },
    1,
  );

const migration: Case = {
  name: "groups whose members speak both protocols",
  run: async (side) => {
    await ready(side);
    const topicId = await create(side, "kg", {}, 4);
    const groupId = "km";
    const protocols = [{ name: "range", metadata: metadata() }];
    const join = { groupId, sessionTimeoutMs: 20_000, rebalanceTimeoutMs: 20_000, protocolType: "consumer", protocols };
    const memberId = (await side.ask(joinGroupApi, { ...join, memberId: "" }, 5))?.memberId ?? "";
    await side.ask(joinGroupApi, { ...join, memberId }, 5);
    const named = { protocolType: "consumer", protocolName: "range" };
    const assignment = encodeVersioned(
      consumerProtocolAssignment,
      { assignedPartitions: [{ topic: "kg", partitions: [0, 1, 2, 3] }], userData: null },
      1,
    );
    await side.ask(
      syncGroupApi,
      { groupId, memberId, generationId: 1, ...named, assignments: [{ memberId, assignment }] },
      5,
    );
    const epoch = await beat(side, joining(groupId, "new", { serverAssignor: "range" })); // converts it
    await describe(side, groupId);
    await side.ask(heartbeatApi, { groupId, memberId, generationId: 1 }, 4);
    await side.ask(syncGroupApi, { groupId, memberId, generationId: 1, ...named }, 5);
    await side.ask(
      joinGroupApi,
      { ...join, memberId, protocols: [{ name: "range", metadata: metadata([0, 1, 2, 3]) }] },
      5,
    ); // has to give back
    await describe(side, groupId);
    await side.ask(syncGroupApi, { groupId, memberId, generationId: 1, ...named }, 5);
    await side.ask(heartbeatApi, { groupId, memberId, generationId: 1 }, 4);
    const kept = [2, 3]; // of a range; its name comes after "new"
    const again =
      (await side.ask(joinGroupApi, { ...join, memberId, protocols: [{ name: "range", metadata: metadata(kept) }] }, 5))
        ?.generationId ?? -1; // has
    await side.ask(syncGroupApi, { groupId, memberId, generationId: again, ...named }, 5);
    await side.ask(heartbeatApi, { groupId, memberId, generationId: again }, 4);
    await side.ask(heartbeatApi, { groupId, memberId: "new", generationId: epoch }, 4);
    await beat(side, { groupId, memberId: "new", memberEpoch: epoch });
    await describe(side, groupId);
    for (const generationIdOrMemberEpoch of [again, again + 1])
      await side.ask(
        offsetCommitApi,
        {
          groupId,
          memberId,
          generationIdOrMemberEpoch,
          topics: [{ name: "kg", partitions: [{ partitionIndex: 2, committedOffset: 5 }] }],
        },
        8,
      );
    await side.ask(joinGroupApi, { ...join, memberId: "", protocolType: "connect" }, 5);
    await side.ask(joinGroupApi, { ...join, memberId: "", protocols: [{ name: "other", metadata: metadata() }] }, 5);
    await side.ask(leaveGroupApi, { groupId, members: [{ memberId: "new" }, { memberId: "who" }] }, 5);
    // Only classic members are left.
    await beat(side, { groupId, memberId: "new", memberEpoch: -1, topicPartitions: [{ topicId, partitions: [] }] });
    await describe(side, groupId);
    await side.ask(describeGroupsApi, { groups: [groupId] }, 6);
    await side.ask(heartbeatApi, { groupId, memberId, generationId: again }, 4);
    await side.ask(leaveGroupApi, { groupId, members: [{ memberId }] }, 5);
  },
};

export const consumerGroupEdges: readonly Case[] = [invalid, alone, together, statics, patterns, migration];
