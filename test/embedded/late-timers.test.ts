// A busy host fires its timers some ms late. A request that arrives after a deadline must not notice that.
import assert from "node:assert/strict";
import { test } from "node:test";
import { EmbeddedCluster } from "../../src/embedded/embedded-cluster.ts";
import * as ErrorCode from "../../src/errors/error-code.ts";
import { nodeDrain } from "../../src/platform/node/drain.ts";
import { deleteGroupsApi } from "../../src/protocol/messages/delete-groups.ts";
import { describeGroupsApi } from "../../src/protocol/messages/describe-groups.ts";
import { joinGroupApi } from "../../src/protocol/messages/join-group.ts";
import { listGroupsApi } from "../../src/protocol/messages/list-groups.ts";
import { simulatedPlatform } from "../../src/simulation/simulated-platform.ts";
import { RawClient } from "./raw-client.ts";
import { syncCrypto } from "./sync-crypto.ts";

const SESSION_MS = 10_000;

test("a group whose last session had just ended was not empty yet when it was deleted, described or listed", async () => {
  const platform = simulatedPlatform({ seed: 1, drain: nodeDrain });
  const { runtime, clock, connector } = platform;
  let lateMs = 0;
  const late = { now: () => clock.now() + lateMs, monotonic: () => clock.monotonic() + lateMs };
  await platform.run(async () => {
    const cluster = await EmbeddedCluster.start(
      { groups: { initialRebalanceDelayMs: 0 } },
      {
        ...platform,
        crypto: syncCrypto,
        clock: late,
        runtime: { spawn: (task) => runtime.spawn(task), delayFor: (ms) => runtime.delayFor(ms), clock: late },
      },
    );
    const client = await RawClient.connect(connector, cluster.bootstrapServers);
    for (const groupId of ["described", "listed", "deleted"])
      await client.request(
        joinGroupApi,
        {
          groupId,
          sessionTimeoutMs: SESSION_MS,
          rebalanceTimeoutMs: SESSION_MS,
          protocolType: "consumer",
          protocols: [{ name: "range", metadata: new Uint8Array(0) }],
        },
        3,
      );
    const groups = ["deleted"];
    const busy = await client.request(deleteGroupsApi, { groupsNames: groups });
    assert.equal(busy.results[0]?.errorCode, ErrorCode.NON_EMPTY_GROUP);
    // The sessions end, but no timer has fired: the clock alone moves.
    lateMs = SESSION_MS;
    const described = await client.request(describeGroupsApi, { groups: ["described"] });
    assert.deepEqual(
      described.groups.map(({ groupState, members }) => ({ groupState, members: members.length })),
      [{ groupState: "Empty", members: 0 }],
    );
    const deleted = await client.request(deleteGroupsApi, { groupsNames: groups });
    assert.equal(deleted.results[0]?.errorCode, ErrorCode.NONE);
    const listed = await client.request(listGroupsApi, {});
    assert.deepEqual(listed.groups.map(({ groupId, groupState }) => `${groupId} ${groupState}`).sort(), [
      "described Empty",
      "listed Empty",
    ]);
    client.close();
    await cluster.close();
  });
});
