import { expireDelegationTokenApi } from "../../protocol/messages/expire-delegation-token.ts";
import { type AnyHandler, handler } from "../handler.ts";
import { tokensOf } from "../token-access.ts";

/** ExpireDelegationToken, 1 and 2 (KIP-48): lets a token end sooner, or at once. */
export function expireDelegationToken(): AnyHandler {
  return handler({
    api: expireDelegationTokenApi,
    min: 1,
    max: 2,
    handle: ({ hmac, expiryTimePeriodMs }, context) => {
      const tokens = tokensOf(context);
      if (typeof tokens === "number") return { errorCode: tokens, expiryTimestampMs: -1 };
      const nowMs = context.cluster.clock.now();
      const { errorCode, endMs } = tokens.expire(hmac, context.client.principal, expiryTimePeriodMs, nowMs);
      return { errorCode, expiryTimestampMs: endMs };
    },
  });
}
