// Quotas: a real Kafka and the embedded cluster throttle the same client for the same times, and read nothing from it
// meanwhile.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { EmbeddedCluster } from "../../src/embedded.ts";
import { nodeConnector } from "../../src/platform/node/connector.ts";
import { alterClientQuotasApi } from "../../src/protocol/messages/alter-client-quotas.ts";
import { createPartitionsApi } from "../../src/protocol/messages/create-partitions.ts";
import { createTopicsApi } from "../../src/protocol/messages/create-topics.ts";
import { deleteTopicsApi } from "../../src/protocol/messages/delete-topics.ts";
import { describeClientQuotasApi } from "../../src/protocol/messages/describe-client-quotas.ts";
import { fetchApi } from "../../src/protocol/messages/fetch.ts";
import { listOffsetsApi } from "../../src/protocol/messages/list-offsets.ts";
import { metadataApi } from "../../src/protocol/messages/metadata.ts";
import { RateWindow } from "../../src/embedded/state/quotas/rate-window.ts";
import { produceApi } from "../../src/protocol/messages/produce.ts";
import type { Api, Input } from "../../src/protocol/schema.ts";
import { RawClient, batchOf } from "../embedded/raw-client.ts";
import { type KafkaCluster, startKafka } from "./kafka-cluster.ts";

const KIB = 1024;

let real: KafkaCluster;
let embedded: EmbeddedCluster;

before(async () => {
  real = await startKafka({ firstNodeId: 0 });
  embedded = await EmbeddedCluster.start({ ports: [0] });
});

after(async () => {
  await embedded.close();
  await real.stop();
});

async function connected(cluster: { readonly bootstrapServers: string }): Promise<RawClient> {
  return RawClient.connect(nodeConnector(), cluster.bootstrapServers);
}

/** Sets or removes a quota of the client id of raw requests, and waits until the broker knows it. */
async function setQuota(client: RawClient, key: string, value: number | null): Promise<void> {
  const entity = [{ entityType: "client-id", entityName: "raw" }];
  const ops = [{ key, value: value ?? 0, remove: value === null }];
  const { entries } = await client.request(alterClientQuotasApi, { entries: [{ entity, ops }] });
  assert.equal(entries[0]?.errorCode, 0);
  for (;;) {
    const found = await client.request(describeClientQuotasApi, { components: [], strict: false });
    const values = found.entries?.[0]?.values ?? [];
    if (values.some((one) => one.key === key) === (value !== null)) return;
  }
}

async function createTopic(client: RawClient, name: string): Promise<void> {
  await client.request(createTopicsApi, {
    timeoutMs: 10_000,
    topics: [{ name, numPartitions: 1, replicationFactor: 1 }],
  });
  for (;;) {
    const { topics } = await client.request(metadataApi, { topics: [{ name }], allowAutoTopicCreation: false }, 12);
    const asked = { name, partitions: [{ partitionIndex: 0, timestamp: -1 }] };
    const led = await client.request(listOffsetsApi, { replicaId: -1, topics: [asked] }, 7);
    if (topics[0]?.errorCode === 0 && led.topics[0]?.partitions[0]?.errorCode === 0) return;
  }
}

const BATCH = batchOf({ values: ["x".repeat(64 * KIB - 300)], timestamp: Date.now() });

/** The bytes of a Produce request around its batch. */
const AROUND_BATCH = 60;

/** Writes batches of 64 KiB one after the other: the throttle time of each response, and when it came. */
async function produce(
  client: RawClient,
  count: number,
): Promise<{ readonly times: number[]; readonly cameMs: number[] }> {
  const times: number[] = [];
  const cameMs: number[] = [];
  for (let i = 0; i < count; i++) {
    const { throttleTimeMs, responses } = await client.request(
      produceApi,
      {
        acks: -1,
        timeoutMs: 5000,
        topicData: [{ name: "bytes", partitionData: [{ index: 0, records: BATCH.slice() }] }],
      },
      12,
    );
    assert.equal(responses[0]?.partitionResponses[0]?.errorCode, 0);
    times.push(throttleTimeMs);
    cameMs.push(performance.now());
  }
  return { times, cameMs };
}

/** Fetches one batch of 64 KiB after the other, and returns the throttle time of each response. */
async function fetch(client: RawClient, count: number): Promise<number[]> {
  const times: number[] = [];
  for (let offset = 0; times.length < count;) {
    const partition = { partition: 0, partitionMaxBytes: 64 * KIB, fetchOffset: offset };
    const { throttleTimeMs, responses } = await client.request(
      fetchApi,
      {
        maxWaitMs: 100,
        minBytes: 0,
        maxBytes: 64 * KIB,
        sessionId: 0,
        sessionEpoch: -1,
        topics: [{ topic: "bytes", partitions: [partition] }],
      },
      12,
    );
    times.push(throttleTimeMs);
    if (throttleTimeMs === 0) offset++;
    assert.equal(responses.length, throttleTimeMs === 0 ? 1 : 0, "a throttled fetch gets no records");
  }
  return times;
}

