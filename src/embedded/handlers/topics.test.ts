import assert from "node:assert/strict";
import { test } from "node:test";
import { type RawClient, withCluster } from "../../../test/embedded/raw-client.ts";
import { createPartitionsApi } from "../../protocol/messages/create-partitions.ts";
import { createTopicsApi } from "../../protocol/messages/create-topics.ts";
import { deleteTopicsApi } from "../../protocol/messages/delete-topics.ts";
import { describeConfigsApi } from "../../protocol/messages/describe-configs.ts";
import { metadataApi } from "../../protocol/messages/metadata.ts";

const ONE = { numPartitions: 1, replicationFactor: 1 };
const UNKNOWN_ID = "AAAAAAAAAAAAAAAAAAAAAQ";

function withTopic(body: (client: RawClient, topicId: string) => Promise<void>): Promise<void> {
  return withCluster({ topics: { t: 1 } }, async ({ connect, cluster }) =>
    body(await connect(), cluster.snapshot().topics[0]!.topicId),
  );
}

test("metadata names a topic once that was asked for twice, and what is unknown at the end", () =>
  withTopic(async (client) => {
    const { topics } = await client.request(metadataApi, {
      topics: [{ name: "no" }, { name: "t" }, { name: "t" }, { name: "a b" }],
      allowAutoTopicCreation: false,
    });
    assert.deepEqual(
      topics.map(({ name, errorCode }) => [name, errorCode]),
      [
        ["t", 0],
        ["no", 3],
        ["a b", 17],
      ],
    );
  }));

test("names count for nothing where metadata is asked for by id", () =>
  withTopic(async (client, topicId) => {
    const { topics } = await client.request(metadataApi, {
      topics: [{ name: "t" }, { name: null, topicId: UNKNOWN_ID }, { name: null, topicId }],
    });
    assert.deepEqual(
      topics.map((topic) => [topic.name, topic.topicId, topic.errorCode]),
      [
        [null, UNKNOWN_ID, 100],
        ["t", topicId, 0],
      ],
    );
  }));

test("before version 12 metadata by id is refused as a whole", () =>
  withTopic(async (client, topicId) => {
    const { brokers, topics } = await client.request(
      metadataApi,
      { topics: [{ name: "t" }, { name: null, topicId }] },
      11,
    );
    assert.deepEqual(
      { brokers, errors: topics.map(({ errorCode, name }) => [name, errorCode]) },
      {
        brokers: [],
        errors: [
          ["t", 42],
          ["", 42],
        ],
      },
    );
  }));

test("metadata says what may be done, when it is asked", () =>
  withTopic(async (client) => {
    const answer = await client.request(
      metadataApi,
      { topics: [{ name: "t" }], includeTopicAuthorizedOperations: true, includeClusterAuthorizedOperations: true },
      8,
    );
    assert.deepEqual([answer.topics[0]?.topicAuthorizedOperations, answer.clusterAuthorizedOperations], [3576, 8096]);
  }));

test("a topic that is to be deleted twice stays", () =>
  withTopic(async (client, topicId) => {
    const remove = async (
      topics: readonly { readonly name: string | null; readonly topicId?: string }[],
    ): Promise<unknown> =>
      (await client.request(deleteTopicsApi, { timeoutMs: 1000, topics })).responses.map(({ name, errorCode }) => [
        name,
        errorCode,
      ]);
    assert.deepEqual(await remove([{ name: "t" }, { name: "t" }]), [["t", 42]]);
    assert.deepEqual(
      await remove([
        { name: null, topicId },
        { name: null, topicId },
      ]),
      [[null, 42]],
    );
    assert.deepEqual(await remove([{ name: "t" }, { name: null, topicId }]), [["t", 42]]);
    assert.deepEqual(await remove([{ name: null, topicId }, { name: "t" }]), [["t", 42]]);
    assert.deepEqual(await remove([{ name: null, topicId }]), [["t", 0]]);
  }));

test("the configs of a new topic are looked at before its partitions", () =>
  withTopic(async (client) => {
    const { topics } = await client.request(createTopicsApi, {
      topics: [{ name: "new", numPartitions: 0, replicationFactor: 9, configs: [{ name: "no.such", value: "1" }] }],
    });
    assert.equal(topics[0]?.errorCode, 40);
  }));

test("one request makes at most 10 000 partitions, and no topic of the controllers", () =>
  withTopic(async (client) => {
    const make = async (
      topics: readonly { readonly name: string; readonly numPartitions: number }[],
    ): Promise<unknown> =>
      (
        await client.request(createTopicsApi, {
          validateOnly: true,
          topics: topics.map((topic) => ({ ...topic, replicationFactor: 1 })),
        })
      ).topics.map(({ name, errorCode }) => [name, errorCode]);
    assert.deepEqual(
      await make([
        { name: "a", numPartitions: 6000 },
        { name: "b", numPartitions: 4001 },
      ]),
      [
        ["a", 44],
        ["b", 44],
      ],
    );
    assert.deepEqual(
      await make([
        { name: "__cluster_metadata", numPartitions: 1 },
        { name: "a", numPartitions: 10_000 },
      ]),
      [
        ["a", 0],
        ["__cluster_metadata", 42],
      ],
    );
    const grown = await client.request(createPartitionsApi, {
      timeoutMs: 1000,
      topics: [{ name: "t", count: 10_002, assignments: null }],
      validateOnly: true,
    });
    assert.equal(grown.results[0]?.errorCode, 44);
  }));

test("new partitions cannot have no replicas, or one twice", () =>
  withTopic(async (client) => {
    for (const brokerIds of [[], [0, 0]]) {
      const grown = await client.request(createPartitionsApi, {
        timeoutMs: 1000,
        topics: [{ name: "t", count: 2, assignments: [{ brokerIds }] }],
      });
      assert.equal(grown.results[0]?.errorCode, 39);
      const made = await client.request(createTopicsApi, {
        topics: [
          {
            name: "by-hand",
            numPartitions: -1,
            replicationFactor: -1,
            assignments: [{ partitionIndex: 0, brokerIds }],
          },
        ],
      });
      assert.equal(made.topics[0]?.errorCode, 39);
    }
    assert.equal(
      (await client.request(createTopicsApi, { topics: [{ name: "after", ...ONE }] })).topics[0]?.errorCode,
      0,
    );
  }));

test("a topic's config names the broker's config that it comes from", () =>
  withTopic(async (client) => {
    const { results } = await client.request(describeConfigsApi, {
      includeSynonyms: true,
      resources: [{ resourceType: 2, resourceName: "t", configurationKeys: ["max.message.bytes", "retention.ms"] }],
    });
    const synonyms = new Map(
      results[0]?.configs.map((config) => [config.name, config.synonyms.map(({ name }) => name)]),
    );
    assert.deepEqual([synonyms.get("max.message.bytes"), synonyms.get("retention.ms")], [["message.max.bytes"], []]);
  }));
