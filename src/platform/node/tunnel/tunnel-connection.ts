import type { WebSocket } from "ws";
import { KafkaError } from "../../../errors/kafka-error.ts";
import type { ByteSink, ByteStream, Connector } from "../../../runtime/byte-stream.ts";
import { Cancellation } from "../../../runtime/cancellation.ts";
import {
  type ClosedKind,
  type ClosedMessage,
  type OpenedMessage,
  type OpenMessage,
  readControl,
} from "../../../tunnel/control-message.ts";
import { ReceiveWindow, SendCredit } from "../../../tunnel/credit.ts";
import type { TunnelSettings } from "./options.ts";
import type { SlabReader } from "./slabs.ts";

/** The parts of its tunnel that a connection uses. */
export interface TunnelHost {
  readonly settings: TunnelSettings;
  readonly connector: Connector;
  /** Compares two secrets in a time that does not depend on where they differ. */
  readonly isSameToken: (given: string, expected: string) => boolean;
  /** Where the page connected from, for the log. */
  readonly from: string;
}

type State =
  | { readonly name: "awaiting" }
  | { readonly name: "connecting"; readonly cancellation: Cancellation }
  | { readonly name: "open"; readonly stream: ByteStream }
  | { readonly name: "closed" };

const KINDS: readonly string[] = ["connection", "authentication", "config", "unsupported"] satisfies ClosedKind[];

/**
 * One connection of a page, and its connection to a broker. States: awaiting (the page has not named a broker yet),
 * connecting, open, closed.
 */
export class TunnelConnection implements ByteSink {
  readonly #socket: WebSocket;
  readonly #host: TunnelHost;
  readonly #reader: SlabReader;
  readonly #window: ReceiveWindow;
  #credit = new SendCredit(1);
  #state: State = { name: "awaiting" };
  #carried = 0;
  #isPaused = false;
  #opened: OpenedMessage | undefined;
  /** Whether the page has answered the last ping. */
  isAlive = true;

  constructor(socket: WebSocket, host: TunnelHost, reader: SlabReader) {
    this.#socket = socket;
    this.#host = host;
    this.#reader = reader;
    this.#window = new ReceiveWindow(host.settings.windowBytes);
    socket.on("message", (data: Buffer, isBinary: boolean) => {
      if (isBinary) this.#arrived(data);
      else this.#controlled(data.toString());
    });
    socket.on("pong", () => {
      this.isAlive = true;
    });
    socket.on("error", () => undefined); // a malformed message; `close` follows
    socket.on("close", () => this.end());
  }

  /** Whether the page has not yet said which broker it wants. */
  get isAwaiting(): boolean {
    return this.#state.name === "awaiting";
  }

  /** Checks that the page is still there. Ends the connection if it has not answered the last time. */
  ping(): void {
    if (!this.isAlive) this.#socket.terminate();
    else {
      this.isAlive = false;
      this.#socket.ping();
    }
  }

  /** Refuses the page, or ends its connection, with a reason that its client shows. */
  refuse(kind: ClosedKind, message: string, retriable: boolean): void {
    const { from, settings } = this.#host;
    settings.onLog({ level: "warn", message: `tunnel: ${from}: ${message}`, fields: { from, kind, retriable } });
    this.#close({ type: "closed", kind, message, retriable });
  }

  /** Ends the connection because the tunnel closes. Its page is informed, if its socket has room. */
  goAway(): void {
    const message = "the tunnel was closed";
    this.#close({ type: "closed", kind: "connection", message, retriable: true });
  }

  /** Ends the connection to the broker at once. Idempotent. */
  end(): void {
    const state = this.#state;
    this.#state = { name: "closed" };
    if (state.name === "connecting")
      state.cancellation.cancel(new KafkaError("cancelled", "the page closed the connection"));
    if (state.name === "open") state.stream.close();
    this.#reader.end();
  }

  // The sink of the broker's bytes.

  buffer(): Uint8Array {
    return this.#reader.buffer();
  }

  filled(view: Uint8Array): boolean {
    const sent = this.#reader.filled(view);
    if (this.#state.name === "closed") {
      sent();
      return true;
    }
    this.#announce();
    this.#credit.sent(view.length);
    this.#socket.send(view, { binary: true }, sent);
    this.#carry(view.length);
    this.#isPaused = !this.#credit.isOpen;
    return !this.#isPaused;
  }

