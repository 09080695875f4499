import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { EmbeddedSecurityOptions } from "../embedded.ts";
import { readOptions } from "./arguments.ts";
import { brokerSecurity, SECURITY_OPTIONS, securityLine } from "./broker-security.ts";

const security = (...args: readonly string[]): EmbeddedSecurityOptions =>
  brokerSecurity(readOptions("broker", SECURITY_OPTIONS, args));

test("options of odradek broker are those of the embedded cluster", () => {
  assert.deepEqual(security(), {});
  assert.deepEqual(security("--user", "alice:a:b", "--user", "bob:c", "--sasl", "plain, Scram-SHA-512"), {
    users: { alice: { password: "a:b" }, bob: { password: "c" } },
    sasl: { mechanisms: ["PLAIN", "SCRAM-SHA-512"], sessionLifetimeMs: 0 },
  });
  assert.deepEqual(security("--user", "alice:a", "--session-lifetime-ms", "5000"), {
    users: { alice: { password: "a" } },
    sasl: { sessionLifetimeMs: 5000 },
  });
  assert.deepEqual(security("--sasl", "OAUTHBEARER"), { sasl: { mechanisms: ["OAUTHBEARER"], sessionLifetimeMs: 0 } });
  assert.deepEqual(security("--super-user", "admin", "--super-user", "User:root"), {
    superUsers: ["admin", "User:root"],
  });
  assert.deepEqual(
    brokerSecurity(readOptions("broker", SECURITY_OPTIONS, ["--super-user", "root"]), {
      acls: [],
      superUsers: ["User:admin"],
      allowEveryoneIfNoAclFound: true,
    }),
    { acls: [], superUsers: ["User:admin", "root"], allowEveryoneIfNoAclFound: true },
  );
  const rule = { resourceType: "TOPIC", name: "t", principal: "User:a", operation: "READ", permission: "ALLOW" };
  assert.deepEqual(security("--acl", "allow User:a READ topic:t"), { acls: [rule] });
});

test("files of odradek broker: users, certificates and rules", () => {
  const folder = mkdtempSync(join(tmpdir(), "odradek-broker-"));
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  try {
    const users = file("users.json", '{"alice":{"password":"x"},"bob":{"password":"y"}}');
    assert.deepEqual(security("--users", users, "--user", "alice:z").users, {
      ...{ alice: { password: "z" }, bob: { password: "y" } },
    });
    const [cert, key] = [file("cert", "C"), file("key", "K")];
    const pair = ["--tls-cert", cert, "--tls-key", key] as const;
    assert.deepEqual(security(...pair), { tls: { cert: "C", key: "K" } });
    assert.deepEqual(security(...pair, "--tls-ca", cert), {
      tls: { cert: "C", key: "K", ca: "C", clientAuth: "required" },
    });
    const acls = file("acls", "# rules\r\n  deny User:* ALL topic:x\r\n\r\nallow User:a READ,WRITE topic:x\r\n");
    assert.deepEqual(
      security("--acls", acls).acls?.map(({ permission, operation }) => [permission, operation]),
      [
        ["DENY", "ALL"],
        ["ALLOW", "READ"],
        ["ALLOW", "WRITE"],
      ],
    );
    assert.deepEqual(security("--acls", file("none", "# nothing is allowed\n")), { acls: [] });
    for (const [args, message] of [
      [["--users", join(folder, "absent")], /--users: .*absent/],
      [["--users", file("broken", '{"carol": planted}')], /--users: .*broken is not a JSON object/],
      [["--tls-key", join(folder, "absent"), "--tls-cert", cert], /--tls-key: .*absent/],
      [["--acls", file("wrong", "\nallow planted")], /line 2 of .*wrong cannot be read: a rule is like/],
      [["--acls", join(folder, "absent")], /--acls: .*absent/],
    ] as const)
      assert.throws(
        () => security(...args),
        (error: Error) => message.test(error.message) && !error.message.includes("planted"),
      );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("wrong options of odradek broker are named, without a password", () => {
  for (const [args, message] of [
    [["--user", "planted"], /--user takes NAME:PASSWORD/],
    [["--user", ":planted"], /--user takes NAME:PASSWORD/],
    [["--user", "alice:"], /--user takes NAME:PASSWORD/],
    [["--user", "alice:my", "planted"], /an argument stands without its option; quote values that contain blanks/],
    [["--usr", "alice:planted"], /--usr/],
    [["--session-lifetime-ms", "1000"], /--session-lifetime-ms needs users/],
    [["--session-lifetime-ms", "soon"], /--session-lifetime-ms takes a whole number/],
    [["--tls-cert", "x"], /TLS needs --tls-cert and --tls-key; --tls-key is missing/],
    [["--tls-ca", "x"], /--tls-cert is missing/],
    [["--acl", "allow alice READ topic:orders"], /the rule "allow alice READ topic:orders" cannot be read/],
  ] as const)
    assert.throws(
      () => security(...args),
      (error: Error) => message.test(error.message) && !error.message.includes("planted"),
      String(message),
    );
});

test("the broker says in a line what its clients must know", () => {
  assert.equal(securityLine({}), undefined);
  assert.equal(securityLine({ tls: { cert: "C", key: "K" } }), "security protocol: SSL");
  assert.equal(securityLine({ acls: [] }), "ACLs: 0; everything else is denied");
  assert.equal(
    securityLine({ acls: [], allowEveryoneIfNoAclFound: true }),
    "ACLs: 0; a resource without ACLs is open to all",
  );
  assert.equal(
    securityLine({ users: { a: { password: "x" } }, sasl: { mechanisms: ["PLAIN"] }, superUsers: ["a"] }),
    "security protocol: SASL_PLAINTEXT; mechanisms: PLAIN; users: a; ACLs: 0; everything else is denied",
  );
});
