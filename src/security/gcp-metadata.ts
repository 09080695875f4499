import { KafkaError } from "../errors/kafka-error.ts";
import { utf8Encode } from "../wire/utf8.ts";
import { base64Url } from "./base64.ts";
import { httpText } from "./http-text.ts";
import { refusedBy, tokenOf } from "./token-answer.ts";
import type { TokenContext, TokenProvider } from "./token.ts";

const ACCOUNT = "http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default";
/** The life of a token for which the server states none. */
const UNKNOWN_LIFE_MS = 300_000;
const WHAT = "Google's metadata server";

/**
 * Tokens of the service account of a Google Cloud machine, for Managed Service for Apache Kafka. That service takes an
 * access token as the third part of a text that looks like a JSON web token.
 */
export function gcpMetadata(): TokenProvider {
  return async (context) => {
    const { nowMs } = context;
    const answer = await ask("token", context);
    const token = tokenOf({ ...answer, endpoint: WHAT, secrets: [] }, nowMs);
    const { status, text } = await ask("email", context);
    if (status !== 200) throw refusedBy({ status, text, endpoint: WHAT, secrets: [] });
    const email = text.trim();
    // It is shown as the user. A proxy could answer with a token here.
    if (!/^[\w.+-]{1,100}@[\w.-]{1,200}$/.test(email))
      throw new KafkaError("authentication", `the answer of ${WHAT} is not the address of a service account`);
    const expiresAtMs = token.expiresAtMs ?? nowMs + UNKNOWN_LIFE_MS;
    const claims = {
      ...{ exp: Math.floor(expiresAtMs / 1000), iat: Math.floor(nowMs / 1000) },
      ...{ iss: "Google", scope: "kafka", sub: email },
    };
    const parts = [JSON.stringify({ typ: "JWT", alg: "GOOG_OAUTH2_TOKEN" }), JSON.stringify(claims), token.value];
    return { value: parts.map((part) => base64Url(utf8Encode(part))).join("."), expiresAtMs };
  };
}

function ask(path: string, context: TokenContext): ReturnType<typeof httpText> {
  const headers = { "Metadata-Flavor": "Google" };
  return httpText({ url: `${ACCOUNT}/${path}`, what: WHAT, method: "GET", headers, secrets: [] }, context);
}
