import { test } from "node:test";
import assert from "node:assert/strict";
import { NOW, batchOf, produceTo, withCluster } from "../../../test/embedded/raw-client.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import { encodeRequest } from "../../protocol/headers.ts";
import { fetchApi } from "../../protocol/messages/fetch.ts";
import { metadataApi } from "../../protocol/messages/metadata.ts";
import { produceApi } from "../../protocol/messages/produce.ts";
import { sleep } from "../../runtime/sleep.ts";

test("an entry has the request as it was sent and the response as it came, decoded, records as bytes; and when", () =>
  withCluster({ topics: { t: 1 } }, async ({ cluster, connect }) => {
    const log = cluster.recordRequests();
    const client = await connect();
    const batch = batchOf({ values: ["a"] });
    await produceTo(client, batchOf());
    cluster.intercept("Produce", { delayMs: 20 });
    await produceTo(client, batch);
    await client.request(
      fetchApi,
      {
        maxBytes: 1000,
        topics: [{ topic: "t", partitions: [{ partition: 0, fetchOffset: 1, partitionMaxBytes: 1000 }] }],
      },
      12,
    );
    assert.equal(log.entries.length, 3);
    const [, produced, fetched] = log.entries;
    assert.ok(produced?.apiName === "Produce" && fetched?.apiName === "Fetch");
    const { nodeId, clientId, apiKey, apiVersion, correlationId, topics, atMs, endedAtMs, outcome } = produced;
    assert.deepEqual(
      { nodeId, clientId, apiKey, apiVersion, correlationId, topics, atMs, endedAtMs, outcome },
      {
        nodeId: 0,
        clientId: "raw",
        apiKey: 0,
        apiVersion: 12,
        correlationId: 2,
        topics: ["t"],
        atMs: NOW,
        endedAtMs: NOW + 20,
        outcome: "answered",
      },
    );
    assert.deepEqual(
      produced.request.topicData[0]?.partitionData[0]?.records,
      batch,
      "as it was sent: the log has written an offset into its own",
    );
    assert.equal(produced.response?.responses[0]?.partitionResponses[0]?.baseOffset, 1);
    const records = fetched.response?.responses[0]?.partitions[0]?.records;
    assert.equal(records?.length, batch.length);
    assert.equal(new DataView(records.buffer, records.byteOffset).getInt32(4), 1, "the base offset");
  }));

test("outcomes: all that can become of a request", () =>
  withCluster({ topics: { t: 1 } }, async ({ cluster, connect, platform }) => {
    const log = cluster.recordRequests({ api: "Produce" });
    const send = async (acks: number, index = 0): Promise<void> => {
      const client = await connect();
      const exchanged = client.exchange(
        encodeRequest(
          produceApi,
          { acks, timeoutMs: 1, topicData: [{ name: "t", partitionData: [{ index, records: batchOf() }] }] },
          12,
          client.nextId,
          "raw",
        ),
      );
      await sleep(platform, 10);
      client.close();
      await exchanged;
      await sleep(platform, 10);
    };
    for (const interception of [
      "disconnect",
      "disconnect-after",
      "hang",
      { applyLaterMs: 5 },
      { delayMs: 50 },
    ] as const) {
      const handle = cluster.intercept("Produce", interception);
      await send(-1);
      handle();
    }
    await send(-1);
    await send(0);
    await send(0, 7);
    const { entries } = log;
    assert.deepEqual(
      entries.map(({ outcome }) => outcome),
      ["disconnect", "disconnect-after", "hang", "apply-later", "client-gone", "answered", "no-answer", "refused"],
    );
    assert.deepEqual(
      entries.map(({ response }) => response?.responses[0]?.partitionResponses[0]?.baseOffset),
      [undefined, 0, undefined, 1, undefined, 2, undefined, undefined],
    );
    assert.ok(entries.every(({ endedAtMs }) => endedAtMs !== undefined));
  }));

