import { KafkaError } from "../errors/kafka-error.ts";
import { type Check, guarded, is, oneOf, shape } from "../errors/shape.ts";
import { inWords } from "../errors/words.ts";
import { utf8Length } from "../wire/utf8.ts";
import {
  type AclOperation,
  type AclPatternType,
  type AclPermission,
  type AclResourceType,
  CLUSTER_NAME,
  OPERATIONS,
  PATTERN_TYPES,
  PERMISSIONS,
  RESOURCE_TYPES,
} from "./acl-words.ts";

/** An access rule to create, with Java's words. Java: `AclBinding`. */
export interface NewAcl {
  /** The type of the resource, for example `TOPIC`. */
  readonly resourceType: AclResourceType;
  /** The name of the resource, or `*` for all. Default for `CLUSTER`, and its only name: `kafka-cluster`. */
  readonly name?: string;
  /** Whether the name is whole, or the beginning of names. Default `LITERAL`. */
  readonly patternType?: AclPatternType;
  /** The user that it is about, for example `User:alice`, or `User:*` for all. */
  readonly principal: string;
  /**
   * The IP address that the user connects from, as Java writes it, or since Kafka 4.4 a range of addresses, for example
   * `10.0.0.0/8`. Kafka knows no host names here. Default `*`: any.
   */
  readonly host?: string;
  /** The operation, for example `READ`. */
  readonly operation: AclOperation;
  /** Whether it is allowed or denied. Default `ALLOW`. Java: `permissionType`. */
  readonly permission?: AclPermission;
}

/** The longest text that a request can carry, in bytes. A longer one would fail the whole request. */
const LONGEST_TEXT_BYTES = 32_767;

/** Accepts a name that a request can carry. */
export const carriedName: Check = is(
  `a string that is not empty, of at most ${LONGEST_TEXT_BYTES} bytes`,
  (value) => typeof value === "string" && value !== "" && utf8Length(value) <= LONGEST_TEXT_BYTES,
);

/** Accepts a principal as Kafka writes it: a type, a colon and a name. */
export const principal: Check = is(
  'a type and a name, for example "User:alice"',
  (value) => typeof value === "string" && /^[^:]+:./su.test(value) && utf8Length(value) <= LONGEST_TEXT_BYTES,
);

/** Checks of the fields of a rule or a filter, which take no word that `refused` has. */
export function aclFields(...refused: readonly string[]): Readonly<Record<keyof NewAcl, Check>> {
  const word = (words: readonly string[]): Check => oneOf(...words.filter((one) => !refused.includes(one)));
  return {
    resourceType: word(RESOURCE_TYPES),
    name: carriedName,
    patternType: word(PATTERN_TYPES),
    principal,
    host: carriedName,
    operation: word(OPERATIONS),
    permission: word(PERMISSIONS),
  };
}

/** Fields that a rule does not have, and those that are meant. */
export const ACL_HINTS: Readonly<Record<string, string>> = {
  resourceName: "name",
  resource: "name",
  resourcePatternType: "patternType",
  type: "resourceType",
  permissionType: "permission",
  operations: "operation",
  user: "principal",
  topic: 'a topic is resourceType: "TOPIC" with its name',
  group: 'a group is resourceType: "GROUP" with its name',
};

/** Words that a filter may have, and a rule may not. */
export const ONLY_FILTERS: readonly string[] = ["UNKNOWN", "ANY", "MATCH"];

const FIELDS = shape(aclFields(...ONLY_FILTERS), {
  needs: ["resourceType", "principal", "operation"],
  noun: "field",
  hints: ACL_HINTS,
});

/** Accepts a rule that can be created. */
export const newAcl: Check = guarded((value, path) => {
  FIELDS(value, path);
  const { resourceType, name } = value as NewAcl;
  if (resourceType !== "CLUSTER") {
    if (name === undefined) throw new KafkaError("config", `${path} needs name; "*" stands for all`);
  } else if (name !== undefined && name !== CLUSTER_NAME)
    throw new KafkaError("config", `${path}.name takes "${CLUSTER_NAME}" for the type CLUSTER, not ${inWords(name)}`);
});

/** A rule with its defaults. */
export function wholeAcl({
  resourceType,
  name = CLUSTER_NAME,
  patternType = "LITERAL",
  principal,
  host = "*",
  operation,
  permission = "ALLOW",
}: NewAcl): Required<NewAcl> {
  return { resourceType, name, patternType, principal, host, operation, permission };
}
