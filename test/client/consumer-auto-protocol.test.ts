// The choice of `groupProtocol: "auto"`, in virtual time.
import { test } from "node:test";
import assert from "node:assert/strict";
import type { ConsumerOptions } from "../../src/consumer/options.ts";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import { GroupReader } from "./group-reader.ts";
import { type World, inWorld } from "./world.ts";

const isConfig = (e: unknown): boolean =>
  KafkaError.is(e) && e.kind === "unsupported" && e.message.includes("topicsPattern");

/** The group API with which a member joins. */
async function joinsWith(
  world: World,
  options: Partial<ConsumerOptions>,
  while_: (reader: GroupReader) => Promise<void> = () => Promise.resolve(),
): Promise<string> {
  let api = "";
  const stop = world.cluster.intercept(({ apiName }) => {
    if (api === "" && (apiName === "JoinGroup" || apiName === "ConsumerGroupHeartbeat")) api = apiName;
    return undefined;
  });
  const reader = new GroupReader(world, { topics: ["t"], groupId: "g", ...options });
  await reader.until(() => api !== "");
  stop();
  await while_(reader);
  await reader.close();
  await sleep(world.platform, 1);
  return api;
}

test(
  "a new group speaks the protocol of KIP-848, also one whose classic members have all left; a classic option " +
    "makes it classic",
  () =>
    inWorld({ topics: { t: 2 } }, async (world) => {
      assert.equal(await joinsWith(world, {}), "ConsumerGroupHeartbeat");
      assert.equal(await joinsWith(world, { groupId: "c", groupProtocol: "classic" }), "JoinGroup");
      assert.equal(await joinsWith(world, { groupId: "c" }), "ConsumerGroupHeartbeat");
      for (const option of [
        { partitionAssignmentStrategy: ["range"] },
        { sessionTimeoutMs: 30_000 },
        { heartbeatIntervalMs: 1000 },
      ] as const)
        assert.equal(await joinsWith(world, { groupId: "o", ...option }), "JoinGroup", Object.keys(option)[0]);
    }),
);

test("beside live classic members it is classic, so that nobody is converted", () =>
  inWorld({ topics: { t: 2 } }, async (world) => {
    await joinsWith(world, { groupProtocol: "classic", heartbeatIntervalMs: 100 }, async (classic) => {
      await classic.until(({ held }) => held.size === 2);
      assert.equal(
        await joinsWith(world, {}, async (reader) => {
          await GroupReader.untilAll([reader, classic], () => reader.held.size === 1 && classic.held.size === 1);
        }),
        "JoinGroup",
      );
    });
  }));

test("a cluster in which group.version is not finalised gets the classic one, and topicsPattern is refused by name", () =>
  inWorld({ topics: { t: 2 } }, async (world) => {
    world.cluster.intercept("ApiVersions", {
      respond: (response) => ({
        ...response,
        finalizedFeatures: response.finalizedFeatures.filter(({ name }) => name !== "group.version"),
      }),
    });
    assert.equal(await joinsWith(world, {}), "JoinGroup");
    const consumer = world.kafka.consumer({ groupId: "p", topicsPattern: "t" });
    await assert.rejects(
      (async () => {
        for await (const { topic } of consumer) assert.fail(topic);
      })(),
      isConfig,
    );
    await consumer.close();
  }));

test("a group that cannot be described is asked for again, not guessed", () =>
  inWorld({ topics: { t: 1 } }, async (world) => {
    const loading = world.cluster.intercept(
      "DescribeGroups",
      ({ message }) => ({ answer: { groups: message.groups.map((groupId) => ({ groupId, errorCode: 14 })) } }),
      { times: 3 },
    );
    assert.equal(await joinsWith(world, {}), "ConsumerGroupHeartbeat");
    assert.equal(loading.calls, 3);
  }));

test("a group whose members share no assignor with ours: the error names theirs and ours, and what to do", () =>
  inWorld({ topics: { t: 2 } }, async (world) => {
    const theirs = new GroupReader(world, { topics: ["t"], groupId: "g", partitionAssignmentStrategy: ["sticky"] });
    await theirs.until(({ held }) => held.size === 2);
    const consumer = world.kafka.consumer({ topics: ["t"], groupId: "g" });
    await assert.rejects(consumer[Symbol.asyncIterator]().next(), {
      codeName: "INCONSISTENT_GROUP_PROTOCOL",
      message:
        /cannot join group g: .* its members \(odradek.*\) use the assignor "sticky", and this member offers "range", "cooperative-sticky", "RoundRobinAssigner"\. Do this: add one named "sticky" to partitionAssignmentStrategy/,
    });
    await consumer.close();
    await theirs.close();
  }));

test("a group whose only assignor is the one of kafkajs takes in a consumer with default options", () =>
  inWorld({ topics: { t: 4 } }, async (world) => {
    const theirs = new GroupReader(world, {
      topics: ["t"],
      groupId: "g",
      partitionAssignmentStrategy: ["RoundRobinAssigner"],
      heartbeatIntervalMs: 100,
    });
    await theirs.until(({ held }) => held.size === 4);
    const ours = new GroupReader(world, { topics: ["t"], groupId: "g" });
    await GroupReader.untilAll([theirs, ours], () => theirs.held.size === 2 && ours.held.size === 2);
    for (const reader of [ours, theirs]) await reader.close();
    await sleep(world.platform, 1);
  }));

test("a group that rebalances and does not say which assignor it uses: it is asked again; one of another type is named", () =>
  inWorld({ topics: { t: 2 } }, async (world) => {
    const theirs = new GroupReader(world, { topics: ["t"], groupId: "g", partitionAssignmentStrategy: ["sticky"] });
    await theirs.until(({ held }) => held.size === 2);
    for (const [described, message] of [
      [{ protocolData: "" }, /none of the assignors that this one offers/],
      [{ protocolType: "connect" }, /a group of the type "connect"/],
    ] as const) {
      let count = 0;
      const stop = world.cluster.intercept("DescribeGroups", {
        respond: (response) => {
          count++;
          return { ...response, groups: response.groups.map((group) => ({ ...group, ...described })) };
        },
      });
      const consumer = world.kafka.consumer({ topics: ["t"], groupId: "g", groupProtocol: "classic" });
      await assert.rejects(consumer[Symbol.asyncIterator]().next(), { message });
      assert.equal(count, "protocolData" in described ? 3 : 1);
      await consumer.close();
      stop();
    }
    await theirs.close();
  }));
