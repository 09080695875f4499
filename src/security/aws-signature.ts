import { KafkaError } from "../errors/kafka-error.ts";
import type { Crypto } from "../runtime/crypto.ts";
import { utf8Encode } from "../wire/utf8.ts";
import type { AwsCredentials } from "./aws-credentials.ts";
import { hex } from "./hex.ts";
import { queryOf } from "./percent-encode.ts";
import { compactUtc } from "./utc.ts";

const SERVICE = "kafka-cluster";
const LONGEST_LIFE_SECONDS = 900;

/** A request to connect to MSK, which is signed. */
export interface ConnectRequest {
  readonly host: string;
  readonly region: string;
  readonly credentials: AwsCredentials;
  readonly nowMs: number;
}

/** The parameters of a signed request, by name, and when it ends. */
export interface SignedRequest {
  readonly parameters: Readonly<Record<string, string>>;
  readonly expiresAtMs: number;
}

/**
 * Signs a request to connect to MSK, as a query of a URL (AWS Signature Version 4). It ends after 900 s, or earlier if
 * the credentials do.
 */
export async function signConnect(request: ConnectRequest, crypto: Crypto): Promise<SignedRequest> {
  const { host, region, credentials, nowMs } = request;
  const leftMs = (credentials.expiresAtMs ?? Number.POSITIVE_INFINITY) - nowMs;
  const seconds = Math.min(LONGEST_LIFE_SECONDS, Math.floor(leftMs / 1000));
  if (!(seconds >= 1))
    throw new KafkaError("authentication", "the AWS credentials have ended. Check the clock of this host");
  const date = compactUtc(nowMs);
  const scope = `${date.slice(0, 8)}/${region}/${SERVICE}/aws4_request`;
  const unsigned = {
    Action: `${SERVICE}:Connect`,
    "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
    "X-Amz-Credential": `${credentials.accessKeyId}/${scope}`,
    "X-Amz-Date": date,
    "X-Amz-Expires": String(seconds),
    ...(credentials.sessionToken === undefined ? {} : { "X-Amz-Security-Token": credentials.sessionToken }),
    "X-Amz-SignedHeaders": "host",
  };
  const hash = async (text: string): Promise<string> => hex(await crypto.digest("SHA-256", utf8Encode(text)));
  const canonical = ["GET", "/", queryOf(unsigned), `host:${host}`, "", "host", await hash("")].join("\n");
  const toSign = ["AWS4-HMAC-SHA256", date, scope, await hash(canonical)].join("\n");
  let key: Uint8Array = utf8Encode(`AWS4${credentials.secretAccessKey}`);
  for (const part of scope.split("/")) key = await crypto.hmac("SHA-256", key, utf8Encode(part));
  const signature = hex(await crypto.hmac("SHA-256", key, utf8Encode(toSign)));
  return {
    parameters: { ...unsigned, "X-Amz-Signature": signature },
    expiresAtMs: Math.floor(nowMs / 1000) * 1000 + seconds * 1000,
  };
}
