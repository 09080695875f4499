/** Makes a view of bytes. On Node, Bun and Deno it is a `Buffer`, so that `toString()` gives text. */
export type BytesView = (buffer: ArrayBufferLike, byteOffset: number, length: number) => Uint8Array;

/** A view of a part of `bytes`; a plain Uint8Array without `view`, also where the bytes are a Node Buffer, whose `slice` copies nothing. */
export function viewOf(bytes: Uint8Array, start: number, length: number, view?: BytesView): Uint8Array {
  if (view === undefined) return new Uint8Array(bytes.buffer, bytes.byteOffset + start, length);
  return view(bytes.buffer, bytes.byteOffset + start, length);
}

/** The same bytes on memory of their own. */
export function copyOf(bytes: Uint8Array, view?: BytesView): Uint8Array {
  const copy = viewOf(bytes, 0, bytes.length).slice();
  return view === undefined ? copy : viewOf(copy, 0, copy.length, view);
}
