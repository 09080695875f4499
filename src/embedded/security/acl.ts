import type {
  AclOperation,
  AclPatternType,
  AclPermission,
  AclResourceType,
  OPERATIONS,
  PATTERN_TYPES,
  PERMISSIONS,
  RESOURCE_TYPES,
} from "../../security/acl-words.ts";

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
