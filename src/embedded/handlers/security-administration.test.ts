import assert from "node:assert/strict";
import { pbkdf2Sync } from "node:crypto";
import { test } from "node:test";
import { asPlain, asScram, exchanged, logIn } from "../../../test/embedded/log-in.ts";
import { produceTo, type RawClient, batchOf, withCluster } from "../../../test/embedded/raw-client.ts";
import { allow, withRights } from "../../../test/embedded/rights.ts";
import { alterUserScramCredentialsApi } from "../../protocol/messages/alter-user-scram-credentials.ts";
import { type CreateAclsRequest, createAclsApi } from "../../protocol/messages/create-acls.ts";
import {
  type CreateDelegationTokenRequest,
  type CreateDelegationTokenResponse,
  createDelegationTokenApi,
} from "../../protocol/messages/create-delegation-token.ts";
import { type DeleteAclsRequest, deleteAclsApi } from "../../protocol/messages/delete-acls.ts";
import { describeAclsApi } from "../../protocol/messages/describe-acls.ts";
import { describeDelegationTokenApi } from "../../protocol/messages/describe-delegation-token.ts";
import { describeUserScramCredentialsApi } from "../../protocol/messages/describe-user-scram-credentials.ts";
import { expireDelegationTokenApi } from "../../protocol/messages/expire-delegation-token.ts";
import { metadataApi } from "../../protocol/messages/metadata.ts";
import { renewDelegationTokenApi } from "../../protocol/messages/renew-delegation-token.ts";
import type { Input } from "../../protocol/schema.ts";
import { sleep } from "../../runtime/sleep.ts";

const [TOPIC, LITERAL, MATCH, ALLOW, WRITE, ANY] = [2, 3, 2, 3, 4, 1];
const writeT: CreateAclsRequest["creations"][number] = {
  resourceType: TOPIC,
  resourceName: "t",
  resourcePatternType: LITERAL,
  principal: "User:alice",
  host: "*",
  operation: WRITE,
  permissionType: ALLOW,
};
const anything: DeleteAclsRequest["filters"][number] = {
  resourceTypeFilter: ANY,
  resourceNameFilter: null,
  patternTypeFilter: ANY,
  principalFilter: null,
  hostFilter: null,
  operation: ANY,
  permissionType: ANY,
};

test("an access control entry has an effect on the next request, and none after it was deleted", () =>
  withRights([], async (alice, _world, admin) => {
    const write = async (): Promise<number> => (await produceTo(alice, batchOf())).errorCode;
    assert.equal(await write(), 29);
    const { results } = await admin.request(createAclsApi, { creations: [writeT, { ...writeT, principal: "alice" }] });
    assert.deepEqual(
      results.map(({ errorCode }) => errorCode),
      [0, 42],
    );
    assert.equal(await write(), 0);
    const filter = { ...anything, resourceNameFilter: "t", patternTypeFilter: MATCH };
    const { resources } = await admin.request(describeAclsApi, filter);
    assert.deepEqual(
      resources.map(({ resourceName, acls }) => [resourceName, acls.map(({ principal }) => principal)]),
      [["t", ["User:alice"]]],
    );
    const { filterResults } = await admin.request(deleteAclsApi, { filters: [filter, filter] });
    assert.deepEqual(
      filterResults.map(({ matchingAcls }) => matchingAcls.length),
      [1, 1],
    );
    assert.equal(await write(), 29);
    assert.deepEqual((await admin.request(describeAclsApi, anything)).resources, []);
  }));

test("wrong access control entries are refused with Kafka's texts", () =>
  withRights([], async (_alice, _world, admin) => {
    const wrong: readonly (readonly [Partial<typeof writeT>, RegExp])[] = [
      [{ resourceName: "" }, /Invalid empty resource name/],
      [{ resourceType: 4 }, /The only valid name for the CLUSTER resource is kafka-cluster/],
      [{ resourceType: 99 }, /Invalid resourceType UNKNOWN/],
      [{ resourcePatternType: 99 }, /Invalid patternType UNKNOWN/],
      [{ operation: 99 }, /Invalid operation UNKNOWN/],
      [{ permissionType: 99 }, /Invalid permissionType UNKNOWN/],
      [{ principal: "alice" }, /no colon is present/],
    ];
    const { results } = await admin.request(createAclsApi, {
      creations: wrong.map(([one]) => ({ ...writeT, ...one })),
    });
    for (const [i, [, text]] of wrong.entries()) assert.match(results[i]?.errorMessage ?? "", text);
    const words = [{ resourceType: ANY }, { resourcePatternType: MATCH }, { operation: ANY }, { permissionType: ANY }];
    for (const word of words) {
      const refused = await admin.request(createAclsApi, { creations: [writeT, { ...writeT, ...word }] });
      assert.deepEqual(
        refused.results.map(({ errorCode, errorMessage }) => [errorCode, errorMessage]),
        [
          [-1, null],
          [-1, null],
        ],
      );
    }
    assert.deepEqual((await admin.request(describeAclsApi, anything)).resources, [], "nothing was created");
    await assert.rejects(admin.request(describeAclsApi, { ...anything, operation: 0 }), /hung up/);
  }));

