// A group's committed offsets and topics that are deleted and recreated, in virtual time.
import { test } from "node:test";
import assert from "node:assert/strict";
import { Cluster } from "../../src/cluster/cluster.ts";
import { ClusterClient } from "../../src/cluster/cluster-client.ts";
import { Coordinators } from "../../src/cluster/coordinators.ts";
import { Offsets } from "../../src/consumer/group/offsets.ts";
import type { TopicPartition } from "../../src/cluster/topic-partition.ts";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import { ZERO_UUID } from "../../src/wire/uuid.ts";
import { type World, inWorld } from "./world.ts";

interface Inside {
  readonly offsets: Offsets;
  readonly client: ClusterClient;
  /** The topic id that the consumer believes to be current. */
  readonly ids: Map<string, string>;
  deadline(): number;
  /** Waits for metadata that is younger than now. */
  refresh(until: (client: ClusterClient) => boolean): Promise<void>;
}

async function fetched(
  offsets: Offsets,
  partitions: readonly TopicPartition[],
  deadlineMs: number,
): Promise<readonly number[]> {
  return (await offsets.fetch(partitions, deadlineMs)).map((one) => one?.offset ?? -1);
}

async function inside(
  { platform, cluster }: World,
  topics: readonly string[],
  body: (inside: Inside) => Promise<void>,
): Promise<void> {
  const client = new ClusterClient(
    new Cluster({ ...platform, bootstrapServers: cluster.bootstrapServers }),
    "consumer",
  );
  const ids = new Map<string, string>();
  const deadline = (): number => platform.clock.monotonic() + 5000;
  const offsets = new Offsets({
    client,
    coordinators: new Coordinators(client),
    groupId: "g",
    isReadCommitted: false,
    topicId: (topic) => ids.get(topic) ?? client.snapshot.topics.get(topic)?.topicId ?? ZERO_UUID,
    identity: () => ({ memberId: "", instanceId: null, epoch: -1, isEpoch: false, tenure: 0 }),
    refused: () => undefined,
  });
  client.wantTopics(topics);
  await client.awaitMetadata((snapshot) => topics.every((name) => snapshot.topics.has(name)), {
    deadlineMs: deadline(),
    what: "metadata",
  });
  const refresh = async (until: (client: ClusterClient) => boolean): Promise<void> => {
    client.refreshMetadata();
    await client.awaitMetadata(() => until(client), { deadlineMs: deadline(), what: "metadata" });
  };
  await body({ offsets, client, ids, deadline, refresh });
  await client.close();
}

const at = (topic: string, offset: number): { topic: string; partition: number; offset: number } => ({
  topic,
  partition: 0,
  offset,
});
const p = (topic: string): { topic: string; partition: number } => ({ topic, partition: 0 });

test("offsets are committed and fetched by topic id where the broker takes ids and they are known, else by name", () =>
  inWorld({ topics: { t: 1, u: 1 } }, async (world) => {
    const versions: string[] = [];
    world.cluster.intercept(({ apiName, apiVersion }) => {
      if (apiName.startsWith("Offset")) versions.push(`${apiName} ${apiVersion}`);
      return undefined;
    });
    await inside(world, ["t", "u"], async ({ offsets, deadline }) => {
      await offsets.commit([at("t", 5), at("u", 6)], deadline());
      assert.deepEqual(await fetched(offsets, [p("u"), p("t")], deadline()), [6, 5]);
    });
    await inside(world, ["t"], async ({ offsets, ids, deadline }) => {
      assert.deepEqual(await fetched(offsets, [p("u"), p("t")], deadline()), [6, 5]);
      ids.set("t", ZERO_UUID);
      await offsets.commit([at("t", 7)], deadline());
    });
    assert.deepEqual(versions, ["OffsetCommit 10", "OffsetFetch 10", "OffsetFetch 9", "OffsetCommit 9"]);
  }));

test("older brokers get names", () =>
  inWorld({ topics: { t: 1 } }, async (world) => {
    for (const most of [9, 8, 7, 2]) {
      const lower = world.cluster.intercept("ApiVersions", {
        respond: (response) => ({
          ...response,
          apiKeys: response.apiKeys.map((one) =>
            one.apiKey === 8 || one.apiKey === 9 ? { ...one, maxVersion: most } : one,
          ),
        }),
      });
      await inside(world, ["t"], async ({ offsets, deadline }) => {
        await offsets.commit([at("t", most)], deadline());
        assert.deepEqual(await fetched(offsets, [p("t")], deadline()), [most]);
      });
      lower();
    }
  }));

