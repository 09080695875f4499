import { reading, shape } from "../../errors/shape.ts";
import { inWords } from "../../errors/words.ts";
import {
  type AclOperation,
  type AclPatternType,
  type AclPermission,
  type AclResourceType,
  OPERATIONS,
  PATTERN_TYPES,
  PERMISSIONS,
  RESOURCE_TYPES,
} from "../../security/acl-words.ts";
import { ACL_HINTS, aclFields, type NewAcl, newAcl, ONLY_FILTERS, wholeAcl } from "../../security/new-acl.ts";

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
  /** The IP address that the user connects from, a range of addresses, or `*` for any. */
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

const FILTER = shape(aclFields("UNKNOWN"), { noun: "field", hints: ACL_HINTS });

/** A new rule with its defaults. Throws kind `config` that names the wrong field. */
export function bindingOf(acl: NewAcl | AclBinding, path: string): AclBinding {
  newAcl(acl, path);
  return reading(path, () => wholeAcl(acl as NewAcl));
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

/** Equal for rules that are equal with their defaults. */
export function idOfBinding(acl: NewAcl | AclBinding): string {
  return JSON.stringify(wholeAcl(acl as NewAcl));
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
