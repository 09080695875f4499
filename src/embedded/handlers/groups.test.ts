import assert from "node:assert/strict";
import { test } from "node:test";
import { type RawClient, type RawWorld, withCluster } from "../../../test/embedded/raw-client.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { apiVersionsApi } from "../../protocol/messages/api-versions.ts";
import {
  type ConsumerGroupHeartbeatRequest,
  type ConsumerGroupHeartbeatResponse,
  consumerGroupHeartbeatApi,
} from "../../protocol/messages/consumer-group-heartbeat.ts";
import { describeGroupsApi } from "../../protocol/messages/describe-groups.ts";
import { heartbeatApi } from "../../protocol/messages/heartbeat.ts";
import { incrementalAlterConfigsApi } from "../../protocol/messages/incremental-alter-configs.ts";
import { type JoinGroupResponse, joinGroupApi } from "../../protocol/messages/join-group.ts";
import { offsetCommitApi } from "../../protocol/messages/offset-commit.ts";
import { syncGroupApi } from "../../protocol/messages/sync-group.ts";
import type { Input } from "../../protocol/schema.ts";
import { sleep } from "../../runtime/sleep.ts";

const pause = ({ platform }: RawWorld, ms: number): Promise<void> => sleep(platform, ms);
const protocols = [{ name: "range", metadata: new Uint8Array(0) }];
const named = { protocolType: "consumer", protocolName: "range" };
const NONE = ErrorCode.NONE;

/** JoinGroup of version 3: a new member joins at once. */
function join(
  client: RawClient,
  memberId = "",
  more: { readonly groupInstanceId?: string } = {},
): Promise<JoinGroupResponse> {
  return client.request(
    joinGroupApi,
    {
      groupId: "g",
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 20_000,
      memberId,
      protocolType: "consumer",
      protocols,
      ...more,
    },
    more.groupInstanceId === undefined ? 3 : 5,
  );
}

async function sync(client: RawClient, memberId: string, generationId: number): Promise<number> {
  return (
    await client.request(
      syncGroupApi,
      { groupId: "g", memberId, generationId, ...named, assignments: [{ memberId, assignment: Uint8Array.of(1) }] },
      5,
    )
  ).errorCode;
}

async function alive(client: RawClient, memberId: string, generationId: number): Promise<number> {
  return (await client.request(heartbeatApi, { groupId: "g", memberId, generationId })).errorCode;
}

function beat(
  client: RawClient,
  memberId: string,
  memberEpoch: number,
  more: Input<ConsumerGroupHeartbeatRequest> = {},
): Promise<ConsumerGroupHeartbeatResponse> {
  const joining =
    memberEpoch === 0 ? { rebalanceTimeoutMs: 60_000, subscribedTopicNames: ["t"], topicPartitions: [] } : {};
  return client.request(consumerGroupHeartbeatApi, { groupId: "g", memberId, memberEpoch, ...joining, ...more });
}

const numbersOf = ({ assignment }: ConsumerGroupHeartbeatResponse): readonly number[] =>
  assignment?.topicPartitions.flatMap(({ partitions }) => [...partitions]) ?? [];
const topicIdOf = ({ cluster }: RawWorld): string => cluster.snapshot().topics[0]!.topicId;
const now = { initialRebalanceDelayMs: 0, consumerAssignmentIntervalMs: 0 };

test("the first rebalance waits for more members: all that come within the delay are in one generation", () =>
  withCluster({}, async (world) => {
    const [a, b] = [await world.connect(), await world.connect()];
    const began = world.platform.clock.monotonic();
    const first = join(a);
    await pause(world, 2000);
    const joined = await Promise.all([first, join(b)]);
    assert.deepEqual(
      joined.map(({ generationId }) => generationId),
      [1, 1],
    );
    assert.equal(Math.round(world.platform.clock.monotonic() - began), 6000, "one came, so it waited once more");
    assert.deepEqual(
      joined.map(({ members }) => members.length),
      [2, 0],
      "the leader is told of all",
    );
  }));

