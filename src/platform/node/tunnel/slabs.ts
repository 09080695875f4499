import { MESSAGE_BYTES } from "../../../tunnel/window-limits.ts";

const SLAB_BYTES = 4 * MESSAGE_BYTES;
/** Below this much room a slab is not read into any more: the host would read in small pieces. */
const LEAST_ROOM = 8192;
/** The number of slabs that are kept for later connections: 2 MiB. */
const KEPT = 8;

/** One piece of memory that several reads fill. It is free again when all that was read has been sent. */
interface Slab {
  readonly bytes: Uint8Array;
  used: number;
  sending: number;
  isFull: boolean;
}

/** Memory for reading that is used again, so that a busy tunnel does not wait for the garbage collector. */
export class Slabs {
  readonly #free: Slab[] = [];

  /** A reader with a slab of its own, for one connection. */
  reader(): SlabReader {
    return new SlabReader(
      () => this.#free.pop() ?? { bytes: new Uint8Array(SLAB_BYTES), used: 0, sending: 0, isFull: false },
      (slab) => {
        if (this.#free.length < KEPT) this.#free.push(Object.assign(slab, { used: 0, sending: 0, isFull: false }));
      },
    );
  }
}

/** Gives a connection the memory for its next read, and takes it back when it was sent. */
export class SlabReader {
  readonly #next: () => Slab;
  readonly #release: (slab: Slab) => void;
  #slab: Slab | undefined;

  constructor(next: () => Slab, release: (slab: Slab) => void) {
    this.#next = next;
    this.#release = release;
  }

  /** The memory for the next read: at most one message. */
  buffer(): Uint8Array {
    this.#slab ??= this.#next();
    const { bytes, used } = this.#slab;
    return bytes.subarray(used, used + MESSAGE_BYTES);
  }

  /** Marks what was read as being sent. Call the returned function when it was sent. */
  filled(view: Uint8Array): () => void {
    const slab = this.#slab;
    if (slab === undefined || view.buffer !== slab.bytes.buffer) return () => undefined; // the host's own memory
    slab.used += view.length;
    slab.sending++;
    if (slab.bytes.length - slab.used < LEAST_ROOM) this.end();
    return () => {
      slab.sending--;
      this.#releaseIfSent(slab);
    };
  }

  /** Nothing more is read into the current slab. */
  end(): void {
    const slab = this.#slab;
    this.#slab = undefined;
    if (slab === undefined) return;
    slab.isFull = true;
    this.#releaseIfSent(slab);
  }

  #releaseIfSent(slab: Slab): void {
    if (slab.isFull && slab.sending === 0) this.#release(slab);
  }
}
