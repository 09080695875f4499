import { type AclOperation, type AclResourceType, CLUSTER_NAME, OPERATIONS } from "../../security/acl-words.ts";
import { type AuthorizerRules, type Caller, isAllowed, isAllowedSomewhere } from "./authorizer.ts";

/** The rights of one client. Rules that change have an effect on its next request. */
export class Access {
  readonly #rules: AuthorizerRules;
  readonly #caller: Caller;

  constructor(rules: AuthorizerRules, caller: Caller) {
    this.#rules = rules;
    this.#caller = caller;
  }

  denies(operation: AclOperation, resourceType: AclResourceType, name: string): boolean {
    return !isAllowed(this.#rules, this.#caller, operation, resourceType, name);
  }

  deniesCluster(operation: AclOperation): boolean {
    return this.denies(operation, "CLUSTER", CLUSTER_NAME);
  }

  /** Whether there is no resource of the type on which the operation is allowed. */
  deniesEverywhere(operation: AclOperation, resourceType: AclResourceType): boolean {
    return !isAllowedSomewhere(this.#rules, this.#caller, operation, resourceType);
  }

  /** Those of `all` operations, one bit each, that are allowed on a resource. */
  operations(all: number, resourceType: AclResourceType, name: string): number {
    let allowed = 0;
    for (const [bit, operation] of OPERATIONS.entries()) {
      if ((all & (1 << bit)) === 0 || operation === "UNKNOWN" || operation === "ANY") continue;
      if (!this.denies(operation, resourceType, name)) allowed |= 1 << bit;
    }
    return allowed;
  }
}