test("a request that still waits is pending", () =>
  withCluster({ topics: { t: 1 } }, async ({ cluster, connect, platform }) => {
    const log = cluster.recordRequests();
    cluster.intercept("Metadata", { delayMs: 100 });
    const asked = (await connect()).request(metadataApi, { topics: null });
    await sleep(platform, 50);
    assert.deepEqual(
      [log.entries[0]?.outcome, log.entries[0]?.response, log.entries[0]?.endedAtMs],
      ["pending", undefined, undefined],
    );
    await asked;
    assert.equal(log.entries[0]?.outcome, "answered");
  }));

test("what an intercept rewrites: the request as the client sent it, the response as the client got it", () =>
  withCluster({ topics: { t: 1, u: 1 } }, async ({ cluster, connect }) => {
    const log = cluster.recordRequests({ api: "Metadata" });
    cluster.intercept("Metadata", {
      rewrite: { topics: [{ name: "u" }] },
      respond: (response) => ({ ...response, clusterId: "mine" }),
    });
    await (await connect()).request(metadataApi, { topics: [{ name: "t" }] });
    const [entry] = log.entries;
    assert.deepEqual(
      [
        entry?.request.topics?.map(({ name }) => name),
        entry?.response?.topics.map(({ name }) => name),
        entry?.response?.clusterId,
      ],
      [["t"], ["u"], "mine"],
    );
  }));

test("scopes, a limit, clear and stop; two logs do not know of each other", () =>
  withCluster({ brokers: 2, topics: { t: 1, u: 1 } }, async ({ cluster, connect }) => {
    const all = cluster.recordRequests({ limit: 3 });
    const ofBroker = cluster.recordRequests({ broker: 1 });
    const ofTopic = cluster.recordRequests({ api: ["Metadata", "Produce"], topic: "t" });
    const ofClient = cluster.recordRequests({ clientId: "else" });
    const [zero, one] = [await connect(0), await connect(1)];
    for (const name of ["t", "u", "t"]) await zero.request(metadataApi, { topics: [{ name }] });
    await one.request(metadataApi, { topics: [{ name: "u" }] });
    await produceTo(zero, batchOf());
    assert.deepEqual(
      [all.entries.map(({ correlationId, nodeId }) => [correlationId, nodeId]), all.dropped],
      [
        [
          [3, 0],
          [1, 1],
          [4, 0],
        ],
        2,
      ],
    );
    assert.deepEqual(
      [ofBroker, ofTopic, ofClient].map(({ entries }) => entries.map(({ apiName }) => apiName)),
      [["Metadata"], ["Metadata", "Metadata", "Produce"], []],
    );
    all.clear();
    ofBroker.stop();
    ofTopic[Symbol.dispose]();
    await one.request(metadataApi, { topics: [{ name: "t" }] });
    assert.deepEqual(
      [all, ofBroker, ofTopic].map(({ entries, dropped }) => [entries.length, dropped]),
      [
        [1, 0],
        [1, 0],
        [3, 0],
      ],
    );
  }));

test("a log of what there is not is refused", () =>
  withCluster({ topics: { t: 1 } }, async ({ cluster }) => {
    const refused: readonly (readonly [() => unknown, RegExp])[] = [
      [() => cluster.recordRequests({ api: "Prodce" as "Produce" }), /does not serve Prodce/],
      [() => cluster.recordRequests({ api: ["Produce", "ShareFetch"] }), /does not serve ShareFetch/],
      [() => cluster.recordRequests({ api: "InitProducerId", topic: "t" }), /InitProducerId name no topics/],
      [() => cluster.recordRequests({ limit: 0 }), /limit takes a whole number from 1 on, not 0/],
      [
        () => cluster.recordRequests({ times: 4 } as object),
        /no field "times"; its fields are broker, clientId, topic, api, limit/,
      ],
      [() => cluster.recordRequests({ broker: 3 }), /there is no broker 3; the brokers are 0/],
    ];
    for (const [call, message] of refused)
      assert.throws(
        call,
        (error) => KafkaError.is(error) && error.kind === "config" && message.test(error.message),
        message.source,
      );
  }));
