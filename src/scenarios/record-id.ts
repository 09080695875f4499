import { utf8Decode } from "../wire/utf8.ts";

/** The id that a scenario's writer gave a record: its value. A null value gives "". */
export function recordId(value: Uint8Array | null): string {
  return value === null ? "" : utf8Decode(value);
}
