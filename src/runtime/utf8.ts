/** Text to bytes and back, for serdes. The wire has a portable one of its own. */
export interface Utf8 {
  /** Surrogates without a partner become U+FFFD, as `TextEncoder` does. */
  encode(text: string): Uint8Array;
  /** Malformed bytes become U+FFFD, as `TextDecoder` does. */
  decode(bytes: Uint8Array): string;
}
