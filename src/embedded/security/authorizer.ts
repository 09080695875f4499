import { type AclOperation, type AclResourceType } from "../../security/acl-words.ts";
import { type AclBinding, appliesTo, WILDCARD } from "./acl.ts";
import { includesHost } from "./client-address.ts";

/** The rules by which requests are allowed. */
export interface AuthorizerRules {
  /** Principals that may do everything, for example `User:admin`. Java: `super.users`. */
  readonly superUsers: ReadonlySet<string>;
  /** Whether everybody may use a resource that no entry is about. Java: `allow.everyone.if.no.acl.found`. */
  readonly allowEveryoneIfNoAclFound: boolean;
  /** The access control entries. */
  readonly acls: Iterable<AclBinding>;
}

/** The client that asks. */
export interface Caller {
  /** The principal, for example `User:alice`. */
  readonly principal: string;
  /** The IP address of the client, as Java writes it. */
  readonly host: string;
}

/** The principal that stands for every user. */
const EVERY_USER = "User:*";
/** A name that no topic has, as Kafka uses it to find out whether the principal may do everything. */
const ANY_NAME = "hardcode";

/** An ALLOW for one of these operations also allows the operation that they are listed under. */
const IMPLIED_BY: { readonly [O in AclOperation]?: readonly AclOperation[] } = {
  DESCRIBE: ["READ", "WRITE", "DELETE", "ALTER"],
  DESCRIBE_CONFIGS: ["ALTER_CONFIGS"],
};

/**
 * Whether the caller may do this, by the rules of Kafka's StandardAuthorizer: super users may do everything; a DENY
 * that matches beats every ALLOW; without a matching entry the answer is no, unless no entry at all is about the
 * resource and the rules then allow everyone.
 */
export function isAllowed(
  { superUsers, allowEveryoneIfNoAclFound, acls }: AuthorizerRules,
  caller: Caller,
  operation: AclOperation,
  resourceType: AclResourceType,
  name: string,
): boolean {
  if (superUsers.has(caller.principal)) return true;
  let hasAcl = false;
  let isGranted = false;
  for (const binding of acls) {
    if (binding.resourceType !== resourceType || !appliesTo(binding, name)) continue;
    hasAcl = true;
    if (!concerns(binding, caller) || !covers(binding, operation)) continue;
    if (binding.permission === "DENY") return false;
    isGranted = true;
  }
  return hasAcl ? isGranted : allowEveryoneIfNoAclFound;
}

/**
 * Whether there can be a resource of this type on which the caller may do this. A DENY hides an ALLOW only if it is
 * about everything that the ALLOW is about. Implied operations do not count (KIP-679).
 */
export function isAllowedSomewhere(
  rules: AuthorizerRules,
  caller: Caller,
  operation: AclOperation,
  resourceType: AclResourceType,
): boolean {
  if (isAllowed(rules, caller, operation, resourceType, ANY_NAME)) return true;
  const mine = [...rules.acls].filter(
    (binding) =>
      binding.resourceType === resourceType &&
      concerns(binding, caller) &&
      (binding.operation === "ALL" || binding.operation === operation),
  );
  const denials = mine.filter(({ permission }) => permission === "DENY");
  return mine.some((grant) => grant.permission === "ALLOW" && !denials.some((denial) => hides(denial, grant)));
}

/** Whether an entry is about this principal and this host. */
function concerns({ principal, host }: AclBinding, caller: Caller): boolean {
  return (principal === caller.principal || principal === EVERY_USER) && includesHost(host, caller.host);
}

function covers(binding: AclBinding, operation: AclOperation): boolean {
  if (binding.operation === "ALL" || binding.operation === operation) return true;
  return binding.permission === "ALLOW" && IMPLIED_BY[operation]?.includes(binding.operation) === true;
}

/** Whether a DENY is about every resource that an ALLOW is about. */
function hides(denial: AclBinding, grant: AclBinding): boolean {
  if (denial.patternType === "PREFIXED")
    return grant.name.startsWith(denial.name) && !(grant.patternType === "LITERAL" && grant.name === WILDCARD);
  if (denial.name === WILDCARD) return true;
  return grant.patternType === "LITERAL" && denial.name === grant.name;
}
