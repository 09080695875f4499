import assert from "node:assert/strict";
import { test } from "node:test";
import { asPlain, exchanged, handshake, logIn, token } from "../../../test/embedded/log-in.ts";
import { type RawClient, type RawWorld, withCluster } from "../../../test/embedded/raw-client.ts";
import { apiVersionsApi } from "../../protocol/messages/api-versions.ts";
import { metadataApi } from "../../protocol/messages/metadata.ts";
import { sleep } from "../../runtime/sleep.ts";

const users = { alice: { password: "alice" }, admin: { password: "admin" } };
const softwareName = { clientSoftwareName: "raw", clientSoftwareVersion: "1" };
const pause = ({ platform }: RawWorld, ms: number): Promise<void> => sleep(platform, ms);
const versions = (client: RawClient): Promise<unknown> => client.request(apiVersionsApi, softwareName, 4);
const metadata = (client: RawClient): Promise<unknown> => client.request(metadataApi, { topics: null }, 12);
const isClosed = async (request: Promise<unknown>): Promise<void> => assert.rejects(request, /hung up/);

test("a session ends: the first request after it closes, an idle connection does not, a handshake renews it", () =>
  withCluster({ users, sasl: { sessionLifetimeMs: 3000 } }, async (world) => {
    const client = await world.connect();
    assert.equal(await logIn(client, "alice"), 3000);
    const [idle, renewed] = [await world.connect(), await world.connect()];
    await logIn(idle, "alice");
    await logIn(renewed, "alice");
    await pause(world, 2000);
    await metadata(client);
    await pause(world, 9000);
    assert.ok(!client.isClosed && !idle.isClosed);
    await isClosed(metadata(client));
    await isClosed(versions(idle));
    assert.equal(await logIn(renewed, "alice"), 3000);
    await metadata(renewed);
  }));

test("a client of SaslAuthenticate 0 does not learn when its session ends, and is closed then", () =>
  withCluster({ users, sasl: { sessionLifetimeMs: 3000 } }, async (world) => {
    const client = await world.connect();
    assert.equal((await exchanged(client, asPlain("alice", "alice"), 0)).sessionLifetimeMs, 0);
    await pause(world, 3000);
    await isClosed(metadata(client));
  }));

test("a re-authentication: at once, but the second not within 1 s; requests before it are answered first", () =>
  withCluster({ users, sasl: { sessionLifetimeMs: 5000 } }, async (world) => {
    const client = await world.connect();
    await logIn(client, "alice");
    const answers: string[] = [];
    const note = (what: string) => () => void answers.push(what);
    await Promise.all([
      metadata(client).then(note("metadata")),
      handshake(client, "PLAIN").then(note("handshake")),
      token(client, "\0alice\0alice").then(note("token")),
      metadata(client).then(note("metadata")),
    ]);
    assert.deepEqual(answers, ["metadata", "handshake", "token", "metadata"]);
    const { errorCode, mechanisms } = await handshake(client, "PLAIN");
    assert.deepEqual([errorCode, mechanisms], [34, []]);
    await metadata(client);
    await pause(world, 1000);
    await logIn(client, "alice");
  }));

test("a re-authentication keeps the user and the mechanism, and a wrong password ends the connection", () =>
  withCluster({ users, sasl: { sessionLifetimeMs: 5000 } }, async ({ connect }) => {
    const inSession = async (): Promise<RawClient> => {
      const client = await connect();
      await logIn(client, "alice");
      return client;
    };
    const other = await inSession();
    const refused = await exchanged(other, asPlain("admin", "admin"));
    assert.deepEqual(
      [refused.errorCode, refused.errorMessage],
      [58, "Cannot change principals during re-authentication from User.alice: User.admin"],
    );
    await isClosed(metadata(other));
    const wrong = await inSession();
    assert.equal((await exchanged(wrong, asPlain("alice", "x"))).errorCode, 58);
    await isClosed(metadata(wrong));
    const mechanism = await inSession();
    assert.equal((await handshake(mechanism, "SCRAM-SHA-256")).errorCode, 0);
    await isClosed(token(mechanism, "n,,n=alice,r=abc"));
  }));
