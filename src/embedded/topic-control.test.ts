import assert from "node:assert/strict";
import { test } from "node:test";
import { withCluster } from "../../test/embedded/raw-client.ts";
import { metadataApi } from "../protocol/messages/metadata.ts";
import { sleep } from "../runtime/sleep.ts";

const [NONE, UNKNOWN_TOPIC_OR_PARTITION] = [0, 3];

test("a topic that a client asked for existed before a group could learn that it does not", () =>
  withCluster({ autoCreateDelayMs: 50 }, async ({ connect, platform }) => {
    const client = await connect();
    const ask = async (allowAutoTopicCreation: boolean): Promise<number | undefined> =>
      (await client.request(metadataApi, { topics: [{ name: "t" }], allowAutoTopicCreation }, 6)).topics[0]?.errorCode;
    const asked = platform.clock.monotonic();
    assert.equal(await ask(true), UNKNOWN_TOPIC_OR_PARTITION);
    assert.equal(await ask(true), UNKNOWN_TOPIC_OR_PARTITION);
    await sleep(platform, asked + 49 - platform.clock.monotonic());
    assert.equal(await ask(false), UNKNOWN_TOPIC_OR_PARTITION);
    await sleep(platform, 2);
    assert.equal(await ask(false), NONE);
  }));

test("a cluster that closes does not wait for topics that it was to create", () =>
  withCluster({ autoCreateDelayMs: 60_000 }, async ({ connect, platform, cluster }) => {
    const client = await connect();
    await client.request(metadataApi, { topics: [{ name: "t" }] });
    const before = platform.clock.monotonic();
    await cluster.close();
    assert.ok(platform.clock.monotonic() - before < 1000);
    assert.deepEqual(cluster.snapshot().topics, []);
  }));
