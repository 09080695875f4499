import * as ErrorCode from "../errors/error-code.ts";
import type { RequestContext } from "./handler.ts";
import type { DelegationTokens } from "./security/delegation-tokens.ts";

/** A principal, as requests about delegation tokens name it. */
export interface NamedPrincipal {
  readonly principalType: string;
  readonly principalName: string;
}

/**
 * The tokens of the cluster, or why the client may not ask for them: it must have authenticated, and not by a token
 * itself.
 */
export function tokensOf({ client, cluster }: RequestContext): DelegationTokens | number {
  if (!client.isAuthenticated || client.isDelegated) return ErrorCode.DELEGATION_TOKEN_REQUEST_NOT_ALLOWED;
  return cluster.security.tokens ?? ErrorCode.DELEGATION_TOKEN_AUTH_DISABLED;
}

/** A principal in two parts. */
export function namedPrincipal(principal: string): NamedPrincipal {
  const at = principal.indexOf(":");
  return { principalType: principal.slice(0, at), principalName: principal.slice(at + 1) };
}

/** A principal in one part. */
export function joinedPrincipal({ principalType, principalName }: NamedPrincipal): string {
  return `${principalType}:${principalName}`;
}
