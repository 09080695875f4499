import * as ErrorCode from "../../errors/error-code.ts";
import { saslAuthenticateApi } from "../../protocol/messages/sasl-authenticate.ts";
import { sleep } from "../../runtime/sleep.ts";
import { type AnyHandler, handler } from "../handler.ts";

/** SaslAuthenticate, 0 to 2: one message of the mechanism. Clients of version 0 do not learn when the session ends. */
export function saslAuthenticate(): AnyHandler {
  return handler({
    api: saslAuthenticateApi,
    min: 0,
    max: 2,
    handle: async ({ authBytes }, { client, cluster, signal }) => {
      const answer = await client.token(authBytes);
      if (answer === undefined)
        return client.isOver
          ? "disconnect"
          : {
              errorCode: ErrorCode.ILLEGAL_SASL_STATE,
              errorMessage: "SaslAuthenticate request received after successful authentication",
            };
      if (answer.errorCode !== ErrorCode.NONE) await sleep(cluster, client.failureDelayMs, signal);
      return { ...answer };
    },
  });
}
