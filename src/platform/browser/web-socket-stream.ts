import { KafkaError } from "../../errors/kafka-error.ts";
import { type AbortSignalLike, cancelledError } from "../../runtime/cancellation.ts";
import type { ByteSink, ByteStream, ConnectTarget } from "../../runtime/byte-stream.ts";
import { type ClosedMessage, type OpenMessage, readControl, SUBPROTOCOL } from "../../tunnel/control-message.ts";
import { messagesOf, ReceiveWindow, SendCredit } from "../../tunnel/credit.ts";
import { openMessage } from "./open-message.ts";
import type { WebSocketConnectorOptions } from "./web-socket-connector-options.ts";
import type { WebSocketLike, WebSocketMaker } from "./web-socket.ts";

/** Opens a connection to a broker through the tunnel at `url`. */
export async function connectThrough(
  url: string,
  options: WebSocketConnectorOptions,
  target: ConnectTarget,
  sink: ByteSink,
  signal: AbortSignalLike | undefined,
): Promise<ByteStream> {
  const Socket = options.WebSocket ?? (globalThis as { readonly WebSocket?: WebSocketMaker }).WebSocket;
  if (Socket === undefined) {
    const address = `${target.host}:${target.port}`;
    throw new KafkaError(
      "unsupported",
      `cannot connect to ${address}: this host has no WebSocket; pass a class as the option WebSocket`,
      { outcome: "notWritten", address },
    );
  }
  const open = await openMessage(options, target);
  return new Promise((resolve, reject) => {
    new WebSocketStream({ Socket, url, open, sink, signal }, resolve, reject);
  });
}

/** Everything that one connection needs. */
interface WebSocketStreamOptions {
  readonly Socket: WebSocketMaker;
  readonly url: string;
  readonly open: OpenMessage;
  readonly sink: ByteSink;
  readonly signal: AbortSignalLike | undefined;
}

/** A write that waits for credit. */
interface Write {
  readonly messages: Uint8Array<ArrayBuffer>[];
  readonly resolve: () => void;
  readonly reject: (error: KafkaError) => void;
}

/**
 * One connection through a tunnel. States: connecting (`#begin` is there), open, closed by either side (`#sink` is
 * gone). A page cannot pause a WebSocket, so the tunnel sends only what this side has granted.
 */
class WebSocketStream implements ByteStream {
  readonly remote: string;
  readonly #url: string;
  readonly #socket: WebSocketLike;
  readonly #signal: AbortSignalLike | undefined;
  readonly #onAbort = (): void => this.#aborted();
  #begin: { readonly resolve: (stream: ByteStream) => void; readonly reject: (error: KafkaError) => void } | undefined;
  #sink: ByteSink | undefined;
  #credit = new SendCredit(0);
  #window = new ReceiveWindow(1);
  /** Messages that arrived while the sink was paused. At most a window and one message. */
  #waiting: Uint8Array[] = [];
  #isPaused = false;
  /** The end of the connection, once it is known; it is reported after the bytes before it. */
  #end: { readonly error: KafkaError | undefined } | undefined;
  #writes: Write[] = [];
  /** The host's reason for the end. */
  #reason: string | undefined;

