import assert from "node:assert/strict";
import { test } from "node:test";
import { Access } from "./access.ts";
import { type AclOperation, type AclResourceType } from "../../security/acl-words.ts";
import { type AclBinding, type AclFilter, Acls, matchesFilter } from "./acl.ts";
import { isAllowed, isAllowedSomewhere } from "./authorizer.ts";

const acl = (over: Partial<AclBinding> = {}): AclBinding => ({
  resourceType: "TOPIC",
  name: "orders",
  patternType: "LITERAL",
  principal: "User:alice",
  host: "*",
  operation: "READ",
  permission: "ALLOW",
  ...over,
});
const rules = (acls: readonly AclBinding[], allowEveryoneIfNoAclFound = false) => ({
  superUsers: new Set(["User:admin"]),
  allowEveryoneIfNoAclFound,
  acls,
});
interface Asked {
  readonly principal?: string;
  readonly host?: string;
  readonly operation?: AclOperation;
  readonly resourceType?: AclResourceType;
  readonly name?: string;
  readonly isOpen?: boolean;
}
const decide = (acls: readonly AclBinding[], asked: Asked): boolean => {
  const {
    principal = "User:alice",
    host = "10.0.0.1",
    operation = "READ",
    resourceType = "TOPIC",
    name = "orders",
  } = asked;
  return isAllowed(rules(acls, asked.isOpen), { principal, host }, operation, resourceType, name);
};

const TABLE: readonly (readonly [what: string, acls: readonly AclBinding[], asked: Asked, isAllowed: boolean])[] = [
  ["no entry", [], {}, false],
  ["no entry, and everybody is allowed then", [], { isOpen: true }, true],
  ["an entry about somebody else counts as an entry", [acl({ principal: "User:bob" })], { isOpen: true }, false],
  ["an entry about another topic does not", [acl({ name: "other" })], { isOpen: true }, true],
  [
    "a super user",
    [acl({ principal: "User:*", operation: "ALL", permission: "DENY" })],
    { principal: "User:admin" },
    true,
  ],
  ["an ALLOW", [acl()], {}, true],
  ["another user", [acl()], { principal: "User:bob" }, false],
  ["a name is case-sensitive", [acl()], { name: "Orders" }, false],
  ["another type of resource", [acl()], { resourceType: "GROUP" }, false],
  ["another operation", [acl()], { operation: "WRITE" }, false],
  ["ALL", [acl({ operation: "ALL" })], { operation: "ALTER_CONFIGS" }, true],
  ["every user", [acl({ principal: "User:*" })], { principal: "User:bob" }, true],
  ["every user, also those without a name", [acl({ principal: "User:*" })], { principal: "User:ANONYMOUS" }, true],
  ["a host", [acl({ host: "10.0.0.1" })], {}, true],
  ["another host", [acl({ host: "10.0.0.2" })], {}, false],
  ["the name * stands for all", [acl({ name: "*" })], { name: "anything" }, true],
  ["a prefix", [acl({ name: "ord", patternType: "PREFIXED" })], {}, true],
  ["a prefix that is the whole name", [acl({ patternType: "PREFIXED" })], {}, true],
  ["another prefix", [acl({ name: "rd", patternType: "PREFIXED" })], {}, false],
  ["a literal name is no prefix", [acl({ name: "ord" })], {}, false],
  ["a prefix of * is a star", [acl({ name: "*", patternType: "PREFIXED" })], {}, false],
  ["a DENY beats an ALLOW", [acl(), acl({ permission: "DENY" })], {}, false],
  ["a DENY before an ALLOW beats it", [acl({ permission: "DENY" }), acl()], {}, false],
  [
    "a DENY of a prefix beats a literal ALLOW",
    [acl(), acl({ name: "o", patternType: "PREFIXED", permission: "DENY" })],
    {},
    false,
  ],
  ["a DENY of * beats a literal ALLOW", [acl(), acl({ name: "*", permission: "DENY" })], {}, false],
  ["a DENY of ALL", [acl(), acl({ operation: "ALL", permission: "DENY" })], {}, false],
  ["a DENY for another host", [acl(), acl({ host: "10.9.9.9", permission: "DENY" })], {}, true],
  ["a DENY for another user", [acl(), acl({ principal: "User:bob", permission: "DENY" })], {}, true],
  ...(["READ", "WRITE", "DELETE", "ALTER"] as const).map(
    (operation) =>
      [`${operation} implies DESCRIBE`, [acl({ operation })], { operation: "DESCRIBE" as const }, true] as const,
  ),
  ["CREATE does not imply DESCRIBE", [acl({ operation: "CREATE" })], { operation: "DESCRIBE" }, false],
  [
    "ALTER_CONFIGS implies DESCRIBE_CONFIGS",
    [acl({ operation: "ALTER_CONFIGS" })],
    { operation: "DESCRIBE_CONFIGS" },
    true,
  ],
  ["ALTER_CONFIGS does not imply DESCRIBE", [acl({ operation: "ALTER_CONFIGS" })], { operation: "DESCRIBE" }, false],
  ["DESCRIBE implies nothing", [acl({ operation: "DESCRIBE" })], {}, false],
  [
    "a DENY implies nothing",
    [acl({ operation: "DESCRIBE" }), acl({ operation: "READ", permission: "DENY" })],
    { operation: "DESCRIBE" },
    true,
  ],
];

