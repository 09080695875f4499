import type { Headers } from "../records/record.ts";

// A record is read before `send` and `enqueue` return: its caller may fill the same buffer for the next one. One that must
// wait before it is encoded is copied, or all that waited would end up as the last of them.

export function ownBytes(part: Uint8Array | string | null): Uint8Array | string | null {
  return part instanceof Uint8Array ? part.slice() : part;
}

export function ownHeaders(headers: Headers | undefined): Headers | undefined {
  return headers?.map(([name, value]) => [name, value === null ? null : value.slice()] as const);
}
