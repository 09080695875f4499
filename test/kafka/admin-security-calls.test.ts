// The calls of an admin about access rules, passwords and tokens, on a real Kafka with an authorizer.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import { Kafka } from "../../src/node.ts";
import { SecureKafka, USERS } from "./secure/secure-cluster.ts";

let secure: SecureKafka;
before(async () => {
  secure = await SecureKafka.start({ "delegation.token.secret.key": "a secret of the broker" });
});
after(() => secure.stop());

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function codeOf(result: unknown): string {
  return KafkaError.is(result) ? (result.codeName ?? result.kind) : "ok";
}

test("createAcls, describeAcls, deleteAcls: one result for each rule and filter", async () => {
  await using kafka = new Kafka({ bootstrapServers: secure.plain });
  const admin = kafka.admin();
  const rule = { resourceType: "TOPIC", name: "by-admin", principal: "User:carol", operation: "READ" } as const;
  const group = { ...rule, resourceType: "GROUP" } as const;
  assert.equal((await admin.createAcls([rule, group])).orThrow().length, 2);
  const filter = { resourceType: "TOPIC", name: "by-admin" } as const;
  while ((await admin.describeAcls(filter)).length === 0) await pause(50);
  assert.deepEqual(await admin.describeAcls(filter), [
    { ...rule, patternType: "LITERAL", host: "*", permission: "ALLOW" },
  ]);
  const deleted = await admin.deleteAcls([filter, { ...filter, name: "nothing" }]);
  assert.deepEqual(deleted.orThrow(), [[{ ...rule, patternType: "LITERAL", host: "*", permission: "ALLOW" }], []]);
  while ((await admin.describeAcls(filter)).length > 0) await pause(50);
});

test("alterUserScramCredentials, describeUserScramCredentials: a password that is set is accepted", async () => {
  await using kafka = new Kafka({ bootstrapServers: secure.plain });
  const admin = kafka.admin();
  const carol = { user: "carol", mechanism: "SCRAM-SHA-256" } as const;
  const altered = await admin.alterUserScramCredentials([
    { ...carol, password: "carol-secret", iterations: 4096 },
    { user: "nobody", mechanism: "SCRAM-SHA-256", delete: true },
  ]);
  assert.deepEqual(
    [...altered].map(([, result]) => codeOf(result)),
    ["ok", "RESOURCE_NOT_FOUND"],
  );
  await secure.untilAccepted("carol", "carol-secret");
  const described = await admin.describeUserScramCredentials(["carol", "nobody"]);
  assert.deepEqual(
    [...described].map(([, result]) => codeOf(result)),
    ["ok", "RESOURCE_NOT_FOUND"],
  );
  const found = described.get("carol");
  assert.ok(found !== undefined && !KafkaError.is(found));
  assert.deepEqual(found.credentials, [{ mechanism: "SCRAM-SHA-256", iterations: 4096 }]);
});

test("createDelegationToken, describeDelegationToken, renewDelegationToken, expireDelegationToken", async () => {
  await using plain = new Kafka({ bootstrapServers: secure.plain });
  await assert.rejects(plain.admin().createDelegationToken(), { codeName: "DELEGATION_TOKEN_REQUEST_NOT_ALLOWED" });
  await using kafka = new Kafka({
    bootstrapServers: secure.at("PLAIN_ONLY"),
    sasl: { mechanism: "PLAIN", username: "alice", password: USERS["alice"] ?? "" },
  });
  const admin = kafka.admin();
  const token = await admin.createDelegationToken({ renewers: ["User:bob"], maxLifetimeMs: 3_600_000 });
  assert.deepEqual([token.owner, token.renewers], ["User:alice", ["User:bob"]]);
  assert.equal(token.maxTimestamp - token.issueTimestamp, 3_600_000);
  assert.ok((await admin.renewDelegationToken(token, { renewTimePeriodMs: 60_000 })) <= token.maxTimestamp);
  const described = await admin.describeDelegationToken({ owners: ["User:alice"] });
  assert.deepEqual(
    described.map(({ tokenId }) => tokenId),
    [token.tokenId],
  );
  await admin.expireDelegationToken(token);
  while ((await admin.describeDelegationToken()).length > 0) await pause(50);
});
