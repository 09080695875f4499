// Quotas as raw clients see them, in virtual time: throttle times, and connections that are not served meanwhile.
import assert from "node:assert/strict";
import { test } from "node:test";
import { logIn } from "../../../test/embedded/log-in.ts";
import { type RawClient, type RawWorld, batchOf, withCluster } from "../../../test/embedded/raw-client.ts";
import { type AccessRow, testAccess } from "../../../test/embedded/rights.ts";
import { alterClientQuotasApi } from "../../protocol/messages/alter-client-quotas.ts";
import { createTopicsApi } from "../../protocol/messages/create-topics.ts";
import { describeClientQuotasApi } from "../../protocol/messages/describe-client-quotas.ts";
import { encodeRequest } from "../../protocol/headers.ts";
import { fetchApi } from "../../protocol/messages/fetch.ts";
import { metadataApi } from "../../protocol/messages/metadata.ts";
import { type ProduceResponse, produceApi } from "../../protocol/messages/produce.ts";
import { sleep } from "../../runtime/sleep.ts";

const BATCH = batchOf({ values: ["x".repeat(1000)] });

function produce(client: RawClient, acks = -1): Promise<ProduceResponse> {
  const partitionData = [{ index: 0, records: BATCH.slice() }];
  return client.request(produceApi, { acks, timeoutMs: 5000, topicData: [{ name: "t", partitionData }] }, 12);
}

async function throttleTime(client: RawClient): Promise<number> {
  const { throttleTimeMs, responses } = await produce(client);
  assert.equal(responses[0]?.partitionResponses[0]?.errorCode, 0);
  return throttleTimeMs;
}

/** Takes the whole burst of a client with 100 bytes a second, which is a request of about 1100 bytes. */
const LIMIT = 100;

test("a producer above its quota gets a throttle time, and its connection is not served until that is over", () =>
  withCluster({ topics: { t: 1 } }, async ({ cluster, connect, platform: { clock } }) => {
    const client = await connect();
    assert.equal(await throttleTime(client), 0);
    cluster.setQuotas({ "client-id": "raw" }, { producer_byte_rate: LIMIT });
    const from = clock.monotonic();
    const throttleMs = await throttleTime(client);
    assert.ok(throttleMs > 500 && throttleMs < 2000, String(throttleMs));
    assert.ok(clock.monotonic() - from < 1, "the response comes at once");
    const other = await connect();
    await other.request(metadataApi, { topics: [] });
    assert.ok(clock.monotonic() - from < 1, "other connections of the client are served");
    await client.request(metadataApi, { topics: [] });
    const waited = clock.monotonic() - from;
    assert.ok(waited >= throttleMs && waited < throttleMs + 1, `${waited} ms of ${throttleMs}`);
  }));

test("acks=0: there is no response, but the connection is not served for the throttle time", () =>
  withCluster({ topics: { t: 1 } }, async ({ cluster, connect, platform: { clock } }) => {
    const client = await connect();
    cluster.setQuotas({ "client-id": null }, { producer_byte_rate: LIMIT });
    const from = clock.monotonic();
    const partitionData = [{ index: 0, records: BATCH.slice() }];
    const message = { acks: 0, timeoutMs: 5000, topicData: [{ name: "t", partitionData }] };
    await client.send(encodeRequest(produceApi, message, 12, 77, "raw"));
    await client.request(metadataApi, { topics: [] });
    assert.ok(clock.monotonic() - from > 500);
    assert.equal(cluster.snapshot().topics[0]?.partitions[0]?.highWatermark, 1);
  }));

test("a consumer above its quota gets no records, and gets them when the throttle time is over", () =>
  withCluster({ topics: { t: 1 } }, async ({ cluster, connect, platform: { clock } }) => {
    const client = await connect();
    for (let i = 0; i < 2; i++) await produce(client);
    cluster.setQuotas({ user: "ANONYMOUS" }, { consumer_byte_rate: 150 }); // one batch, not two
    const partitions = [{ partition: 0, partitionMaxBytes: 1000, fetchOffset: 0 }];
    const ask = (sessionId: number, sessionEpoch: number, fetchOffset: number) =>
      client.request(
        fetchApi,
        {
          maxWaitMs: 100,
          minBytes: 1,
          sessionId,
          sessionEpoch,
          topics: [{ topic: "t", partitions: [{ ...partitions[0], fetchOffset }] }],
        },
        12,
      );
    const first = await ask(0, 0, 0);
    assert.equal(first.throttleTimeMs, 0);
    assert.ok(first.sessionId > 0);
    const second = await ask(first.sessionId, 1, 1);
    assert.ok(second.throttleTimeMs > 0);
    assert.deepEqual([second.sessionId, second.responses], [first.sessionId, []]);
    const from = clock.monotonic();
    // Throttled responses are repeated while the window still has the first batch.
    let epoch = 2;
    let next = await ask(first.sessionId, epoch++, 1);
    while (next.throttleTimeMs > 0) next = await ask(first.sessionId, epoch++, 1);
    assert.ok(clock.monotonic() - from >= second.throttleTimeMs);
    assert.equal(next.responses[0]?.partitions[0]?.highWatermark, 2);
    // A new session is not made for a throttled response.
    const throttled = await ask(0, 0, 0);
    assert.ok(throttled.throttleTimeMs > 0);
    assert.equal(throttled.sessionId, 0);
  }));

