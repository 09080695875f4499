// Kafka's words for access rules, in the order of their codes.

/** The types of resources. The first two are not for rules. */
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
/** How the name of a rule is compared. The first three are not for rules. */
export const PATTERN_TYPES = ["UNKNOWN", "ANY", "MATCH", "LITERAL", "PREFIXED"] as const;
/** The operations. The first two are not for rules. */
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
/** The permissions. The first two are not for rules. */
export const PERMISSIONS = ["UNKNOWN", "ANY", "DENY", "ALLOW"] as const;

/** The only name of a resource of the type `CLUSTER`. */
export const CLUSTER_NAME = "kafka-cluster";

/** A type of resource that an access rule can be about, by Java's names. */
export type AclResourceType = Exclude<(typeof RESOURCE_TYPES)[number], "UNKNOWN" | "ANY">;
/** How the name of an access rule is compared with a resource's: as a whole, or as the beginning of it. */
export type AclPatternType = Exclude<(typeof PATTERN_TYPES)[number], "UNKNOWN" | "ANY" | "MATCH">;
/** An operation that an access rule allows or denies, by Java's names. */
export type AclOperation = Exclude<(typeof OPERATIONS)[number], "UNKNOWN" | "ANY">;
/** Whether an access rule allows or denies. One that denies is stronger than all that allow. */
export type AclPermission = Exclude<(typeof PERMISSIONS)[number], "UNKNOWN" | "ANY">;