test("a member that is silent for its session timeout is gone, and the others are told to join again", () =>
  withCluster({ groups: now }, async (world) => {
    const [a, b] = [await world.connect(), await world.connect()];
    const { memberId: silent } = await join(a);
    const second = join(b);
    await pause(world, 1000);
    const [, { memberId, generationId }] = await Promise.all([join(a, silent), second]);
    assert.equal(await sync(a, silent, generationId), NONE);
    assert.equal(await sync(b, memberId, generationId), NONE);
    for (let i = 0; i < 3; i++) {
      await pause(world, 3000);
      assert.equal(await alive(b, memberId, generationId), NONE);
    }
    await pause(world, 1500);
    assert.equal(await alive(b, memberId, generationId), ErrorCode.REBALANCE_IN_PROGRESS);
    assert.equal((await join(b, memberId)).members.length, 1);
    assert.equal(await alive(a, silent, generationId), ErrorCode.UNKNOWN_MEMBER_ID);
  }));

test("who does not join again within the rebalance timeout is no member any more", () =>
  withCluster({ groups: now }, async (world) => {
    const [a, b] = [await world.connect(), await world.connect()];
    const { memberId: slow, generationId } = await join(a);
    assert.equal(await sync(a, slow, generationId), NONE);
    const second = join(b);
    const began = world.platform.clock.monotonic();
    for (let i = 0; i < 4; i++) {
      await pause(world, 4900);
      assert.equal(await alive(a, slow, generationId), ErrorCode.REBALANCE_IN_PROGRESS);
    }
    assert.equal((await second).members.length, 1);
    assert.equal(Math.round(world.platform.clock.monotonic() - began), 20_000);
    assert.equal(await alive(a, slow, generationId), ErrorCode.UNKNOWN_MEMBER_ID);
  }));

test("a group survives that its coordinator moves: who waits is sent there, the last generation goes on", () =>
  withCluster({ brokers: 2, groups: now }, async (world) => {
    world.cluster.moveCoordinator("group", "g", 0);
    await pause(world, 1);
    const [old, waiting, next] = [await world.connect(0), await world.connect(0), await world.connect(1)];
    const { memberId, generationId } = await join(old);
    assert.equal(await sync(old, memberId, generationId), NONE);
    const second = join(waiting);
    await pause(world, 1000);
    assert.equal(await alive(old, memberId, generationId), ErrorCode.REBALANCE_IN_PROGRESS);
    world.cluster.moveCoordinator("group", "g", 1);
    assert.equal((await second).errorCode, ErrorCode.NOT_COORDINATOR);
    assert.equal(await alive(old, memberId, generationId), ErrorCode.NOT_COORDINATOR);
    await pause(world, 9500);
    assert.equal(
      await alive(next, memberId, generationId),
      NONE,
      "its session began anew, and the rebalance is forgotten",
    );
    await pause(world, 10_001);
    assert.equal(await alive(next, memberId, generationId), ErrorCode.UNKNOWN_MEMBER_ID);
  }));

test("while its coordinator reads, a group is not there yet", () =>
  withCluster({ brokers: 2, groups: now, topics: { t: 1 } }, async (world) => {
    const [a, b] = [await world.connect(0), await world.connect(1)];
    world.cluster.moveCoordinator("group", "g", 0);
    await pause(world, 1);
    const { memberEpoch } = await beat(a, "m", 0);
    world.cluster.intercept(
      "ConsumerGroupHeartbeat",
      () => (world.cluster.moveCoordinator("group", "g", 1), undefined),
      { times: 1 },
    );
    assert.equal((await beat(b, "m", memberEpoch)).errorCode, ErrorCode.COORDINATOR_LOAD_IN_PROGRESS);
    await pause(world, 1);
    assert.deepEqual(
      await beat(b, "m", memberEpoch).then((answer) => [answer.errorCode, answer.memberEpoch]),
      [NONE, memberEpoch],
      "epochs are kept",
    );
    assert.equal((await beat(a, "m", memberEpoch)).errorCode, ErrorCode.NOT_COORDINATOR);
  }));

test("a static member that comes back while the group rebalances takes the place of the one that it was", () =>
  withCluster({ groups: now }, async (world) => {
    const [a, b, c] = [await world.connect(), await world.connect(), await world.connect()];
    const { memberId, generationId } = await join(a, "", { groupInstanceId: "i" });
    assert.equal(await alive(a, memberId, generationId), NONE);
    const second = join(b);
    await pause(world, 1000);
    const back = await join(c, "", { groupInstanceId: "i" });
    assert.deepEqual([back.generationId, (await second).generationId], [2, 2]);
    assert.notEqual(back.memberId, memberId);
    assert.equal(
      (await a.request(heartbeatApi, { groupId: "g", memberId, generationId: 2, groupInstanceId: "i" })).errorCode,
      ErrorCode.FENCED_INSTANCE_ID,
    );
  }));

