import { KafkaError } from "../errors/kafka-error.ts";

// Kafka prints a uuid as URL-safe base64 without padding: 22 characters for 16 bytes.
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** The uuid of sixteen zero bytes: no topic has it, messages use it for "none". */
export const ZERO_UUID = "AAAAAAAAAAAAAAAAAAAAAA";

/** The 16 bytes at `at` as text. */
export function uuidText(bytes: Uint8Array, at: number): string {
  let text = "";
  for (let i = 0; i < 15; i += 3) {
    const n = (bytes[at + i]! << 16) | (bytes[at + i + 1]! << 8) | bytes[at + i + 2]!;
    text += ALPHABET.charAt(n >> 18) + ALPHABET.charAt((n >> 12) & 63) + ALPHABET.charAt((n >> 6) & 63) + ALPHABET.charAt(n & 63);
  }
  const last = bytes[at + 15]!;
  return text + ALPHABET.charAt(last >> 2) + ALPHABET.charAt((last & 3) << 4);
}

/** Writes the 16 bytes of a uuid's text at `at`. Throws kind `protocol` when it is none. */
export function writeUuid(text: string, target: Uint8Array, at: number): void {
  if (text.length !== 22) throw new KafkaError("protocol", `"${text}" is no uuid: 22 characters of URL-safe base64 are expected`);
  let bits = 0;
  let held = 0;
  let out = at;
  for (let i = 0; i < 22; i++) {
    const value = ALPHABET.indexOf(text.charAt(i));
    if (value < 0) throw new KafkaError("protocol", `"${text}" is no uuid: "${text.charAt(i)}" is no character of URL-safe base64`);
    bits = (bits << 6) | value;
    held += 6;
    if (held >= 8) {
      held -= 8;
      if (out < at + 16) target[out++] = (bits >> held) & 255;
      bits &= (1 << held) - 1;
    }
  }
}
