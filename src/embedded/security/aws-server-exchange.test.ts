import assert from "node:assert/strict";
import { test } from "node:test";
import { EmbeddedCluster } from "../../embedded.ts";
import { Kafka } from "../../node.ts";
import { nodeCrypto } from "../../platform/node/crypto.ts";
import type { AwsCredentials } from "../../security/aws-credentials.ts";
import { awsMskIam } from "../../security/aws-msk-iam.ts";
import { AwsServerExchange } from "./aws-server-exchange.ts";
import type { ServerStep } from "./server-exchange.ts";

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);
const KEY: AwsCredentials = { accessKeyId: "AKIA1", secretAccessKey: "secret/+=" };
const SESSION: AwsCredentials = { accessKeyId: "ASIA2", secretAccessKey: "s", sessionToken: "t/ +=" };
const ENDS: AwsCredentials = { accessKeyId: "ASIA3", secretAccessKey: "s", expiresAtMs: NOW + 60_000 };
const USERS = [KEY, SESSION, ENDS].map((credentials, i) => ({ name: `user-${i + 1}`, credentials }));

async function message(credentials: AwsCredentials, nowMs = NOW): Promise<Uint8Array> {
  const host = { crypto: nodeCrypto(), entropy: { fill: () => undefined } };
  const mechanism = awsMskIam({ region: "eu-west-1", credentials }, host);
  return mechanism.exchange({ host: "localhost", port: 1 }).begin(nowMs);
}

async function answer(bytes: Uint8Array, nowMs = NOW): Promise<ServerStep> {
  const exchange = new AwsServerExchange({
    crypto: nodeCrypto(),
    requestId: () => "r-1",
    user: (accessKeyId) => USERS.find(({ credentials }) => credentials.accessKeyId === accessKeyId),
  });
  return exchange.next(bytes, nowMs);
}

test("a request that is signed with a user's access key is accepted as that user, until the key ends", async () => {
  for (const { name, credentials } of USERS) {
    const { bytes, ...step } = (await answer(await message(credentials))) as Extract<ServerStep, { kind: "accepted" }>;
    assert.deepEqual(step, { kind: "accepted", user: name, endMs: credentials.expiresAtMs });
    assert.equal(Buffer.from(bytes).toString(), '{"version":"2020_10_22","request-id":"r-1"}');
  }
});

test("a wrong secret, a changed field, another time and what is no request are refused alike", async () => {
  const refused = async (bytes: Uint8Array, nowMs?: number): Promise<void> =>
    assert.deepEqual(await answer(bytes, nowMs), { kind: "refused", text: "[r-1]: Access denied" });
  await refused(await message({ ...KEY, secretAccessKey: "other" }));
  await refused(await message({ ...KEY, accessKeyId: "unknown" }));
  await refused(await message({ ...KEY, sessionToken: "more" }));
  await refused(await message({ ...SESSION, sessionToken: undefined }));
  const good = JSON.parse(Buffer.from(await message(SESSION)).toString()) as Record<string, string>;
  const change = (fields: Record<string, unknown>): Uint8Array => Buffer.from(JSON.stringify({ ...good, ...fields }));
  assert.equal((await answer(change({ "user-agent": "another" }))).kind, "accepted");
  for (const name of Object.keys(good).filter((one) => one !== "user-agent"))
    for (const value of [`${good[name] ?? ""}0`, "", undefined, 1, {}]) await refused(change({ [name]: value }));
  await refused(change({ "x-amz-expires": "901" }));
  await refused(change({ "x-amz-more": "1" }));
  for (const text of ["", "[]", "null", "{}", "\0user\0password"]) await refused(Buffer.from(text));
  const signed = await message(KEY);
  for (const [nowMs, kind] of [
    [NOW - 300_000, "accepted"],
    [NOW - 300_001, "refused"],
    [NOW + 899_999, "accepted"],
    [NOW + 900_000, "refused"],
  ] as const)
    assert.equal((await answer(signed, nowMs)).kind, kind, `${nowMs - NOW} ms`);
  await refused(await message({ ...ENDS, expiresAtMs: undefined }, NOW + 60_000), NOW + 60_000);
});

test("a client logs in to an embedded cluster by AWS_MSK_IAM, and is denied or refused as with passwords", async () => {
  const cluster = await EmbeddedCluster.start({
    topics: { orders: 1, audit: 1 },
    users: { robot: { aws: KEY }, alice: { password: "x", aws: SESSION } },
    acls: [{ resourceType: "TOPIC", name: "orders", principal: "User:robot", operation: "WRITE" }],
  });
  const write = async (topic: string, credentials: AwsCredentials): Promise<void> => {
    const sasl = { mechanism: "AWS_MSK_IAM", region: "eu-west-1", credentials } as const;
    const kafka = new Kafka({ cluster, sasl, onLog: () => undefined });
    await kafka
      .producer()
      .send({ topic, value: "x" })
      .finally(() => kafka.close());
  };
  await write("orders", KEY);
  await assert.rejects(write("audit", KEY), { kind: "authorization", message: /audit/ });
  await assert.rejects(write("orders", SESSION), { kind: "authorization", message: /orders/ });
  await assert.rejects(write("orders", { ...KEY, secretAccessKey: "other" }), {
    kind: "authentication",
    message: /AWS_MSK_IAM: \[[^\]]+\]: Access denied/,
  });
  await cluster.close();
});
