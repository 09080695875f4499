/** The types of resources, in the order of their codes; the first two are only for filters. */
export const RESOURCE_TYPES = [
  "UNKNOWN",
  "ANY",
  "TOPIC",
  "GROUP",
  "CLUSTER",
  "TRANSACTIONAL_ID",
  "DELEGATION_TOKEN",
  "USER",
] as const;
/** How the name of an ACL is compared, in the order of the codes; the first three are only for filters. */
export const PATTERN_TYPES = ["UNKNOWN", "ANY", "MATCH", "LITERAL", "PREFIXED"] as const;
/** The operations, in the order of their codes; the first two are only for filters. */
export const OPERATIONS = [
  "UNKNOWN",
  "ANY",
  "ALL",
  "READ",
  "WRITE",
  "CREATE",
  "DELETE",
  "ALTER",
  "DESCRIBE",
  "CLUSTER_ACTION",
  "DESCRIBE_CONFIGS",
  "ALTER_CONFIGS",
  "IDEMPOTENT_WRITE",
  "CREATE_TOKENS",
  "DESCRIBE_TOKENS",
  "TWO_PHASE_COMMIT",
] as const;
/** The permissions, in the order of their codes; the first two are only for filters. */
export const PERMISSIONS = ["UNKNOWN", "ANY", "DENY", "ALLOW"] as const;

/** A type of resource that an ACL can be about, by Java's names. */
export type AclResourceType = Exclude<(typeof RESOURCE_TYPES)[number], "UNKNOWN" | "ANY">;
/** How the name of an ACL is compared with a resource's: as a whole, or as the beginning of it. */
export type AclPatternType = Exclude<(typeof PATTERN_TYPES)[number], "UNKNOWN" | "ANY" | "MATCH">;
/** An operation that an ACL allows or denies, by Java's names. */
export type AclOperation = Exclude<(typeof OPERATIONS)[number], "UNKNOWN" | "ANY">;
/** Whether an ACL allows or denies. */
export type AclPermission = Exclude<(typeof PERMISSIONS)[number], "UNKNOWN" | "ANY">;

/** One access control entry with its resource, as brokers store it. */
export interface AclBinding {
  readonly resourceType: AclResourceType;
  readonly name: string;
  readonly patternType: AclPatternType;
  readonly principal: string;
  readonly host: string;
  readonly operation: AclOperation;
  readonly permission: AclPermission;
}

/** The name or host that stands for all. */
export const WILDCARD = "*";
/** The only name that a resource of the type CLUSTER has. */
export const CLUSTER_NAME = "kafka-cluster";

/** The access control entries of a cluster, each once. */
export class Acls {
  readonly #byKey = new Map<string, AclBinding>();

  constructor(initial: Iterable<AclBinding> = []) {
    for (const binding of initial) this.add(binding);
  }

  get all(): Iterable<AclBinding> {
    return this.#byKey.values();
  }

  add(binding: AclBinding): void {
    this.#byKey.set(keyOf(binding), binding);
  }

  remove(binding: AclBinding): void {
    this.#byKey.delete(keyOf(binding));
  }
}

function keyOf(binding: AclBinding): string {
  const { resourceType, name, patternType, principal, host, operation, permission } = binding;
  return JSON.stringify([resourceType, name, patternType, principal, host, operation, permission]);
}

/** A filter of DescribeAcls and DeleteAcls, by Java's names; null means any. */
export interface AclFilter {
  readonly resourceType: (typeof RESOURCE_TYPES)[number];
  readonly name: string | null;
  readonly patternType: (typeof PATTERN_TYPES)[number];
  readonly principal: string | null;
  readonly host: string | null;
  readonly operation: (typeof OPERATIONS)[number];
  readonly permission: (typeof PERMISSIONS)[number];
}

/**
 * Whether a filter selects an entry. The pattern type MATCH selects every entry that applies to a resource of the
 * filter's name, by whatever pattern.
 */
export function matchesFilter(filter: AclFilter, binding: AclBinding): boolean {
  const isAny = (wanted: string, given: string): boolean => wanted === "ANY" || wanted === given;
  return (
    isAny(filter.resourceType, binding.resourceType) &&
    matchesName(filter, binding) &&
    (filter.principal === null || filter.principal === binding.principal) &&
    (filter.host === null || filter.host === binding.host) &&
    isAny(filter.operation, binding.operation) &&
    isAny(filter.permission, binding.permission)
  );
}

function matchesName({ name, patternType }: AclFilter, binding: AclBinding): boolean {
  if (patternType === "LITERAL" || patternType === "PREFIXED")
    return patternType === binding.patternType && (name === null || name === binding.name);
  if (name === null) return true;
  return patternType === "MATCH" ? appliesTo(binding, name) : name === binding.name;
}

/** Whether the pattern of an entry selects the resource of this name. */
export function appliesTo({ patternType, name: pattern }: AclBinding, name: string): boolean {
  return patternType === "PREFIXED" ? name.startsWith(pattern) : pattern === name || pattern === WILDCARD;
}
