import { MESSAGE_BYTES } from "./window-limits.ts";

/**
 * The credit of one direction, at its sender. A sender with any credit left may send one whole message, so that it need
 * not cut what it has just read; its credit may become negative by less than {@link MESSAGE_BYTES}.
 */
export class SendCredit {
  #bytes: number;

  constructor(windowBytes: number) {
    this.#bytes = windowBytes;
  }

  /** Whether a message may be sent now. */
  get isOpen(): boolean {
    return this.#bytes > 0;
  }

  /** Takes the bytes of a message from the credit. */
  sent(bytes: number): void {
    this.#bytes -= bytes;
  }

  /** The other side has consumed bytes. */
  added(bytes: number): void {
    this.#bytes += bytes;
  }
}

/** The credit of one direction, at its receiver. */
export class ReceiveWindow {
  readonly #windowBytes: number;
  /** The credit that the sender has left, if all credit that was granted has reached it. */
  #credit: number;
  /** Consumed, and not yet granted again. */
  #consumed = 0;

  constructor(windowBytes: number) {
    this.#windowBytes = windowBytes;
    this.#credit = windowBytes;
  }

  /** Counts a message. False if the sender had no credit for it, or the message is empty or too large. */
  received(bytes: number): boolean {
    if (this.#credit <= 0 || bytes <= 0 || bytes > MESSAGE_BYTES) return false;
    this.#credit -= bytes;
    return true;
  }

  /**
   * Counts bytes that have left this side's memory. Returns the credit to grant now, or 0: a quarter of the window is
   * granted at a time, so that credit costs few messages and the sender rarely waits for it.
   */
  consumed(bytes: number): number {
    this.#consumed += bytes;
    if (this.#consumed * 4 < this.#windowBytes) return 0;
    const granted = this.#consumed;
    this.#consumed = 0;
    this.#credit += granted;
    return granted;
  }
}

/** Copies chunks into messages of at most {@link MESSAGE_BYTES}, in their order. */
export function messagesOf(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer>[] {
  let rest = 0;
  for (const { length } of chunks) rest += length;
  const messages: Uint8Array<ArrayBuffer>[] = [];
  let filled = 0;
  for (const chunk of chunks) {
    for (let from = 0; from < chunk.length;) {
      let message = messages.at(-1);
      if (message === undefined || filled === message.length) {
        message = new Uint8Array(Math.min(rest, MESSAGE_BYTES));
        messages.push(message);
        filled = 0;
      }
      const part = chunk.subarray(from, from + message.length - filled);
      message.set(part, filled);
      filled += part.length;
      from += part.length;
      rest -= part.length;
    }
  }
  return messages;
}
