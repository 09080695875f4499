import { KafkaError } from "../errors/kafka-error.ts";
import { type Check, oneOf, reading, shape } from "../errors/shape.ts";
import { inWords } from "../errors/words.ts";
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
} from "../security/acl-words.ts";
import { carriedName } from "./checks.ts";
import { principal } from "./principal.ts";

/** An access rule to create. Java: `AclBinding`. */
export interface NewAcl {
  /** The type of the resource. */
  readonly resourceType: AclResourceType;
  /** The name of the resource, or `*` for all. Default for `CLUSTER`, and its only name: `kafka-cluster`. */
  readonly name?: string;
  /** Whether the name is whole, or the beginning of names. Default `LITERAL`. */
  readonly patternType?: AclPatternType;
  /** The user that it is about, for example `User:alice`, or `User:*` for all. */
  readonly principal: string;
  /** The IP address that the user connects from. Kafka compares texts and knows no host names. Default `*`: any. */
  readonly host?: string;
  /** The operation. */
  readonly operation: AclOperation;
  /** Whether it is allowed or denied. Default `ALLOW`. Java: `permissionType`. */
  readonly permission?: AclPermission;
}

/**
 * An access rule of the cluster. You can pass it to `createAcls` and, as a filter, to `deleteAcls`, unless it has a
 * field that is `UNKNOWN`: a word of a newer Kafka that this version does not know. Java: `AclBinding`.
 */
export interface AclBinding {
  /** The type of the resource. */
  readonly resourceType: AclResourceType | "UNKNOWN";
  /** The name of the resource, or `*` for all. */
  readonly name: string;
  /** Whether the name is whole, or the beginning of names. */
  readonly patternType: AclPatternType | "UNKNOWN";
  /** The user that it is about. */
  readonly principal: string;
  /** The IP address that the user connects from, or `*` for any. */
  readonly host: string;
  /** The operation. */
  readonly operation: AclOperation | "UNKNOWN";
  /** Whether it is allowed or denied. */
  readonly permission: AclPermission | "UNKNOWN";
}

/** Selects access rules. A field that is absent fits every rule. Java: `AclBindingFilter`. */
export interface AclFilter {
  /** The type of the rule's resource. Default `ANY`. */
  readonly resourceType?: AclResourceType | "ANY" | "UNKNOWN";
  /** The name of the rule's resource. Default: any. */
  readonly name?: string;
  /**
   * `MATCH` selects the rules that apply to the resource of this name: its own, prefixed ones and `*`. `ANY` selects
   * those that have this name themselves. Default `ANY`.
   */
  readonly patternType?: AclPatternType | "ANY" | "MATCH" | "UNKNOWN";
  /** The user of the rule: `User:*` selects only rules for `User:*`. Default: any. */
  readonly principal?: string;
  /** The host of the rule: `*` selects only rules for `*`. Default: any. */
  readonly host?: string;
  /** The operation of the rule: `ALL` selects only rules for `ALL`. Default `ANY`. */
  readonly operation?: AclOperation | "ANY" | "UNKNOWN";
  /** Whether the rule allows or denies. Default `ANY`. Java: `permissionType`. */
  readonly permission?: AclPermission | "ANY" | "UNKNOWN";
}

const WORDS = {
  resourceType: RESOURCE_TYPES,
  patternType: PATTERN_TYPES,
  operation: OPERATIONS,
  permission: PERMISSIONS,
};
const HINTS: Readonly<Record<string, string>> = {
  resourceName: "name",
  resourcePatternType: "patternType",
  type: "resourceType",
  permissionType: "permission",
  operations: "operation",
  user: "principal",
  topic: 'a topic is resourceType: "TOPIC" with its name',
  group: 'a group is resourceType: "GROUP" with its name',
};

/** Checks of all fields, which take no word that `refused` has. */
function fieldsWithout(...refused: readonly string[]): Readonly<Record<keyof NewAcl, Check>> {
  const word = (words: readonly string[]): Check => oneOf(...words.filter((one) => !refused.includes(one)));
  return {
    resourceType: word(WORDS.resourceType),
    name: carriedName,
    patternType: word(WORDS.patternType),
    principal,
    host: carriedName,
    operation: word(WORDS.operation),
    permission: word(WORDS.permission),
  };
}

const ONLY_FILTERS: readonly string[] = ["UNKNOWN", "ANY", "MATCH"];
const NEW_ACL = shape(fieldsWithout(...ONLY_FILTERS), {
  needs: ["resourceType", "principal", "operation"],
  noun: "field",
  hints: HINTS,
});
const FILTER = shape(fieldsWithout("UNKNOWN"), { noun: "field", hints: HINTS });

