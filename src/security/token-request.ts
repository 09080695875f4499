import { utf8Encode } from "../wire/utf8.ts";
import { base64 } from "./base64.ts";
import { formEncode } from "./percent-encode.ts";

/** How the client proves itself to a token endpoint. */
export type Grant =
  | {
      /** Client credentials (KIP-768); with `headerUrlencode` the id and the secret are encoded first (KIP-1025). */
      readonly kind: "client-secret";
      readonly clientId: string;
      readonly clientSecret: string;
      readonly headerUrlencode: boolean;
    }
  | {
      /** Client credentials with an assertion instead of a secret (KIP-1258). */
      readonly kind: "client-assertion";
      readonly clientId: string | undefined;
      readonly assertion: string;
    }
  | {
      /** An assertion is exchanged for a token (KIP-1139). */
      readonly kind: "jwt-bearer";
      readonly assertion: string;
    };

/** The headers and the body of a token request. */
export function tokenRequest(
  grant: Grant,
  scope: string | undefined,
): { readonly headers: Readonly<Record<string, string>>; readonly body: string } {
  const headers = { Accept: "application/json", "Content-Type": "application/x-www-form-urlencoded" };
  const scopeField = scope === undefined ? [] : ([["scope", scope]] as const);
  switch (grant.kind) {
    case "client-secret":
      return {
        headers: { ...headers, Authorization: `Basic ${basic(grant)}` },
        body: form([["grant_type", "client_credentials"], ...scopeField]),
      };
    case "client-assertion":
      return {
        headers,
        body: form([
          ["client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"],
          ["client_assertion", grant.assertion],
          ["grant_type", "client_credentials"],
          ...(grant.clientId === undefined ? [] : ([["client_id", grant.clientId]] as const)),
          ...scopeField,
        ]),
      };
    case "jwt-bearer":
      return {
        headers,
        body: form([
          ["grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"],
          ["assertion", grant.assertion],
          ...scopeField,
        ]),
      };
  }
}

function basic({ clientId, clientSecret, headerUrlencode }: Extract<Grant, { kind: "client-secret" }>): string {
  const encoded = headerUrlencode ? [clientId, clientSecret].map(formEncode) : [clientId, clientSecret];
  return base64(utf8Encode(encoded.join(":")));
}

function form(fields: readonly (readonly [name: string, value: string])[]): string {
  return fields.map(([name, value]) => `${name}=${formEncode(value)}`).join("&");
}
