import { KafkaError } from "../errors/kafka-error.ts";

const SLAB_BYTES = 65_536;
/** What the slab still offers before a read; below, what it holds is moved to its front. */
const LEAST_ROOM = 16_384;

export interface FrameDecoderOptions {
  /** A frame that says it is larger closes the connection: it is no Kafka frame, or an attack. */
  readonly maxFrameBytes: number;
  /**
   * Memory for a large frame, all of which is written before anybody sees it. Default: cleared, as every Uint8Array.
   */
  readonly allocate?: ((bytes: number) => Uint8Array) | undefined;
  /** A whole frame, without its size. Its memory is its own: records in it may stay alive for as long as they like. */
  readonly onFrame: (frame: Uint8Array) => void;
}

/**
 * Cuts a stream of bytes into frames: an int32 size, and so many bytes. It chooses where the host reads to: into a
 * recycled slab while it does not know what comes, and straight into the frame's own memory for the rest of a large
 * one.
 */
export class FrameDecoder {
  readonly #options: FrameDecoderOptions;
  readonly #slab: Uint8Array = new Uint8Array(SLAB_BYTES);
  #start = 0;
  #end = 0;
  #frame: Uint8Array | undefined;
  #filled = 0;

  constructor(options: FrameDecoderOptions) {
    this.#options = options;
  }

  /** Whether the stream stands between two frames: an end of the stream here is no loss. */
  get isBetweenFrames(): boolean {
    return this.#frame === undefined && this.#start === this.#end;
  }

  /** Where the next bytes go. */
  buffer(): Uint8Array {
    if (this.#frame !== undefined) return this.#frame.subarray(this.#filled);
    if (SLAB_BYTES - this.#end < LEAST_ROOM) this.#compact();
    return this.#slab.subarray(this.#end);
  }

  /**
   * Bytes that came, where {@link buffer} said or on memory of the host's own. Throws kind `protocol` for a size that
   * cannot be.
   */
  filled(view: Uint8Array): void {
    const target = this.#frame ?? this.#slab;
    const at = this.#frame === undefined ? this.#end : this.#filled;
    if (view.buffer === target.buffer && view.byteOffset === target.byteOffset + at) {
      this.#advance(view.length);
      return;
    }
    for (let copied = 0; copied < view.length;) {
      const room = this.buffer();
      const piece = view.subarray(copied, copied + room.length);
      room.set(piece);
      copied += piece.length;
      this.#advance(piece.length);
    }
  }

  #advance(count: number): void {
    const frame = this.#frame;
    if (frame === undefined) {
      this.#end += count;
      this.#cut();
      return;
    }
    this.#filled += count;
    if (this.#filled < frame.length) return;
    this.#frame = undefined;
    this.#options.onFrame(frame);
  }

  #cut(): void {
    const slab = this.#slab;
    while (this.#end - this.#start >= 4) {
      const start = this.#start;
      const size = (slab[start]! << 24) | (slab[start + 1]! << 16) | (slab[start + 2]! << 8) | slab[start + 3]!;
      this.#check(size);
      const held = this.#end - start - 4;
      if (held >= size) {
        this.#start = start + 4 + size;
        this.#options.onFrame(slab.slice(start + 4, start + 4 + size));
        continue;
      }
      // A frame that would be done within the slab waits there; for a large one the host reads into its own memory.
      if (size > LEAST_ROOM) {
        const frame = this.#options.allocate?.(size) ?? new Uint8Array(size);
        frame.set(slab.subarray(start + 4, this.#end));
        this.#frame = frame;
        this.#filled = held;
        this.#start = this.#end;
      }
      break;
    }
    if (this.#start === this.#end) {
      this.#start = 0;
      this.#end = 0;
    }
  }

  #compact(): void {
    this.#slab.copyWithin(0, this.#start, this.#end);
    this.#end -= this.#start;
    this.#start = 0;
  }

  #check(size: number): void {
    if (size > 0 && size <= this.#options.maxFrameBytes) return;
    const { maxFrameBytes } = this.#options;
    const hint = diagnosis(size);
    // A larger one may be sound: the limit is our own. Where the other end speaks TLS, the option is missing.
    const isOurs = size > 0 && hint === "";
    throw new KafkaError(
      isOurs || hint.includes("TLS") ? "config" : "protocol",
      `a frame of ${size} bytes is announced, and at most ${maxFrameBytes} are ` +
        `accepted${isOurs ? `; set maxFrameBytes to at least ${size}` : hint}`,
    );
  }
}

/** What the first four bytes look like when the other end does not speak Kafka. */
function diagnosis(size: number): string {
  const text = String.fromCharCode(size >>> 24, (size >>> 16) & 255, (size >>> 8) & 255, size & 255);
  if (text === "HTTP") return ": the other end answers in HTTP; is this the address of a Kafka broker?";
  if (size >>> 24 === 0x15 && ((size >>> 16) & 255) === 3)
    return ": this is a TLS alert; the broker's listener expects TLS, set the tls option";
  if (size >>> 24 === 0x16 && ((size >>> 16) & 255) === 3)
    return ": this is a TLS handshake; one end speaks TLS and the other does not";
  return "";
}
