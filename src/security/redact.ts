import { utf8Encode } from "../wire/utf8.ts";
import { base64, base64Url } from "./base64.ts";
import { hex } from "./hex.ts";
import { formEncode, percentEncode } from "./percent-encode.ts";
import { SHOWN } from "./secret.ts";

/** Texts of brokers and endpoints are cut here: they are quoted in errors and logs. */
const LONGEST_QUOTE = 300;

/**
 * A text of a broker or an endpoint, as errors and logs may quote it: at most 300 characters, without control
 * characters, and without the secrets, also where these are encoded as base64, hex or in a URL.
 */
export function quoted(text: string, secrets: readonly string[]): string {
  let plain = text;
  // No spelling is shorter than its secret, and those of a long token take time.
  const short = secrets.filter((secret) => secret.length <= text.length);
  const all = short.flatMap(spellings).sort((a, b) => b.length - a.length);
  for (const secret of all) plain = plain.replaceAll(secret, SHOWN);
  plain = plain.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g, " ");
  return plain.length > LONGEST_QUOTE ? `${plain.slice(0, LONGEST_QUOTE)}…` : plain;
}

/** A secret in every encoding in which a server may repeat it. */
function spellings(secret: string): readonly string[] {
  if (secret === "") return [];
  const bytes = utf8Encode(secret);
  const digits = hex(bytes);
  const json = JSON.stringify(secret).slice(1, -1);
  const encoded = [percentEncode(secret), formEncode(secret)];
  return [
    ...[secret, json, base64(bytes), base64Url(bytes), digits, digits.toUpperCase()],
    ...withinBase64(bytes),
    ...encoded,
    ...encoded.map((text) => text.replace(/%../g, (code) => code.toLowerCase())),
  ];
}

/**
 * The letters that stand for a secret within the base64 of a longer text, such as a whole SASL message. There are three
 * spellings, because three bytes become four letters. The letters at the edges also depend on the bytes beside it.
 */
function withinBase64(bytes: Uint8Array): readonly string[] {
  return [0, 1, 2].flatMap((before) => {
    const shifted = new Uint8Array(before + bytes.length);
    shifted.set(bytes, before);
    const inner = base64(shifted).slice(Math.ceil((before * 8) / 6), Math.floor((shifted.length * 8) / 6));
    // A short text could stand anywhere by chance.
    return inner.length < 4 ? [] : [inner, inner.replaceAll("+", "-").replaceAll("/", "_")];
  });
}