  constructor(
    { Socket, url, open, sink, signal }: WebSocketStreamOptions,
    resolve: (stream: ByteStream) => void,
    reject: (error: KafkaError) => void,
  ) {
    this.remote = `${open.host}:${open.port}`;
    this.#url = shown(url);
    this.#sink = sink;
    this.#signal = signal;
    this.#begin = { resolve, reject };
    this.#socket = this.#make(Socket, url);
    this.#socket.binaryType = "arraybuffer";
    this.#socket.onopen = () => this.#socket.send(JSON.stringify(open));
    this.#socket.onmessage = ({ data }: { readonly data: string | ArrayBuffer }) => {
      if (typeof data === "string") this.#controlled(data);
      else this.#arrived(new Uint8Array(data));
    };
    // The event `close` follows. Only hosts that are not browsers give a reason.
    this.#socket.onerror = ({ message }: { readonly message?: unknown }) => {
      if (typeof message === "string" && message !== "") this.#reason = message;
    };
    this.#socket.onclose = ({ code }: { readonly code: number }) => this.#ended(this.#lost(code));
    if (signal?.aborted === true) this.#aborted();
    else signal?.addEventListener("abort", this.#onAbort);
  }

  write(chunks: readonly Uint8Array[]): Promise<void> {
    if (this.#sink === undefined || this.#end !== undefined) return Promise.reject(this.#closedError());
    const messages = messagesOf(chunks);
    return new Promise((resolve, reject) => {
      this.#writes.push({ messages, resolve, reject });
      if (this.#writes.length === 1) this.#send();
    });
  }

  resume(): void {
    this.#isPaused = false;
    this.#deliver();
  }

  close(): void {
    if (this.#sink === undefined) return;
    this.#sink = undefined;
    this.#waiting = [];
    this.#leave();
  }

  /** A URL that the browser refuses, for example `ws:` from a page of `https:`. */
  #make(Socket: WebSocketMaker, url: string): WebSocketLike {
    try {
      return new Socket(url, SUBPROTOCOL);
    } catch (cause) {
      const { message } = KafkaError.from(cause);
      throw new KafkaError("config", `cannot connect to ${this.remote}: the browser refuses ${this.#url}: ${message}`, {
        cause,
        address: this.remote,
        outcome: "notWritten",
      });
    }
  }

  #controlled(text: string): void {
    const message = readControl(text);
    switch (message?.type) {
      case "opened":
        if (this.#begin === undefined) return;
        this.#credit = new SendCredit(message.sendBytes);
        this.#window = new ReceiveWindow(message.receiveBytes);
        this.#settled()?.resolve(this);
        return;
      case "credit":
        this.#credit.added(message.bytes);
        this.#send();
        return;
      case "closed":
        this.#ended(this.#errorOf(message));
        return;
      case "open":
      case undefined:
        this.#ended(this.#error("connection", "the tunnel sent a message that this version does not know", true));
    }
  }

  #arrived(bytes: Uint8Array): void {
    if (this.#sink === undefined || this.#end !== undefined) return;
    if (!this.#window.received(bytes.length)) {
      this.#ended(this.#error("connection", "the tunnel sent more bytes than it had credit for", true));
      return;
    }
    this.#waiting.push(bytes);
    this.#deliver();
  }

  #deliver(): void {
    let granted = 0;
    for (let bytes; this.#sink !== undefined && !this.#isPaused && (bytes = this.#waiting.shift()) !== undefined;) {
      this.#isPaused = !this.#sink.filled(bytes);
      granted += this.#window.consumed(bytes.length);
    }
    if (granted > 0 && this.#sink !== undefined && this.#socket.readyState === 1)
      this.#socket.send(JSON.stringify({ type: "credit", bytes: granted }));
    if (this.#end === undefined || this.#sink === undefined || this.#waiting.length > 0) return;
    const sink = this.#sink;
    this.#sink = undefined;
    sink.closed(this.#end.error);
  }

  #send(): void {
    while (this.#credit.isOpen && this.#end === undefined && this.#sink !== undefined) {
      const [write] = this.#writes;
      if (write === undefined) return;
      const message = write.messages.shift();
      if (message !== undefined) {
        this.#credit.sent(message.length);
        this.#socket.send(message);
      }
      if (write.messages.length > 0) continue;
      this.#writes.shift();
      write.resolve();
    }
  }

  /** The connection has ended, or never came to be. Only the first reason counts. */
  #ended(error: KafkaError | undefined): void {
    if (this.#end !== undefined || this.#sink === undefined) return;
    this.#end = { error };
    const refused = error ?? this.#error("connection", "the broker closed the connection", true);
    const begin = this.#settled();
    if (begin === undefined) this.#deliver();
    else {
      this.#sink = undefined;
      begin.reject(refused);
    }
    this.#leave();
  }

  #aborted(): void {
    const begin = this.#settled();
    if (begin === undefined || this.#signal === undefined) return;
    begin.reject(cancelledError(this.#signal, `the attempt to connect to ${this.remote}`));
    this.close();
  }

  /** Returns the functions that settle the attempt, once. */
  #settled():
    { readonly resolve: (stream: ByteStream) => void; readonly reject: (error: KafkaError) => void } | undefined {
    const begin = this.#begin;
    this.#begin = undefined;
    this.#signal?.removeEventListener("abort", this.#onAbort);
    return begin;
  }

  #leave(): void {
    for (const { reject } of this.#writes.splice(0)) reject(this.#closedError());
    this.#socket.close();
  }

  #errorOf({ kind, message = "", retriable = true }: ClosedMessage): KafkaError | undefined {
    return kind === undefined ? undefined : this.#error(kind, message, retriable);
  }

  #lost(code: number): KafkaError {
    const words =
      this.#begin === undefined
        ? `the tunnel ${this.#url} broke off (code ${code})`
        : `the tunnel ${this.#url} cannot be reached, or is no tunnel of this version; ` +
          (this.#reason ?? "a browser does not say which: open the URL with http, and check that odradek tunnel runs");
    return this.#error("connection", words, true);
  }

  #error(kind: NonNullable<ClosedMessage["kind"]>, words: string, retriable: boolean): KafkaError {
    const isOpening = this.#begin !== undefined;
    const what = isOpening ? "cannot connect to" : "the connection to";
    return new KafkaError(kind, `${what} ${this.remote}${isOpening ? "" : " broke"}: ${words}`, {
      retriable,
      address: this.remote,
      ...(isOpening ? { outcome: "notWritten" } : {}),
    });
  }

  #closedError(): KafkaError {
    return new KafkaError("connection", `the connection to ${this.remote} is closed`, {
      retriable: true,
      address: this.remote,
    });
  }
}

/** A URL as errors name it: without a password or a query, which may hold a secret. */
function shown(url: string): string {
  return url.replace(/\?.*$/s, "").replace(/\/\/[^/@]*@/, "//");
}
