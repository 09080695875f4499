/** Converts text to bytes and back, for serdes. The wire uses a portable implementation of its own. */
export interface Utf8 {
  /** Encodes text. Lone surrogates become U+FFFD, as with `TextEncoder`. */
  encode(text: string): Uint8Array;
  /** Decodes bytes. Malformed ones become U+FFFD, as with `TextDecoder`. */
  decode(bytes: Uint8Array): string;
}