test("a fetch that asks for more than the quota of a whole window gets what the quota allows, not only throttles", () =>
  withCluster({ topics: { t: 1 } }, async ({ cluster, connect }) => {
    const client = await connect();
    for (let i = 0; i < 4; i++) await produce(client);
    cluster.setQuotas({ "client-id": "raw" }, { consumer_byte_rate: 250 });
    const partitions = [{ partition: 0, partitionMaxBytes: 1 << 20, fetchOffset: 0 }];
    const ask = () =>
      client.request(fetchApi, { maxWaitMs: 100, minBytes: 1 << 20, topics: [{ topic: "t", partitions }] }, 12);
    const first = await ask();
    // With what is around the records, the response is a little above the quota.
    assert.ok(first.throttleTimeMs > 0 && first.throttleTimeMs < 500, String(first.throttleTimeMs));
    const { responses } = await ask();
    assert.equal(responses[0]?.partitions[0]?.records?.length, 2500);
  }));

test("each broker counts for itself, and a broker that was stopped begins anew", () =>
  withCluster({ brokers: 2, topics: { t: 2 } }, async ({ cluster, connect }) => {
    cluster.setQuotas({ "client-id": null }, { producer_byte_rate: LIMIT });
    cluster.moveLeader("t", 0, 0);
    assert.ok((await throttleTime(await connect(0))) > 0);
    cluster.moveLeader("t", 0, 1);
    const first = await throttleTime(await connect(1));
    const second = await throttleTime(await connect(1));
    assert.ok(first > 0 && second > first * 2, `${first}, ${second}`);
    await cluster.stopBroker(1);
    await cluster.startBroker(1);
    cluster.moveLeader("t", 0, 1);
    assert.equal(await throttleTime(await connect(1)), first);
  }));

test("the quota is that of the user who has logged in", () =>
  withCluster(
    { topics: { t: 1 }, users: { alice: { password: "alice" }, bob: { password: "bob" } } },
    async ({ cluster, connect }) => {
      cluster.setQuotas({ user: "alice" }, { producer_byte_rate: LIMIT });
      cluster.setQuotas({ user: "ANONYMOUS" }, { producer_byte_rate: 1 });
      const [alice, bob] = [await connect(), await connect()];
      await logIn(alice, "alice");
      await logIn(bob, "bob");
      assert.ok((await throttleTime(alice)) > 0);
      assert.equal(await throttleTime(bob), 0);
      // Two connections of a user share its quota.
      const second = await connect();
      await logIn(second, "alice");
      assert.ok((await throttleTime(second)) > 10_000);
    },
  ));

test("an address that opens too many connections: the broker closes them after a while, and serves none of their requests", () =>
  withCluster({}, async ({ cluster, connect, platform }: RawWorld) => {
    const served = await connect();
    cluster.setQuotas({ ip: null }, { connection_creation_rate: 1 });
    const within = await Promise.all(Array.from({ length: 10 }, () => connect()));
    for (const client of within) await client.request(metadataApi, { topics: [] });
    const from = platform.clock.monotonic();
    const beyond = await connect();
    const answer = beyond.exchange(encodeRequest(metadataApi, { topics: [] }, 12, beyond.nextId, "raw"));
    assert.equal(await answer, undefined);
    const waited = platform.clock.monotonic() - from;
    assert.ok(waited >= 900 && waited <= 1100, `closed after ${waited} ms`);
    await served.request(metadataApi, { topics: [] });
    await sleep(platform, 11_000);
    await (await connect()).request(metadataApi, { topics: [] });
  }));

