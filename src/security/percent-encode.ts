import { utf8Encode } from "../wire/utf8.ts";

/** Percent-encodes all bytes except letters, digits and `-_.~`, as RFC 3986 and AWS signatures need it. */
export function percentEncode(text: string): string {
  return encode(text, /[\w.~-]/);
}

/**
 * Encodes a value of a form (`application/x-www-form-urlencoded`) like Java's URLEncoder: a blank becomes `+`.
 * `encodeURIComponent` is not used because it throws on a lone surrogate.
 */
export function formEncode(text: string): string {
  return encode(text, /[\w.*-]/).replaceAll("%20", "+");
}

/** Parameters as a query, sorted by name. */
export function queryOf(parameters: Readonly<Record<string, string>>): string {
  return Object.keys(parameters)
    .sort()
    .map((name) => `${percentEncode(name)}=${percentEncode(parameters[name] ?? "")}`)
    .join("&");
}

function encode(text: string, isKept: RegExp): string {
  return Array.from(utf8Encode(text), (byte) => {
    const letter = String.fromCharCode(byte);
    return byte < 0x80 && isKept.test(letter) ? letter : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }).join("");
}

/** The text in a percent-encoded one; the same text if it is malformed. */
export function percentDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
