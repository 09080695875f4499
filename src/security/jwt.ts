import { textOfBase64Url } from "./base64.ts";
import { jsonFields, textField } from "./json.ts";

/** The claims of a JSON web token that the client uses. They are read, not verified: the broker does that. */
export interface JwtClaims {
  readonly subject?: string | undefined;
  readonly issuer?: string | undefined;
  readonly audience?: string | undefined;
  /** `iat`, in ms since the epoch. */
  readonly startMs?: number | undefined;
  /** `exp`, in ms since the epoch. */
  readonly endMs?: number | undefined;
}

/** The claims of a token; undefined if it is not a JSON web token. Opaque tokens are valid too. */
export function jwtClaims(token: string): JwtClaims | undefined {
  const parts = token.split(".");
  if (parts.length !== 3) return undefined;
  const [header, claims] = parts.slice(0, 2).map((part) => jsonFields(textOfBase64Url(part) ?? ""));
  if (header === undefined || claims === undefined) return undefined;
  const { aud, iat, exp } = claims;
  return {
    subject: textField(claims, "sub"),
    issuer: textField(claims, "iss"),
    audience: Array.isArray(aud) ? aud.filter((one) => typeof one === "string").join(", ") : textField(claims, "aud"),
    startMs: inMs(iat),
    endMs: inMs(exp),
  };
}

function inMs(seconds: unknown): number | undefined {
  return typeof seconds === "number" && Number.isFinite(seconds * 1000) ? seconds * 1000 : undefined;
}
