import { digestOf } from "../../simulation/request-log.ts";
import { utf8Decode, utf8Encode } from "../../wire/utf8.ts";

/** A digest of key, value and headers, as the history has it for records that are sent and read. */
export function recordDigest(
  key: Uint8Array | null,
  value: Uint8Array | null,
  headers: readonly (readonly [string, Uint8Array | null])[],
): string {
  const parts = [key, value, ...headers.flatMap(([name, content]) => [utf8Encode(name), content])];
  return parts.map((part) => (part === null ? "null" : `${part.length}.${digestOf(part)}`)).join("/");
}

/** The id of a record of the workload: its value begins with it. */
export function idOf(value: Uint8Array | null): string {
  return value === null ? "" : (utf8Decode(value).split(":")[0] ?? "");
}
