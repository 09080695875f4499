import { KafkaError } from "../errors/kafka-error.ts";
import type { NewAcl } from "../embedded.ts";
import { OPERATIONS, RESOURCE_TYPES } from "../security/acl-words.ts";

/** The words of a rule, as help and errors show them. */
export const RULE = "'allow User:alice READ,DESCRIBE topic:orders'";

const GRAMMAR = /^(allow|deny) (User:\S+) (\S+) ([\w-]+)(?::(\S+))?(?: from (\S+))?$/i;

/**
 * Parses a rule: `allow|deny User:NAME OPERATION,… TYPE:RESOURCE [from HOST]`. A resource that ends with `*` is the
 * beginning of names; `*` alone is all. `cluster` has no name. Returns an entry for each operation. Throws kind
 * `config`, with `where` and the mistake.
 */
export function parseRule(rule: string, where = `the rule "${rule}"`): readonly NewAcl[] {
  const [whole, permission = "", principal = "", operations = "", type = "", resource, host] =
    GRAMMAR.exec(rule.trim().replace(/\s+/g, " ")) ?? [];
  if (whole === undefined) throw wrong(where, `a rule is like ${RULE}`);
  const resourceType = wordOf(type, RESOURCE_TYPES.slice(2)) ?? fail(where, type, "type", RESOURCE_TYPES.slice(2));
  if ((resourceType === "CLUSTER") !== (resource === undefined))
    throw wrong(where, resource === undefined ? `${type} needs a name, as ${type}:NAME` : `${type} takes no name`);
  const isPrefix = resource !== undefined && resource.length > 1 && resource.endsWith("*");
  return operations.split(",").map((operation) => ({
    resourceType,
    ...(resource === undefined ? {} : { name: isPrefix ? resource.slice(0, -1) : resource }),
    ...(isPrefix ? { patternType: "PREFIXED" } : {}),
    principal,
    ...(host === undefined ? {} : { host }),
    operation: wordOf(operation, OPERATIONS.slice(2)) ?? fail(where, operation, "operation", OPERATIONS.slice(2)),
    permission: permission.toLowerCase() === "deny" ? "DENY" : "ALLOW",
  }));
}

/** Kafka's word for a text of any case, with `-` or `_`. */
function wordOf<T extends string>(text: string, words: readonly T[]): Exclude<T, "UNKNOWN" | "ANY"> | undefined {
  const upper = text.toUpperCase().replaceAll("-", "_");
  return words.find((word): word is Exclude<T, "UNKNOWN" | "ANY"> => word === upper);
}

function fail(where: string, given: string, what: string, words: readonly string[]): never {
  throw wrong(where, `there is no ${what} ${given}; there are ${words.join(", ")}`);
}

function wrong(where: string, why: string): KafkaError {
  return new KafkaError("config", `${where} cannot be read: ${why}`);
}