for (const [what, acls, asked, expected] of TABLE)
  test(`authorizer: ${what}`, () => assert.equal(decide(acls, asked), expected));

const SOMEWHERE: readonly (readonly [what: string, acls: readonly AclBinding[], isAllowed: boolean])[] = [
  ["no entry", [], false],
  ["one topic", [acl({ operation: "WRITE" })], true],
  ["only READ", [acl()], false],
  ["ALL", [acl({ operation: "ALL" })], true],
  ["a prefix", [acl({ operation: "WRITE", patternType: "PREFIXED" })], true],
  ["the same name is denied", [acl({ operation: "WRITE" }), acl({ operation: "WRITE", permission: "DENY" })], false],
  [
    "a prefix with one name denied",
    [acl({ operation: "WRITE", patternType: "PREFIXED" }), acl({ operation: "WRITE", permission: "DENY" })],
    true,
  ],
  [
    "a shorter prefix is denied",
    [acl({ operation: "WRITE" }), acl({ name: "or", operation: "ALL", patternType: "PREFIXED", permission: "DENY" })],
    false,
  ],
  ["all are denied", [acl({ operation: "WRITE" }), acl({ name: "*", operation: "WRITE", permission: "DENY" })], false],
  [
    "all are allowed but one",
    [acl({ name: "*", operation: "WRITE" }), acl({ operation: "WRITE", permission: "DENY" })],
    true,
  ],
  ["a group", [acl({ resourceType: "GROUP", operation: "WRITE" })], false],
];

for (const [what, acls, expected] of SOMEWHERE)
  test(`authorizer: may write some topic: ${what}`, () => {
    const caller = { principal: "User:alice", host: "10.0.0.1" };
    assert.equal(isAllowedSomewhere(rules(acls), caller, "WRITE", "TOPIC"), expected);
  });

test("the bits of allowed operations are those of all operations that are allowed", () => {
  const access = new Access(rules([acl({ operation: "WRITE" })]), { principal: "User:alice", host: "h" });
  assert.equal(access.operations(3576, "TOPIC", "orders"), (1 << 4) | (1 << 8));
  const admin = new Access(rules([]), { principal: "User:admin", host: "h" });
  assert.equal(admin.operations(3576, "TOPIC", "orders"), 3576);
});

const any: AclFilter = {
  resourceType: "ANY",
  name: null,
  patternType: "ANY",
  principal: null,
  host: null,
  operation: "ANY",
  permission: "ANY",
};
const FILTERS: readonly (readonly [what: string, Partial<AclFilter>, Partial<AclBinding>, isMatch: boolean])[] = [
  ["anything", {}, {}, true],
  ["the type", { resourceType: "GROUP" }, {}, false],
  ["a name of any pattern", { name: "orders" }, { patternType: "PREFIXED" }, true],
  ["another name", { name: "orders" }, { name: "order" }, false],
  ["MATCH finds prefixes", { name: "orders", patternType: "MATCH" }, { name: "or", patternType: "PREFIXED" }, true],
  ["MATCH finds *", { name: "orders", patternType: "MATCH" }, { name: "*" }, true],
  ["MATCH does not find longer names", { name: "orders", patternType: "MATCH" }, { name: "orders2" }, false],
  ["LITERAL does not find *", { name: "orders", patternType: "LITERAL" }, { name: "*" }, false],
  ["PREFIXED without a name", { patternType: "PREFIXED" }, {}, false],
  ["the principal", { principal: "User:bob" }, {}, false],
  ["the host", { host: "10.0.0.1" }, {}, false],
  ["the operation is compared as it is", { operation: "READ" }, { operation: "ALL" }, false],
  ["the permission", { permission: "DENY" }, {}, false],
];

for (const [what, filter, binding, expected] of FILTERS)
  test(`filters of access control entries: ${what}`, () =>
    assert.equal(matchesFilter({ ...any, ...filter }, acl(binding)), expected));

test("an access control entry is stored once, and removed as it was added", () => {
  const acls = new Acls([acl(), acl(), acl({ host: "h" })]);
  acls.remove(acl());
  assert.deepEqual([...acls.all], [acl({ host: "h" })]);
});
