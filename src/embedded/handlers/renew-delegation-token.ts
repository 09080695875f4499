import { renewDelegationTokenApi } from "../../protocol/messages/renew-delegation-token.ts";
import { type AnyHandler, handler } from "../handler.ts";
import { tokensOf } from "../token-access.ts";

/** RenewDelegationToken, 1 and 2 (KIP-48): moves the end of a token, never after its maximum. */
export function renewDelegationToken(): AnyHandler {
  return handler({
    api: renewDelegationTokenApi,
    min: 1,
    max: 2,
    handle: ({ hmac, renewPeriodMs }, context) => {
      const tokens = tokensOf(context);
      if (typeof tokens === "number") return { errorCode: tokens, expiryTimestampMs: -1 };
      const nowMs = context.cluster.clock.now();
      const { errorCode, endMs } = tokens.renew(hmac, context.client.principal, renewPeriodMs, nowMs);
      return { errorCode, expiryTimestampMs: endMs };
    },
  });
}
