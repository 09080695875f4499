import { describeDelegationTokenApi } from "../../protocol/messages/describe-delegation-token.ts";
import { type AnyHandler, type RequestContext, handler } from "../handler.ts";
import type { DelegationToken } from "../security/delegation-tokens.ts";
import { joinedPrincipal, namedPrincipal, tokensOf } from "../token-access.ts";

/** DescribeDelegationToken, 1 to 3 (KIP-48): the tokens that the client may see. The others are left out. */
export function describeDelegationToken(): AnyHandler {
  return handler({
    api: describeDelegationTokenApi,
    min: 1,
    max: 3,
    handle: ({ owners }, context) => {
      const tokens = tokensOf(context);
      if (typeof tokens === "number") return { errorCode: tokens };
      const asked = owners?.map(joinedPrincipal);
      return {
        tokens: tokens
          .all(context.cluster.clock.now())
          .filter(({ owner }) => asked?.includes(owner) !== false)
          .filter((token) => isVisible(token, context))
          .map(({ tokenId, hmac, owner, requester, renewers, issuedMs, endMs, maxMs }) => {
            const { principalType, principalName } = namedPrincipal(requester);
            return {
              ...namedPrincipal(owner),
              tokenRequesterPrincipalType: principalType,
              tokenRequesterPrincipalName: principalName,
              issueTimestamp: issuedMs,
              expiryTimestamp: endMs,
              maxTimestamp: maxMs,
              tokenId,
              hmac,
              renewers: renewers.map(namedPrincipal),
            };
          }),
      };
    },
  });
}

/** Whether the client owns or renews a token, or may describe it by a rule. */
function isVisible(token: DelegationToken, { client, access }: RequestContext): boolean {
  const { principal } = client;
  if (token.owner === principal || token.requester === principal || token.renewers.includes(principal)) return true;
  return (
    access?.denies("DESCRIBE", "DELEGATION_TOKEN", token.tokenId) !== true ||
    !access.denies("DESCRIBE_TOKENS", "USER", token.owner)
  );
}