test("a broker that is stopped, or a client that hangs up, ends a throttle", () =>
  withCluster({ topics: { t: 1 } }, async ({ cluster, connect, platform }) => {
    cluster.setQuotas({ "client-id": null }, { producer_byte_rate: 1 });
    const [first, second] = [await connect(), await connect()];
    assert.ok((await throttleTime(first)) > 60_000);
    assert.ok((await throttleTime(second)) > 60_000);
    first.close();
    await cluster.stopBroker(0);
    assert.ok(platform.clock.monotonic() < 1000);
  }));

test("a quota can be changed while its client is throttled, and has an effect on the next request", () =>
  withCluster({ topics: { t: 1 } }, async ({ cluster, connect }) => {
    const client = await connect();
    cluster.setQuotas({ "client-id": null }, { producer_byte_rate: LIMIT });
    assert.ok((await throttleTime(client)) > 0);
    cluster.setQuotas({ "client-id": "raw" }, { producer_byte_rate: 1_000_000 });
    assert.equal(await throttleTime(client), 0);
    cluster.setQuotas({ "client-id": "raw" }, { producer_byte_rate: null });
    assert.ok((await throttleTime(client)) > 0);
    cluster.setQuotas({ "client-id": null }, { producer_byte_rate: null });
    assert.equal(await throttleTime(client), 0);
  }));

test("a topic above the quota of changes is refused in CreateTopics 6, and throttles in CreateTopics 5", () =>
  withCluster({}, async ({ cluster, connect, platform: { clock } }) => {
    cluster.setQuotas({ "client-id": "raw" }, { controller_mutation_rate: 1 });
    const create = async (name: string, numPartitions: number, version: number): Promise<[number, number]> => {
      const topics = [{ name, numPartitions, replicationFactor: 1 }];
      const client = await connect(); // the connection of an earlier request may not be served
      const answer = await client.request(createTopicsApi, { timeoutMs: 1000, topics }, version);
      return [answer.topics[0]?.errorCode ?? -1, answer.throttleTimeMs];
    };
    assert.deepEqual(await create("a", 13, 7), [0, 0]);
    const [code, throttleMs] = await create("b", 1, 6);
    assert.ok(code === 89 && throttleMs > 1990 && throttleMs <= 2000, `${code}, ${throttleMs}`);
    const [lenient, longer] = await create("c", 1, 5);
    assert.ok(lenient === 0 && longer > 2990, `${lenient}, ${longer}`);
    assert.ok(clock.monotonic() < 100);
  }));

const alterRow: AccessRow = [
  "AlterClientQuotas",
  31,
  ["ALTER_CONFIGS CLUSTER"],
  async (client) => {
    const entity = [{ entityType: "user", entityName: "x" }];
    const ops = [{ key: "producer_byte_rate", value: 1, remove: false }];
    return (await client.request(alterClientQuotasApi, { entries: [{ entity, ops }] })).entries[0]?.errorCode;
  },
];
const describeRow: AccessRow = [
  "DescribeClientQuotas",
  31,
  ["DESCRIBE_CONFIGS CLUSTER"],
  async (client) => (await client.request(describeClientQuotasApi, { components: [], strict: false })).errorCode,
];
testAccess([alterRow, describeRow]);

test("setQuotas called wrongly says what is wrong", () =>
  withCluster({}, ({ cluster }) => {
    for (const [args, message] of [
      [[null, {}], /setQuotas: the entity takes an object|setQuotas: the entity takes/],
      [[{}, {}], /the entity: Invalid empty client quota entity/],
      [[{ user: 7 }, {}], /setQuotas: the entity\.user takes a name, or null for the default, not 7/],
      [[{ clientId: "x" }, {}], /has no entity type "clientId"; did you mean client-id\?/],
      [[{ user: "x", ip: "10.0.0.1" }, {}], /Invalid quota entity combination/],
      [[{ ip: "nowhere" }, {}], /nowhere is not a valid IP/],
      [[{ user: "x" }, null], /setQuotas: the quotas takes a plain object, not null/],
      [[{ user: "x" }, { producer_byte_rate: "1" }], /producer_byte_rate.* takes a number above 0/],
      [[{ user: "x" }, { producer_byte_rate: 0 }], /Quota producer_byte_rate must be greater than 0/],
      [[{ user: "x" }, { connection_creation_rate: 1 }], /Invalid configuration key connection_creation_rate/],
      [[{ user: "x" }, { producerByteRate: 1 }], /there is no quota "producerByteRate"; there are producer_byte_rate/],
    ] as const)
      assert.throws(
        () => cluster.setQuotas(...(args as unknown as Parameters<typeof cluster.setQuotas>)),
        (error: Error & { kind?: string }) => error.kind === "config" && message.test(error.message),
        String(message),
      );
    return Promise.resolve();
  }));
