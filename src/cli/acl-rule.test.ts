import assert from "node:assert/strict";
import { test } from "node:test";
import { parseRule } from "./acl-rule.ts";

test("rules in words are access control entries", () => {
  const alice = { principal: "User:alice", permission: "ALLOW" };
  assert.deepEqual(parseRule("allow User:alice READ,describe-configs topic:orders"), [
    { ...alice, resourceType: "TOPIC", name: "orders", operation: "READ" },
    { ...alice, resourceType: "TOPIC", name: "orders", operation: "DESCRIBE_CONFIGS" },
  ]);
  assert.deepEqual(parseRule("  DENY  User:* all transactional-id:shop-*  from 10.0.0.1 "), [
    {
      ...{ resourceType: "TRANSACTIONAL_ID", name: "shop-", patternType: "PREFIXED", principal: "User:*" },
      ...{ host: "10.0.0.1", operation: "ALL", permission: "DENY" },
    },
  ]);
  assert.deepEqual(parseRule("allow User:alice WRITE group:*"), [
    { ...alice, resourceType: "GROUP", name: "*", operation: "WRITE" },
  ]);
  assert.deepEqual(parseRule("allow User:CN=alice,O=Odradek IDEMPOTENT_WRITE cluster"), [
    { ...alice, principal: "User:CN=alice,O=Odradek", resourceType: "CLUSTER", operation: "IDEMPOTENT_WRITE" },
  ]);
});

test("a rule that cannot be read is shown with its mistake", () => {
  for (const [rule, why] of [
    ["", /the rule "" cannot be read: a rule is like 'allow User:alice/],
    ["permit User:alice READ topic:x", /a rule is like/],
    ["allow alice READ topic:x", /a rule is like/],
    ["allow User:alice READ topic:x now", /a rule is like/],
    ["allow User:alice REED topic:x", /there is no operation REED; there are ALL, READ, WRITE/],
    ["allow User:alice ANY topic:x", /there is no operation ANY/],
    ["allow User:alice READ, topic:x", /there is no operation ;/],
    ["allow User:alice READ topics:x", /there is no type topics; there are TOPIC, GROUP/],
    ["allow User:alice READ topic", /topic needs a name, as topic:NAME/],
    ["allow User:alice READ cluster:x", /cluster takes no name/],
  ] as const)
    assert.throws(() => parseRule(rule), { kind: "config", message: why }, rule);
});
