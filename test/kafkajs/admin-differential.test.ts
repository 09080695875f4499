// Every call of an admin: the results and errors are kafkajs's, but for those that the lists name with a reason.
import { test } from "node:test";
import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import { ACL_CALLS, CLUSTER_CALLS, CONFIG_CALLS, REASSIGNMENT_CALLS } from "./admin/config-calls.ts";
import { type AdminCall, onBoth, type Stage } from "./admin/admin-call.ts";
import { GROUP_CALLS, RESET_OFFSETS, SET_OFFSETS } from "./admin/group-calls.ts";
import { OFFSET_CALLS, TOPIC_CALLS } from "./admin/topic-calls.ts";

const TOPIC = { partitions: 2, replicationFactor: 1 };
const TWO_BROKERS: Stage = { brokers: 2, topics: { orders: TOPIC, pay: TOPIC } };

async function compare(stage: Stage, calls: readonly AdminCall[]): Promise<void> {
  const { real, ours } = await onBoth(stage, calls);
  for (const { what, differs } of calls)
    if (differs === undefined) assert.deepEqual(ours.get(what), real.get(what), what);
    else assert.ok(!isDeepStrictEqual(ours.get(what), real.get(what)), `${what} is as in kafkajs now`);
}

test("topics", () => compare(TWO_BROKERS, TOPIC_CALLS));

test("offsets and records of a topic", () => compare(TWO_BROKERS, OFFSET_CALLS));

test("groups, with and without members", () => compare(TWO_BROKERS, GROUP_CALLS));

test("offsets of groups", async () => {
  await Promise.all([SET_OFFSETS, ...RESET_OFFSETS].map((calls) => compare(TWO_BROKERS, calls)));
});

test("settings, and the cluster", () => compare(TWO_BROKERS, [...CLUSTER_CALLS, ...CONFIG_CALLS]));

test("replicas that move", () => {
  const prepare: Stage["prepare"] = (cluster) => {
    for (const broker of [0, 1]) cluster.pauseReplication(broker);
  };
  return compare({ ...TWO_BROKERS, prepare }, REASSIGNMENT_CALLS);
});

test("access rules", () => compare({ ...TWO_BROKERS, acls: [], superUsers: ["ANONYMOUS"] }, ACL_CALLS));

test("access rules without an authorizer", () => compare(TWO_BROKERS, ACL_CALLS));