test("access control entries and passwords need rights to the cluster, and an authorizer", async () => {
  const codes = async (client: RawClient): Promise<readonly unknown[]> => [
    (await client.request(describeAclsApi, anything)).errorCode,
    (await client.request(createAclsApi, { creations: [writeT] })).results[0]?.errorCode,
    (await client.request(deleteAclsApi, { filters: [anything] })).filterResults[0]?.errorCode,
  ];
  const passwords = async (client: RawClient): Promise<readonly unknown[]> => [
    (await client.request(describeUserScramCredentialsApi, { users: null })).errorCode,
    (await client.request(alterUserScramCredentialsApi, { deletions: [{ name: "x", mechanism: 1 }] })).results[0]
      ?.errorCode,
  ];
  await withRights([], async (alice) => {
    assert.deepEqual(await codes(alice), [31, 31, 31]);
    assert.deepEqual(await passwords(alice), [31, 31]);
  });
  await withRights(["DESCRIBE CLUSTER"], async (alice) => {
    assert.deepEqual(await codes(alice), [0, 31, 31]);
    assert.deepEqual(await passwords(alice), [0, 31]);
  });
  await withCluster({}, async ({ connect }) => {
    assert.deepEqual(await codes(await connect()), [54, 54, 54]);
    assert.deepEqual(await passwords(await connect()), [0, 91]);
  });
});

const salted = (password: string, iterations = 4096): { salt: Buffer; saltedPassword: Buffer; iterations: number } => ({
  salt: Buffer.from("salt"),
  saltedPassword: pbkdf2Sync(password, "salt", iterations, 32, "sha256"),
  iterations,
});
const users = { alice: { password: "alice" } };

test("a password for SCRAM has an effect on the next authentication; sessions and PLAIN go on", () =>
  withCluster({ users }, async ({ connect }) => {
    const scram = async (username: string, password: string): Promise<number> =>
      (await exchanged(await connect(), asScram("SHA-256", { username, password }))).errorCode;
    const admin = await connect();
    await logIn(admin, "alice");
    assert.deepEqual([await scram("alice", "alice"), await scram("bob", "b")], [0, 58]);
    const upsertions = [
      { name: "alice", mechanism: 1, ...salted("new") },
      { name: "bob", mechanism: 1, ...salted("b", 8192) },
    ];
    await admin.request(alterUserScramCredentialsApi, { upsertions });
    assert.deepEqual([await scram("alice", "alice"), await scram("alice", "new"), await scram("bob", "b")], [58, 0, 0]);
    await admin.request(metadataApi, { topics: [] });
    assert.equal((await exchanged(await connect(), asPlain("alice", "alice"))).errorCode, 0);
    const { results } = await admin.request(describeUserScramCredentialsApi, { users: null });
    assert.deepEqual(
      results.map(({ user, credentialInfos }) => [user, credentialInfos.map((one) => [one.mechanism, one.iterations])]),
      [
        [
          "alice",
          [
            [1, 4096],
            [2, 4096],
          ],
        ],
        ["bob", [[1, 8192]]],
      ],
    );
    await admin.request(alterUserScramCredentialsApi, { deletions: [{ name: "bob", mechanism: 1 }] });
    assert.equal(await scram("bob", "b"), 58);
  }));

test("wrong changes of passwords are refused with Kafka's texts", () =>
  withCluster({ users }, async ({ connect }) => {
    const client = await connect();
    await logIn(client, "alice");
    const { results } = await client.request(alterUserScramCredentialsApi, {
      deletions: [
        { name: "absent", mechanism: 1 },
        { name: "absent", mechanism: 2 },
      ],
      upsertions: [
        { name: "unknown first", mechanism: 10, ...salted("x") },
        { name: "unknown first", mechanism: 1, ...salted("x") },
        { name: "", mechanism: 2, ...salted("x") },
        { name: "twice", mechanism: 1, ...salted("x") },
        { name: "twice", mechanism: 2, ...salted("x") },
        { name: "few", mechanism: 1, ...salted("x"), iterations: 4095 },
        { name: "many", mechanism: 1, ...salted("x"), iterations: 16_385 },
        { name: "", mechanism: 1, ...salted("x") },
        { name: "unknown", mechanism: 3, ...salted("x") },
      ],
    });
    assert.deepEqual(
      results.map(({ user, errorCode, errorMessage }) => [user, errorCode, errorMessage]),
      [
        ["absent", 91, "Attempt to delete a user credential that does not exist"],
        ["unknown first", 33, "Unknown SCRAM mechanism"],
        ["", 93, "Username must not be empty"],
        ["twice", 92, "A user credential cannot be altered twice in the same request"],
        ["few", 93, "Too few iterations"],
        ["many", 93, "Too many iterations"],
        ["unknown", 33, "Unknown SCRAM mechanism"],
      ],
    );
    const described = await client.request(describeUserScramCredentialsApi, {
      users: [{ name: "absent" }, { name: "alice" }, { name: "alice" }],
    });
    assert.deepEqual(
      described.results.map(({ errorCode }) => errorCode),
      [91, 92],
    );
  }));

