import type { Entropy } from "../runtime/entropy.ts";

/** A random UUID in Java's format. */
export function memberId(entropy: Entropy): string {
  const bytes = new Uint8Array(16);
  entropy.fill(bytes);
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `a${hex.slice(17, 20)}`, hex.slice(20)].join("-");
}
