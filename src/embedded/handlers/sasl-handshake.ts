import * as ErrorCode from "../../errors/error-code.ts";
import { saslHandshakeApi } from "../../protocol/messages/sasl-handshake.ts";
import { sleep } from "../../runtime/sleep.ts";
import { type AnyHandler, handler } from "../handler.ts";

/**
 * SaslHandshake, 0 and 1: names the mechanism. After version 0, tokens come without a request around them. On a
 * listener without SASL, and where a session cannot be renewed, it gets an error and the connection continues.
 */
export function saslHandshake(): AnyHandler {
  return handler({
    api: saslHandshakeApi,
    min: 0,
    max: 1,
    handle: async ({ mechanism }, { client, apiVersion, cluster, signal }) => {
      const answer = client.handshake(apiVersion, mechanism);
      if (answer.errorCode === ErrorCode.UNSUPPORTED_SASL_MECHANISM)
        await sleep(cluster, client.failureDelayMs, signal);
      return answer;
    },
  });
}
