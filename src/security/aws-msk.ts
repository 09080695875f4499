import { KafkaError } from "../errors/kafka-error.ts";
import { utf8Encode } from "../wire/utf8.ts";
import { AwsCredentialsSource, type AwsOptions, regionOf } from "./aws-credentials.ts";
import { signConnect } from "./aws-signature.ts";
import { base64Url } from "./base64.ts";
import { queryOf } from "./percent-encode.ts";
import { checkAwsOptions } from "./sasl-options.ts";
import type { TokenProvider } from "./token.ts";

/** Tokens for Amazon MSK with IAM, for the mechanism OAUTHBEARER: a signed URL. One token serves all brokers. */
export function awsMsk(options: AwsOptions = {}): TokenProvider {
  checkAwsOptions(options, "awsMsk");
  const source = new AwsCredentialsSource(options.credentials);
  return async (context) => {
    if (context.crypto === undefined)
      throw new KafkaError("unsupported", "tokens for MSK need a platform with crypto, and this one has none");
    const region = regionOf(options.region, context);
    const host = `kafka.${region}.amazonaws.com`;
    const credentials = await source.get(context);
    const request = { host, region, credentials, nowMs: context.nowMs };
    const { parameters, expiresAtMs } = await signConnect(request, context.crypto);
    // The broker logs the user agent. It is added after the signature.
    const query = queryOf({ ...parameters, "User-Agent": "odradek" });
    return { value: base64Url(utf8Encode(`https://${host}/?${query}`)), expiresAtMs };
  };
}
