import type { Serde } from "./serde.ts";

/** Text as UTF-8. Java: `StringSerializer`. */
export function string(): Serde<string> {
  return {
    serialize: (value, { utf8 }) => utf8.encode(value),
    deserialize: (bytes, { utf8 }) => utf8.decode(bytes),
  };
}