test("KIP-848: a static member that left for a while and comes back under the same id has what it had", () =>
  withCluster({ topics: { t: 2 }, groups: now }, async (world) => {
    const client = await world.connect();
    const { memberEpoch } = await beat(client, "m", 0, { instanceId: "i" });
    assert.equal((await beat(client, "m", -2, { instanceId: "i" })).errorCode, NONE);
    const back = await beat(client, "m", 0, { instanceId: "i" });
    assert.deepEqual([back.errorCode, back.memberEpoch, numbersOf(back)], [NONE, memberEpoch, [0, 1]]);
  }));

test("KIP-848: a silent member is fenced after the group's session timeout, and the other gets its part", () =>
  withCluster({ topics: { t: 2 }, groups: now }, async (world) => {
    const client = await world.connect();
    const a = await beat(client, "a", 0);
    assert.deepEqual(numbersOf(a), [0, 1]);
    let { memberEpoch } = await beat(client, "b", 0);
    for (let i = 0; i < 9; i++) {
      await pause(world, 5000);
      ({ memberEpoch } = await beat(client, "b", memberEpoch));
    }
    await pause(world, 10);
    assert.deepEqual(numbersOf(await beat(client, "b", memberEpoch)), [0, 1]);
    assert.equal((await beat(client, "a", a.memberEpoch)).errorCode, ErrorCode.UNKNOWN_MEMBER_ID);
    assert.equal(world.cluster.snapshot().groups[0]?.members.length, 1);
  }));

test("KIP-848: what a member does not give back within its rebalance timeout it loses, with its membership", () =>
  withCluster({ topics: { t: 2 }, groups: now }, async (world) => {
    const client = await world.connect();
    const a = await beat(client, "a", 0);
    let { memberEpoch } = await beat(client, "b", 0);
    const all = [{ topicId: topicIdOf(world), partitions: [0, 1] }];
    for (let ms = 0; ms < 60_000; ms += 5000) {
      const answer = await beat(client, "a", a.memberEpoch, { topicPartitions: all });
      assert.deepEqual(
        [answer.errorCode, answer.memberEpoch],
        [NONE, a.memberEpoch],
        "it is asked to give back, and stays where it is",
      );
      ({ memberEpoch } = await beat(client, "b", memberEpoch));
      await pause(world, 5000);
    }
    await pause(world, 10);
    assert.equal(
      (await beat(client, "a", a.memberEpoch, { topicPartitions: all })).errorCode,
      ErrorCode.UNKNOWN_MEMBER_ID,
    );
    assert.deepEqual(numbersOf(await beat(client, "b", memberEpoch)), [0, 1]);
  }));

test("KIP-848: an assignment is not made again before its interval is over", () =>
  withCluster({ topics: { t: 2 } }, async (world) => {
    const client = await world.connect();
    const a = await beat(client, "a", 0);
    const b = await beat(client, "b", 0);
    assert.equal(b.memberEpoch, a.memberEpoch, "it is a member of the epoch that was divided last");
    assert.equal((await beat(client, "a", a.memberEpoch)).assignment, null);
    await pause(world, 1000);
    assert.deepEqual(numbersOf(await beat(client, "a", a.memberEpoch)), [0], "now it has to give back");
  }));

test("KIP-848: the partitions of a topic that grows are divided with the next heartbeat", () =>
  withCluster({ topics: { t: 1 }, groups: now }, async (world) => {
    const client = await world.connect();
    const a = await beat(client, "a", 0);
    world.cluster.growTopic("t", 3);
    const grown = await beat(client, "a", a.memberEpoch);
    assert.deepEqual([grown.memberEpoch, numbersOf(grown)], [a.memberEpoch + 1, [0, 1, 2]]);
  }));

