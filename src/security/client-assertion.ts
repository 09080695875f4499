import { KafkaError } from "../errors/kafka-error.ts";
import { utf8Encode } from "../wire/utf8.ts";
import { base64Url } from "./base64.ts";
import { type Credential, readCredential } from "./credential.ts";
import { hex } from "./hex.ts";
import type { TokenContext } from "./token.ts";

/** How to sign an assertion (KIP-1139, KIP-1258). The names are those of Java's `sasl.oauthbearer.assertion.*`. */
export interface AssertionOptions {
  /** The private key in PEM. */
  readonly privateKey: Credential;
  /** Opens an encrypted key. */
  readonly privateKeyPassphrase?: Credential | undefined;
  /** Default `RS256`. */
  readonly algorithm?: "RS256" | "ES256" | undefined;
  /** The audience: usually the address of the token endpoint. */
  readonly claimAud?: string | undefined;
  /** The issuer: usually the client's id. */
  readonly claimIss?: string | undefined;
  /** The subject: usually the client's id. */
  readonly claimSub?: string | undefined;
  /** The life of an assertion. Default 300. */
  readonly claimExpSeconds?: number | undefined;
  /** An assertion is valid from this long ago, for clocks that differ. Default 60. */
  readonly claimNbfSeconds?: number | undefined;
  /** Whether each assertion has a random id. Default false. */
  readonly claimJtiInclude?: boolean | undefined;
  /** More fields of the header, for example `kid`, and of the claims. */
  readonly template?:
    | {
        readonly header?: Readonly<Record<string, unknown>> | undefined;
        readonly payload?: Readonly<Record<string, unknown>> | undefined;
      }
    | undefined;
}

/** A new assertion, signed by the host's cryptography. */
export async function signedAssertion(options: AssertionOptions, context: TokenContext): Promise<string> {
  const { crypto } = context;
  if (crypto?.sign === undefined)
    throw new KafkaError("unsupported", "sasl: oidc.assertion needs a platform whose crypto can sign");
  const { algorithm = "RS256", privateKeyPassphrase } = options;
  const key = await readCredential(options.privateKey, "sasl: oidc.assertion.privateKey");
  const passphrase =
    privateKeyPassphrase === undefined
      ? undefined
      : await readCredential(privateKeyPassphrase, "sasl: oidc.assertion.privateKeyPassphrase");
  const text = unsigned(options, algorithm, context);
  let signature: Uint8Array;
  try {
    signature = await crypto.sign(algorithm, key, utf8Encode(text), passphrase);
  } catch {
    // The host's error is not kept: it may show a part of the key.
    throw new KafkaError(
      "config",
      `sasl: oidc.assertion.privateKey cannot sign with ${algorithm}: check that it is a private key in PEM, of the ` +
        "right kind, and its passphrase",
    );
  }
  return `${text}.${base64Url(signature)}`;
}

function unsigned(options: AssertionOptions, algorithm: string, { nowMs, entropy }: TokenContext): string {
  const now = Math.floor(nowMs / 1000);
  const { claimAud, claimIss, claimSub, claimExpSeconds = 300, claimNbfSeconds = 60, template } = options;
  const id = new Uint8Array(16);
  if (options.claimJtiInclude === true) entropy.fill(id);
  const claims = {
    ...template?.payload,
    ...(claimAud === undefined ? {} : { aud: claimAud }),
    ...(claimIss === undefined ? {} : { iss: claimIss }),
    ...(claimSub === undefined ? {} : { sub: claimSub }),
    iat: now,
    nbf: now - claimNbfSeconds,
    exp: now + claimExpSeconds,
    ...(options.claimJtiInclude === true ? { jti: hex(id) } : {}),
  };
  return [{ ...template?.header, alg: algorithm, typ: "JWT" }, claims]
    .map((part) => base64Url(utf8Encode(JSON.stringify(part))))
    .join(".");
}
