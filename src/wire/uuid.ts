import { KafkaError } from "../errors/kafka-error.ts";

// Kafka prints a uuid as URL-safe base64 without padding: 22 characters for 16 bytes.
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** The uuid of sixteen zero bytes. No topic has it; messages use it for "none". */
export const ZERO_UUID = "AAAAAAAAAAAAAAAAAAAAAA";

const CODES: Uint8Array = Uint8Array.from(ALPHABET, (letter) => letter.charCodeAt(0));
/** The six bits of each character code; 255 for a character that is not in the alphabet. */
const SIX_BITS: Uint8Array = new Uint8Array(128).fill(255);
CODES.forEach((code, value) => (SIX_BITS[code] = value));

/** The 16 bytes at `at` as text. One call for all letters is ten times faster than appending them one by one. */
export function uuidText(bytes: Uint8Array, at: number): string {
  const a = (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
  const b = (bytes[at + 3]! << 16) | (bytes[at + 4]! << 8) | bytes[at + 5]!;
  const c = (bytes[at + 6]! << 16) | (bytes[at + 7]! << 8) | bytes[at + 8]!;
  const d = (bytes[at + 9]! << 16) | (bytes[at + 10]! << 8) | bytes[at + 11]!;
  const e = (bytes[at + 12]! << 16) | (bytes[at + 13]! << 8) | bytes[at + 14]!;
  const last = bytes[at + 15]!;
  return String.fromCharCode(
    CODES[a >> 18]!,
    CODES[(a >> 12) & 63]!,
    CODES[(a >> 6) & 63]!,
    CODES[a & 63]!,
    CODES[b >> 18]!,
    CODES[(b >> 12) & 63]!,
    CODES[(b >> 6) & 63]!,
    CODES[b & 63]!,
    CODES[c >> 18]!,
    CODES[(c >> 12) & 63]!,
    CODES[(c >> 6) & 63]!,
    CODES[c & 63]!,
    CODES[d >> 18]!,
    CODES[(d >> 12) & 63]!,
    CODES[(d >> 6) & 63]!,
    CODES[d & 63]!,
    CODES[e >> 18]!,
    CODES[(e >> 12) & 63]!,
    CODES[(e >> 6) & 63]!,
    CODES[e & 63]!,
    CODES[last >> 2]!,
    CODES[(last & 3) << 4]!,
  );
}

/** Writes a uuid's text as 16 bytes at `at`. Throws kind `protocol` if the text is not a uuid. */
export function writeUuid(text: string, target: Uint8Array, at: number): void {
  if (text.length !== 22)
    throw new KafkaError("protocol", `"${text}" is no uuid: 22 characters of URL-safe base64 are expected`);
  let bits = 0;
  let held = 0;
  let out = at;
  for (let i = 0; i < 22; i++) {
    const value = SIX_BITS[text.charCodeAt(i)] ?? 255;
    if (value === 255)
      throw new KafkaError("protocol", `"${text}" is no uuid: "${text.charAt(i)}" is no character of URL-safe base64`);
    bits = (bits << 6) | value;
    held += 6;
    if (held >= 8) {
      held -= 8;
      if (out < at + 16) target[out++] = (bits >> held) & 255;
      bits &= (1 << held) - 1;
    }
  }
}