test("offsets that nobody needs for a week are gone, and then their group; those of a member stay", () =>
  withCluster({ topics: { t: 1 }, groups: { ...now, offsetsRetentionMinutes: 60 } }, async (world) => {
    const client = await world.connect();
    const { memberEpoch } = await beat(client, "a", 0);
    const commit = (groupId: string, memberId: string, generationIdOrMemberEpoch: number): Promise<unknown> =>
      client.request(
        offsetCommitApi,
        {
          groupId,
          memberId,
          generationIdOrMemberEpoch,
          topics: [{ name: "t", partitions: [{ partitionIndex: 0, committedOffset: 1 }] }],
        },
        9,
      );
    await commit("simple", "", -1);
    await commit("g", "a", memberEpoch);
    const left = (): unknown =>
      world.cluster.snapshot().groups.map(({ groupId, offsets }) => [groupId, offsets.length]);
    for (let ms = 0; ms < 59 * 60_000; ms += 30_000) {
      await pause(world, 30_000);
      await beat(client, "a", memberEpoch);
    }
    assert.deepEqual(left(), [
      ["g", 1],
      ["simple", 1],
    ]);
    for (let ms = 0; ms < 15 * 60_000; ms += 30_000) {
      await pause(world, 30_000);
      await beat(client, "a", memberEpoch);
    }
    assert.deepEqual(left(), [["g", 1]]);
  }));

test("a classic group is converted only where the policy allows it", () =>
  withCluster({ topics: { t: 1 }, groups: { ...now, migrationPolicy: "downgrade" } }, async (world) => {
    const [a, b] = [await world.connect(), await world.connect()];
    const { memberId, generationId } = await join(a);
    const { errorCode, errorMessage } = await beat(b, "new", 0);
    assert.deepEqual(
      [errorCode, errorMessage],
      [
        ErrorCode.GROUP_ID_NOT_FOUND,
        "Cannot upgrade classic group g to consumer group because online upgrade is disabled.",
      ],
    );
    assert.equal(await sync(a, memberId, generationId), NONE, "it goes on as it was");
    assert.equal((await a.request(describeGroupsApi, { groups: ["g"] })).groups[0]?.groupState, "Stable");
  }));

test("without group.version there are no groups of KIP-848", () =>
  withCluster({ topics: { t: 1 }, groupVersion: 0 }, async (world) => {
    const client = await world.connect();
    const { finalizedFeatures } = await client.request(
      apiVersionsApi,
      { clientSoftwareName: "test", clientSoftwareVersion: "1" },
      4,
    );
    assert.ok(!finalizedFeatures.some(({ name }) => name === "group.version"));
    assert.equal((await beat(client, "a", 0)).errorCode, ErrorCode.UNSUPPORTED_VERSION);
  }));

test("a broker whose rebalance protocols do not name consumer has no groups of KIP-848", () =>
  withCluster(
    { topics: { t: 1 }, configs: { "group.coordinator.rebalance.protocols": "classic" } },
    async ({ connect }) => {
      const client = await connect();
      assert.equal((await beat(client, "a", 0)).errorCode, ErrorCode.UNSUPPORTED_VERSION);
    },
  ));

test("an option of groups that there is not is an error", async () => {
  await assert.rejects(
    withCluster({ groups: { sessionTimeout: 3 } as never }, () => Promise.resolve()),
    { kind: "config", message: /EmbeddedCluster: groups has no option "sessionTimeout"/ },
  );
});

test("a group's own configs are obeyed from the next heartbeat on", () =>
  withCluster({ topics: { t: 1 }, groups: now }, async (world) => {
    const client = await world.connect();
    const set = async (type: number, resourceName: string, name: string, value: string): Promise<void> => {
      const resources = [{ resourceType: type, resourceName, configs: [{ name, configOperation: 0, value }] }];
      const { responses } = await client.request(incrementalAlterConfigsApi, { resources });
      assert.equal(responses[0]?.errorCode, 0);
    };
    const [GROUP, BROKER] = [32, 4];
    const joined = await beat(client, "AAAAAAAAAAAAAAAAAAAAAQ", 0);
    assert.equal(joined.heartbeatIntervalMs, 5000);
    await set(GROUP, "other", "consumer.heartbeat.interval.ms", "6000");
    await set(GROUP, "g", "consumer.heartbeat.interval.ms", "7000");
    await set(GROUP, "g", "consumer.session.timeout.ms", "60000");
    await set(BROKER, "", "group.consumer.assignment.interval.ms", "0");
    const next = await beat(client, "AAAAAAAAAAAAAAAAAAAAAQ", joined.memberEpoch);
    assert.equal(next.heartbeatIntervalMs, 7000);
    await pause(world, 59_000);
    const { members } = world.cluster.snapshot().groups[0]!;
    assert.equal(members.length, 1, "the session is a minute");
    await pause(world, 2000);
    assert.deepEqual(world.cluster.snapshot().groups[0]?.members ?? [], []);
  }));
