import assert from "node:assert/strict";
import { test } from "node:test";
import { withCluster } from "../../test/embedded/raw-client.ts";
import { metadataApi } from "../protocol/messages/metadata.ts";
import { ClientThrottle } from "./client-throttle.ts";
import type { AnyHandler, Handled, RequestContext } from "./handler.ts";
import { handleWithinTime } from "./request-time.ts";
import { BrokerQuotas } from "./state/quotas/broker-quotas.ts";
import { ClientQuotas } from "./state/quotas/client-quotas.ts";
import { mutationBuckets } from "./state/quotas/mutation-quota.ts";

/** A handler that takes `workMs`, and a client with a quota of `percent`. */
function setting(percent: number | undefined, workMs: number, response: Handled<unknown>) {
  let nowMs = 1_000_000;
  const clock = { now: () => nowMs, monotonic: () => nowMs };
  const quotas = new ClientQuotas();
  quotas.set({ user: "alice" }, [["request_percentage", percent]]);
  const throttle = new ClientThrottle({
    clock,
    quotas,
    mutations: mutationBuckets(),
    used: new BrokerQuotas(),
    client: { principal: "User:alice" },
  });
  const context = { throttle, cluster: { clock }, clientId: "app" } as unknown as RequestContext;
  const found: AnyHandler = {
    api: metadataApi,
    min: 0,
    max: 13,
    handle: () => {
      nowMs += workMs;
      return response;
    },
  };
  return { throttle, ask: async () => handleWithinTime(found, {}, context) };
}

test("a client whose requests take more of the broker's time than request_percentage is throttled", async () => {
  const { throttle, ask } = setting(1, 50, { throttleTimeMs: 0, topics: [] });
  // 1 % of the ten seconds with which a window begins is 100 ms of work.
  assert.deepEqual(await ask(), { throttleTimeMs: 0, topics: [] });
  assert.deepEqual(await ask(), { throttleTimeMs: 0, topics: [] });
  assert.equal(throttle.mutedMs, 0);
  const third = (await ask()) as { readonly throttleTimeMs: number };
  assert.deepEqual(third, { throttleTimeMs: 1000, topics: [] }, "a second at most");
  assert.equal(throttle.mutedMs, 1000);
});

test("of two quotas the longer throttle time is in the response; one without the field, or none, stays", async () => {
  for (const [response, told] of [
    [{ throttleTimeMs: 7000 }, { throttleTimeMs: 7000 }],
    [undefined, undefined],
    ["disconnect", "disconnect"],
  ] as const) {
    const { throttle, ask } = setting(1, 200, response);
    assert.deepEqual(await ask(), told);
    assert.equal(throttle.mutedMs, 1000);
  }
});

test("without such a quota the time of requests is not counted", async () => {
  const { throttle, ask } = setting(undefined, 5000, { throttleTimeMs: 0 });
  assert.deepEqual(await ask(), { throttleTimeMs: 0 });
  assert.equal(throttle.mutedMs, 0);
});

test("in virtual time work takes no time: a request_percentage never throttles", () =>
  withCluster({ topics: { t: 1 } }, async ({ cluster, connect }) => {
    cluster.setQuotas({ "client-id": "raw" }, { request_percentage: 0.01 });
    const client = await connect();
    for (let i = 0; i < 20; i++) assert.equal((await client.request(metadataApi, { topics: [] })).throttleTimeMs, 0);
  }));