test("an offset of a topic that was deleted is not committed for the one that took its name, and says why at once", () =>
  inWorld({ topics: { t: 1, u: 1 }, autoCreateTopics: false }, async (world) => {
    const admin = world.kafka.admin();
    await inside(world, ["t", "u"], async ({ offsets, client, ids, deadline, refresh }) => {
      const old = client.snapshot.topics.get("t")?.topicId ?? "";
      ids.set("t", old);
      await offsets.commit([at("t", 5)], deadline());
      (await admin.deleteTopics(["t"])).orThrow();
      (await admin.createTopics([{ topic: "t", numPartitions: 1 }])).orThrow();
      await refresh(() => client.snapshot.topics.get("t")?.topicId !== old);
      const before = world.platform.clock.monotonic();
      await assert.rejects(
        offsets.commit([at("t", 6), at("u", 1)], deadline()),
        (e: unknown) => KafkaError.is(e) && e.codeName === "UNKNOWN_TOPIC_ID" && /t-0.*was deleted/.test(e.message),
      );
      assert.ok(world.platform.clock.monotonic() - before < 100);
      assert.deepEqual(await fetched(offsets, [p("u")], deadline()), [1], "the others of the call are committed");
      await offsets.commit([at("t", 7), at("u", 2)], deadline(), { mayDrop: true });
      assert.deepEqual(await fetched(offsets, [p("u")], deadline()), [2]);
    });
  }));

test(
  "what is done of a deleted topic does not keep the rest from being committed, nor its lost offset others from " +
    "being fetched",
  () =>
    inWorld({ topics: { t: 1, u: 1 }, autoCreateTopics: false }, async (world) => {
      await inside(world, ["t", "u"], async ({ offsets, client, deadline, refresh }) => {
        await offsets.commit([at("t", 5), at("u", 1)], deadline());
        (await world.kafka.admin().deleteTopics(["t"])).orThrow();
        await refresh(() => client.snapshot.topics.get("t")?.errorCode === 3);
        await offsets.commit([at("t", 7), at("u", 2)], deadline(), { mayDrop: true });
        assert.deepEqual(await fetched(offsets, [p("t"), p("u")], deadline()), [-1, 2]);
        await assert.rejects(
          offsets.commit([at("t", 8)], deadline()),
          (e: unknown) => KafkaError.is(e) && e.codeName === "UNKNOWN_TOPIC_ID" && /t-0.*was deleted/.test(e.message),
        );
      });
    }),
);

test("a coordinator that has not heard of a topic yet is asked again, also for what may be dropped", () =>
  inWorld({ topics: { t: 1 } }, async (world) => {
    await inside(world, ["t"], async ({ offsets, deadline }) => {
      for (const errorCode of [3, 100]) {
        const behind = world.cluster.intercept(
          "OffsetCommit",
          {
            respond: (response) => ({
              ...response,
              topics: response.topics.map((topic) => ({
                ...topic,
                partitions: topic.partitions.map((one) => ({ ...one, errorCode })),
              })),
            }),
          },
          { times: 2 },
        );
        await offsets.commit([at("t", errorCode)], deadline(), { mayDrop: true });
        assert.equal(behind.calls, 2);
        assert.deepEqual(await fetched(offsets, [p("t")], deadline()), [errorCode]);
      }
    });
  }));

test("a topic that was deleted, created again and committed for by another member is not taken for one without commits", () =>
  inWorld({ topics: { t: 1, u: 1 }, autoCreateTopics: false }, async (world) => {
    const admin = world.kafka.admin();
    await inside(world, ["t", "u"], async ({ offsets, client, deadline, refresh }) => {
      await offsets.commit([at("t", 5), at("u", 1)], deadline());
      (await admin.deleteTopics(["t"])).orThrow();
      await refresh(() => client.snapshot.topics.get("t")?.errorCode === 3);
      (await admin.createTopics([{ topic: "t", numPartitions: 1 }])).orThrow();
      const other = world.client().consumer({ groupId: "g", assign: [{ topic: "t", partition: 0 }] });
      await other.commit([at("t", 3)]);
      assert.equal(client.snapshot.topics.get("t")?.errorCode, 3, "this client has not heard of the new topic");
      assert.deepEqual(await fetched(offsets, [p("t"), p("u")], deadline()), [3, 1]);
    });
  }));
