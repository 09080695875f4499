import type { Serde } from "./serde.ts";

/** Bytes as they are; read, they are a view on the fetch response. Java: `ByteArraySerializer`. */
export function bytes(): Serde<Uint8Array> {
  return { serialize: (value) => value, deserialize: (value) => value };
}
