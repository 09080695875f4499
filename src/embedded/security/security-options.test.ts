import assert from "node:assert/strict";
import { test } from "node:test";
import { withCluster } from "../../../test/embedded/raw-client.ts";
import type { EmbeddedClusterOptions } from "../embedded-cluster.ts";
import { allow } from "../../../test/embedded/rights.ts";

test("wrong options of users and rights are refused by name, at every depth", async () => {
  const acl = allow("READ TOPIC t");
  const aws = { accessKeyId: "x", secretAccessKey: "y" };
  const wrong: readonly (readonly [options: unknown, text: RegExp])[] = [
    [{ users: { a: {} } }, /users\.a needs password/],
    [{ users: { a: { password: "x", role: "y" } } }, /users\.a has no field "role"/],
    [{ users: { a: { password: "" } } }, /users\.a\.password takes a string that is not empty/],
    [{ users: { a: { password: "x", mechanisms: ["GSSAPI"] } } }, /users\.a\.mechanisms\[0\] takes "PLAIN"/],
    [{ users: { a: { aws: { accessKeyId: "x" } } } }, /users\.a\.aws needs secretAccessKey/],
    [{ users: { a: { aws, mechanisms: ["PLAIN"] } } }, /users\.a needs password; aws is for AWS_MSK_IAM alone/],
    [{ users: { a: { aws }, b: { aws } } }, /users\.b\.aws has another user's accessKeyId/],
    [{ users: { a: { aws } }, sasl: { mechanisms: ["PLAIN"] } }, /users\.a\.aws needs AWS_MSK_IAM in sasl\.mechanisms/],
    [{ users: "planted" }, /users takes an object with a user for each name, not a string/],
    [{ users: { a: "planted" } }, /users\.a takes an object with password or aws, not a string/],
    [{ users: { a: { password: ["planted"] } } }, /users\.a\.password takes a string that is not empty, not an array/],
    [{ users: { a: { aws: "planted" } } }, /users\.a\.aws takes an object .*, not a string/],
    [
      { users: { a: { aws: { ...aws, secretAccessKey: { key: "planted" } } } } },
      /secretAccessKey takes a string that is not empty, not an object/,
    ],
    [{ user: {} }, /did you mean users/],
    [{ sasl: { mechanism: "PLAIN" } }, /sasl has no option "mechanism"; did you mean mechanisms/],
    [{ sasl: { mechanisms: [] } }, /no client could log in/],
    [{ sasl: { mechanisms: ["PLAIN"], validateToken: () => undefined } }, /validateToken needs OAUTHBEARER/],
    [
      { users: { a: { password: "x", mechanisms: ["SCRAM-SHA-512"] } }, sasl: { mechanisms: ["PLAIN"] } },
      /users\.a\.mechanisms: SCRAM-SHA-512 is not in sasl\.mechanisms \(PLAIN\)/,
    ],
    [{ sasl: { sessionLifetimeMs: -1 } }, /sessionLifetimeMs takes a whole number from 0/],
    [{ acls: [{ ...acl, operation: "read" }] }, /acls\[0\]\.operation takes "ALL"/],
    [
      { acls: [{ ...acl, principal: "alice" }] },
      /acls\[0\]\.principal takes a type and a name, for example "User:alice"/,
    ],
    [{ acls: [{ ...acl, name: undefined }] }, /acls\[0\] needs name/],
    [{ acls: [{ ...acl, permissionType: "DENY" }] }, /has no field "permissionType"; did you mean permission/],
    [
      { acls: [{ ...acl, resourceType: "CLUSTER" }] },
      /acls\[0\]\.name takes "kafka-cluster" for the type CLUSTER, not "t"/,
    ],
    [{ acls: [{ ...acl, host: "10.0.0.0/33" }] }, /acls\[0\]\.host: Invalid CIDR notation '10\.0\.0\.0\/33'/],
    [{ superUsers: [""] }, /superUsers\[0\]/],
    [{ allowEveryoneIfNoAclFound: "yes" }, /allowEveryoneIfNoAclFound takes true or false/],
  ];
  for (const [options, text] of wrong)
    await assert.rejects(
      withCluster(options as EmbeddedClusterOptions, () => Promise.resolve()),
      (error: Error) => text.test(error.message) && !error.message.includes("planted"),
      String(text),
    );
});
