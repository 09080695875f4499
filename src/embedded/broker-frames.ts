import { FrameDecoder, type FrameDecoderOptions } from "../wire/frame-decoder.ts";

/**
 * Cuts the stream of a connection into frames. A decoder has a slab of 64 KiB, so it exists only while a frame is
 * incomplete, or if the host reads into its memory: idle connections of a broker must be small.
 */
export class BrokerFrames {
  readonly #options: FrameDecoderOptions;
  #decoder: FrameDecoder | undefined;
  /** Whether the host reads into the decoder's memory; others bring their own. */
  #isFilled = false;

  constructor(options: FrameDecoderOptions) {
    this.#options = options;
  }

  /** Where the host must write the next bytes. */
  buffer(): Uint8Array {
    this.#isFilled = true;
    return this.#decoding().buffer();
  }

  /** Accepts received bytes. Throws as {@link FrameDecoder} does. */
  filled(view: Uint8Array): void {
    let at = 0;
    if (this.#decoder === undefined) {
      at = this.#cutWhole(view);
      if (at === view.length) return;
    }
    const decoder = this.#decoding();
    decoder.filled(at === 0 ? view : view.subarray(at));
    if (!this.#isFilled && decoder.isBetweenFrames) this.#decoder = undefined;
  }

  /** Cuts the frames that are whole out of the host's memory, and returns where the first other one begins. */
  #cutWhole(view: Uint8Array): number {
    const bytes = new DataView(view.buffer, view.byteOffset, view.byteLength);
    let at = 0;
    while (view.length - at >= 4) {
      const size = bytes.getInt32(at);
      // The decoder refuses sizes that are impossible.
      if (size <= 0 || size > this.#options.maxFrameBytes || view.length - at - 4 < size) break;
      const start = at + 4;
      at = start + size;
      // A frame has its own memory. Node's own buffers have a `slice` that does not copy.
      this.#options.onFrame(new Uint8Array(view.subarray(start, at)));
    }
    return at;
  }

  #decoding(): FrameDecoder {
    return (this.#decoder ??= new FrameDecoder(this.#options));
  }
}
