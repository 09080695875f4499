// The embedded cluster's authorizer against the StandardAuthorizer of a real Kafka: random rules, and what each of them
// decides about random requests.
import { test } from "node:test";
import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import { type AclBinding, Acls } from "../../src/embedded/security/acl.ts";
import {
  type AuthorizerRules,
  type Caller,
  isAllowed,
  isAllowedSomewhere,
} from "../../src/embedded/security/authorizer.ts";
import { type AclOperation, type AclResourceType, OPERATIONS, RESOURCE_TYPES } from "../../src/security/acl-words.ts";
import { root } from "../house/root.ts";
import { firstSeed } from "../simulation/seeds.ts";
import { runJava } from "./jars.ts";

const PROGRAM = join(root, "test", "kafka", "java", "Authorize.java");
const SETS = 500;
const REQUESTS = 20;
const seed = firstSeed();

interface Request extends Caller {
  readonly operation: AclOperation;
  readonly resourceType: AclResourceType;
  /** Undefined: to some resource of the type. */
  readonly name: string | undefined;
}
interface Case {
  readonly rules: AuthorizerRules & { readonly acls: readonly AclBinding[] };
  readonly requests: readonly Request[];
}

/** Names that are prefixes of each other, beside the names with a meaning. */
const NAMES = ["a", "ab", "abc", "abd", "b", "B", "ü", "*", "kafka-cluster", "hardcode", "h"];
const PRINCIPALS = ["User:alice", "User:bob", "User:Alice", "User:admin", "User:ANONYMOUS", "User:C:N=a", "Role:alice"];
const HOSTS = ["10.0.0.1", "10.0.1.200", "192.168.7.9", "2001:db8:0:0:0:0:0:1", "0:0:0:0:0:0:0:1"];
const RANGES = [
  "10.0.0.0/8",
  "10.0.0.77/24",
  "10.0.1.128/25",
  "10.0.0.1/32",
  "10.0.0.0/31",
  "0.0.0.0/0",
  "128.0.0.0/1",
  "2001:db8::/32",
  "2001:db8::2/126",
  "2001:db8::2/127",
  "2001:DB8::1/128",
  "::/0",
  "10.0.0.0/33",
  "10.0.0.256/8",
  "10.0.0/8",
  "10.0.0.0/",
  "10.0.0.0/8/8",
  "::/129",
  "1::2::3/0",
  "::1",
];

const resourceTypes = RESOURCE_TYPES.slice(2) as readonly AclResourceType[];
const operations = OPERATIONS.slice(2) as readonly AclOperation[];
const IMPLIED: readonly AclOperation[] = ["DESCRIBE", "DESCRIBE_CONFIGS"];

/** A few of the values, so that the rules of a set and its requests often meet. */
const few = <T>(values: readonly T[], maxLength: number): fc.Arbitrary<T[]> =>
  fc.shuffledSubarray([...values], { minLength: 1, maxLength });

const cases: fc.Arbitrary<Case> = fc
  .record({
    types: few(resourceTypes, 2),
    names: few(NAMES, 4),
    principals: few(PRINCIPALS, 3),
    hosts: few(HOSTS, 2),
    ranges: few([...HOSTS, ...RANGES], 3),
    some: few(operations, 4),
    allowEveryoneIfNoAclFound: fc.boolean(),
    superUsers: fc.subarray(["User:admin", "User:root", "Role:alice"]),
    size: fc.nat(8),
  })
  .chain(({ types, names, principals, hosts, ranges, some, allowEveryoneIfNoAclFound, superUsers, size }) => {
    const operation = fc.constantFrom(...some, "ALL" as const, "DESCRIBE" as const);
    const rule: fc.Arbitrary<AclBinding> = fc.record({
      resourceType: fc.constantFrom(...types),
      name: fc.constantFrom(...names, "*"),
      patternType: fc.constantFrom("LITERAL", "LITERAL", "PREFIXED"),
      principal: fc.constantFrom(...principals, ...principals, "User:*"),
      host: fc.constantFrom("*", "*", "*", ...ranges),
      operation,
      permission: fc.constantFrom("ALLOW", "ALLOW", "DENY"),
    });
    const request: fc.Arbitrary<Request> = fc.record({
      principal: fc.constantFrom(...principals),
      host: fc.constantFrom(...hosts, ...ranges.filter((host) => HOSTS.includes(host))),
      operation: fc.constantFrom(...some, ...IMPLIED),
      resourceType: fc.constantFrom(...types),
      name: fc.constantFrom(...names, ...names, "abcd", undefined),
    });
    return fc.record({
      rules: fc.record({
        acls: fc.array(rule, { minLength: size, maxLength: size }).map((acls) => [...new Acls(acls).all]),
        allowEveryoneIfNoAclFound: fc.constant(allowEveryoneIfNoAclFound),
        superUsers: fc.constant(new Set(superUsers)),
      }),
      requests: fc.array(request, { minLength: REQUESTS, maxLength: REQUESTS }),
    });
  });

function linesOf({ rules: { acls, allowEveryoneIfNoAclFound, superUsers }, requests }: Case): readonly string[] {
  return [
    ["set", String(allowEveryoneIfNoAclFound), [...superUsers].join(";")],
    ...acls.map((acl) => [
      "acl",
      acl.resourceType,
      acl.name,
      acl.patternType,
      acl.principal,
      acl.host,
      acl.operation,
      acl.permission,
    ]),
    ...requests.map(({ principal, host, operation, resourceType, name }) =>
      name === undefined
        ? ["somewhere", principal, host, operation, resourceType]
        : ["request", principal, host, operation, resourceType, name],
    ),
  ].map((fields) => fields.join("\t"));
}

function decide(rules: AuthorizerRules, { operation, resourceType, name, ...caller }: Request): string {
  const isGranted =
    name === undefined
      ? isAllowedSomewhere(rules, caller, operation, resourceType)
      : isAllowed(rules, caller, operation, resourceType, name);
  return isGranted ? "ALLOWED" : "DENIED";
}

test(`${SETS} random sets of rules, ${REQUESTS} requests each: the decisions are those of Kafka (seed ${seed})`, async (t) => {
  const drawn = fc.sample(cases, { numRuns: SETS, seed });
  const stdin = drawn.flatMap(linesOf).join("\n");
  const { code, stdout, stderr } = await runJava(PROGRAM, [], { stdin });
  assert.equal(code, 0, stderr);
  const answers = stdout.trim().split("\n");
  assert.equal(answers.length, SETS * REQUESTS, stderr);
  const wrong: string[] = [];
  const counts: Record<string, number> = {};
  let next = 0;
  for (const { rules, requests } of drawn)
    for (const request of requests) {
      const answer = answers[next++] ?? "none";
      const what = `${request.name === undefined ? "somewhere" : "request"} ${answer}`;
      counts[what] = (counts[what] ?? 0) + 1;
      if (decide(rules, request) !== answer)
        wrong.push(JSON.stringify({ answer, request, rules, superUsers: [...rules.superUsers] }));
    }
  t.diagnostic(JSON.stringify(counts));
  assert.deepEqual(wrong.slice(0, 5), [], `${wrong.length} of ${answers.length} decisions differ; seed ${seed}`);
  // A generator whose rules and requests never meet proves nothing.
  for (const what of ["request ALLOWED", "request DENIED", "somewhere ALLOWED", "somewhere DENIED"])
    assert.ok((counts[what] ?? 0) >= 100, `${what}: ${counts[what] ?? 0}`);
});
