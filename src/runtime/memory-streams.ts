import { KafkaError } from "../errors/kafka-error.ts";
import type { AsyncRuntime } from "./async-runtime.ts";
import type { ByteSink, ByteStream, Connector, Listener } from "./byte-stream.ts";
import { cancelledError } from "./cancellation.ts";
import { turn } from "./sleep.ts";

/**
 * How much may be spent between two turns of the host, in bytes moved. With the work of the sinks this is one to a few
 * milliseconds.
 */
const BUDGET_PER_TURN = 1_048_576;
/**
 * The cost of waking a pipe, however little it moves: requests and responses are small, but handling them is not cheap.
 */
const COST_OF_WAKING = 16_384;

/**
 * Shared by all pipes of a network. If `spawn` is a microtask, two ends that answer each other would never give the
 * host a turn, and no timer would fire. So all pipes pause together once enough bytes have moved.
 */
class TurnBudget {
  readonly #runtime: AsyncRuntime;
  #left = BUDGET_PER_TURN;
  #turn: Promise<void> | undefined;

  constructor(runtime: AsyncRuntime) {
    this.#runtime = runtime;
  }

  get isSpent(): boolean {
    return this.#left <= 0;
  }

  spend(cost: number): void {
    this.#left -= cost;
  }

  /** Settles after a turn of the host, with a new budget. Concurrent callers share the same turn. */
  async renewed(): Promise<void> {
    this.#turn ??= turn(this.#runtime).then(() => {
      this.#left = BUDGET_PER_TURN;
      this.#turn = undefined;
    });
    await this.#turn;
  }
}

interface Write {
  readonly chunks: readonly Uint8Array[];
  index: number;
  offset: number;
  readonly settle: (error?: KafkaError) => void;
}

/** One direction of a connection. One task at a time pushes the written bytes into the sink of the other end. */
class Pipe {
  readonly #runtime: AsyncRuntime;
  readonly #budget: TurnBudget;
  readonly #address: string;
  readonly #writes: Write[] = [];
  #sink: ByteSink | undefined;
  #pumping = false;
  #paused = false;
  #ended = false;
  #cut = false;

  constructor(runtime: AsyncRuntime, budget: TurnBudget, address: string) {
    this.#runtime = runtime;
    this.#budget = budget;
    this.#address = address;
  }

  attach(sink: ByteSink): void {
    this.#sink = sink;
    this.#kick();
  }

  write(chunks: readonly Uint8Array[]): Promise<void> {
    if (this.#ended || this.#cut) return Promise.reject(this.#error("the connection is closed"));
    return new Promise((resolve, reject) => {
      this.#writes.push({
        chunks,
        index: 0,
        offset: 0,
        settle: (error) => (error === undefined ? resolve() : reject(error)),
      });
      this.#kick();
    });
  }

  resume(): void {
    this.#paused = false;
    this.#kick();
  }

  /**
   * The writing end was closed: the other end still receives what was written, if it reads, and then the end of the
   * stream.
   */
  end(): void {
    this.#ended = true;
    this.#kick();
  }

  /** The reading end was closed: nothing arrives any more, and its sink is not called again. */
  cut(): void {
    this.#cut = true;
    this.#drop("the other end closed the connection");
  }

  #kick(): void {
    if (this.#pumping || this.#cut || this.#sink === undefined) return;
    this.#pumping = true;
    this.#runtime.spawn(() => {
      void this.#pump();
      return Promise.resolve(); // for the runtime it ends at once, as in TaskGroup
    });
  }

  async #pump(): Promise<void> {
    this.#budget.spend(COST_OF_WAKING);
    try {
      while (this.#writes.length > 0 && !this.#paused && !this.#cut) {
        if (this.#budget.isSpent) await this.#budget.renewed();
        else this.#budget.spend(this.#move());
      }
      this.#pumping = false;
      if (this.#ended && !this.#cut) this.#finish();
    } catch (error) {
      this.#finish(KafkaError.from(error, "connection", `${this.#address}: the sink of the connection failed`));
    }
  }

  /** Ends the stream, even if the reader has paused: otherwise it would never learn that the other end is gone. */
  #finish(error?: KafkaError): void {
    this.#cut = true;
    this.#drop("the connection was closed before the other end had taken all of it");
    const sink = this.#sink;
    this.#sink = undefined; // called once, whatever it does
    sink?.closed(error);
  }

  #drop(why: string): void {
    for (const write of this.#writes.splice(0)) write.settle(this.#error(why));
  }

  /**
   * Copies as much of the first write as fits into one buffer of the sink. Returns the number of bytes. The write
   * settles with its last byte.
   */
  #move(): number {
    const [write] = this.#writes;
    const sink = this.#sink;
    if (write === undefined || sink === undefined) return 0;
    const chunk = write.chunks[write.index];
    let moved = 0;
    if (chunk !== undefined && chunk.length > 0) {
      const target = sink.buffer();
      if (target.length === 0) throw new KafkaError("internal", "a read needs a buffer of at least one byte");
      const piece = chunk.subarray(write.offset, write.offset + target.length);
      target.set(piece);
      moved = piece.length;
      write.offset += moved;
      if (!sink.filled(target.subarray(0, moved))) this.#paused = true;
    }
    if (chunk !== undefined && write.offset === chunk.length) {
      write.index++;
      write.offset = 0;
    }
    if (write.index === write.chunks.length && this.#writes[0] === write) {
      this.#writes.shift();
      write.settle();
    }
    return moved;
  }

  #error(why: string): KafkaError {
    return new KafkaError("connection", `${this.#address}: ${why}`, { retriable: true, address: this.#address });
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

/** A network inside the process: a connector and a listener that know only each other. */
export function memoryStreams(runtime: AsyncRuntime): { readonly connector: Connector; readonly listener: Listener } {
  const listening = new Map<string, (stream: ByteStream) => ByteSink>();
  const budget = new TurnBudget(runtime);
  let nextPort = FIRST_PORT;
  let clients = 0;
  const listener: Listener = {
    listen: async (address, accept) => {
      while (address.port === 0 && listening.has(`${address.host}:${nextPort}`)) nextPort++;
      const port = address.port === 0 ? nextPort++ : address.port;
      const key = `${address.host}:${port}`;
      if (listening.has(key))
        throw new KafkaError("connection", `cannot listen on ${key}: something in this process listens there already`, {
          address: key,
        });
      listening.set(key, accept);
      await turn(runtime);
      return {
        host: address.host,
        port,
        close: async () => {
          if (listening.get(key) === accept) listening.delete(key);
          await turn(runtime);
        },
      };
    },
  };
  const connector: Connector = {
    connect: async (target, sink, { signal }) => {
      const key = `${target.host}:${target.port}`;
      await turn(runtime);
      if (signal?.aborted === true) throw cancelledError(signal, `the attempt to connect to ${key}`);
      if (target.tls !== undefined)
        throw new KafkaError("unsupported", `the in-memory network does not speak TLS (${key})`, { address: key });
      const accept = listening.get(key);
      if (accept === undefined)
        throw new KafkaError(
          "connection",
          `cannot connect to ${key}: connection refused (nothing listens there in this process)`,
          { retriable: true, address: key, outcome: "notWritten" },
        );
      const client = `memory-client-${++clients}`;
      const there = new Pipe(runtime, budget, key);
      const back = new Pipe(runtime, budget, client);
      there.attach(accept(new MemoryStream(client, back, there)));
      back.attach(sink);
      return new MemoryStream(key, there, back);
    },
  };
  return { connector, listener };
}