const create = (
  client: RawClient,
  more: Input<CreateDelegationTokenRequest> = {},
): Promise<CreateDelegationTokenResponse> =>
  client.request(createDelegationTokenApi, {
    ownerPrincipalType: null,
    ownerPrincipalName: null,
    maxLifetimeMs: -1,
    ...more,
  });
const asToken = ({ tokenId, hmac }: CreateDelegationTokenResponse, tokenAuth = true): ReturnType<typeof asScram> =>
  asScram("SHA-512", { username: tokenId, password: Buffer.from(hmac).toString("base64"), tokenAuth });

test("a delegation token logs its owner in, until it ends, and cannot create another", () =>
  withCluster({ users, acls: [allow("DESCRIBE TOPIC t")], topics: { t: 1 } }, async (world) => {
    const client = await world.connect();
    await logIn(client, "alice");
    const made = await create(client, { maxLifetimeMs: 5000 });
    assert.deepEqual([made.errorCode, made.principalName, made.tokenRequesterPrincipalName], [0, "alice", "alice"]);
    assert.equal(made.maxTimestampMs - made.issueTimestampMs, 5000);
    const other = await world.connect();
    const { errorCode, sessionLifetimeMs } = await exchanged(other, asToken(made));
    assert.equal(errorCode, 0);
    assert.ok(sessionLifetimeMs > 4000 && sessionLifetimeMs <= 5000);
    assert.equal((await other.request(metadataApi, { topics: null })).topics.length, 1, "it has alice's rights");
    assert.equal((await create(other)).errorCode, 64);
    assert.equal((await exchanged(await world.connect(), asToken(made, false))).errorCode, 58);
    await sleep(world.platform, 5000);
    assert.equal((await exchanged(await world.connect(), asToken(made))).errorCode, 58);
  }));

test("delegation tokens: renewed, expired and described by their owner and their renewers only", () =>
  withRights(["DESCRIBE TOPIC t"], async (alice, world, admin) => {
    const made = await create(alice, { maxLifetimeMs: 90_000_000 });
    const { hmac, maxTimestampMs } = made;
    const renew = (client: RawClient, renewPeriodMs: number) =>
      client.request(renewDelegationTokenApi, { hmac, renewPeriodMs });
    assert.equal((await renew(admin, 1000)).errorCode, 63);
    assert.equal((await renew(alice, 99_000_000)).expiryTimestampMs, maxTimestampMs, "never after its maximum");
    const described = await alice.request(describeDelegationTokenApi, { owners: null });
    assert.deepEqual(
      described.tokens.map(({ tokenId, principalName }) => [tokenId, principalName]),
      [[made.tokenId, "alice"]],
    );
    const bob = await world.connect();
    await logIn(bob, "bob");
    assert.deepEqual((await bob.request(describeDelegationTokenApi, { owners: null })).tokens, []);
    const expire = (client: RawClient, expiryTimePeriodMs: number) =>
      client.request(expireDelegationTokenApi, { hmac, expiryTimePeriodMs });
    assert.equal((await expire(bob, -1)).errorCode, 63);
    assert.equal((await expire(alice, -1)).errorCode, 0);
    assert.equal((await expire(alice, -1)).errorCode, 62);
    assert.equal((await exchanged(await world.connect(), asToken(made))).errorCode, 58);
    assert.equal((await create(alice, { ownerPrincipalType: "User", ownerPrincipalName: "bob" })).errorCode, 65);
    const forBob = await create(admin, { ownerPrincipalType: "User", ownerPrincipalName: "bob" });
    assert.deepEqual([forBob.errorCode, forBob.principalName, forBob.tokenRequesterPrincipalName], [0, "bob", "admin"]);
    const renewers = [{ principalType: "Group", principalName: "g" }];
    assert.equal((await create(alice, { renewers })).errorCode, 67);
  }));

test("a client that did not authenticate gets no delegation token", () =>
  withCluster({}, async ({ connect }) => {
    const client = await connect();
    assert.equal((await create(client)).errorCode, 64);
    assert.equal((await client.request(describeDelegationTokenApi, { owners: null })).errorCode, 64);
  }));
