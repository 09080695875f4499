/** Makes a view of bytes. On Node, Bun and Deno it is a `Buffer`, so that `toString()` gives text. */
export type BytesView = (buffer: ArrayBufferLike, byteOffset: number, length: number) => Uint8Array;

/**
 * Bytes of which many views are made. Their buffer is kept in a field: asking a typed array for it costs V8 as much as
 * making the view (measured on Node 20 and 24).
 */
export class ViewedBytes {
  readonly all: Uint8Array;
  readonly make: BytesView | undefined;
  readonly #buffer: ArrayBufferLike;
  readonly #byteOffset: number;

  /** Without `make`, views are plain Uint8Arrays, even if `all` is a Node Buffer, whose own `slice` does not copy. */
  constructor(all: Uint8Array, make?: BytesView) {
    this.all = all;
    this.make = make;
    this.#buffer = all.buffer;
    this.#byteOffset = all.byteOffset;
  }

  /** A view of `length` bytes from `start`. */
  view(start: number, length: number): Uint8Array {
    if (this.make === undefined) return new Uint8Array(this.#buffer, this.#byteOffset + start, length);
    return this.make(this.#buffer, this.#byteOffset + start, length);
  }

  /** A copy of `length` bytes from `start`, in memory of its own. */
  copy(start: number, length: number): Uint8Array {
    return new Uint8Array(this.#buffer, this.#byteOffset + start, length).slice();
  }
}

/** A copy in memory of its own, made as a view by `make`. */
export function copyOf(bytes: Uint8Array, make?: BytesView): Uint8Array {
  const copy = new ViewedBytes(bytes).copy(0, bytes.length);
  return make === undefined ? copy : make(copy.buffer, 0, copy.length);
}