/** A new rule with its defaults. Throws kind `config` that names the wrong field. */
export function bindingOf(acl: NewAcl | AclBinding, path: string): AclBinding {
  NEW_ACL(acl, path);
  return reading(path, () => {
    const isCluster = acl.resourceType === "CLUSTER";
    const { name = isCluster ? CLUSTER_NAME : undefined } = acl;
    if (name === undefined) throw new KafkaError("config", `${path} needs name; "*" stands for all`);
    if (isCluster && name !== CLUSTER_NAME)
      throw new KafkaError("config", `${path}.name takes "${CLUSTER_NAME}" for the type CLUSTER, not ${inWords(name)}`);
    return complete(acl, name);
  });
}

/** A copy of a filter. Throws kind `config` that names the wrong field. */
export function filterOf(filter: AclFilter, path: string): AclFilter {
  FILTER(filter, path);
  return reading(path, () => ({ ...filter }));
}

/** Whether a filter selects every rule because no field of it has a value. */
export function isBlank(filter: AclFilter): boolean {
  return Object.values(filter).every((value) => value === undefined);
}

function complete(acl: NewAcl | AclBinding, name: string): AclBinding {
  const { resourceType, patternType = "LITERAL", principal, host = "*", operation, permission = "ALLOW" } = acl;
  return { resourceType, name, patternType, principal, host, operation, permission };
}

/** Equal for rules that are equal with their defaults. */
export function idOfBinding(acl: NewAcl | AclBinding): string {
  return JSON.stringify(complete(acl, acl.name ?? CLUSTER_NAME));
}

/** Equal for filters that are equal with their defaults. */
export function idOfFilter(filter: AclFilter): string {
  return JSON.stringify(Object.values(filterToWire(filter)));
}

/** A rule as error texts show it. */
export function inText({
  resourceType,
  name,
  patternType,
  principal,
  host,
  operation,
  permission,
}: AclBinding): string {
  const resource = resourceType === "CLUSTER" ? "CLUSTER" : `${resourceType} ${patternType} ${inWords(name)}`;
  return `the ACL ${permission} ${principal} ${operation} ${resource} from ${host}`;
}

/** A filter as requests send it. */
export interface WireFilter {
  readonly resourceTypeFilter: number;
  readonly resourceNameFilter: string | null;
  readonly patternTypeFilter: number;
  readonly principalFilter: string | null;
  readonly hostFilter: string | null;
  readonly operation: number;
  readonly permissionType: number;
}

/** Converts a filter. */
export function filterToWire(filter: AclFilter): WireFilter {
  return {
    resourceTypeFilter: RESOURCE_TYPES.indexOf(filter.resourceType ?? "ANY"),
    resourceNameFilter: filter.name ?? null,
    patternTypeFilter: PATTERN_TYPES.indexOf(filter.patternType ?? "ANY"),
    principalFilter: filter.principal ?? null,
    hostFilter: filter.host ?? null,
    operation: OPERATIONS.indexOf(filter.operation ?? "ANY"),
    permissionType: PERMISSIONS.indexOf(filter.permission ?? "ANY"),
  };
}

/** A rule as CreateAcls sends it. */
export interface WireNewAcl extends Omit<WireAcl, "patternType"> {
  readonly resourcePatternType: number;
}

/** Converts a rule. */
export function aclToWire(acl: AclBinding): WireNewAcl {
  return {
    resourceType: RESOURCE_TYPES.indexOf(acl.resourceType),
    resourceName: acl.name,
    resourcePatternType: PATTERN_TYPES.indexOf(acl.patternType),
    principal: acl.principal,
    host: acl.host,
    operation: OPERATIONS.indexOf(acl.operation),
    permissionType: PERMISSIONS.indexOf(acl.permission),
  };
}

/** A rule as responses have it. */
export interface WireAcl {
  readonly resourceType: number;
  readonly resourceName: string;
  readonly patternType: number;
  readonly principal: string;
  readonly host: string;
  readonly operation: number;
  readonly permissionType: number;
}

/** Converts a rule of a response. */
export function aclFromWire(wire: WireAcl): AclBinding {
  return {
    resourceType: known(RESOURCE_TYPES, wire.resourceType),
    name: wire.resourceName,
    patternType: known(PATTERN_TYPES, wire.patternType),
    principal: wire.principal,
    host: wire.host,
    operation: known(OPERATIONS, wire.operation),
    permission: known(PERMISSIONS, wire.permissionType),
  };
}

/** The word of a code in a rule. */
function known<N extends string>(words: readonly N[], code: number): Exclude<N, "ANY" | "MATCH"> | "UNKNOWN" {
  const found = words[code];
  return found === undefined || ONLY_FILTERS.includes(found) ? "UNKNOWN" : (found as Exclude<N, "ANY" | "MATCH">);
}