/**
 * Most throttle times are those of the window that the embedded cluster uses, at the times when the responses came. A
 * response that comes late may lie in another sample, which makes a difference of whole seconds.
 */
function assertLikeWindow(times: readonly number[], cameMs: readonly number[]): void {
  const window = new RateWindow();
  let throttled = 0;
  const expected = times.map((_, i) => {
    window.record(BATCH.length + AROUND_BATCH, cameMs[i] ?? 0);
    return window.throttleMs(256 * KIB, cameMs[i] ?? 0);
  });
  const near = times.filter((ms, i) => {
    if (ms > 0) throttled++;
    const apart = Math.abs(ms - (expected[i] ?? 0)) % 1000;
    return ms > 0 && Math.min(apart, 1000 - apart) < 150;
  });
  const seen = `${times.join(" ")}; expected ${expected.map(Math.round).join(" ")}`;
  assert.ok(throttled >= 4, seen);
  assert.ok(near.length >= throttled * 0.6, seen);
}

for (const name of ["a real Kafka", "the embedded cluster"])
  test(`producer_byte_rate and consumer_byte_rate: ${name} throttles by the same window, and reads nothing meanwhile`, async () => {
    const client = await connected(name === "a real Kafka" ? real : embedded);
    await createTopic(client, "bytes");
    await setQuota(client, "producer_byte_rate", 256 * KIB);
    const from = performance.now();
    const { times, cameMs } = await produce(client, 40 + 9);
    await client.request(metadataApi, { topics: [] });
    const tookMs = performance.now() - from;
    const throttledMs = times.reduce((sum, ms) => sum + ms, 0);
    assert.ok(tookMs >= throttledMs - 100, `throttled for ${throttledMs} ms, and all took ${tookMs} ms`);
    assertLikeWindow(times, cameMs);
    await setQuota(client, "producer_byte_rate", null);
    await setQuota(client, "consumer_byte_rate", 256 * KIB);
    const fetched = await fetch(client, 40 + 9);
    assert.ok(fetched.slice(0, 38).every((ms) => ms === 0) && fetched.some((ms) => ms > 0), fetched.join(" "));
    await setQuota(client, "consumer_byte_rate", null);
    client.close();
  });

/** The answers of a cluster to changes by a client that is above its quota, each on a connection of its own. */
async function changes(cluster: { readonly bootstrapServers: string }): Promise<unknown[]> {
  const clients = await Promise.all(Array.from({ length: 7 }, () => connected(cluster)));
  const [first] = clients;
  assert.ok(first);
  await setQuota(first, "controller_mutation_rate", 0.2); // a burst of 2.2 partitions, and 5 s for each more
  const topics = (numPartitions: number, ...names: readonly string[]) =>
    names.map((name) => ({ name, numPartitions, replicationFactor: 1 }));
  const answers: unknown[] = [];
  const ask = async <Req, Res extends { readonly throttleTimeMs: number }>(
    api: Api<Req, Res>,
    message: Input<Req>,
    version: number,
  ): Promise<void> => {
    const { throttleTimeMs, ...rest } = await (clients.shift() ?? first).request(api, message, version);
    const answer = JSON.parse(JSON.stringify(rest, shown)) as { readonly responses?: { readonly name: string }[] };
    // The order of DeleteTopics' responses is that of a hash map.
    answer.responses?.sort((a, b) => (a.name < b.name ? -1 : 1));
    answers.push({ api: api.name, isThrottled: throttleTimeMs > 0, answer });
  };
  const timeoutMs = 10_000;
  await ask(createTopicsApi, { timeoutMs, topics: topics(2, "m-0") }, 7);
  await ask(createTopicsApi, { timeoutMs, topics: topics(1, "m-1", "m-2") }, 7);
  await ask(createTopicsApi, { timeoutMs, topics: topics(1, "m-3", "m-1"), validateOnly: true }, 6);
  await ask(createTopicsApi, { timeoutMs, topics: topics(1, "m-4", "m-4") }, 5);
  await ask(deleteTopicsApi, { timeoutMs, topicNames: ["m-0", "nowhere"] }, 5);
  await ask(createPartitionsApi, { timeoutMs, topics: [{ name: "m-0", count: 3, assignments: null }] }, 3);
  await ask(createPartitionsApi, { timeoutMs, topics: [{ name: "m-0", count: 3, assignments: null }] }, 2);
  const after = await connected(cluster);
  await setQuota(after, "controller_mutation_rate", null);
  await ask(deleteTopicsApi, { timeoutMs, topicNames: ["m-0"] }, 4);
  after.close();
  first.close();
  return answers;
}

function shown(name: string, value: unknown): unknown {
  return name === "topicId" || name === "configs" ? typeof value : value;
}

test("controller_mutation_rate: while the client has a debt, new versions are refused and old ones throttled", async () => {
  const [kafka, ours] = await Promise.all([changes(real), changes(embedded)]);
  assert.deepEqual(ours, kafka);
  assert.equal(JSON.stringify(kafka).match(/"errorCode":89/g)?.length, 4, JSON.stringify(kafka));
});
