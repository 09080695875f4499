import * as ErrorCode from "../errors/error-code.ts";
import type { KafkaError } from "../errors/kafka-error.ts";
import { type AbortSignalLike, Cancellation } from "../runtime/cancellation.ts";
import type { Crypto } from "../runtime/crypto.ts";
import { utf8Decode, utf8Encode } from "../wire/utf8.ts";
import { type AwsCredentials, AwsCredentialsSource, type AwsOptions, regionOf } from "./aws-credentials.ts";
import { signConnect } from "./aws-signature.ts";
import { jsonFields } from "./json.ts";
import { DONE, type SaslBroker, type SaslExchange, type SaslMechanism, type SaslStep } from "./mechanism.ts";
import { brokenExchange, refusal } from "./refusal.ts";
import type { TokenContext } from "./token.ts";

/** The capabilities that AWS_MSK_IAM needs. */
export interface AwsHost extends Omit<TokenContext, "nowMs" | "signal"> {
  readonly crypto: Crypto;
}

/** AWS_MSK_IAM: Amazon MSK with IAM. The signature is for one broker, so each connection has its own. */
export function awsMskIam(options: AwsOptions, host: AwsHost): SaslMechanism {
  const source = new AwsCredentialsSource(options.credentials);
  return { name: "AWS_MSK_IAM", exchange: (broker) => new AwsExchange(options, source, host, broker) };
}

/** The region in the name of an MSK broker. */
const REGION = /\.kafka(?:-serverless)?\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?\.?$/;

class AwsExchange implements SaslExchange {
  readonly #options: AwsOptions;
  readonly #source: AwsCredentialsSource;
  readonly #host: AwsHost;
  readonly #broker: SaslBroker;
  #credentials: AwsCredentials | undefined;
  /** Only the broker knows it: it is the role of the credentials. */
  readonly principal = undefined;

  constructor(options: AwsOptions, source: AwsCredentialsSource, host: AwsHost, broker: SaslBroker) {
    this.#options = options;
    this.#source = source;
    this.#host = host;
    this.#broker = broker;
  }

  async begin(nowMs: number, signal: AbortSignalLike = new Cancellation()): Promise<Uint8Array> {
    const context = { ...this.#host, nowMs, signal };
    const { host } = this.#broker;
    const region = this.#options.region ?? REGION.exec(host)?.[1] ?? regionOf(undefined, context);
    const credentials = await this.#source.get(context);
    this.#credentials = credentials;
    const { parameters } = await signConnect({ host, region, credentials, nowMs }, this.#host.crypto);
    const fields: Record<string, string> = { version: "2020_10_22", host, "user-agent": "odradek" };
    for (const [name, value] of Object.entries(parameters)) fields[name.toLowerCase()] = value;
    return utf8Encode(JSON.stringify(fields));
  }

  next(challenge: Uint8Array): SaslStep {
    return jsonFields(utf8Decode(challenge)) === undefined
      ? { kind: "failed", error: brokenExchange("AWS_MSK_IAM", "the broker's answer is not JSON") }
      : DONE;
  }

  refused(text: string): KafkaError {
    const { secretAccessKey = "", sessionToken = "" } = this.#credentials ?? {};
    return refusal(text, {
      mechanism: "AWS_MSK_IAM",
      secrets: [secretAccessKey, sessionToken],
      hint: "Check that the role may do kafka-cluster:Connect, and the clock of this host",
      code: ErrorCode.SASL_AUTHENTICATION_FAILED,
    });
  }
}
