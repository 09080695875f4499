import { KafkaError } from "../errors/kafka-error.ts";
import { type Check, oneOf, reading, shape } from "../errors/shape.ts";
import { inWords } from "../errors/words.ts";
import { carriedName } from "./checks.ts";
import { principal } from "./principal.ts";

/** A kind of resource. `UNKNOWN` is only in answers: a kind that this version does not know. */
export type AclResourceType =
  "TOPIC" | "GROUP" | "CLUSTER" | "TRANSACTIONAL_ID" | "DELEGATION_TOKEN" | "USER" | "UNKNOWN";
/** Whether a name is that of one resource (or `*` for all), or the beginning of names. */
export type AclPatternType = "LITERAL" | "PREFIXED" | "UNKNOWN";
/** What a principal does with a resource. */
export type AclOperation =
  | "ALL"
  | "READ"
  | "WRITE"
  | "CREATE"
  | "DELETE"
  | "ALTER"
  | "DESCRIBE"
  | "CLUSTER_ACTION"
  | "DESCRIBE_CONFIGS"
  | "ALTER_CONFIGS"
  | "IDEMPOTENT_WRITE"
  | "CREATE_TOKENS"
  | "DESCRIBE_TOKENS"
  | "TWO_PHASE_COMMIT"
  | "UNKNOWN";
/** Whether a rule allows or denies. One that denies is stronger than all that allow. */
export type AclPermissionType = "ALLOW" | "DENY" | "UNKNOWN";

/** An access rule to create. Java: `AclBinding`. */
export interface NewAcl {
  /** The kind of resource. */
  readonly resourceType: AclResourceType;
  /** The name of the resource, or `*` for all. Default for `CLUSTER`, and its only name: `kafka-cluster`. */
  readonly resourceName?: string;
  /** Whether the name is whole or the beginning of names. Default `LITERAL`. */
  readonly patternType?: AclPatternType;
  /** Whom it concerns, for example `User:alice`, or `User:*` for all. */
  readonly principal: string;
  /** The IP address that the principal connects from. Kafka compares texts and knows no host names. Default `*`: any. */
  readonly host?: string;
  /** What the principal does. */
  readonly operation: AclOperation;
  /** Whether that is allowed or denied. Default `ALLOW`. */
  readonly permissionType?: AclPermissionType;
}

/** An access rule of the cluster. It can be passed to `createAcls` and, as a filter, to `deleteAcls`. */
export interface AclBinding extends NewAcl {
  /** The name of the resource. */
  readonly resourceName: string;
  /** Whether the name is whole or the beginning of names. */
  readonly patternType: AclPatternType;
  /** The IP address that the principal connects from, or `*`. */
  readonly host: string;
  /** Whether it allows or denies. */
  readonly permissionType: AclPermissionType;
}

/** Selects access rules. A field that is absent fits every rule. Java: `AclBindingFilter`. */
export interface AclFilter {
  /** The kind of resource. Default `ANY`. */
  readonly resourceType?: AclResourceType | "ANY";
  /** The name of the rule's resource. Default: any. */
  readonly resourceName?: string;
  /**
   * `MATCH` selects the rules that apply to the resource of this name: its own, prefixed ones and `*`. `ANY` selects
   * those whose own name is this. Default `ANY`.
   */
  readonly patternType?: AclPatternType | "ANY" | "MATCH";
  /** The principal of the rule: `User:*` selects only rules for `User:*`. Default: any. */
  readonly principal?: string;
  /** The host of the rule. Default: any. */
  readonly host?: string;
  /** The operation of the rule: `ALL` selects only rules for `ALL`. Default `ANY`. */
  readonly operation?: AclOperation | "ANY";
  /** Whether the rule allows or denies. Default `ANY`. */
  readonly permissionType?: AclPermissionType | "ANY";
}

// In the order of Kafka's codes.
const RESOURCE_TYPES = [
  ...["UNKNOWN", "ANY", "TOPIC", "GROUP", "CLUSTER", "TRANSACTIONAL_ID", "DELEGATION_TOKEN", "USER"],
] as readonly (AclResourceType | "ANY")[];
const PATTERN_TYPES = ["UNKNOWN", "ANY", "MATCH", "LITERAL", "PREFIXED"] as const;
const OPERATIONS = [
  ...["UNKNOWN", "ANY", "ALL", "READ", "WRITE", "CREATE", "DELETE", "ALTER", "DESCRIBE", "CLUSTER_ACTION"],
  ...["DESCRIBE_CONFIGS", "ALTER_CONFIGS", "IDEMPOTENT_WRITE", "CREATE_TOKENS", "DESCRIBE_TOKENS", "TWO_PHASE_COMMIT"],
] as readonly (AclOperation | "ANY")[];
const PERMISSION_TYPES = ["UNKNOWN", "ANY", "DENY", "ALLOW"] as const;

/** The names that are not for rules, and those that are not for filters either. */
const ONLY_FILTERS: readonly string[] = ["UNKNOWN", "ANY", "MATCH"];
const rules = (names: readonly string[]): Check => oneOf(...names.filter((one) => !ONLY_FILTERS.includes(one)));
const filters = (names: readonly string[]): Check => oneOf(...names.filter((one) => one !== "UNKNOWN"));

