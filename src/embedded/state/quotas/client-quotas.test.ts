import assert from "node:assert/strict";
import { test } from "node:test";
import { ClientQuotas } from "./client-quotas.ts";
import type { QuotaEntity } from "./quota-entity.ts";

/** Kafka's order; each level has its own limit. */
const LEVELS: readonly (readonly [entity: QuotaEntity, sharedBy: readonly [user: string, clientId: string]])[] = [
  [{ user: "alice", "client-id": "app" }, ["alice", "app"]],
  [{ user: "alice", "client-id": null }, ["alice", "app"]],
  [{ user: "alice" }, ["alice", ""]],
  [{ user: null, "client-id": "app" }, ["alice", "app"]],
  [{ user: null, "client-id": null }, ["alice", "app"]],
  [{ user: null }, ["alice", ""]],
  [{ "client-id": "app" }, ["", "app"]],
  [{ "client-id": null }, ["", "app"]],
];

test("the first level that has a quota counts, and says with whom it is shared", () => {
  const quotas = new ClientQuotas();
  for (const [entity] of LEVELS.slice().reverse()) {
    const at = LEVELS.findIndex(([one]) => one === entity);
    quotas.set(entity, [["producer_byte_rate", at + 1]]);
    const [, sharedBy] = LEVELS[at] ?? [];
    assert.deepEqual(quotas.of("producer_byte_rate", "alice", "app"), {
      limit: at + 1,
      sharedBy: JSON.stringify(sharedBy),
    });
  }
  for (const [at, [entity]] of LEVELS.entries()) {
    assert.equal(quotas.of("producer_byte_rate", "alice", "app")?.limit, at + 1);
    quotas.set(entity, [["producer_byte_rate", undefined]]);
  }
  assert.equal(quotas.has("producer_byte_rate"), false);
  assert.deepEqual([...quotas.all], []);
});

test("a quota with another name, and those of other users and client ids, do not count", () => {
  const quotas = new ClientQuotas();
  quotas.set({ user: "bob" }, [["producer_byte_rate", 1]]);
  quotas.set({ "client-id": "other" }, [["producer_byte_rate", 2]]);
  quotas.set({ user: "alice" }, [["consumer_byte_rate", 3]]);
  assert.equal(quotas.of("producer_byte_rate", "alice", "app"), undefined);
  assert.equal(quotas.of("request_percentage", "alice", "app"), undefined);
  assert.equal(quotas.of("consumer_byte_rate", "alice", "app")?.limit, 3);
});

test("a client without a client id has the quotas of its user only", () => {
  const quotas = new ClientQuotas();
  for (const [at, [entity]] of LEVELS.entries()) quotas.set(entity, [["consumer_byte_rate", at + 1]]);
  assert.equal(quotas.of("consumer_byte_rate", "alice", "")?.limit, 3);
  assert.equal(quotas.of("consumer_byte_rate", "bob", "")?.limit, 6);
  quotas.set({ user: null }, [["consumer_byte_rate", undefined]]);
  assert.equal(quotas.of("consumer_byte_rate", "bob", ""), undefined);
});

test("an address has its own rate of connections, or the default one", () => {
  const quotas = new ClientQuotas();
  assert.equal(quotas.connectionRate("10.0.0.1"), undefined);
  quotas.set({ ip: "10.0.0.1" }, [["connection_creation_rate", 5]]);
  assert.deepEqual([quotas.connectionRate("10.0.0.1"), quotas.connectionRate("10.0.0.2")], [5, undefined]);
  quotas.set({ ip: null }, [["connection_creation_rate", 9]]);
  assert.deepEqual([quotas.connectionRate("10.0.0.1"), quotas.connectionRate("10.0.0.2")], [5, 9]);
});