  closed(error?: KafkaError): void {
    if (error === undefined) this.#close({ type: "closed" });
    else this.#failed(error);
  }

  #controlled(text: string): void {
    const message = readControl(text);
    if (message?.type === "open" && this.#state.name === "awaiting") void this.#open(message);
    else if (message?.type === "credit" && (this.#state.name === "open" || this.#opened !== undefined))
      this.#granted(message.bytes);
    else this.refuse("connection", "the page sent a message that the tunnel does not expect", true);
  }

  async #open(message: OpenMessage): Promise<void> {
    const { settings, connector, isSameToken, from } = this.#host;
    const { host, port, tls, servername, token = "", windowBytes } = message;
    const address = `${host}:${port}`;
    if (settings.token !== undefined && !isSameToken(token, settings.token)) {
      const words = token === "" ? "the tunnel asks for a token, and there is none" : "the tunnel refuses the token";
      this.refuse("connection", words, false);
      return;
    }
    if (!settings.allow.has(host, port)) {
      this.refuse("connection", `the tunnel does not allow ${address}; its operator can add it to --allow`, false);
      return;
    }
    const cancellation = new Cancellation();
    this.#state = { name: "connecting", cancellation };
    const receiveBytes = Math.min(windowBytes, settings.windowBytes);
    this.#credit = new SendCredit(receiveBytes);
    this.#opened = { type: "opened", sendBytes: settings.windowBytes, receiveBytes };
    const { ca } = settings;
    const tlsOptions = { ...(ca === undefined ? {} : { ca }), ...(servername === undefined ? {} : { servername }) };
    try {
      const target = { host, port, ...(tls ? { tls: tlsOptions } : {}) };
      const stream = await connector.connect(target, this, { signal: cancellation });
      if ((this.#state as State).name === "closed") {
        stream.close();
        return;
      }
      this.#state = { name: "open", stream };
      this.#announce();
      settings.onLog({ level: "debug", message: `tunnel: ${from}: opened ${address}`, fields: { from, address } });
    } catch (error) {
      this.#failed(KafkaError.from(error, "connection"));
    }
  }

  /** Says that the broker is connected, before its first byte. */
  #announce(): void {
    if (this.#opened === undefined) return;
    this.#socket.send(JSON.stringify(this.#opened));
    this.#opened = undefined;
  }

  #arrived(data: Buffer): void {
    const state = this.#state;
    if (state.name === "closed") return;
    if (state.name !== "open" || !this.#window.received(data.length)) {
      this.refuse("connection", "the page sent bytes without credit for them", true);
      return;
    }
    this.#carry(data.length);
    state.stream.write([data]).then(
      () => this.#grant(this.#window.consumed(data.length)),
      () => undefined, // `closed` has the reason
    );
  }

  #grant(bytes: number): void {
    if (bytes > 0 && this.#state.name === "open") this.#socket.send(JSON.stringify({ type: "credit", bytes }));
  }

  #granted(bytes: number): void {
    this.#credit.added(bytes);
    if (!this.#isPaused || !this.#credit.isOpen || this.#state.name !== "open") return;
    this.#isPaused = false;
    this.#state.stream.resume();
  }

  #carry(bytes: number): void {
    this.#carried += bytes;
    const { maxConnectionBytes } = this.#host.settings;
    if (this.#carried > maxConnectionBytes)
      this.refuse("connection", `the connection has carried ${maxConnectionBytes} bytes, the tunnel's limit`, true);
  }

  /** The reason without the words of this side: the page's client writes its own before it. */
  #failed({ kind, message, retriable }: KafkaError): void {
    if (this.#state.name === "closed") return;
    const words = message.replace(/^(?:cannot connect to|the connection to|cannot write to) \S+: /, "");
    const known = KINDS.includes(kind) ? (kind as ClosedKind) : "connection";
    this.refuse(known, `the tunnel cannot reach the broker: ${words}`, retriable);
  }

  #close(message: ClosedMessage): void {
    if (this.#state.name !== "closed") this.#socket.send(JSON.stringify(message));
    this.end();
    this.#socket.close(1000);
  }
}
