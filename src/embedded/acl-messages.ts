import * as ErrorCode from "../errors/error-code.ts";
import { KafkaError } from "../errors/kafka-error.ts";
import type { DescribeAclsRequest } from "../protocol/messages/describe-acls.ts";
import { CLUSTER_NAME, OPERATIONS, PATTERN_TYPES, PERMISSIONS, RESOURCE_TYPES } from "../security/acl-words.ts";
import { type AclBinding, type AclFilter } from "./security/acl.ts";
import { rangeError } from "./security/client-address.ts";

/** An error with Kafka's text for it. */
export interface AclRefusal {
  readonly errorCode: number;
  readonly errorMessage: string;
}

/** A cluster without an authorizer. */
export const NO_AUTHORIZER: AclRefusal = {
  errorCode: ErrorCode.SECURITY_DISABLED,
  errorMessage: "No Authorizer is configured.",
};
/** The refusal of a client that may not see passwords. */
export const NO_PASSWORD_ACCESS: AclRefusal = {
  errorCode: ErrorCode.CLUSTER_AUTHORIZATION_FAILED,
  errorMessage: "Cluster authorization failed.",
};

/**
 * The refusal of a client that may not see or change access control entries, or change passwords. Kafka shows its own
 * request between the brackets.
 */
export function noAclAccess(operation: "ALTER" | "DESCRIBE"): AclRefusal {
  const errorMessage = `Request Request(...) needs ${operation} permission.`;
  return { errorCode: ErrorCode.CLUSTER_AUTHORIZATION_FAILED, errorMessage };
}

/** An access control entry as a request has it, by codes. */
export interface CodedAcl {
  readonly resourceType: number;
  readonly resourceName: string;
  readonly resourcePatternType: number;
  readonly principal: string;
  readonly host: string;
  readonly operation: number;
  readonly permissionType: number;
}

/** Kafka's answer to every entry of a request if one of them has a word that only filters may have. */
export const UNEXPLAINED: { readonly errorCode: number; readonly errorMessage: null } = {
  errorCode: ErrorCode.UNKNOWN_SERVER_ERROR,
  errorMessage: null,
};

/** Whether an entry has a word that only filters may have. */
export function hasFilterWord({ resourceType, resourcePatternType, operation, permissionType }: CodedAcl): boolean {
  const words = [
    RESOURCE_TYPES[resourceType],
    PATTERN_TYPES[resourcePatternType],
    OPERATIONS[operation],
    PERMISSIONS[permissionType],
  ];
  return words.includes("ANY") || words.includes("MATCH");
}

/** The entry that a client wants to create, or why it is invalid. */
export function readAcl(given: CodedAcl): AclBinding | AclRefusal {
  const { resourceName: name, principal, host } = given;
  const resourceType = RESOURCE_TYPES[given.resourceType] ?? "UNKNOWN";
  const patternType = PATTERN_TYPES[given.resourcePatternType] ?? "UNKNOWN";
  const operation = OPERATIONS[given.operation] ?? "UNKNOWN";
  const permission = PERMISSIONS[given.permissionType] ?? "UNKNOWN";
  if (resourceType === "UNKNOWN" || resourceType === "ANY") return invalid(`Invalid resourceType ${resourceType}`);
  if (resourceType === "CLUSTER" && name !== CLUSTER_NAME)
    return invalid(`The only valid name for the CLUSTER resource is ${CLUSTER_NAME}`);
  if (name === "") return invalid("Invalid empty resource name");
  if (patternType !== "LITERAL" && patternType !== "PREFIXED") return invalid(`Invalid patternType ${patternType}`);
  if (operation === "UNKNOWN" || operation === "ANY") return invalid(`Invalid operation ${operation}`);
  if (permission === "UNKNOWN" || permission === "ANY") return invalid(`Invalid permissionType ${permission}`);
  if (!principal.includes(":"))
    return invalid(
      `Could not parse principal from \`${principal}\` (no colon is present separating the principal type from the ` +
        "principal name)",
    );
  if (host === "") return invalid("Host pattern cannot be null or empty");
  const noRange = rangeError(host);
  if (noRange !== undefined) return invalid(noRange);
  return { resourceType, name, patternType, principal, host, operation, permission };
}

/** A filter as a request has it. Throws kind `protocol` for a word that Kafka does not know. */
export function readFilter(given: Omit<DescribeAclsRequest, "unknownTaggedFields">): AclFilter {
  const filter: AclFilter = {
    resourceType: RESOURCE_TYPES[given.resourceTypeFilter] ?? "UNKNOWN",
    name: given.resourceNameFilter,
    patternType: PATTERN_TYPES[given.patternTypeFilter] ?? "UNKNOWN",
    principal: given.principalFilter,
    host: given.hostFilter,
    operation: OPERATIONS[given.operation] ?? "UNKNOWN",
    permission: PERMISSIONS[given.permissionType] ?? "UNKNOWN",
  };
  // Kafka cannot read such a request, and closes the connection.
  if (Object.values(filter).includes("UNKNOWN")) throw new KafkaError("protocol", "a filter has an unknown word");
  return filter;
}

/** The resource of an entry, by codes. */
export function codedResource({ resourceType, name, patternType }: AclBinding): {
  readonly resourceType: number;
  readonly resourceName: string;
  readonly patternType: number;
} {
  return {
    resourceType: RESOURCE_TYPES.indexOf(resourceType),
    resourceName: name,
    patternType: PATTERN_TYPES.indexOf(patternType),
  };
}

/** An entry without its resource, by codes. */
export function codedEntry({ principal, host, operation, permission }: AclBinding): {
  readonly principal: string;
  readonly host: string;
  readonly operation: number;
  readonly permissionType: number;
} {
  return {
    principal,
    host,
    operation: OPERATIONS.indexOf(operation),
    permissionType: PERMISSIONS.indexOf(permission),
  };
}

function invalid(errorMessage: string): AclRefusal {
  return { errorCode: ErrorCode.INVALID_REQUEST, errorMessage };
}
