// The rights of a raw client in an embedded cluster with an authorizer.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { EmbeddedClusterOptions } from "../../src/embedded/embedded-cluster.ts";
import type { NewAcl } from "../../src/security/new-acl.ts";
import { logIn } from "./log-in.ts";
import { type RawClient, type RawWorld, withCluster } from "./raw-client.ts";

/**
 * An API: the code that it answers without any right, the rights with which it answers another code, and a function
 * that sends it and returns the code.
 */
export type AccessRow = readonly [what: string, code: number, rights: readonly string[], send: Send];

/** Sends a request and returns the error code of its answer. */
export type Send = (client: RawClient, world: RawWorld) => Promise<unknown>;

/** `READ TOPIC t`, or `READ CLUSTER`: an ALLOW for alice. */
export const allow = (text: string): NewAcl => {
  const [operation, resourceType, name] = text.split(" ") as [
    NewAcl["operation"],
    NewAcl["resourceType"],
    string | undefined,
  ];
  return { resourceType, operation, principal: "User:alice", ...(name === undefined ? {} : { name }) };
};

const users = { alice: { password: "alice" }, bob: { password: "bob" }, admin: { password: "admin" } };

/** Runs with alice's rights; `admin` may do everything. */
export const withRights = (
  rights: readonly string[],
  body: (alice: RawClient, world: RawWorld, admin: RawClient) => Promise<void>,
  more: EmbeddedClusterOptions = {},
): Promise<void> =>
  withCluster(
    { users, superUsers: ["admin"], acls: rights.map(allow), topics: { t: 1, u: 1 }, ...more },
    async (world) => {
      const [alice, admin] = [await world.connect(), await world.connect()];
      await logIn(alice, "alice");
      await logIn(admin, "admin");
      await body(alice, world, admin);
    },
  );

export const topicIdOf = ({ cluster }: RawWorld, topic = "t"): string =>
  cluster.snapshot().topics.find((one) => one.topic === topic)!.topicId;

const DENIALS = [29, 30, 31, 53];

/** A test for each row: without any of the rights the API is denied, with all of them it is not. */
export function testAccess(table: readonly AccessRow[]): void {
  for (const [what, code, rights, send] of table)
    test(`without a right, ${what} answers ${code}; ${rights.join(" and ")} is enough`, async () => {
      await withRights([], async (alice, world) => assert.equal(await send(alice, world), code));
      await withRights(rights, async (alice, world) => {
        const answered = await send(alice, world);
        assert.ok(typeof answered === "number" && !DENIALS.includes(answered), String(answered));
      });
      for (const missing of rights)
        await withRights(
          rights.filter((right) => right !== missing),
          async (alice, world) => {
            const answered = await send(alice, world);
            assert.ok(DENIALS.includes(answered as number), `${String(answered)} without ${missing}`);
          },
        );
    });
}
