// A client that hangs up: the requests that it sent before are served anyway, as by a real broker.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { RequestLog } from "../../src/embedded/intercepts/request-log.ts";
import { initProducerIdApi } from "../../src/protocol/messages/init-producer-id.ts";
import { joinGroupApi } from "../../src/protocol/messages/join-group.ts";
import { encodeRequest } from "../../src/protocol/headers.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import { inWorld } from "../client/world.ts";
import { withCluster } from "./raw-client.ts";

const SEEDS = Array.from({ length: 40 }, (_, i) => i + 1);

test("records that were sent with acks 0 before close() are in the log", async () => {
  for (const seed of SEEDS)
    await inWorld({ seed, topics: { t: 1 } }, async ({ kafka, client }) => {
      const producer = client().producer({ acks: 0, enableIdempotence: false });
      for (let i = 0; i < 30; i++) await producer.send({ topic: "t", value: `${i}` });
      await producer.close();
      const ends = await kafka.admin().listOffsets([{ topic: "t", partition: 0, spec: "latest" }]);
      assert.equal(ends.orThrow()[0]?.offset, 30, `seed ${seed}`);
    });
});

const NEW_ID = { transactionalId: null, transactionTimeoutMs: 1000, producerId: -1, producerEpoch: -1 };

const apiNames = (log: RequestLog): readonly string[] => log.entries.map(({ apiName }) => apiName);

test("a request that waits when its client hangs up lets the one behind it be served, and nothing is left of it", () =>
  withCluster({ topics: { t: 1 } }, async ({ cluster, connect, platform }) => {
    const raw = await connect();
    const member = {
      ...{ groupId: "g", sessionTimeoutMs: 30_000, rebalanceTimeoutMs: 60_000, memberId: "", groupInstanceId: null },
      ...{ protocolType: "consumer", protocols: [{ name: "range", metadata: new Uint8Array() }], reason: null },
    };
    const log = cluster.recordRequests();
    // The second one waits for the first, which has hung up and never comes back, until the session has timed out.
    for (let i = 0; i < 2; i++) void raw.send(encodeRequest(joinGroupApi, member, 3, i, "raw"));
    void raw.send(encodeRequest(initProducerIdApi, NEW_ID, 4, 2, "raw"));
    raw.close();
    await sleep(platform, 10);
    assert.deepEqual(apiNames(log), ["JoinGroup", "JoinGroup", "InitProducerId"]);
  }));

test("requests of a client that has hung up are not served once their broker is stopped", () =>
  withCluster({ topics: { t: 1 } }, async ({ cluster, connect, platform }) => {
    const raw = await connect();
    const log = cluster.recordRequests();
    let stopped: Promise<void> | undefined;
    cluster.intercept("InitProducerId", () => {
      if (log.entries.length === 2) stopped ??= cluster.stopBroker(0);
    });
    for (let i = 0; i < 5; i++) void raw.send(encodeRequest(initProducerIdApi, NEW_ID, 4, i, "raw"));
    raw.close();
    await sleep(platform, 10_000);
    await stopped;
    assert.equal(log.entries.length, 2);
  }));

test("a request that an intercept lets hang holds back those behind it, also when its client hangs up", () =>
  withCluster({ topics: { t: 1 } }, async ({ cluster, connect, platform }) => {
    const raw = await connect();
    const log = cluster.recordRequests();
    cluster.intercept("InitProducerId", "hang", { times: 1 });
    for (let i = 0; i < 3; i++) void raw.send(encodeRequest(initProducerIdApi, NEW_ID, 4, i, "raw"));
    await sleep(platform, 100);
    raw.close();
    await sleep(platform, 10_000);
    assert.equal(log.entries.length, 1);
  }));
