import type { KafkaError } from "../../errors/kafka-error.ts";
import type { ByteSink, ByteStream } from "../../runtime/byte-stream.ts";
import { connectionError } from "./error.ts";
import type { WorkerdSocket, WorkerdWriter } from "./host.ts";

/**
 * The memory that the host reads into. With 4 KiB, which is what the host uses by itself, reading takes 18 times as
 * long.
 */
const READ_BYTES = 262_144;
/** Chunks up to this size are copied together: each write costs a promise and a turn of the host. */
const SMALL_BYTES = 16_384;

/** A socket of workerd as a byte stream. */
export class WorkerdStream implements ByteStream {
  readonly remote: string;
  readonly #socket: WorkerdSocket;
  readonly #sink: ByteSink;
  readonly #writer: WorkerdWriter;
  #isClosed = false;
  #resume: (() => void) | undefined;

  constructor(socket: WorkerdSocket, remote: string, sink: ByteSink) {
    this.#socket = socket;
    this.#sink = sink;
    this.remote = remote;
    this.#writer = socket.writable.getWriter();
    socket.closed.catch(() => undefined); // `#read` reports it
    void this.#read();
  }

  async write(chunks: readonly Uint8Array[]): Promise<void> {
    if (this.#isClosed) throw this.#error("the connection to", new Error("it is closed"));
    try {
      await Promise.all(joined(chunks).map((chunk) => this.#writer.write(chunk)));
    } catch (error) {
      throw this.#error("cannot write to", error);
    }
  }

  resume(): void {
    const resume = this.#resume;
    this.#resume = undefined;
    resume?.();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#socket.close().catch(() => undefined);
    this.resume();
  }

  /** Reads until the end. The memory goes to the host and back, so the sink copies what it keeps. */
  async #read(): Promise<void> {
    try {
      const reader = this.#socket.readable.getReader({ mode: "byob" });
      for (let memory = new Uint8Array(READ_BYTES); !this.#isClosed;) {
        const { done, value } = await reader.read(memory);
        if (this.#isClosed) return;
        if (done) break;
        memory = new Uint8Array(value.buffer as ArrayBuffer);
        if (!this.#sink.filled(value)) await this.#resumed();
      }
      this.#ended(undefined);
    } catch (error) {
      this.#ended(this.#error("the connection to", error));
    }
  }

  #resumed(): Promise<void> | undefined {
    if (this.#isClosed) return undefined;
    return new Promise((resolve) => {
      this.#resume = resolve;
    });
  }

  #ended(error: KafkaError | undefined): void {
    if (this.#isClosed) return;
    this.close();
    this.#sink.closed(error);
  }

  #error(what: string, error: unknown): KafkaError {
    return connectionError(error, what, this.remote);
  }
}

/** The same bytes in few chunks. */
function joined(chunks: readonly Uint8Array[]): readonly Uint8Array[] {
  const written: Uint8Array[] = [];
  let small: Uint8Array[] = [];
  const flush = (): void => {
    const [first] = small;
    if (first !== undefined) written.push(small.length === 1 ? first : together(small));
    small = [];
  };
  for (const chunk of chunks) {
    if (chunk.length > SMALL_BYTES) {
      flush();
      written.push(chunk);
    } else if (chunk.length > 0) small.push(chunk);
  }
  flush();
  return written;
}

function together(chunks: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(chunks.reduce((bytes, { length }) => bytes + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
