import type { Crypto } from "../../runtime/crypto.ts";
import type { AwsCredentials } from "../../security/aws-credentials.ts";
import { signConnect } from "../../security/aws-signature.ts";
import { areEqual } from "../../security/equal-bytes.ts";
import { jsonFields, textField } from "../../security/json.ts";
import { queryOf } from "../../security/percent-encode.ts";
import { parseUtc } from "../../security/utc.ts";
import { utf8Decode, utf8Encode } from "../../wire/utf8.ts";
import type { ServerExchange, ServerStep } from "./server-exchange.ts";

/** A user with an access key. */
export interface AwsUser {
  readonly name: string;
  readonly credentials: AwsCredentials;
}

/** The cluster's part of the exchange. */
export interface AwsServerHost {
  readonly crypto: Crypto;
  /** A new id, which the client logs. */
  requestId(): string;
  /** The user with this access key; undefined if there is none. */
  user(accessKeyId: string): AwsUser | undefined;
}

const VERSION = "2020_10_22";
const LONGEST_LIFE_SECONDS = 900;
/** The clock of a client may be ahead by this much. */
const CLOCK_SKEW_MS = 300_000;
const UNSIGNED = new Set(["version", "host", "user-agent"]);

/**
 * The broker's side of AWS_MSK_IAM: signs the request again, with the secret that it has for the access key. `host` is
 * a part of the signature, but any host is accepted, because clients may reach a broker under another name.
 */
export class AwsServerExchange implements ServerExchange {
  readonly #host: AwsServerHost;

  constructor(host: AwsServerHost) {
    this.#host = host;
  }

  async next(message: Uint8Array, nowMs: number): Promise<ServerStep> {
    const id = this.#host.requestId();
    const user = await this.#verified(jsonFields(utf8Decode(message)) ?? {}, nowMs);
    if (user === undefined) return { kind: "refused", text: `[${id}]: Access denied` };
    const bytes = utf8Encode(JSON.stringify({ version: VERSION, "request-id": id }));
    return { kind: "accepted", bytes, user: user.name, endMs: user.credentials.expiresAtMs };
  }

  async #verified(fields: Readonly<Record<string, unknown>>, nowMs: number): Promise<AwsUser | undefined> {
    const text = (name: string): string => textField(fields, name) ?? "";
    const [accessKeyId = "", , region = ""] = text("x-amz-credential").split("/");
    const user = this.#host.user(accessKeyId);
    const signedMs = timeOf(text("x-amz-date"));
    const seconds = Number(text("x-amz-expires"));
    const isLife = Number.isInteger(seconds) && seconds >= 1 && seconds <= LONGEST_LIFE_SECONDS;
    if (user === undefined || signedMs === undefined || !isLife || text("version") !== VERSION) return undefined;
    const endMs = signedMs + seconds * 1000;
    const { expiresAtMs = Number.POSITIVE_INFINITY } = user.credentials;
    if (signedMs > nowMs + CLOCK_SKEW_MS || endMs <= nowMs || expiresAtMs <= nowMs) return undefined;
    const credentials = { ...user.credentials, expiresAtMs: endMs };
    const request = { host: text("host"), region, credentials, nowMs: signedMs };
    const { parameters } = await signConnect(request, this.#host.crypto);
    const given = Object.keys(fields).filter((name) => !UNSIGNED.has(name));
    return areEqual(
      joined(Object.entries(parameters)),
      joined(given.map((name): [string, string] => [name, text(name)])),
    )
      ? user
      : undefined;
  }
}

function joined(parameters: readonly (readonly [string, string])[]): Uint8Array {
  return utf8Encode(queryOf(Object.fromEntries(parameters.map(([name, value]) => [name.toLowerCase(), value]))));
}

function timeOf(compact: string): number | undefined {
  return parseUtc(compact.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));
}
