import { KafkaError } from "../errors/kafka-error.ts";
import type { AsyncRuntime } from "./async-runtime.ts";
import type { ByteSink, ByteStream, Connector, Listener } from "./byte-stream.ts";
import { turn } from "./sleep.ts";

/** Bytes that are moved between two turns of the host: about a millisecond's work. */
const BYTES_PER_TURN = 1_048_576;

interface Write {
  readonly chunks: readonly Uint8Array[];
  index: number;
  offset: number;
  readonly settle: (error?: KafkaError) => void;
}

/** One direction of a connection: what is written here is pushed into the sink over there, by one task at a time. */
class Pipe {
  readonly #runtime: AsyncRuntime;
  readonly #writes: Write[] = [];
  #sink: ByteSink | undefined;
  #pumping = false;
  #paused = false;
  #ended = false;
  #cut = false;

  constructor(runtime: AsyncRuntime) {
    this.#runtime = runtime;
  }

  attach(sink: ByteSink): void {
    this.#sink = sink;
    this.#kick();
  }

  write(chunks: readonly Uint8Array[]): Promise<void> {
    if (this.#ended || this.#cut) return Promise.reject(new KafkaError("connection", "the connection is closed", { retriable: true }));
    return new Promise((resolve, reject) => {
      this.#writes.push({ chunks, index: 0, offset: 0, settle: (error) => (error === undefined ? resolve() : reject(error)) });
      this.#kick();
    });
  }

  resume(): void {
    this.#paused = false;
    this.#kick();
  }

  /** The writing end was closed: what was written still arrives, then the end of the stream. */
  end(): void {
    this.#ended = true;
    this.#kick();
  }

  /** The reading end was closed: nothing arrives any more, and nobody is told. */
  cut(): void {
    this.#cut = true;
    for (const write of this.#writes.splice(0)) write.settle(new KafkaError("connection", "the other end closed the connection", { retriable: true }));
  }

  #kick(): void {
    if (this.#pumping || this.#cut || this.#sink === undefined) return;
    this.#pumping = true;
    this.#runtime.spawn(() => this.#pump());
  }

  async #pump(): Promise<void> {
    let moved = 0;
    while (this.#writes.length > 0 && !this.#paused && !this.#cut) {
      moved += this.#move();
      if (moved < BYTES_PER_TURN) continue;
      moved = 0;
      await turn(this.#runtime);
    }
    this.#pumping = false;
    if (this.#ended && !this.#cut && (this.#writes.length === 0 || this.#paused)) {
      this.#cut = true;
      this.#sink?.closed();
    }
  }

  /** Copies as much of the first write as one buffer of the sink takes. */
  #move(): number {
    const [write] = this.#writes;
    const sink = this.#sink;
    if (write === undefined || sink === undefined) return 0;
    const chunk = write.chunks[write.index];
    if (chunk === undefined) {
      this.#writes.shift();
      write.settle();
      return 0;
    }
    const target = sink.buffer();
    const piece = chunk.subarray(write.offset, write.offset + target.length);
    target.set(piece);
    write.offset += piece.length;
    if (write.offset === chunk.length) {
      write.index++;
      write.offset = 0;
    }
    if (piece.length > 0 && !sink.filled(target.subarray(0, piece.length))) this.#paused = true;
    return piece.length;
  }
}

class MemoryStream implements ByteStream {
  readonly remote: string;
  readonly #out: Pipe;
  readonly #in: Pipe;
  #closed = false;

  constructor(remote: string, out: Pipe, incoming: Pipe) {
    this.remote = remote;
    this.#out = out;
    this.#in = incoming;
  }

  write(chunks: readonly Uint8Array[]): Promise<void> {
    return this.#out.write(chunks);
  }

  resume(): void {
    this.#in.resume();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#out.end();
    this.#in.cut();
  }
}

const FIRST_PORT = 9092;

/** A network in the process: a connector and a listener that know each other, and nothing else. */
export function memoryStreams(runtime: AsyncRuntime): { readonly connector: Connector; readonly listener: Listener } {
  const listening = new Map<string, (stream: ByteStream) => ByteSink>();
  let nextPort = FIRST_PORT;
  let clients = 0;
  const listener: Listener = {
    listen: async (address, accept) => {
      while (address.port === 0 && listening.has(`${address.host}:${nextPort}`)) nextPort++;
      const port = address.port === 0 ? nextPort++ : address.port;
      const key = `${address.host}:${port}`;
      if (listening.has(key)) throw new KafkaError("connection", `${key} is in use`);
      listening.set(key, accept);
      await turn(runtime);
      return {
        host: address.host,
        port,
        close: async () => {
          listening.delete(key);
          await turn(runtime);
        },
      };
    },
  };
  const connector: Connector = {
    connect: async (target, sink, { signal }) => {
      const key = `${target.host}:${target.port}`;
      await turn(runtime);
      if (signal?.aborted === true) throw KafkaError.from(signal.reason, "cancelled", `connecting to ${key}`);
      if (target.tls !== undefined) throw new KafkaError("unsupported", `the in-memory network does not speak TLS (${key})`);
      const accept = listening.get(key);
      if (accept === undefined) throw new KafkaError("connection", `cannot connect to ${key}: connection refused (nothing listens there in this process)`, { retriable: true, address: key, outcome: "notWritten" });
      const there = new Pipe(runtime);
      const back = new Pipe(runtime);
      there.attach(accept(new MemoryStream(`memory-client-${++clients}`, back, there)));
      back.attach(sink);
      return new MemoryStream(key, there, back);
    },
  };
  return { connector, listener };
}
