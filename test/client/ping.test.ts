// kafka.ping(): a cluster that answers, one that does not, and calls that are wrong.
import assert from "node:assert/strict";
import { test } from "node:test";
import { metadataApi } from "../../src/protocol/messages/metadata.ts";
import { loadRequests } from "../../src/admin/raw/request-client.ts";
import { ScriptedBrokers } from "./scripted-brokers.ts";
import { inWorld } from "./world.ts";

await loadRequests(); // virtual time does not run while code is loaded

test("ping: a broker's answer, by any broker or by one", () =>
  inWorld({ brokers: 3, latencyMs: 5 }, async ({ kafka }) => {
    const { clusterId, brokerCount, roundTripMs, address } = await kafka.ping();
    assert.deepEqual([typeof clusterId, brokerCount], ["string", 3]);
    assert.ok(roundTripMs >= 10 && roundTripMs < 11, `${roundTripMs} ms there and back`);
    const other = await kafka.ping({ broker: address.includes("broker-2") ? 1 : 2 });
    assert.notEqual(other.address, address);
    await assert.rejects(kafka.ping({ broker: 77, timeoutMs: 500 }), { kind: "connection" });
  }));

test("ping: brokers that are silent, or down, are told after 5 s, and after less if the caller wants it", () =>
  ScriptedBrokers.run(async (brokers) => {
    const { clock } = brokers.platform;
    brokers.script(metadataApi, () => "hang");
    for (const [options, most] of [[{}, 5000] as const, [{ timeoutMs: 100 }, 100] as const]) {
      const fromMs = clock.monotonic();
      await assert.rejects(brokers.kafka.ping(options), { kind: "timeout", message: /^the cluster does not answer/ });
      const tookMs = clock.monotonic() - fromMs;
      assert.ok(tookMs >= most && tookMs < most + 1, `${tookMs} ms`);
    }
    await brokers.stop(1);
    await assert.rejects(brokers.kafka.ping({ timeoutMs: 1000 }), /the cluster does not answer/);
  }));

test("ping: wrong options, an abort, and a client that is closed", () =>
  inWorld({ brokers: 1 }, async ({ kafka, client }) => {
    for (const options of [null, 5, { timeout: 1 }, { timeoutMs: 0 }, { broker: -1 }, { broker: "1" }, { signal: 1 }])
      await assert.rejects(async () => kafka.ping(options as never), { kind: "config", message: /ping/ });
    await assert.rejects(kafka.ping({ signal: AbortSignal.abort() }), { kind: "cancelled" });
    const other = client();
    await other.close();
    await assert.rejects(async () => other.ping(), { kind: "closed" });
  }));
