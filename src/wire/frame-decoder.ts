import { KafkaError } from "../errors/kafka-error.ts";

const SLAB_BYTES = 65_536;
/** A read gets at least this much room in the slab. With less left, the unread bytes are moved to the front first. */
const LEAST_ROOM = 16_384;

/**
 * The largest frame of a peer that is not authenticated yet. Kafka's answers have a few kilobytes then; a stranger must
 * not make the client keep more.
 */
const MOST_OPENING_BYTES = 1024 * 1024;

/** Options of {@link FrameDecoder}. */
export interface FrameDecoderOptions {
  /** The largest frame that is accepted. A larger announced size throws: it is not Kafka, or an attack. */
  readonly maxFrameBytes: number;
  /**
   * Allocates the memory for a large frame. The decoder overwrites all of it before it passes the frame on, so it need
   * not be cleared. Default: `new Uint8Array`, which clears.
   */
  readonly allocate?: ((bytes: number) => Uint8Array) | undefined;
  /** Whether the next frame may be empty, as tokens of old brokers are. Default: never. */
  readonly mayBeEmpty?: (() => boolean) | undefined;
  /** Whether the connection is being opened: frames are then at most 1 MiB. Default: never. */
  readonly isOpening?: (() => boolean) | undefined;
  /**
   * Receives a whole frame, without its size. The frame has its own memory, so its records may stay alive as long as
   * they like.
   */
  readonly onFrame: (frame: Uint8Array) => void;
}

/**
 * Cuts a stream of bytes into frames: an int32 size, then that many bytes. It decides where the host writes the next
 * bytes. While the size is unknown they go into a recycled slab, and the rest of a large frame goes straight into the
 * frame's own memory.
 */
export class FrameDecoder {
  readonly #options: FrameDecoderOptions;
  #slab: Uint8Array = new Uint8Array(SLAB_BYTES);
  #start = 0;
  #end = 0;
  #frame: Uint8Array | undefined;
  #frameBytes = 0;
  #filled = 0;

  constructor(options: FrameDecoderOptions) {
    this.#options = options;
  }

  /** Whether no frame is incomplete. If the stream ends here, nothing is lost. */
  get isBetweenFrames(): boolean {
    return this.#frame === undefined && this.#start === this.#end;
  }

  /** Where the host must write the next bytes. */
  buffer(): Uint8Array {
    if (this.#frame !== undefined) return this.#frame.subarray(this.#filled);
    if (SLAB_BYTES - this.#end < LEAST_ROOM) this.#compact();
    return this.#slab.subarray(this.#end);
  }

  /**
   * Accepts received bytes, in {@link buffer} or in memory of the host. Throws kind `protocol` if a frame's size is
   * impossible.
   */
  filled(view: Uint8Array): void {
    let target = this.#frame ?? this.#slab;
    if (target.length === 0) target = this.#takeBack(view);
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

  /**
   * The host has transferred the memory of {@link buffer} to another ArrayBuffer, as workerd's `node:net` does: ours is
   * empty. The bytes before the new ones are there too, because a whole ArrayBuffer is transferred.
   */
  #takeBack(view: Uint8Array): Uint8Array {
    const isSlab = this.#frame === undefined;
    const [at, size] = isSlab ? [this.#end, SLAB_BYTES] : [this.#filled, this.#frameBytes];
    const start = view.byteOffset - at;
    const isThere = start >= 0 && start + size <= view.buffer.byteLength;
    if (!isThere && (!isSlab || this.#start < this.#end))
      throw new KafkaError("connection", "the host has taken away memory with unread bytes", { retriable: true });
    const memory = isThere ? new Uint8Array(view.buffer, start, size) : new Uint8Array(SLAB_BYTES);
    if (isSlab) this.#slab = memory;
    else this.#frame = memory;
    return memory;
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
      // A frame that fits into the slab is completed there. For a large one the host reads into the frame's own memory.
      if (size > LEAST_ROOM) {
        const frame = this.#options.allocate?.(size) ?? new Uint8Array(size);
        frame.set(slab.subarray(start + 4, this.#end));
        this.#frame = frame;
        this.#frameBytes = size;
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
    const { maxFrameBytes, mayBeEmpty, isOpening } = this.#options;
    const isTooEarly = size > MOST_OPENING_BYTES && isOpening?.() === true;
    if (size > 0 && size <= maxFrameBytes && !isTooEarly) return;
    if (size === 0 && mayBeEmpty?.() === true) return;
    const hint = diagnosis(size);
    if (speaksTls(size))
      throw new KafkaError(
        "connection",
        "the other end answers in TLS: set the option tls, or use the port of a listener without TLS",
      );
    if (isTooEarly && hint === "")
      throw new KafkaError(
        "protocol",
        `a frame of ${size} bytes is announced, and at most ${MOST_OPENING_BYTES} are accepted before the connection ` +
          "is open; is this the address of a Kafka broker?",
      );
    // A larger frame may be sound: the limit is our own option. Or its size was damaged on its way: then a new
    // connection delivers it.
    const isOurs = size > 0 && hint === "";
    throw new KafkaError(
      isOurs ? "config" : "protocol",
      `a frame of ${size} bytes is announced, and at most ${maxFrameBytes} are ` +
        `accepted${isOurs ? `; set maxFrameBytes to at least ${size}` : hint}`,
      { retriable: isOurs },
    );
  }
}

/** Recognises the first four bytes of a peer that does not speak Kafka. */
function diagnosis(size: number): string {
  const text = String.fromCharCode(size >>> 24, (size >>> 16) & 255, (size >>> 8) & 255, size & 255);
  if (text === "HTTP") return ": the other end answers in HTTP; is this the address of a Kafka broker?";
  return "";
}

/** Recognises an alert or a handshake of TLS. A listener with TLS answers plain text with an alert. */
function speaksTls(size: number): boolean {
  const type = size >>> 24;
  return (type === 0x15 || type === 0x16) && ((size >>> 16) & 255) === 3;
}
