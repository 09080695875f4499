import { type AssertionOptions, signedAssertion } from "./client-assertion.ts";
import { type Credential, readCredential } from "./credential.ts";
import { httpText, shownUrl } from "./http-text.ts";
import { percentDecode } from "./percent-encode.ts";
import { tokenOf } from "./token-answer.ts";
import { type Grant, tokenRequest } from "./token-request.ts";
import type { TokenContext, TokenProvider } from "./token.ts";

/** A token endpoint, and how the client proves itself to it. The names are those of Java's `sasl.oauthbearer.*`. */
export interface OidcOptions {
  /** The address of the token endpoint. */
  readonly tokenEndpointUrl: string;
  /** `client-credentials` (default), or `jwt-bearer` (KIP-1139), which exchanges an assertion for a token. */
  readonly grant?: "client-credentials" | "jwt-bearer" | undefined;
  /** The client's id. */
  readonly clientId?: Credential | undefined;
  /** The client's secret. With an `assertion`, none is needed (KIP-1258). */
  readonly clientSecret?: Credential | undefined;
  /** Whether id and secret are URL-encoded (KIP-1025). Default false, as in Java; RFC 6749 demands it. */
  readonly headerUrlencode?: boolean | undefined;
  /** The scope to ask for. */
  readonly scope?: string | undefined;
  /** An assertion that something else signed, or the key to sign one. */
  readonly assertion?: Credential | AssertionOptions | undefined;
  /** SASL extensions for the broker, for example `logicalCluster`. */
  readonly extensions?: Readonly<Record<string, string>> | undefined;
}

/** Asks a token endpoint for tokens (KIP-768). */
export function oidc(options: OidcOptions): TokenProvider {
  return async (context) => {
    const grant = await grantOf(options, context);
    const url = options.tokenEndpointUrl;
    const request = tokenRequest(grant, options.scope);
    const secrets = [
      grant.kind === "client-secret" ? grant.clientSecret : grant.assertion,
      (request.headers.Authorization ?? "").slice("Basic ".length),
      ...secretsIn(url),
    ];
    const answer = await httpText({ ...request, url, what: "the token endpoint", method: "POST", secrets }, context);
    const token = tokenOf({ ...answer, endpoint: `the token endpoint ${shownUrl(url)}`, secrets }, context.nowMs);
    return { ...token, extensions: options.extensions };
  };
}

async function grantOf(options: OidcOptions, context: TokenContext): Promise<Grant> {
  const { clientId, clientSecret, assertion } = options;
  const id = clientId === undefined ? undefined : await readCredential(clientId, "sasl: oidc.clientId");
  if (assertion !== undefined) {
    const signed =
      typeof assertion === "object"
        ? await signedAssertion(assertion, context)
        : await readCredential(assertion, "sasl: oidc.assertion");
    return options.grant === "jwt-bearer"
      ? { kind: "jwt-bearer", assertion: signed }
      : { kind: "client-assertion", clientId: id, assertion: signed };
  }
  return {
    kind: "client-secret",
    clientId: id ?? "",
    clientSecret: clientSecret === undefined ? "" : await readCredential(clientSecret, "sasl: oidc.clientSecret"),
    headerUrlencode: options.headerUrlencode ?? false,
  };
}

/** The values in the query of an address: some endpoints take a key there. */
function secretsIn(url: string): readonly string[] {
  const values = url.split(/[?&=#]/).slice(1);
  return values.filter((value) => value.length > 8).flatMap((value) => [value, percentDecode(value)]);
}