const HINTS: Readonly<Record<string, string>> = {
  resourcePatternType: "patternType",
  name: "resourceName",
  type: "resourceType",
  permission: "permissionType",
  operations: "operation",
  topic: 'a topic is resourceType: "TOPIC" with its resourceName',
  group: 'a group is resourceType: "GROUP" with its resourceName',
};
const NEW_ACL = shape(
  {
    resourceType: rules(RESOURCE_TYPES),
    resourceName: carriedName,
    patternType: rules(PATTERN_TYPES),
    principal,
    host: carriedName,
    operation: rules(OPERATIONS),
    permissionType: rules(PERMISSION_TYPES),
  },
  { needs: ["resourceType", "principal", "operation"], noun: "field", hints: HINTS },
);
const FILTER = shape(
  {
    resourceType: filters(RESOURCE_TYPES),
    resourceName: carriedName,
    patternType: filters(PATTERN_TYPES),
    principal,
    host: carriedName,
    operation: filters(OPERATIONS),
    permissionType: filters(PERMISSION_TYPES),
  },
  { noun: "field", hints: HINTS },
);

/** The only resource of the type `CLUSTER`. */
const CLUSTER_NAME = "kafka-cluster";

/** A new rule with its defaults. Throws kind `config` that names the wrong field. */
export function bindingOf(acl: NewAcl, path: string): AclBinding {
  NEW_ACL(acl, path);
  return reading(path, () => {
    const isCluster = acl.resourceType === "CLUSTER";
    const { resourceName = isCluster ? CLUSTER_NAME : undefined } = acl;
    if (resourceName === undefined) throw new KafkaError("config", `${path} needs resourceName`);
    if (isCluster && resourceName !== CLUSTER_NAME)
      throw new KafkaError(
        "config",
        `${path}.resourceName takes "${CLUSTER_NAME}" for the type CLUSTER, not ${inWords(resourceName)}`,
      );
    return complete({ ...acl, resourceName });
  });
}

/** A filter of its own fields. Throws kind `config` that names the wrong field. */
export function filterOf(filter: AclFilter, path: string): AclFilter {
  FILTER(filter, path);
  return reading(path, () => ({ ...filter }));
}

/** Whether a filter selects every rule because no field of it has a value. */
export function isBlank(filter: AclFilter): boolean {
  return Object.values(filter).every((value) => value === undefined);
}

function complete(acl: NewAcl & { readonly resourceName: string }): AclBinding {
  const { resourceType, resourceName, principal, operation } = acl;
  const { patternType = "LITERAL", host = "*", permissionType = "ALLOW" } = acl;
  return { resourceType, resourceName, patternType, principal, host, operation, permissionType };
}

/** Equal for equal rules and filters, with their defaults. */
export function idOfBinding(acl: NewAcl): string {
  const { resourceType, resourceName = CLUSTER_NAME } = acl;
  return JSON.stringify(complete({ ...acl, resourceType, resourceName }));
}

/** Equal for filters that select the same rules. */
export function idOfFilter(filter: AclFilter): string {
  return JSON.stringify(Object.values(filterToWire(filter)));
}

/** A rule as error texts show it. */
export function inText(acl: AclBinding): string {
  const { resourceType, resourceName, patternType, principal, host, operation, permissionType } = acl;
  const resource = resourceType === "CLUSTER" ? "CLUSTER" : `${resourceType} ${patternType} ${inWords(resourceName)}`;
  return `the ACL ${permissionType} ${principal} ${operation} ${resource} from ${host}`;
}

/** The codes of a filter. */
export interface WireFilter {
  readonly resourceTypeFilter: number;
  readonly resourceNameFilter: string | null;
  readonly patternTypeFilter: number;
  readonly principalFilter: string | null;
  readonly hostFilter: string | null;
  readonly operation: number;
  readonly permissionType: number;
}

/** A filter as requests send it. */
export function filterToWire(filter: AclFilter): WireFilter {
  return {
    resourceTypeFilter: RESOURCE_TYPES.indexOf(filter.resourceType ?? "ANY"),
    resourceNameFilter: filter.resourceName ?? null,
    patternTypeFilter: PATTERN_TYPES.indexOf(filter.patternType ?? "ANY"),
    principalFilter: filter.principal ?? null,
    hostFilter: filter.host ?? null,
    operation: OPERATIONS.indexOf(filter.operation ?? "ANY"),
    permissionType: PERMISSION_TYPES.indexOf(filter.permissionType ?? "ANY"),
  };
}

/** The codes of a rule. */
export interface WireAcl {
  readonly resourceType: number;
  readonly resourceName: string;
  readonly patternType: number;
  readonly principal: string;
  readonly host: string;
  readonly operation: number;
  readonly permissionType: number;
}

/** A rule as requests send it. */
export function aclToWire(acl: AclBinding): WireAcl {
  return {
    ...acl,
    resourceType: RESOURCE_TYPES.indexOf(acl.resourceType),
    patternType: PATTERN_TYPES.indexOf(acl.patternType),
    operation: OPERATIONS.indexOf(acl.operation),
    permissionType: PERMISSION_TYPES.indexOf(acl.permissionType),
  };
}

/** A rule of an answer. */
export function aclFromWire(wire: WireAcl): AclBinding {
  return {
    resourceType: known(RESOURCE_TYPES, wire.resourceType),
    resourceName: wire.resourceName,
    patternType: known(PATTERN_TYPES, wire.patternType),
    principal: wire.principal,
    host: wire.host,
    operation: known(OPERATIONS, wire.operation),
    permissionType: known(PERMISSION_TYPES, wire.permissionType),
  };
}

/** The name of a code in a rule, where there is neither `ANY` nor `MATCH`. */
function known<N extends string>(names: readonly N[], code: number): Exclude<N, "ANY" | "MATCH"> | "UNKNOWN" {
  const found = names[code];
  return found === undefined || ONLY_FILTERS.includes(found) ? "UNKNOWN" : (found as Exclude<N, "ANY" | "MATCH">);
}
