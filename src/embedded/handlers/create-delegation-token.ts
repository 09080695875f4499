import * as ErrorCode from "../../errors/error-code.ts";
import {
  type CreateDelegationTokenRequest,
  type CreateDelegationTokenResponse,
  createDelegationTokenApi,
} from "../../protocol/messages/create-delegation-token.ts";
import type { Input } from "../../protocol/schema.ts";
import { type AnyHandler, type RequestContext, handler } from "../handler.ts";
import { joinedPrincipal, namedPrincipal, tokensOf } from "../token-access.ts";

/** CreateDelegationToken, 1 to 3 (KIP-48, KIP-373): a token for the client, or for another owner. */
export function createDelegationToken(): AnyHandler {
  return handler({ api: createDelegationTokenApi, min: 1, max: 3, handle: serve });
}

async function serve(
  request: CreateDelegationTokenRequest,
  context: RequestContext,
): Promise<Input<CreateDelegationTokenResponse>> {
  const { client, cluster, access } = context;
  const requester = client.principal;
  const { ownerPrincipalType, ownerPrincipalName, renewers, maxLifetimeMs } = request;
  const isForOther = ownerPrincipalName !== null && ownerPrincipalName !== "";
  const owner = isForOther ? `${ownerPrincipalType ?? "User"}:${ownerPrincipalName}` : requester;
  const tokens = tokensOf(context);
  if (typeof tokens === "number") return refused(tokens, owner, requester);
  if (owner !== requester && access?.denies("CREATE_TOKENS", "USER", owner) === true)
    return refused(ErrorCode.DELEGATION_TOKEN_AUTHORIZATION_FAILED, owner, requester);
  if (renewers.some(({ principalType }) => principalType !== "User"))
    return refused(ErrorCode.INVALID_PRINCIPAL_TYPE, owner, requester);
  const renewedBy = renewers.map(joinedPrincipal);
  const token = await tokens.create(owner, requester, renewedBy, maxLifetimeMs, cluster.clock.now());
  return {
    ...named(owner, requester),
    issueTimestampMs: token.issuedMs,
    expiryTimestampMs: token.endMs,
    maxTimestampMs: token.maxMs,
    tokenId: token.tokenId,
    hmac: token.hmac,
  };
}

function refused(errorCode: number, owner: string, requester: string): Input<CreateDelegationTokenResponse> {
  const times = { issueTimestampMs: -1, expiryTimestampMs: -1, maxTimestampMs: -1 };
  return { errorCode, ...named(owner, requester), ...times, tokenId: "", hmac: new Uint8Array(0) };
}

function named(owner: string, requester: string): Input<CreateDelegationTokenResponse> {
  const { principalType, principalName } = namedPrincipal(requester);
  return {
    ...namedPrincipal(owner),
    tokenRequesterPrincipalType: principalType,
    tokenRequesterPrincipalName: principalName,
  };
}
